import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Comparison, comparisons, decimalIn, meetsValue } from '../../src/domain/comparison.ts'

const holds = (left: string, condition: Comparison, value: string | number) =>
  meetsValue(left, { condition, valueType: 'number', value })

describe('a text is a number', () => {
  test.each(['0', '-0', '1', '+1', ' 1.5 ', '.5', '5.', '1e5', '1E-5', '-1.5e+3', '12345678901234567890'])(
    'where it is %j',
    (text) => {
      expect(decimalIn(text)).not.toBeNull()
    },
  )

  test.each(['', ' ', '.', '-', 'e5', '1e', '1,5', '0x10', 'NaN', 'Infinity', '1 2', '١'])('and %j is none', (text) => {
    expect(decimalIn(text)).toBeNull()
  })
})

describe('two numbers', () => {
  test.each([
    ['12345678901234567890', '<', '12345678901234567891'],
    ['0.1000000000000000055', '>', '0.1'],
    ['1e400', '>', '1e399'],
    ['-1e400', '<', '1'],
    ['1.10', '==', '1.1'],
    ['100', '==', '1e2'],
    ['-0', '==', '0'],
    ['0.0010', '==', '1e-3'],
    ['-2', '<', '-1'],
  ] as const)('are compared by all of their digits: %s %s %s', (left, condition, right) => {
    expect(holds(left, condition, right)).toBe(true)
    expect(holds(right, condition, left)).toBe(condition === '==')
  })

  test('that doubles hold are compared as doubles are', () => {
    const number = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: -100, max: 100 }))
    const compare: Record<Comparison, (a: number, b: number) => boolean> = {
      '==': (a, b) => a === b,
      '!=': (a, b) => a !== b,
      '>': (a, b) => a > b,
      '>=': (a, b) => a >= b,
      '<': (a, b) => a < b,
      '<=': (a, b) => a <= b,
    }
    fc.assert(
      fc.property(number, number, fc.constantFrom(...comparisons), (a, b, condition) => {
        expect(holds(String(a), condition, b)).toBe(compare[condition](a, b))
      }),
    )
  })
})
