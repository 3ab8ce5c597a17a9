import smpp from 'smpp'
import { describe, expect, test } from 'vitest'
import { countParts, splitText } from '../../src/sending/message-text.ts'

/** The text as a telephone puts it together again. */
function join(text: string): string {
  const parts = splitText(text, 7)
  const { ASCII, UCS2 } = smpp.encodings
  return parts
    .map(({ dataCoding, bytes, hasHeader }, index) => {
      if (hasHeader) expect([...bytes.subarray(0, 6)]).toEqual([5, 0, 3, 7, parts.length, index + 1])
      expect(bytes.length).toBeLessThanOrEqual(dataCoding === 0 ? (hasHeader ? 159 : 160) : 140)
      return (dataCoding === 0 ? ASCII : UCS2).decode(hasHeader ? bytes.subarray(6) : bytes)
    })
    .join('')
}

describe('a text', () => {
  test.each([
    ['of the default alphabet', 'Grüße @ £5 {x}', 0, 1],
    ['with a character more', 'Привет', 8, 1],
    ['of 160 characters', 'x'.repeat(160), 0, 1],
    ['of 161 characters', 'x'.repeat(161), 0, 2],
    ['of 306 characters', 'x'.repeat(306), 0, 2],
    ['of 307 characters', 'x'.repeat(307), 0, 3],
    ['of 80 characters that take two places', '€'.repeat(80), 0, 1],
    ['of 70 characters that need UCS-2', 'ж'.repeat(70), 8, 1],
    ['of 71 characters that need UCS-2', 'ж'.repeat(71), 8, 2],
    ['with a bare escape', 'a\x1be', 8, 1],
  ])('%s is sent whole', (_what, text, dataCoding, count) => {
    expect(splitText(text, 0)[0]?.dataCoding).toBe(dataCoding)
    expect(countParts(text)).toBe(count)
    expect(join(text)).toBe(text)
  })

  test('is not cut inside a character', () => {
    for (const shift of [0, 1, 2]) {
      const euros = 'x'.repeat(shift) + '€'.repeat(200)
      expect(
        splitText(euros, 0)
          .slice(0, -1)
          .every(({ bytes }) => bytes.at(-1) !== 0x1b),
      ).toBe(true)
      expect(join(euros)).toBe(euros)
      const faces = 'ж'.repeat(shift) + '😀'.repeat(100)
      expect(splitText(faces, 0).every(({ bytes }) => !smpp.encodings.UCS2.decode(bytes).endsWith('\ud83d'))).toBe(true)
      expect(join(faces)).toBe(faces)
    }
  })
})
