import { describe, expect, test } from 'vitest'
import { extensionPattern, isCountry, parseNumber } from '../../src/domain/address.ts'

describe('parseNumber', () => {
  test.each([
    ['+12025550100', '+12025550100'],
    ['+1 (202) 555-0100', '+12025550100'],
    ['+1.202.555.0100', '+12025550100'],
    ['  +49 30 901820  ', '+4930901820'],
    ['+49\u00a030\u00a0901820', '+4930901820'],
    ['+44 20/7946 0958', '+442079460958'],
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
    ['tel:+12025550100', 'a tel URI'],
    ['+1202555\n0100 +12025550101', 'two numbers'],
    ['++12025550100', 'two pluses'],
    ['１２０２５５５０１００', 'digits of another script'],
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

  test('text of more than 40 characters is not looked at', () => {
    expect(parseNumber(`+1202555${' '.repeat(40)}0100`, null)).toBeNull()
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
