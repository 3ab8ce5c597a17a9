import type { SendingResult } from '../domain/sending.ts'
import { quote } from '../kernel/quote.ts'

export const taken = (detail: string): SendingResult => ({ type: 'TAKEN', detail })
export const refused = (detail: string): SendingResult => ({ type: 'REFUSED', detail })
export const unknown = (detail: string): SendingResult => ({ type: 'UNKNOWN', detail })

/** Why something of the network failed. Some errors, such as that of several addresses, have a code and no message. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return quote(String(error))
  const code = 'code' in error ? String(error.code) : error.name
  return quote(error.message || code)
}
