/** What the program says of itself, as the rest of the house sees it; pino stands behind it. */
export interface Log {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
}

export type LogFields = Readonly<Record<string, unknown>>

/** Says nothing. For tests, and for commands whose output is their result. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }

/** A number as it may appear in a log: the first and last few digits. +12025550123 becomes +1202***0123. */
export function maskNumber(number: string): string {
  return number.length < 9 ? '***' : `${number.slice(0, 5)}***${number.slice(-4)}`
}

const numberPattern = /\+?\d[\d ()./-]{6,}\d/g

/** Masks whatever looks like a phone number in a text. UUIDs and instants stay as they are. */
export function maskNumbers(text: string): string {
  return text.replace(numberPattern, (found, offset: number) => {
    const before = text[offset - 1]
    const after = text[offset + found.length]
    const insideWord = (letter: string | undefined) => letter !== undefined && /[\w-]/.test(letter)
    const instant = /^\d{4}-\d\d-\d\d/.test(found)
    return instant || insideWord(before) || insideWord(after) ? found : maskNumber(found.replace(/[^\d+]/g, ''))
  })
}
