import { type Column, is, Param, Placeholder } from 'drizzle-orm'
import type { Connection } from './database.ts'
import { statementHook } from './database.ts'

/** A prepared statement of drizzle's. */
export interface Prepared {
  getQuery(): { readonly sql: string; readonly params: readonly unknown[] }
}

/** Runs with the values of the placeholders. Returns the rowid of the last inserted row. */
export type CompiledWrite = (values: Readonly<Record<string, unknown>>) => number

/**
 * A write that runs several times for every call. drizzle determines the kind of each parameter at every execution;
 * here that happens once. The SQL and the encoding of the values remain drizzle's.
 */
export function compiledWrite(db: Connection, prepared: Prepared): CompiledWrite {
  const { sql, params } = prepared.getQuery()
  const statement = db.$client.prepare<unknown[]>(sql)
  const hook = statementHook(db)
  const readers = parameterReaders(params)
  // One array for all executions: the statement has read it before it returns.
  const values: unknown[] = readers.map(() => null)
  return (named) => {
    hook?.(sql)
    for (let i = 0; i < readers.length; i++) values[i] = readers[i]?.(named)
    return Number(statement.run(values).lastInsertRowid)
  }
}

/** Reads rows of one flat selection, given with the columns in the order of the selection. */
export type CompiledRead<Row> = (values: Readonly<Record<string, unknown>>) => Row[]

/** How to run one statement and decode its rows, independent of the connection. */
export interface Reading<Row> {
  readonly sql: string
  valuesOf(named: Readonly<Record<string, unknown>>): unknown[]
  decode(values: readonly unknown[]): Row
}

/** The same for rows read by the thousand: which columns need decoding is determined once. */
export function compiledRead<Row>(
  db: Connection,
  prepared: Prepared,
  selection: Readonly<Record<string, Column | null>>,
): CompiledRead<Row> {
  const { sql, valuesOf, decode } = readingOf<Row>(prepared.getQuery(), selection)
  const statement = db.$client.prepare<unknown[]>(sql).raw()
  const hook = statementHook(db)
  return (named) => {
    hook?.(sql)
    return (statement.all(valuesOf(named)) as unknown[][]).map(decode)
  }
}

/** `selection` has null for values that are not columns. */
export function readingOf<Row>(
  { sql, params }: { readonly sql: string; readonly params: readonly unknown[] },
  selection: Readonly<Record<string, Column | null>>,
): Reading<Row> {
  const readers = parameterReaders(params)
  const names = Object.keys(selection)
  const decoders = Object.values(selection).map((column) =>
    column?.dataType === 'json' || column?.dataType === 'boolean' ? column : null,
  )
  const empty: Readonly<Record<string, unknown>> = Object.fromEntries(names.map((name) => [name, null]))
  return {
    sql,
    valuesOf: (named) => readers.map((read) => read(named)),
    decode(values) {
      // A copy has its properties at once; a growing object would change its shape with each of them.
      const row: Record<string, unknown> = { ...empty }
      for (let i = 0; i < names.length; i++) {
        const value = values[i]
        const decoder = decoders[i]
        row[names[i] as string] = decoder && value !== null ? decoder.mapFromDriverValue(value) : value
      }
      return row as Row
    },
  }
}

/** How each parameter is taken from the values of the placeholders, and encoded. */
export function parameterReaders(
  params: readonly unknown[],
): ((values: Readonly<Record<string, unknown>>) => unknown)[] {
  return params.map((param) => {
    if (is(param, Placeholder)) return (values) => values[param.name]
    if (is(param, Param) && is(param.value, Placeholder)) {
      const { encoder, value } = param
      return (values) => encoder.mapToDriverValue(values[value.name])
    }
    return () => param
  })
}
