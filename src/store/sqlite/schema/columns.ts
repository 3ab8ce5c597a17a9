import { type SQL, sql } from 'drizzle-orm'
import { type AnySQLiteColumn, check, integer, text } from 'drizzle-orm/sqlite-core'

/**
 * Times are whole milliseconds since 1970. `position` rises with creation and is the order of pages. Every reference
 * contains its customer, so that the database itself keeps customers apart. Tables are STRICT: see
 * scripts/generate-migration.ts, since the generator cannot write the word.
 */

/** A CHECK that a column contains one of a fixed set, or null. */
export const oneOf = (name: string, column: AnySQLiteColumn, values: readonly string[]) =>
  check(name, sql`${column} in (${sql.raw(values.map((value) => `'${value}'`).join(', '))})`)
/** A CHECK on a number. */
export const holds = (name: string, condition: SQL) => check(name, condition)

export const position = () => integer().primaryKey()
export const customerId = () => text().notNull()
export const flag = () => integer({ mode: 'boolean' }).notNull().default(false)
export const json = <Value>() => text({ mode: 'json' }).$type<Value>()
export const times = { createdAt: integer().notNull(), updatedAt: integer().notNull() }
export const deletable = { ...times, deletedAt: integer() }
