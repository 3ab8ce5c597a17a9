import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max'

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

/** ISO 3166 code of the country whose national forms are understood; null understands international forms only. */
export type DefaultCountry = string | null

export function isCountry(code: string): boolean {
  return isSupportedCountry(code)
}

const e164Pattern = /^\+[0-9]{8,15}$/
const extraCharacterPattern = /[^0-9+()\-./\s\u00a0]/
const numberLengthMax = 40

/**
 * A telephone number as E.164, or null for what is not one (behaviour 5.2): too short, too long, letters, a national
 * form without a default country, an emergency or short code.
 */
export function parseNumber(text: string, defaultCountry: DefaultCountry): string | null {
  const trimmed = text.trim()
  if (trimmed.length > numberLengthMax || extraCharacterPattern.test(trimmed)) return null
  const country = defaultCountry === null ? undefined : (defaultCountry as CountryCode)
  const number = parsePhoneNumberFromString(trimmed, { ...(country && { defaultCountry: country }), extract: false })
  if (!number?.isPossible() || number.ext !== undefined) return null
  return e164Pattern.test(number.number) ? number.number : null
}

/** What an extension of an agent may look like (behaviour 5.3). */
export const extensionPattern = /^[A-Za-z0-9*#+_.-]{1,32}$/
