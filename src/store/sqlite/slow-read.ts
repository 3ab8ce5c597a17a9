import { type AnyColumn, type Column, type SQL, sql } from 'drizzle-orm'
import { compiledRead, type Prepared, readingOf } from './compiled-statements.ts'
import type { Connection } from './database.ts'
import { type ReadingThreads, stillWantedFunction } from './reading-threads.ts'

/** Rows between two checks of a statement whether it is still wanted: a power of two. */
const rowsPerLook = 4096

const threads = new WeakMap<Connection, ReadingThreads>()

/**
 * Runs the slow reads of a connection in threads from now on. Otherwise they run in the caller's thread, as in tests.
 */
export function readInThreads(connection: Connection, those: ReadingThreads): void {
  threads.set(connection, those)
}

/** A drizzle query that is not prepared yet. */
interface Query {
  prepare(): Prepared
  toSQL(): { readonly sql: string; readonly params: readonly unknown[] }
}

/**
 * A read that may have to scan many rows to find or count a few. `query` receives its first condition, which is
 * evaluated for each row of the table with that position column.
 */
export function slowRead<Row>(
  db: Connection,
  position: AnyColumn,
  selection: Readonly<Record<string, Column | null>>,
  query: (stillWanted: SQL | undefined) => Query,
): (values: Readonly<Record<string, unknown>>) => Promise<Row[]> {
  const reads = threads.get(db)
  if (reads === undefined) {
    const read = compiledRead<Row>(db, query(undefined).prepare(), selection)
    return async (values) => read(values)
  }
  const look = sql.raw(`${stillWantedFunction}()`)
  const mask = sql.raw(String(rowsPerLook - 1))
  const reading = readingOf<Row>(query(sql`(${position} & ${mask} <> 0 or ${look})`).toSQL(), selection)
  return async (values) => (await reads.all(reading.sql, reading.valuesOf(values))).map(reading.decode)
}
