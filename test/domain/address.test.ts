import { describe, expect, test } from 'vitest'
import { extensionPattern, isCountry, mayBeDialed, readNumber } from '../../src/domain/address.ts'

/** The number that is read, or null. */
function parseNumber(text: string, defaultCountry: string | null): string | null {
  const read = readNumber(text, defaultCountry)
  return 'number' in read ? read.number : null
}

describe('readNumber', () => {
  test.each([
    ['+12025550100', '+12025550100'],
    ['+1 (202) 555-0100', '+12025550100'],
    ['+1.202.555.0100', '+12025550100'],
    ['  +49 30 901820  ', '+4930901820'],
    ['+49\u00a030\u00a0901820', '+4930901820'],
    ['+44 20/7946 0958', '+442079460958'],
    ['tel:+12025550100', '+12025550100'],
    ['+1\u2009202\u202f555\u30000100', '+12025550100'],
    ['+1\u2010202\u2011555\u20130100', '+12025550100'],
    ['+1\u2014202\u2212555\uff0d0100', '+12025550100'],
    ['\u202a+1202\u200b555\u20600100\u202c', '+12025550100'],
    ['\u200f+\u0661\u0662\u0660\u0662\u0665\u0665\u0665\u0660\u0661\u0660\u0660', '+12025550100'],
    ['＋１（２０２）５５５－０１００', '+12025550100'],
    ['+१२०२५५५०१००', '+12025550100'],
    ['+𝟏𝟐𝟎𝟐𝟓𝟓𝟓𝟎𝟏𝟎𝟎', '+12025550100'],
    ['+1\u00ad202\ufeff5550100', '+12025550100'],
  ])('%j is %s', (text, expected) => {
    expect(parseNumber(text, null)).toBe(expected)
  })

  test.each([
    ['', 'nothing'],
    ['   ', 'only spaces'],
    ['+', 'only a plus'],
    ['1', 'one digit'],
    ['+1', 'only a country'],
    ['abc', 'letters'],
    ['+1202555010a', 'a letter among digits'],
    ['+1800FLOWERS', 'a number in letters'],
    ['1'.repeat(40), '40 digits'],
    [`+${'1'.repeat(40)}`, 'a plus and 40 digits'],
    ['+1202555010', 'one digit too few'],
    ['+120255501000', 'one digit too many'],
    ['+999123456789', 'no such country'],
    ['+12025550100 ext. 5', 'an extension'],
    ['+12025550100;ext=5', 'an extension in URI form'],
    ['+12025550100,5', 'a comma'],
    ['sip:anna@example.com', 'a SIP URI'],
    ['tel:+12025550100;ext=5', 'a tel URI with an extension'],
    ['tel:tel:+12025550100', 'two schemes'],
    ['+1202555O1OO', 'letters that look like zeros'],
    ['+1202555\n0100 +12025550101', 'two numbers'],
    ['++12025550100', 'two pluses'],
  ])('%j is no number: %s', (text) => {
    expect(parseNumber(text, null)).toBeNull()
    expect(parseNumber(text, 'US')).toBeNull()
  })

  test('a national form needs a default country', () => {
    expect(parseNumber('(202) 555-0100', null)).toBeNull()
    expect(parseNumber('(202) 555-0100', 'US')).toBe('+12025550100')
    expect(parseNumber('030 901820', 'DE')).toBe('+4930901820')
    expect(parseNumber('020 7946 0958', 'GB')).toBe('+442079460958')
  })

  test('an international form is what it is, whatever the default country', () => {
    expect(parseNumber('+4930901820', 'US')).toBe('+4930901820')
  })

  test.each(['911', '112', '110', '999', '+1911', '+49110', '411'])(
    '%s, an emergency or short code, is refused',
    (text) => {
      for (const country of [null, 'US', 'DE', 'GB']) expect(parseNumber(text, country)).toBeNull()
    },
  )

  test('text of more than 40 characters is no number, those that are not seen left out', () => {
    expect(parseNumber(`+1202555${' '.repeat(40)}0100`, null)).toBeNull()
    expect(parseNumber(`+1202555${'\u200b'.repeat(40)}0100`, null)).toBe('+12025550100')
  })

  test.each([
    ['letters', 'NO_NUMBER', 'This is not a telephone number that can be dialed.'],
    ['+1 555 555 5555', 'PLACEHOLDER', "This is a placeholder, and nobody's telephone number."],
    ['+49 116117', 'SHORT', 'Short and emergency numbers are not dialed.'],
    ['+1 900 555 0123', 'COSTLY', 'Premium-rate and shared-cost numbers are not dialed.'],
  ])('says why %s is refused', (text, refusal, problem) => {
    expect(readNumber(text, null)).toEqual({ refusal, problem })
  })
})

test('a country is an ISO 3166 code that telephone numbers are known of', () => {
  expect(['US', 'DE', 'GB'].every(isCountry)).toBe(true)
  expect(['', 'us', 'XX', 'USA', '49', '__proto__'].some(isCountry)).toBe(false)
})

test('an extension has 1 to 32 letters, digits and *#+_.-', () => {
  for (const good of ['1', '102', 'A*#+_.-z', 'x'.repeat(32)]) expect(extensionPattern.test(good)).toBe(true)
  for (const bad of ['', ' ', '1 2', 'ä', 'x'.repeat(33), '1\n', '@']) expect(extensionPattern.test(bad)).toBe(false)
})

test('a call may go to a telephone number that is not refused, and to no other address', () => {
  expect(mayBeDialed({ type: 'TEL', target: '+12025550100' })).toBe(true)
  expect(mayBeDialed({ type: 'TEL', target: '+49116117' })).toBe(false)
  expect(mayBeDialed({ type: 'SIP', target: 'sip:ada@example.com' })).toBe(false)
})
