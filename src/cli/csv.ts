import type { ReadStream } from 'node:fs'
import { type CsvError, parse } from 'csv-parse'
import { destinationIndexOf, type ImportRow } from '../app/imports.ts'
import { StartError } from '../kernel/errors.ts'

/** Rows of a file that can be added in one go. */
export interface Portion {
  readonly rows: readonly ImportRow[]
  /** Lines that are no rows. */
  readonly malformed: readonly { readonly line: number; readonly message: string }[]
  readonly bytesRead: number
}

const portionRows = 200
const recordBytesMax = 256 * 1024

/**
 * The rows of a CSV file, in portions, however long the file is. UTF-8 with or without a byte order mark, any line ends,
 * comma, semicolon or tab. Throws a StartError (65) for what is no such file: no header, no destination, not text.
 */
export async function* readTargets(source: ReadStream): AsyncGenerator<Portion> {
  let malformed: { line: number; message: string }[] = []
  let columns: string[] = []
  const parser = parse({
    bom: true,
    delimiter: [',', ';', '\t'],
    columns: (header: string[]) => {
      columns = readHeader(header)
      return columns
    },
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: recordBytesMax,
    on_skip: (error: CsvError | undefined) => {
      malformed.push({
        line: Number(error?.lines ?? 0),
        message: sentences[error?.code ?? ''] ?? 'The row cannot be read.',
      })
      return undefined
    },
  })
  refuseBinary(source)
  source.on('error', (error) => parser.destroy(error))
  let rows: ImportRow[] = []
  try {
    for await (const { record, info } of source.pipe(parser) as AsyncIterable<Parsed>) {
      const line = info.lines - linesWithin(record)
      const found = Object.keys(record).length
      if (found === columns.length) rows.push({ line, values: record })
      else malformed.push({ line, message: `The row has ${found} columns, the header has ${columns.length}.` })
      if (rows.length + malformed.length < portionRows) continue
      yield { rows, malformed, bytesRead: source.bytesRead }
      rows = []
      malformed = []
    }
  } catch (error) {
    // What was read before the file turned out to be broken is kept.
    if (rows.length > 0) yield { rows, malformed, bytesRead: source.bytesRead }
    throw asStartError(error)
  }
  if (columns.length === 0) throw new StartError('The file has no header.', 65)
  if (rows.length + malformed.length > 0) yield { rows, malformed, bytesRead: source.bytesRead }
}

interface Parsed {
  readonly record: Record<string, string>
  readonly info: { readonly lines: number }
}

const sentences: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'A quote is opened and never closed.',
  INVALID_OPENING_QUOTE: 'A quote stands in the middle of a value.',
  CSV_INVALID_CLOSING_QUOTE: 'Something stands between a closing quote and the next column.',
  CSV_MAX_RECORD_SIZE: 'The row is too long.',
}

/** Names of the columns, in lower case and trimmed. */
function readHeader(header: readonly string[]): string[] {
  const columns = header.map((name) => name.trim().toLowerCase())
  if (columns.includes('')) throw new StartError('A column of the header has no name.', 65)
  const twice = columns.find((name, i) => columns.indexOf(name) < i)
  if (twice !== undefined) throw new StartError(`The header names the column ${twice} twice.`, 65)
  if (!columns.some((name) => destinationIndexOf(name) !== null)) {
    throw new StartError(
      'The header has no column destination, destination_0 … destination_4, phone or phone_number.',
      65,
    )
  }
  return columns
}

/** A text has no zero bytes; what has is a picture, a spreadsheet or an archive. */
function refuseBinary(source: ReadStream): void {
  source.once('data', (chunk) => {
    if (chunk.includes('\0')) source.destroy(new StartError('The file is not a text in UTF-8.', 65))
  })
}

/** A record's line is that of its last line; values over several lines began further up. */
function linesWithin(record: Record<string, string>): number {
  return Object.values(record).reduce((sum, value) => sum + (value.match(/\r\n|\r|\n/g)?.length ?? 0), 0)
}

function asStartError(error: unknown): unknown {
  if (error instanceof StartError) return error
  const code = (error as Partial<CsvError>).code
  return code === undefined ? error : new StartError(sentences[code] ?? 'The file cannot be read as CSV.', 65)
}
