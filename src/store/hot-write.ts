import { is, Param, Placeholder } from 'drizzle-orm'
import type { Connection } from './database.ts'
import { statementHook } from './database.ts'

/** A prepared insert or update of drizzle's. */
interface PreparedWrite {
  getQuery(): { readonly sql: string; readonly params: readonly unknown[] }
}

/** Runs with the values of the placeholders. Returns the rowid of the row inserted last. */
export type HotWrite = (values: Readonly<Record<string, unknown>>) => number

/**
 * A write that happens several times for every call. drizzle finds out anew, for each parameter of each execution, what
 * kind it is; here that is found out once. The SQL and the encoding of the values stay drizzle's.
 */
export function hotWrite(db: Connection, prepared: PreparedWrite): HotWrite {
  const { sql, params } = prepared.getQuery()
  const statement = db.$client.prepare<unknown[]>(sql)
  const hook = statementHook(db)
  const readers = params.map((param): ((values: Readonly<Record<string, unknown>>) => unknown) => {
    if (is(param, Placeholder)) return (values) => values[param.name]
    if (is(param, Param) && is(param.value, Placeholder)) {
      const { encoder, value } = param
      return (values) => encoder.mapToDriverValue(values[value.name])
    }
    return () => param
  })
  // One array for every execution: the statement has read it before it returns.
  const values: unknown[] = readers.map(() => null)
  return (named) => {
    hook?.(sql)
    for (let i = 0; i < readers.length; i++) values[i] = readers[i]?.(named)
    return Number(statement.run(values).lastInsertRowid)
  }
}
