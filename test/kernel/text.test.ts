import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cut, isClean, tidy } from '../../src/kernel/text.ts'

describe('a text that is kept or passed on', () => {
  test.each(['', 'a\tb\nc', 'Zoë', '\u{1f600}', '\u200e\u00ad\ufeff', '\ufffd', '\u2028'])('may be %j', (text) => {
    expect(isClean(text)).toBe(true)
    expect(tidy(text)).toBe(text)
  })

  test.each(['\0', 'a\rb', '\u001b[1m', '\u007f', '\u0085', '\ud83d', '\ude00', 'a\ude00\ud83db'])(
    'may not be %j',
    (text) => {
      expect(isClean(text)).toBe(false)
      expect(isClean(tidy(text))).toBe(true)
    },
  )

  test('that another program has said has its line ends made one character, and what may not be replaced', () => {
    expect(tidy('a\r\nb\rc\0\ud83d')).toBe('a\nb\nc\ufffd\ufffd')
  })

  test('that is clean comes out of UTF-8 as it went in', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        if (isClean(text)) expect(Buffer.from(text, 'utf8').toString('utf8')).toBe(text)
      }),
    )
  })
})

test('a cut leaves no half of a surrogate pair behind', () => {
  expect(cut('ab\u{1f600}', 3)).toBe('ab')
  expect(cut('ab\u{1f600}', 4)).toBe('ab\u{1f600}')
  expect(cut('abc', 2)).toBe('ab')
  expect(cut('\u{1f600}', 1)).toBe('')
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(20), (text, lengthMax) => {
      expect(cut(text, lengthMax).length).toBeLessThanOrEqual(lengthMax)
      expect(cut(text, lengthMax)).not.toMatch(/\p{Cs}/u)
    }),
  )
})
