import { Metadata } from 'libphonenumber-js/max'

/** Why a number is never dialed, in whatever form it is written. */
export type NumberRefusal =
  /** A placeholder for a missing number: 0000000000, 9999999999, 1234567890. */
  | 'PLACEHOLDER'
  /** A short number, such as an emergency number. */
  | 'SHORT'
  /** Premium rate or shared cost: the caller pays more than for a normal call. */
  | 'COSTLY'

/**
 * Short numbers with as many digits as a telephone number of their calling code may have, so that their length does not
 * tell them apart; national part, by calling code. The others, such as 112, 911 and 110, are too short for E.164. Taken
 * from the short number metadata of Google's libphonenumber 9.0, as google-libphonenumber 3.2.47 answers for each
 * number of such a length; blocks that are mostly in use are taken as a whole. libphonenumber calls none of these
 * numbers valid.
 */
const shortNumbers: Readonly<Record<string, RegExp>> = {
  // 911 is not an area code: a switch that dials national numbers may ignore the remaining digits.
  1: /^911\d{7}$/,
  39: /^(149\d{3}|192[01]\d\d|4(3[45]|4[5-9]|7[5-9]|8[5-9])\d{4})$/,
  43: /^8108[123]0$/,
  53: /^(116111|2045252)$/,
  61: /^1(2\d{4,5}|9\d{4,6})$/,
  81: /^000[2569]\d{4}$/,
  82: /^1(55[15]|8(11|44|66))\d{4}$/,
  98: /^990009$/,
  290: /^26[01]\d\d$/,
  352: /^1(18|2\d|5\d)\d\d$/,
  358: /^(1[2-8]\d{3}|75[12]\d\d)$/,
  381: /^1[189]\d{4}$/,
  386: /^1[189]\d{3}$/,
  508: /^118\d{3}$/,
  595: /^([245]0\d{4}|[1245][01]\d{5})$/,
  598: /^1997\d$/,
  675: /^16\d{5}$/,
  852: /^1\d{4,6}$/,
}
/**
 * 116xxx are the harmonised services of social value (decision 2007/116/EC and CEPT ECC/DEC/(07)02), 118xx and 118xxx
 * directory enquiries (CEPT ECC/REC/(02)05), in all of Europe, whose calling codes begin with 3 and 4.
 */
const europeanShortNumber = /^(116\d{3}|118\d{2,3})$/
const ascending = '01234567890'
const descending = '09876543210'
const costlyTypes = ['PREMIUM_RATE', 'SHARED_COST'] as const
const otherTypes = [
  'FIXED_LINE',
  'MOBILE',
  'TOLL_FREE',
  'PERSONAL_NUMBER',
  'VOICEMAIL',
  'UAN',
  'PAGER',
  'VOIP',
] as const

/** Why a number in E.164 is never dialed; null if it may be. Takes a few microseconds: every claim calls it. */
export function refusalOf(number: string): NumberRefusal | null {
  const digits = number.slice(1)
  const plan = planOf(digits)
  if (plan === null) return null
  const national = digits.slice(plan.callingCode.length)
  if (isPlaceholder(national, plan)) return 'PLACEHOLDER'
  // If no number of the plan begins with zero, a zero is a misplaced national prefix.
  const isWhole = plan.beginsOther.test(national) || plan.beginsCostly.test(national)
  const subscriber = isWhole ? national : national.replace(/^0+/, '')
  if (isShort(subscriber, plan.callingCode)) return 'SHORT'
  return isCostly(subscriber, plan) ? 'COSTLY' : null
}

/** Numbers that begin with 000 exist in hardly any country: elsewhere the rest, as in 000-000-0911, is padded. */
function isPlaceholder(national: string, { beginsOther }: NumberingPlan): boolean {
  const isRepeated = /^(\d)\1*$/.test(national)
  const isRun = ascending.includes(national) || descending.includes(national)
  return isRepeated || isRun || (national.startsWith('000') && !beginsOther.test(national))
}

function isShort(national: string, callingCode: string): boolean {
  if (shortNumbers[callingCode]?.test(national)) return true
  return /^[34]/.test(callingCode) && europeanShortNumber.test(national)
}

/** The numbers of one calling code, which several countries may share. */
interface NumberingPlan {
  readonly callingCode: string
  readonly isCostly: RegExp
  /** Matches every prefix of such a number, and the number itself. */
  readonly beginsCostly: RegExp
  readonly beginsOther: RegExp
}

/**
 * An unassigned number is costly too if only costly numbers begin with its digits: a switch routes by the first digits.
 */
function isCostly(national: string, { isCostly, beginsCostly, beginsOther }: NumberingPlan): boolean {
  if (isCostly.test(national)) return true
  for (let length = national.length; length > 0; length--) {
    const beginning = national.slice(0, length)
    if (beginsOther.test(beginning)) return false
    if (beginsCostly.test(beginning)) return true
  }
  return false
}

/** Methods missing from the library's own types. */
interface LibraryMetadata {
  hasCallingCode(callingCode: string): boolean | undefined
  getCountryCodesForCallingCode(callingCode: string): readonly string[] | undefined
  selectNumberingPlan(country: string | undefined, callingCode: string): void
  type(type: string): { pattern(): string } | undefined
}

const plans = new Map<string, NumberingPlan>()

/**
 * The plan of the calling code that digits begin with; null if no plan matches. No calling code is a prefix of another.
 */
function planOf(digits: string): NumberingPlan | null {
  for (let length = 1; length <= 3; length++) {
    const known = plans.get(digits.slice(0, length))
    if (known !== undefined) return known
  }
  const metadata = new Metadata() as unknown as LibraryMetadata
  for (let length = 1; length <= 3; length++) {
    const callingCode = digits.slice(0, length)
    if (!metadata.hasCallingCode(callingCode)) continue
    const plan = compilePlan(metadata, callingCode)
    plans.set(callingCode, plan)
    return plan
  }
  return null
}

function compilePlan(metadata: LibraryMetadata, callingCode: string): NumberingPlan {
  const patternsOf = (types: readonly string[]) =>
    (metadata.getCountryCodesForCallingCode(callingCode) ?? [undefined]).flatMap((country) => {
      metadata.selectNumberingPlan(country, callingCode)
      return types.flatMap((type) => metadata.type(type)?.pattern() || [])
    })
  const costly = patternsOf(costlyTypes)
  return {
    callingCode,
    isCostly: whole(costly),
    beginsCostly: whole(costly.map(beginningOf)),
    beginsOther: whole(patternsOf(otherTypes).map(beginningOf)),
  }
}

/** Matches a whole text by one of the patterns; matches nothing if there is no pattern. */
function whole(patterns: readonly string[]): RegExp {
  return patterns.length === 0 ? /(?!)/ : new RegExp(`^(?:${patterns.join('|')})$`)
}

/**
 * A pattern for the prefixes of what a pattern matches: each digit may be missing at the end of the text. The library's
 * patterns consist of digits, \d, classes, groups and counts only.
 */
function beginningOf(pattern: string): string {
  return pattern.replace(/\{[\d,]+\}|\\d|\[[^\]]*\]|\d/g, (atom) => (atom.startsWith('{') ? atom : `(?:${atom}|$)`))
}
