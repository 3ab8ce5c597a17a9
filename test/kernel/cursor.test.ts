import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCursorSeal, fingerprint } from '../../src/kernel/cursor.ts'

const seal = createCursorSeal('key', 'epoch')

describe('a cursor', () => {
  test('opens to what was sealed', () => {
    const values = fc.array(fc.oneof(fc.string(), fc.maxSafeInteger()), { maxLength: 4 })
    fc.assert(
      fc.property(fc.string(), values, (scope, given) => {
        expect(seal.open(scope, seal.seal(scope, given))).toEqual(given)
      }),
    )
  })

  test('is opaque text that fits into a URL', () => {
    expect(seal.seal('log', [42, 'ä/?'])).toMatch(/^[A-Za-z0-9_-]+$/)
  })

  test('is refused in another scope, with another key and in another epoch', () => {
    const cursor = seal.seal('log', [42])
    const bad = { code: 'BAD_CURSOR' }
    expect(() => seal.open('targets', cursor)).toThrow(expect.objectContaining(bad))
    expect(() => createCursorSeal('other', 'epoch').open('log', cursor)).toThrow(expect.objectContaining(bad))
    expect(() => createCursorSeal('key', 'restored').open('log', cursor)).toThrow(expect.objectContaining(bad))
  })

  test('is refused when one letter of it is changed, or it is cut', () => {
    const cursor = seal.seal('log', [42])
    for (let i = 0; i < cursor.length; i++) {
      const other = cursor[i] === 'A' ? 'B' : 'A'
      expect(() => seal.open('log', cursor.slice(0, i) + other + cursor.slice(i + 1))).toThrow()
      expect(() => seal.open('log', cursor.slice(0, i))).toThrow()
    }
  })

  test('that was never one is refused', () => {
    for (const text of ['', 'x', '42', '===', '💥', 'AAAAAAAAAAAAAAAAAAAA']) {
      expect(() => seal.open('log', text)).toThrow(expect.objectContaining({ code: 'BAD_CURSOR' }))
    }
  })
})

describe('a fingerprint', () => {
  test('is the same for the same content, whatever the order of its keys', () => {
    expect(fingerprint({ a: 1, b: { c: [1, 2], d: null } })).toBe(fingerprint({ b: { d: null, c: [1, 2] }, a: 1 }))
  })

  test('differs where the content does', () => {
    const values = [{ a: 1 }, { a: '1' }, { a: [1] }, { a: null }, {}, [], [{ a: 1 }], 'a', 1, true, { b: 1 }]
    expect(new Set(values.map(fingerprint)).size).toBe(values.length)
  })

  test('minds the order of a list', () => {
    expect(fingerprint([1, 2])).not.toBe(fingerprint([2, 1]))
  })

  test('takes what is undefined as left out', () => {
    expect(fingerprint({ a: 1, b: undefined })).toBe(fingerprint({ a: 1 }))
  })
})
