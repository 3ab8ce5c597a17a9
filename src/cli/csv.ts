import type { ReadStream } from 'node:fs'
import { columnsProblem, roleOf } from '../app/import-columns.ts'
import type { ImportRow } from '../app/imports.ts'
import { StartError } from '../kernel/errors.ts'
import { isClean } from '../kernel/text.ts'
import { type CsvRecord, type Delimiter, readRecords } from './csv-rows.ts'

/** Rows of a file that are added in one transaction. */
export interface Batch {
  readonly rows: readonly ImportRow[]
  /** Lines that are not valid rows. */
  readonly malformed: readonly { readonly line: number; readonly message: string }[]
  readonly bytesRead: number
}

const batchRows = 200

/**
 * The rows of a CSV file in batches, however long the file is. UTF-8 with or without a byte order mark, any line ends,
 * comma, semicolon or tab, whichever the header is written with. Throws a StartError (65) for what is no such file: no
 * header, no destination, not text.
 */
export async function* readTargets(source: ReadStream): AsyncGenerator<Batch> {
  let columns: readonly string[] | null = null
  let rows: ImportRow[] = []
  let malformed: { line: number; message: string }[] = []
  try {
    for await (const record of readText(decode(source))) {
      if (columns === null) {
        columns = readHeader(record)
        continue
      }
      const { line, values } = record
      const message = problemOf(record, columns)
      if (message !== null) malformed.push({ line, message })
      else rows.push({ line, values: Object.fromEntries(columns.map((name, i) => [name, cellOf(values[i])])) })
      if (rows.length + malformed.length < batchRows) continue
      yield { rows, malformed, bytesRead: source.bytesRead }
      rows = []
      malformed = []
    }
    if (columns === null) throw new StartError('The file has no header.', 65)
    if (rows.length + malformed.length > 0) yield { rows, malformed, bytesRead: source.bytesRead }
  } finally {
    // Whoever takes no more rows leaves it in the middle.
    source.destroy()
  }
}

/** The records of a text whose beginning says how it is written. */
async function* readText(pieces: AsyncGenerator<string>): AsyncGenerator<CsvRecord> {
  const { done, value: head } = await pieces.next()
  if (done) return
  // A text has no zero bytes; what has is a picture, a spreadsheet or an archive.
  if (head.includes('\0')) throw new StartError('The file is not text in UTF-8.', 65)
  async function* whole() {
    yield head
    yield* pieces
  }
  yield* readRecords(whole(), delimiterOf(head))
}

/** The text of a file. Bytes that are not UTF-8 become U+FFFD, by which they are found again. */
async function* decode(source: ReadStream): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  try {
    for await (const chunk of source) {
      const text = decoder.decode(chunk as Buffer, { stream: true })
      if (text !== '') yield text
    }
  } catch (error) {
    throw new StartError(`The file cannot be read: ${(error as Error).message}`, 65)
  }
  const rest = decoder.decode()
  if (rest !== '') yield rest
}

/** The one of the three that the header has most of, quoted names left out. */
function delimiterOf(head: string): Delimiter {
  const [header = ''] = head
    .replace(/"(?:[^"]|"")*"/g, '')
    .replace(/^[\r\n]+/, '')
    .split(/[\r\n]/, 1)
  const countOf = (delimiter: Delimiter) => header.split(delimiter).length
  return ([';', '\t'] as const).reduce<Delimiter>((best, of) => (countOf(of) > countOf(best) ? of : best), ',')
}

/** A cell as it is kept: a line break in it is one character, whatever the file has for one. */
function cellOf(value = ''): string {
  return value.includes('\r') ? value.replace(/\r\n?/g, '\n') : value
}

/** Names of the columns as they are written, trimmed. */
function readHeader({ values, problem }: CsvRecord): string[] {
  if (problem !== null) throw new StartError(`The header cannot be read: ${problem}`, 65)
  const columns = values.map((name) => cellOf(name).trim())
  if (columns.includes('')) throw new StartError('A column of the header has no name.', 65)
  if (!columns.every(isClean)) throw new StartError('A name in the header contains control characters.', 65)
  const names = columns.map(comparedName)
  const twice = columns.find((_, i) => names.indexOf(names[i] ?? '') < i)
  if (twice !== undefined) throw new StartError(`The header names the column ${twice} twice.`, 65)
  if (!columns.some((name) => roleOf(name).type === 'DESTINATION')) {
    throw new StartError(
      'The header has no column destination, destination_0 … destination_4, phone or phone_number.',
      65,
    )
  }
  const changing = columnsProblem(columns)
  if (changing !== null) throw new StartError(changing, 65)
  return columns
}

/** A key that is equal for columns of the same meaning: known columns by their role, others by their names. */
function comparedName(column: string): string {
  const role = roleOf(column)
  return role.type === 'DATA' || role.type === 'STATUS' ? `= ${column}` : column.toLowerCase().replace(/[\s_-]/g, '')
}

function problemOf({ values, problem }: CsvRecord, columns: readonly string[]): string | null {
  if (problem !== null) return problem
  if (values.length !== columns.length) {
    const count = values.length === 1 ? '1 column' : `${values.length} columns`
    return `The row has ${count}, the header has ${columns.length}.`
  }
  return values.some((value) => /[\0\ufffd]/.test(value)) ? 'The row is not text in UTF-8.' : null
}
