import { sql } from 'drizzle-orm'
import { integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { activeflowStepsMax } from '../../../domain/activeflow.ts'
import { customerId, holds, oneOf } from './columns.ts'

/**
 * The run of the actions of one call, between its steps. Most calls wait for nothing and set nothing: then these
 * columns are null.
 */
export const activeflow = sqliteTable(
  'activeflow',
  {
    customerId: customerId(),
    id: text().notNull(),
    campaigncallId: text().notNull(),
    status: text({ enum: ['RUNNING', 'ENDED'] }).notNull(),
    actionId: text(),
    actionStartedAt: integer(),
    stepCount: integer().notNull(),
    /** JSON. */
    wait: text(),
    /** JSON. */
    variables: text(),
    /** JSON. */
    jumpCounts: text(),
    recordingId: text(),
    digitsHeardUntil: integer(),
  },
  (table) => [
    primaryKey({ columns: [table.customerId, table.campaigncallId] }),
    uniqueIndex('activeflow_id').on(table.customerId, table.id),
    oneOf('activeflow_status', table.status, ['RUNNING', 'ENDED']),
  ],
)

/** Executed actions, in order: those of one call are adjacent. The current one is in the activeflow. */
export const actionExecution = sqliteTable(
  'action_execution',
  {
    customerId: customerId(),
    campaigncallId: text().notNull(),
    step: integer().notNull(),
    actionId: text().notNull(),
    startedAt: integer().notNull(),
    endedAt: integer(),
    outcome: text(),
  },
  (table) => [
    primaryKey({ columns: [table.customerId, table.campaigncallId, table.step] }),
    holds('action_execution_step', sql`${table.step} between 1 and ${sql.raw(String(activeflowStepsMax))}`),
  ],
)

export const recording = sqliteTable(
  'recording',
  {
    customerId: customerId(),
    campaigncallId: text().notNull(),
    id: text().notNull(),
    step: integer().notNull(),
    startedAt: integer().notNull(),
    endedAt: integer(),
    location: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.customerId, table.campaigncallId, table.id] })],
)
