import { type AnyColumn, eq, getTableColumns, type SQL, sql } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { Scope } from '../contract/scope.ts'

/** Prepares a statement when it is first needed, once: preparing all at the start would slow every opening. */
export function lazily<Statement>(build: () => Statement): () => Statement {
  let made: Statement | undefined
  return () => {
    made ??= build()
    return made
  }
}

/** Most shapes of one statement that are kept: callers choose what is selected, and a statement takes some kilobytes. */
const shapesMax = 200

/** Statements by their shape, each prepared once, the oldest forgotten first. */
export function statementsByShape<Statement>(): (shape: string, build: () => Statement) => Statement {
  const made = new Map<string, Statement>()
  return (shape, build) => {
    let statement = made.get(shape)
    if (statement === undefined) {
      statement = build()
      made.set(shape, statement)
      const [oldest] = made.keys()
      if (made.size > shapesMax && oldest !== undefined) made.delete(oldest)
    }
    return statement
  }
}

/** A placeholder for every column, named as the column: what an insert or an update of whole rows takes. */
// biome-ignore lint/suspicious/noExplicitAny: drizzle takes placeholders for values, but its types of .set() do not say so.
export function placeholders(table: SQLiteTable, leaveOut: readonly string[] = []): any {
  const names = Object.keys(getTableColumns(table)).filter((name) => !leaveOut.includes(name))
  return Object.fromEntries(names.map((name) => [name, sql.placeholder(name)]))
}

/** column in (the JSON array of that placeholder): one prepared statement for any number of values. */
export function inList(column: AnyColumn, name: string): SQL {
  return sql`${column} in (select value from json_each(${sql.placeholder(name)}))`
}

/**
 * A column that the planner must neither look up nor sort by. Without statistics it prefers the index with every row of
 * a customer to the small one that matches the other conditions.
 */
export function unindexed(column: AnyColumn): SQL {
  return sql`+${column}`
}

/**
 * A statement over the customers of a scope. `build` takes the condition that leaves the rows of one customer, found by
 * the index of the other conditions; it is undefined for all customers. Executed with `scopeValues`.
 */
export function scoped<Statement>(
  customerId: AnyColumn,
  build: (ofScope: SQL | undefined) => Statement,
): (scope: Scope) => Statement {
  const ofAll = lazily(() => build(undefined))
  const ofOne = lazily(() => build(eq(unindexed(customerId), sql.placeholder('customerId'))))
  return (scope) => (scope === 'ALL' ? ofAll() : ofOne())
}

/** The values of the placeholders of a `scoped` statement. */
export function scopeValues(scope: Scope): Readonly<Record<string, unknown>> {
  return scope === 'ALL' ? {} : { customerId: scope.customerId }
}

/** Rows in the order of the requested ids, null where there is none. Ids are compared case-insensitively. */
export function align<Row>(ids: readonly string[], rows: readonly Row[], idOf: (row: Row) => string): (Row | null)[] {
  const found = new Map(rows.map((row) => [idOf(row), row]))
  return ids.map((id) => found.get(id.toLowerCase()) ?? null)
}

/** Ids as a JSON array for `inList`. */
export function idList(ids: readonly string[]): string {
  return JSON.stringify([...new Set(ids.map((id) => id.toLowerCase()))])
}

/** Rows grouped by a key, in their order. */
export function groupBy<Row>(keys: readonly string[], rows: readonly Row[], keyOf: (row: Row) => string): Row[][] {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const group = groups.get(keyOf(row))
    if (group) group.push(row)
    else groups.set(keyOf(row), [row])
  }
  return keys.map((key) => groups.get(key.toLowerCase()) ?? [])
}
