import { and, eq, getTableColumns, sql } from 'drizzle-orm'
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core'
import { present } from '../../kernel/assert.ts'
import { type Prepared, parameterReaders } from './compiled-statements.ts'
import { type Connection, statementHook } from './database.ts'
import { placeholders } from './statement-cache.ts'

type Row = Readonly<Record<string, unknown>>

/** Writes rows in the order of the list. Returns the rowid of the last inserted row; 0 if there were none. */
export type WriteSet = (rows: readonly Row[]) => number

/** How many rows one statement of a set writes: a list is written by the fewest of these. */
const statementSizes = [100, 30, 10, 3, 1] as const

/** Inserts whole rows, without the columns that are left out. */
export function insertSet(db: Connection, table: SQLiteTable, leaveOut: readonly string[] = []): WriteSet {
  const row = placeholders(table, leaveOut)
  return compileSet(db, (rowCount) =>
    db
      .insert(table)
      .values(Array.from({ length: rowCount }, () => row))
      .prepare(),
  )
}

/** Updates the columns `set` of the rows that the columns `key` find. The key is unique. */
export function updateSet(
  db: Connection,
  table: SQLiteTable,
  { set, key }: { readonly set: readonly string[]; readonly key: readonly string[] },
): WriteSet {
  const columns = getTableColumns(table)
  const columnOf = (name: string) => present(columns[name], `the column ${name}`) as SQLiteColumn
  const parameter = (name: string) => sql`${sql.param(sql.placeholder(name), columnOf(name))}`
  const updateOne = () =>
    db
      .update(table)
      .set(Object.fromEntries(set.map((name) => [name, parameter(name)])))
      .where(and(...key.map((name) => eq(columnOf(name), parameter(name)))))
      .prepare()
  const given = (place: number) => sql.raw(`given.column${place + 1}`)
  const row = sql`(${sql.join([...set, ...key].map(parameter), sql`, `)})`
  const updateMany = (rowCount: number) => {
    const rows = Array.from({ length: rowCount }, () => row)
    return db
      .update(table)
      .set(Object.fromEntries(set.map((name, place) => [name, given(place)])))
      .from(sql`(values ${sql.join(rows, sql`, `)}) as given`)
      .where(and(...key.map((name, place) => eq(columnOf(name), given(set.length + place)))))
      .prepare()
  }
  return compileSet(db, (rowCount) => (rowCount === 1 ? updateOne() : updateMany(rowCount)))
}

/**
 * Writes a list of rows with few statements. `statementOf` builds the statement for so many rows, whose parameters are
 * those of each row in turn. Inside a savepoint, as in every tick of the engine, one statement of 100 rows costs two
 * thirds of 100 statements.
 */
function compileSet(db: Connection, statementOf: (rowCount: number) => Prepared): WriteSet {
  const hook = statementHook(db)
  const compiled = new Map<number, WriteSet>()

  function compile(rowCount: number): WriteSet {
    const { sql, params } = statementOf(rowCount).getQuery()
    const statement = db.$client.prepare<unknown[]>(sql)
    const readers = parameterReaders(params.slice(0, params.length / rowCount))
    // One array for all executions: the statement has read it before it returns.
    const values: unknown[] = params.map(() => null)
    return (rows) => {
      hook?.(sql)
      let place = 0
      for (const row of rows) for (const read of readers) values[place++] = read(row)
      return Number(statement.run(values).lastInsertRowid)
    }
  }

  return (rows) => {
    let last = 0
    for (let done = 0; done < rows.length; ) {
      const rowCount = present(
        statementSizes.find((size) => size <= rows.length - done),
        'a statement of one row',
      )
      const write = compiled.get(rowCount) ?? compile(rowCount)
      compiled.set(rowCount, write)
      last = write(rows.slice(done, done + rowCount))
      done += rowCount
    }
    return last
  }
}
