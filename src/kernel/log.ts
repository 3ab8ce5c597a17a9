/** The application log of this program, implemented with pino. */
export interface Log {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
}

export type LogFields = Readonly<Record<string, unknown>>

/** Logs nothing. For tests, and for commands whose output is their result. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }

/** A number as it may appear in a log: the first and last few digits. +12025550123 becomes +1202***0123. */
export function maskNumber(number: string): string {
  return number.length < 9 ? '***' : `${number.slice(0, 5)}***${number.slice(-4)}`
}

const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
const instant = '\\d{4}-[01]\\d-[0-3]\\d(?:[T ]\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?)?(?!\\d)'
const number = '\\+?\\d[\\d \\u00a0()./-]{6,}\\d'
const maskPattern = new RegExp(`(${uuid}|${instant})|${number}`, 'gi')

/**
 * Masks everything that looks like a phone number in a text. UUIDs, dates and timestamps stay, and so do digits within
 * a word, as in a cursor, unless a plus marks them as a number.
 */
export function maskNumbers(text: string): string {
  return text.replace(maskPattern, (found, kept: string | undefined, offset: number) => {
    const before = text[offset - 1]
    const after = text[offset + found.length]
    const insideWord = !found.startsWith('+') && [before, after].some((of) => of !== undefined && /\w/.test(of))
    return kept !== undefined || insideWord ? found : maskNumber(found.replace(/[^\d+]/g, ''))
  })
}
