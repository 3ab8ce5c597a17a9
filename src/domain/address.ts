import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max'
import { type NumberRefusal, refusalOf } from './refused-number.ts'

export const addressTypes = ['TEL', 'SIP', 'EMAIL', 'AGENT', 'EXTENSION'] as const
export type AddressType = (typeof addressTypes)[number]

/** Where a call comes from or goes to. `target` is E.164 for TEL, a SIP URI for SIP, otherwise as the type says. */
export interface Address {
  readonly type: AddressType
  readonly target: string
  readonly targetName: string
  readonly name: string
  readonly detail: string
}

/** ISO 3166 code of the country whose national numbers are understood; null for international numbers only. */
export type DefaultCountry = string | null

export function isCountry(code: string): boolean {
  return isSupportedCountry(code)
}

const e164Pattern = /^\+[0-9]{8,15}$/
const extraCharacterPattern = /[^0-9+()\-./\s]/
const numberLengthMax = 40

/** A telephone number in E.164, or the reason why it is refused, with a message for people. */
export type ReadNumber =
  | { readonly number: string }
  | { readonly refusal: NumberRefusal | 'NO_NUMBER'; readonly problem: string }

const refusalSentences: Readonly<Record<NumberRefusal | 'NO_NUMBER', string>> = {
  NO_NUMBER: 'This is not a telephone number that can be dialed.',
  PLACEHOLDER: "This is a placeholder, and nobody's telephone number.",
  SHORT: 'Short and emergency numbers are not dialed.',
  COSTLY: 'Premium-rate and shared-cost numbers are not dialed.',
}

/**
 * Parses a telephone number: its length must be possible in its country, and it must not be one that is never dialed
 * (docs/rules.md#numbers). A national number needs a default country. Dashes, spaces and digits of any script are read
 * as what they look like; invisible characters are ignored. A text with letters, an extension or anything else is not a
 * number.
 */
export function readNumber(text: string, defaultCountry: DefaultCountry): ReadNumber {
  const number = parseNumber(text, defaultCountry)
  if (number === null) return refused('NO_NUMBER')
  const refusal = refusalOf(number)
  return refusal === null ? { number } : refused(refusal)
}

function refused(refusal: NumberRefusal | 'NO_NUMBER'): ReadNumber {
  return { refusal, problem: refusalSentences[refusal] }
}

function parseNumber(text: string, defaultCountry: DefaultCountry): string | null {
  const plain = inPlainCharacters(text)
  if (plain.length > numberLengthMax || extraCharacterPattern.test(plain)) return null
  const country = defaultCountry === null ? undefined : (defaultCountry as CountryCode)
  const number = parsePhoneNumberFromString(plain, { ...(country && { defaultCountry: country }), extract: false })
  if (!number?.isPossible() || number.ext !== undefined) return null
  return e164Pattern.test(number.number) ? number.number : null
}

/**
 * Characters used as dashes that Unicode does not class as dashes: minus, hyphen bullet, the Japanese long vowel mark,
 * and the like.
 */
const dashPattern = /[\p{Pd}\u02d7\u2043\u2212\u2500\u30fc\uff70]/gu

/** A number as it looks, in ASCII characters, without the scheme of a tel: address. */
function inPlainCharacters(text: string): string {
  const isPlain = /^[\x20-\x7e]*$/.test(text)
  const plain = isPlain
    ? text
    : text
        .replace(/\p{Cf}/gu, '')
        .replace(dashPattern, '-')
        .normalize('NFKC')
  return plain
    .replace(/[^\P{Nd}0-9]/gu, digitOf)
    .trim()
    .replace(/^tel:/i, '')
}

/** Unicode has the ten digits of a script in a row, and those of some scripts directly after each other. */
function digitOf(character: string): string {
  const codePoint = character.codePointAt(0) ?? 0
  let first = codePoint
  while (/\p{Nd}/u.test(String.fromCodePoint(first - 1))) first--
  return String((codePoint - first) % 10)
}

/**
 * True if a call may go to this address: a telephone number, and not one that is never dialed, however it came to be
 * stored.
 */
export function mayBeDialed({ type, target }: Pick<Address, 'type' | 'target'>): boolean {
  return type === 'TEL' && refusalOf(target) === null
}

/** The format of an agent's extension (docs/rules.md#texts). */
export const extensionPattern = /^[A-Za-z0-9*#+_.-]{1,32}$/
