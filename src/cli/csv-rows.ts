import { type CsvError, parse } from 'csv-parse/sync'

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

const recordsAtOnce = 100
const neverClosed = 'A quote is opened and never closed.'
const tooLong = `The row is longer than ${recordCharactersMax} characters, or a quote in it is never closed.`
const sentences: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: neverClosed,
  INVALID_OPENING_QUOTE: 'There is a quote in the middle of a value.',
  CSV_INVALID_CLOSING_QUOTE: 'There is text between a closing quote and the next column.',
}

/**
 * The records of a text that comes in pieces, empty lines left out. One bad record never takes others with it: the text
 * is cut where the quotes are balanced before it is parsed, and where a quote is not closed, its line is given up and
 * the next line is read as if nothing had happened.
 */
export async function* readRecords(pieces: AsyncIterable<string>, delimiter: Delimiter): AsyncGenerator<CsvRecord> {
  let waiting: Framed[] = []
  for await (const framed of frame(pieces, delimiter)) {
    waiting.push(framed)
    if (waiting.length < recordsAtOnce) continue
    yield* parseAll(waiting, delimiter)
    waiting = []
  }
  yield* parseAll(waiting, delimiter)
}

/** The text of one record, with its line ends, before it is parsed. */
interface Framed {
  readonly line: number
  readonly text: string
  readonly problem: string | null
}

/** All of them in one go; only when that fails, one by one, to find the one that is not sound. */
function parseAll(framed: readonly Framed[], delimiter: Delimiter): CsvRecord[] {
  const sound = framed.filter((of) => of.problem === null)
  const parsed = parseText(sound.map((of) => of.text).join(''), delimiter)
  if (typeof parsed !== 'string' && parsed.length === sound.length) {
    const values = new Map(sound.map((of, i) => [of, parsed[i] ?? []]))
    return framed.map((of) => ({ line: of.line, values: values.get(of) ?? [], problem: of.problem }))
  }
  return framed.map((of) => {
    const alone = of.problem ?? parseText(of.text, delimiter)
    if (typeof alone === 'string') return { line: of.line, values: [], problem: alone }
    return { line: of.line, values: alone[0] ?? [], problem: null }
  })
}

/** The values of every record of a text, or why there are none. */
function parseText(text: string, delimiter: Delimiter): string[][] | string {
  try {
    return parse(text, { delimiter, relax_column_count: true, record_delimiter: ['\r\n', '\n', '\r'] })
  } catch (error) {
    return sentences[(error as CsvError).code ?? ''] ?? 'The row cannot be read.'
  }
}

/**
 * Cuts a text into records: lines are put together while a quote in them is open. Where that does not make a record, only
 * the first of them is given up.
 */
async function* frame(pieces: AsyncIterable<string>, delimiter: Delimiter): AsyncGenerator<Framed> {
  let open: Line[] = []
  let quoteCount = 0
  let length = 0
  function* take(line: Line): Generator<Framed> {
    if (line.isTooLong) {
      yield* giveUp(neverClosed)
      yield { line: line.number, text: '', problem: tooLong }
      return
    }
    open.push(line)
    quoteCount += line.text.split('"').length - 1
    length += line.text.length
    const isOpen = quoteCount % 2 === 1
    if (isOpen && open.length > 1 && length <= recordCharactersMax) return
    const text = open.map((of) => of.text).join('')
    const problem = isOpen || open.length > 1 ? problemOf(text, delimiter) : null
    if (problem === neverClosed && length <= recordCharactersMax) return
    if (problem !== null) {
      yield* giveUpFirst(length > recordCharactersMax ? tooLong : problem)
      return
    }
    if (text.trim() !== '') yield { line: open[0]?.number ?? line.number, text: endedLine(text), problem: null }
    clear()
  }
  function clear(): Line[] {
    const lines = open
    open = []
    quoteCount = 0
    length = 0
    return lines
  }
  /** The first line is given up; those after it are taken as if it had not been there. */
  function* giveUpFirst(problem: string): Generator<Framed> {
    const [first, ...others] = clear()
    if (first) yield { line: first.number, text: '', problem }
    for (const line of others) yield* take(line)
  }
  function* giveUp(problem: string): Generator<Framed> {
    while (open.length > 0) yield* giveUpFirst(problem)
  }
  for await (const line of readLines(pieces)) yield* take(line)
  yield* giveUp(neverClosed)
}

/** Why a text is no record by itself; null when it is one. */
function problemOf(text: string, delimiter: Delimiter): string | null {
  const parsed = parseText(text, delimiter)
  return typeof parsed === 'string' ? parsed : null
}

/** Records are parsed together: the last of a file may lack its line end. */
function endedLine(text: string): string {
  return /[\r\n]$/.test(text) ? text : `${text}\n`
}

interface Line {
  readonly number: number
  /** With its end. */
  readonly text: string
  /** Of such a line nothing is kept. */
  readonly isTooLong: boolean
}

/** The lines of a text, whatever they end with. The memory does not grow with a line that never ends. */
async function* readLines(pieces: AsyncIterable<string>): AsyncGenerator<Line> {
  let number = 1
  let rest = ''
  let isTooLong = false
  const lineOf = (text: string): Line => ({ number: number++, text: isTooLong ? '' : text, isTooLong })
  for await (const piece of pieces) {
    rest += piece
    let start = 0
    // A carriage return at the very end may be half of a line end.
    for (const match of rest.matchAll(/\r\n|\n|\r(?!$)/g)) {
      const end = match.index + match[0].length
      if (end - start > recordCharactersMax) isTooLong = true
      yield lineOf(rest.slice(start, end))
      isTooLong = false
      start = end
    }
    rest = rest.slice(start)
    if (rest.length > recordCharactersMax) {
      isTooLong = true
      rest = rest.endsWith('\r') ? '\r' : ''
    }
  }
  if (rest !== '' || isTooLong) yield lineOf(rest)
}
