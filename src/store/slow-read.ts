import { type AnyColumn, type Column, type SQL, sql } from 'drizzle-orm'
import { hotRead, type Prepared, readingOf } from './compiled-statements.ts'
import type { Connection } from './database.ts'
import { type ReadingThreads, stillWantedFunction } from './reading-threads.ts'

/** Rows between two looks of a statement whether it is still wanted: a power of two. */
const rowsPerLook = 4096

const threads = new WeakMap<Connection, ReadingThreads>()

/** From now on the slow reads of a connection run in threads. Without them they run where they are asked for, as in tests. */
export function readInThreads(connection: Connection, those: ReadingThreads): void {
  threads.set(connection, those)
}

/** A query of drizzle's that is not prepared yet. */
interface Query {
  prepare(): Prepared
  toSQL(): { readonly sql: string; readonly params: readonly unknown[] }
}

/**
 * A read that may have to go through many rows to find a few, or to count them. `query` is made with a condition of its own
 * as the first: each row of the table whose position it is given is looked at after that.
 */
export function slowRead<Row>(
  db: Connection,
  position: AnyColumn,
  selection: Readonly<Record<string, Column | null>>,
  query: (stillWanted: SQL | undefined) => Query,
): (values: Readonly<Record<string, unknown>>) => Promise<Row[]> {
  const reads = threads.get(db)
  if (reads === undefined) {
    const read = hotRead<Row>(db, query(undefined).prepare(), selection)
    return async (values) => read(values)
  }
  const look = sql.raw(`${stillWantedFunction}()`)
  const mask = sql.raw(String(rowsPerLook - 1))
  const reading = readingOf<Row>(query(sql`(${position} & ${mask} <> 0 or ${look})`).toSQL(), selection)
  return async (values) => (await reads.all(reading.sql, reading.valuesOf(values))).map(reading.decode)
}
