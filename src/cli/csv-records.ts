/** One record of a CSV file. */
export interface CsvRecord {
  /** The line on which it begins, the first of the file being 1. */
  readonly line: number
  readonly values: readonly string[]
  /** Why it cannot be taken as it stands; null for a sound one. */
  readonly problem: string | null
}

export type Delimiter = ',' | ';' | '\t'

/** What a record may hold: a quote that is never closed would otherwise take in the rest of the file. */
export const recordCharactersMax = 256 * 1024

const lineEnd = /\r\n|\r|\n/g

/**
 * The records of a text that comes in pieces, empty lines left out. Quotes are doubled inside quotes, and line ends may
 * stand there. One bad record never takes others with it: where a quote is not closed, its line is given up, and the
 * next line is read as if nothing had happened.
 */
export async function* readRecords(pieces: AsyncIterable<string>, delimiter: Delimiter): AsyncGenerator<CsvRecord> {
  const source = pieces[Symbol.asyncIterator]()
  let text = ''
  let at = 0
  let line = 1
  let isEnd = false
  const readOn = async () => {
    const { done, value } = await source.next()
    isEnd = done === true
    text = text.slice(at) + (value ?? '')
    at = 0
  }
  for (;;) {
    const scanned = at < text.length ? scanRecord(text, at, delimiter, isEnd) : null
    if (scanned !== null && scanned.end - at <= recordCharactersMax) {
      const { values, problem, end } = scanned
      if (values.length > 1 || values[0]?.trim() !== '') yield { line, values, problem }
      line += text.slice(at, end).match(lineEnd)?.length ?? 0
      at = end
    } else if (scanned === null && !isEnd && text.length - at <= recordCharactersMax) {
      await readOn()
    } else if (at === text.length) {
      return
    } else {
      yield { line, values: [], problem: scanned === null && isEnd ? neverClosed : tooLong }
      let end = endOfLine(text, at, isEnd)
      for (; end === null; end = endOfLine(text, at, isEnd)) {
        // Of a line that is given up only the end matters: the last character may be half of it, the rest is not kept.
        at = text.length - 1
        await readOn()
      }
      at = end
      line++
    }
  }
}

const neverClosed = 'A quote is opened and never closed.'
const tooLong = `The row is longer than ${recordCharactersMax} characters, or a quote in it is never closed.`

/** Where the line after the one of `from` begins; null when that is not in the text. */
function endOfLine(text: string, from: number, isEnd: boolean): number | null {
  lineEnd.lastIndex = from
  if (!lineEnd.test(text)) return isEnd ? text.length : null
  // A carriage return at the very end may be half of a line end.
  const isHalf = lineEnd.lastIndex === text.length && text.endsWith('\r') && !isEnd
  return isHalf ? null : lineEnd.lastIndex
}

interface Scanned {
  readonly values: string[]
  readonly problem: string | null
  /** Where the next record begins. */
  readonly end: number
}

const valueEnds: Readonly<Record<Delimiter, RegExp>> = { ',': /[,\r\n]/g, ';': /[;\r\n]/g, '\t': /[\t\r\n]/g }

/** The record that begins at `from`; null when the text ends before it does. */
function scanRecord(text: string, from: number, delimiter: Delimiter, isEnd: boolean): Scanned | null {
  const values: string[] = []
  let problem: string | null = null
  for (let at = from; ; at++) {
    let quoted = ''
    const isQuoted = text[at] === '"'
    if (isQuoted) {
      const close = closingQuote(text, at)
      if (close === null || (close + 1 === text.length && !isEnd)) return null
      quoted = text.slice(at + 1, close).replaceAll('""', '"')
      at = close + 1
    }
    const stop = valueEnd(text, at, delimiter)
    const end = text[stop] === delimiter ? stop : endOfLine(text, stop, isEnd)
    if (end === null) return null
    const plain = text.slice(at, stop)
    if (isQuoted && plain !== '') problem ??= 'Something stands between a closing quote and the next column.'
    else if (plain.includes('"')) problem ??= 'A quote stands in the middle of a value.'
    values.push(quoted + plain)
    if (text[stop] !== delimiter) return { values, problem, end }
    at = stop
  }
}

/** Of the quote at `open`, the one that closes it: two in a row stand for one and close nothing. */
function closingQuote(text: string, open: number): number | null {
  for (let at = text.indexOf('"', open + 1); at >= 0; at = text.indexOf('"', at + 2))
    if (text[at + 1] !== '"') return at
  return null
}

function valueEnd(text: string, from: number, delimiter: Delimiter): number {
  const pattern = valueEnds[delimiter]
  pattern.lastIndex = from
  return pattern.test(text) ? pattern.lastIndex - 1 : text.length
}
