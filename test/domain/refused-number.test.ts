import fc from 'fast-check'
import { getCountries, getCountryCallingCode, Metadata, parsePhoneNumberFromString } from 'libphonenumber-js/max'
import { describe, expect, test } from 'vitest'
import { readNumber } from '../../src/domain/address.ts'
import { refusalOf } from '../../src/domain/refused-number.ts'

/** What the types of the library leave out. */
interface NumberTypes {
  selectNumberingPlan(country: string | undefined, callingCode: string): void
  type(type: string): { pattern(): string } | undefined
}

const types = ['FIXED_LINE', 'MOBILE', 'TOLL_FREE', 'PREMIUM_RATE', 'PERSONAL_NUMBER', 'UAN', 'VOIP', 'SHARED_COST']
const worldwide = ['800', '808', '870', '878', '881', '882', '883', '888', '979']

/** Valid numbers of every country and type, a few of each. */
function validNumbers(): { number: string; type: string | undefined }[] {
  const metadata = new Metadata() as unknown as NumberTypes
  const plans = [
    ...getCountries().map((country) => ({ country, callingCode: getCountryCallingCode(country) as string })),
    ...worldwide.map((callingCode) => ({ country: undefined, callingCode })),
  ]
  return plans.flatMap(({ country, callingCode }) => {
    metadata.selectNumberingPlan(country, callingCode)
    return types.flatMap((type) => {
      const pattern = metadata.type(type)?.pattern()
      if (!pattern) return []
      const national = fc.stringMatching(new RegExp(`^(?:${pattern})$`))
      return fc.sample(national, { numRuns: 10, seed: 1 }).flatMap((digits) => {
        const number = `+${callingCode}${digits}`
        const parsed = parsePhoneNumberFromString(number)
        return parsed?.isValid() && parsed.number === number ? [{ number, type: parsed.getType() }] : []
      })
    })
  })
}

describe('a number that is never dialed', () => {
  test.each([
    ['+10000000000', 'PLACEHOLDER'],
    ['+19999999999', 'PLACEHOLDER'],
    ['+15555555555', 'PLACEHOLDER'],
    ['+11234567890', 'PLACEHOLDER'],
    ['+10123456789', 'PLACEHOLDER'],
    ['+19876543210', 'PLACEHOLDER'],
    ['+10987654321', 'PLACEHOLDER'],
    ['+10000000911', 'PLACEHOLDER'],
    ['+4512345678', 'PLACEHOLDER'],
    ['+33123456789', 'PLACEHOLDER'],
    ['+49116117', 'SHORT'],
    ['+43116123', 'SHORT'],
    ['+39116117', 'SHORT'],
    ['+358116111', 'SHORT'],
    ['+46118118', 'SHORT'],
    ['+490116117', 'SHORT'],
    ['+4900116117', 'SHORT'],
    ['+61124567', 'SHORT'],
    ['+85210234', 'SHORT'],
    ['+19115550123', 'SHORT'],
    ['+19005550123', 'COSTLY'],
    ['+19001234567', 'COSTLY'],
    ['+449090000000', 'COSTLY'],
    ['+448441234567', 'COSTLY'],
    ['+499001234567', 'COSTLY'],
    ['+4909001234567', 'COSTLY'],
    ['+491801234567', 'COSTLY'],
    ['+43900123456', 'COSTLY'],
    ['+33899123456', 'COSTLY'],
    ['+39899123456', 'COSTLY'],
    ['+61131114', 'COSTLY'],
    ['+979123456780', 'COSTLY'],
    ['+80812345670', 'COSTLY'],
  ])('%s is a %s', (number, refusal) => {
    expect(refusalOf(number)).toBe(refusal)
  })

  test.each([
    ['a number for fiction of the United States', '+12025550100'],
    ['the last of them', '+12025550199'],
    ['one in an area that is not given out', '+15555550123'],
    ['a number for fiction of the United Kingdom', '+447700900202'],
    ['a toll-free number', '+18005550123'],
    ['a toll-free number that begins with zeros', '+910008001234567'],
    ['a mobile number that is not given out', '+491500000001'],
    ['a line of Turin that begins with 011', '+390116117234'],
    ['digits that rise, but not all', '+491234567890123'],
    ['a calling code that nobody has', '+999123456789'],
  ])('is not %s, %s', (_, number) => {
    expect(refusalOf(number)).toBeNull()
  })

  test('is, of all valid ones, a placeholder, or what the library knows as premium rate or shared cost', () => {
    const numbers = validNumbers()
    expect(numbers.length).toBeGreaterThan(5000)
    const isCostly = (type: string | undefined) => type === 'PREMIUM_RATE' || type === 'SHARED_COST'
    const others = numbers.filter(({ number }) => refusalOf(number) !== 'PLACEHOLDER')
    const misjudged = others.filter(({ number, type }) => refusalOf(number) !== (isCostly(type) ? 'COSTLY' : null))
    expect(misjudged).toEqual([])
    expect(others.filter(({ type }) => isCostly(type)).length).toBeGreaterThan(500)
  })
})

describe.each([
  ['+49116117', 'DE', '116117'],
  ['+49116117', 'DE', '0116117'],
  ['+43116123', 'AT', '116123'],
  ['+39116117', 'IT', '116117'],
  ['+19005550123', 'US', '9005550123'],
  ['+448711234567', 'GB', '08711234567'],
  ['+10000000000', 'US', '0000000000'],
  ['+19999999999', 'US', '9999999999'],
  ['+11234567890', 'US', '1234567890'],
  ['+10000000911', 'US', '0000000911'],
] as const)('%s, which is never dialed, in %s also written %s,', (international, country, national) => {
  const separators = ['', '', ' ', '-', '.', '\u00a0', '\u2011', '\u2013', '\u2212', '\u200b', '\u200e', '\u2060']
  const zeros = ['0', '\u0660', '\u06f0', '\u0966', '\uff10', '\u{1d7ce}']
  const spelling = fc.record({
    text: fc.constantFrom(
      international,
      international.replace('+', '\uff0b'),
      international.replace('+', country === 'US' ? '011' : '00'),
      `tel:${international}`,
      national,
    ),
    between: fc.array(fc.constantFrom(...separators), { minLength: 16, maxLength: 16 }),
    zero: fc.constantFrom(...zeros),
    around: fc.constantFrom('', ' ', '\t', '\u200f', '\u202d'),
  })

  test('is refused in every spelling', () => {
    fc.assert(
      fc.property(spelling, ({ text, between, zero, around }) => {
        let place = 0
        const inScript = (digit: string) => String.fromCodePoint((zero.codePointAt(0) ?? 0) + Number(digit))
        const written = text.replace(/\d/g, (digit) => inScript(digit) + (between[place++] ?? ''))
        expect(readNumber(around + written + around, country)).toMatchObject({ refusal: refusalOf(international) })
      }),
    )
  })
})
