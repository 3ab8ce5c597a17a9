import { sql } from 'drizzle-orm'
import { foreignKey, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { addressTypes } from '../../../domain/address.ts'
import { campaigncallResults } from '../../../domain/campaigncall.ts'
import { outdialTargetStatuses } from '../../../domain/outdial-target.ts'
import { customerId, deletable, flag, holds, oneOf, position } from './columns.ts'

export const outdial = sqliteTable(
  'outdial',
  {
    position: position(),
    customerId: customerId(),
    id: text().notNull(),
    name: text().notNull(),
    /** The lower-case name, for search. */
    nameKey: text().notNull(),
    detail: text().notNull(),
    data: text().notNull(),
    reevaluatedPosition: integer('judged_position'),
    ...deletable,
  },
  (table) => [
    uniqueIndex('outdial_id').on(table.customerId, table.id),
    index('outdial_list').on(table.customerId, table.position),
    /** Lists omit deleted outdials. */
    index('outdial_kept').on(table.customerId, table.position).where(sql`${table.deletedAt} is null`),
    index('outdial_judging').on(table.position).where(sql`${table.reevaluatedPosition} is not null`),
  ],
)

/** Separate from the outdial, so that counting does not rewrite its texts. */
export const outdialCounter = sqliteTable(
  'outdial_counter',
  {
    customerId: customerId(),
    outdialId: text().notNull(),
    targetsIdle: integer().notNull().default(0),
    targetsProgressing: integer().notNull().default(0),
    targetsDone: integer().notNull().default(0),
  },
  (table) => [
    primaryKey({ columns: [table.customerId, table.outdialId] }),
    holds(
      'outdial_counter_positive',
      sql`${table.targetsIdle} >= 0 and ${table.targetsProgressing} >= 0 and ${table.targetsDone} >= 0`,
    ),
  ],
)

export const outdialTarget = sqliteTable(
  'outdial_target',
  {
    position: position(),
    customerId: customerId(),
    id: text().notNull(),
    outdialId: text().notNull(),
    name: text().notNull(),
    detail: text().notNull(),
    data: text().notNull(),
    status: text({ enum: outdialTargetStatuses }).notNull(),
    reached: flag(),
    outcome: text({ enum: campaigncallResults }),
    attempt: integer().notNull().default(0),
    /** 0 when it was never tried, so that such targets come first in the order of the claim. */
    lastAttemptAt: integer().notNull().default(0),
    lastUnknown: flag(),
    unplacedInRow: integer().notNull().default(0),
    /** Attempts in a row that could not even be started. */
    failedInRow: integer().notNull().default(0),
    ...deletable,
  },
  (table) => [
    uniqueIndex('outdial_target_id').on(table.customerId, table.id),
    index('outdial_target_list').on(table.outdialId, table.status, table.position),
    index('outdial_target_all').on(table.outdialId, table.position),
    index('outdial_target_kept').on(table.outdialId, table.position).where(sql`${table.deletedAt} is null`),
    /** The claim: due targets are a range of it, so an edited interval rewrites nothing, however long the list. */
    index('outdial_target_claim')
      .on(table.outdialId, table.lastUnknown, table.lastAttemptAt, table.position)
      .where(sql`${table.status} = 'IDLE' and ${table.deletedAt} is null`),
    foreignKey({ columns: [table.customerId, table.outdialId], foreignColumns: [outdial.customerId, outdial.id] }),
    oneOf('outdial_target_status', table.status, outdialTargetStatuses),
    oneOf('outdial_target_outcome', table.outcome, campaigncallResults),
  ],
)

/** Up to five for each target; without a rowid, clustered by their target. */
export const destination = sqliteTable(
  'destination',
  {
    targetPosition: integer()
      .notNull()
      .references(() => outdialTarget.position),
    index: integer().notNull(),
    customerId: customerId(),
    type: text({ enum: addressTypes }).notNull(),
    target: text().notNull(),
    targetName: text().notNull(),
    name: text().notNull(),
    detail: text().notNull(),
    tryCount: integer().notNull().default(0),
    unusable: flag(),
  },
  (table) => [
    primaryKey({ columns: [table.customerId, table.targetPosition, table.index] }),
    index('destination_address').on(table.customerId, table.target),
    holds('destination_index', sql`${table.index} between 0 and 4`),
    holds('destination_try_count', sql`${table.tryCount} >= 0`),
    oneOf('destination_type', table.type, addressTypes),
  ],
)
