/**
 * A caller's JSON is passed on unchanged. JSON.parse reads numbers as doubles, so that 12345678901234567890, 1e400 and
 * 1.10 would be written differently. These functions work on the JSON text itself, or keep the text of a number.
 */

const written = Symbol('written')

/** A number that JSON.stringify would write differently than the caller did. */
export interface ExactNumber {
  /** Its JSON text. */
  readonly [written]: string
}

/** The value of a number's JSON text: a double if that is written in the same way. */
export function numberOf(text: string): number | ExactNumber {
  const double = Number(text)
  return String(double) === text ? double : { [written]: text }
}

export function isExactNumber(value: unknown): value is ExactNumber {
  return typeof value === 'object' && value !== null && written in value
}

/** The JSON text of a number. */
export function textOfNumber(number: ExactNumber): string {
  return number[written]
}

/** Deeper values are not changed: no caller may send values that deep, and the recursion has to end. */
const depthMax = 64

/** A JSON value with each exact number in it replaced; the value itself if it has none. */
export function replaceNumbers(value: unknown, replace: (number: ExactNumber) => unknown, depth = 0): unknown {
  if (isExactNumber(value)) return replace(value)
  if (typeof value !== 'object' || value === null || depth > depthMax) return value
  const entries = Object.entries(value)
  const replaced = entries.map(([name, of]) => [name, replaceNumbers(of, replace, depth + 1)] as const)
  if (replaced.every(([, of], i) => of === entries[i]?.[1])) return value
  return Array.isArray(value) ? replaced.map(([, of]) => of) : Object.fromEntries(replaced)
}

/** The JSON text of a value that may contain exact numbers. Too deep values become null. */
export function stringifyExactly(value: unknown, depth = 0): string {
  if (isExactNumber(value)) return textOfNumber(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (depth > depthMax) return 'null'
  const text = (of: unknown) => stringifyExactly(of, depth + 1)
  if (Array.isArray(value)) return `[${value.map(text).join(',')}]`
  return `{${Object.entries(value)
    .map(([name, of]) => `${JSON.stringify(name)}:${text(of)}`)
    .join(',')}}`
}

/** A parsed JSON text in which each number is replaced by the index of its text in a list. */
export interface NumberedJson {
  readonly value: unknown
  readonly numbers: readonly string[]
}

/** Parses a valid JSON text whose numbers are needed as written. */
export function parseNumbered(json: string): NumberedJson {
  const numbers: string[] = []
  const number = (text: string) => String(numbers.push(text) - 1)
  let numbered = ''
  for (let start = 0; start < json.length; ) {
    const quote = json.indexOf('"', start)
    const end = quote < 0 ? json.length : quote
    numbered += json.slice(start, end).replace(/-?\d[\d.eE+-]*/g, number)
    start = quote < 0 ? end : endOfText(json, quote)
    numbered += json.slice(end, start)
  }
  return { value: JSON.parse(numbered), numbers }
}

/** A value of a numbered JSON text with its numbers, exact where necessary. */
export function withNumbers(value: unknown, numbers: readonly string[], depth = 0): unknown {
  if (typeof value === 'number') return numberOf(numbers[value] ?? '')
  if (typeof value !== 'object' || value === null || depth > depthMax) return value
  if (Array.isArray(value)) return value.map((of) => withNumbers(of, numbers, depth + 1))
  return Object.fromEntries(Object.entries(value).map(([name, of]) => [name, withNumbers(of, numbers, depth + 1)]))
}

/**
 * The fields of an object by name, each with the JSON text of its value; of a repeated name, the last. The text has to
 * be the JSON of an object.
 */
export function membersOf(json: string): Map<string, string> {
  const members = new Map<string, string>()
  let at = json.indexOf('{') + 1
  for (;;) {
    const start = json.indexOf('"', at)
    if (start < 0) return members
    const end = endOfText(json, start)
    const valueStart = skipSpace(json, json.indexOf(':', end) + 1)
    const valueEnd = endOfValue(json, valueStart)
    members.set(JSON.parse(json.slice(start, end)), json.slice(valueStart, valueEnd))
    at = valueEnd
  }
}

/**
 * A JSON text with its string values replaced; field names stay. Unchanged strings stay as written. The text has to be
 * valid JSON.
 */
export function replaceTexts(json: string, replace: (text: string) => string): string {
  let replaced = ''
  let at = 0
  for (;;) {
    const start = json.indexOf('"', at)
    if (start < 0) return replaced + json.slice(at)
    const end = endOfText(json, start)
    const isName = json[skipSpace(json, end)] === ':'
    const text: string = isName ? '' : JSON.parse(json.slice(start, end))
    const now = isName ? text : replace(text)
    replaced += now === text ? json.slice(at, end) : json.slice(at, start) + JSON.stringify(now)
    at = end
  }
}

/** The end of the string that begins with the quote at `start`, or the end of the JSON. */
function endOfText(json: string, start: number): number {
  for (let quote = json.indexOf('"', start + 1); quote >= 0; quote = json.indexOf('"', quote + 1)) {
    let escapes = 0
    while (json[quote - 1 - escapes] === '\\') escapes++
    if (escapes % 2 === 0) return quote + 1
  }
  return json.length
}

function endOfValue(json: string, start: number): number {
  let depth = 0
  let at = start
  while (at < json.length) {
    const character = json[at]
    if (character === '"') at = endOfText(json, at)
    else {
      if (character === '{' || character === '[') depth++
      else if (character === '}' || character === ']') {
        // After a number, true, false or null this is the end of the enclosing value.
        if (depth === 0) return trimmedEnd(json, start, at)
        depth--
      } else if (character === ',' && depth === 0) return trimmedEnd(json, start, at)
      at++
    }
    if (depth === 0 && (character === '"' || character === '}' || character === ']')) return at
  }
  return trimmedEnd(json, start, at)
}

function trimmedEnd(json: string, start: number, end: number): number {
  return start + json.slice(start, end).trimEnd().length
}

function skipSpace(json: string, start: number): number {
  let at = start
  while (/\s/.test(json[at] ?? '')) at++
  return at
}
