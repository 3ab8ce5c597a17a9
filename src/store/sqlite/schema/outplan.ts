import { sql } from 'drizzle-orm'
import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { Address } from '../../../domain/address.ts'
import { customerId, deletable, holds, json, position } from './columns.ts'

export const outplan = sqliteTable(
  'outplan',
  {
    position: position(),
    customerId: customerId(),
    id: text().notNull(),
    name: text().notNull(),
    detail: text().notNull(),
    source: json<Address>().notNull(),
    dialTimeoutMs: integer().notNull(),
    tryIntervalMs: integer().notNull(),
    maxTryCounts: json<readonly number[]>().notNull(),
    ...deletable,
  },
  (table) => [
    uniqueIndex('outplan_id').on(table.customerId, table.id),
    index('outplan_list').on(table.customerId, table.position).where(sql`${table.deletedAt} is null`),
    holds('outplan_dial_timeout', sql`${table.dialTimeoutMs} > 0`),
    holds('outplan_try_interval', sql`${table.tryIntervalMs} >= 0`),
  ],
)
