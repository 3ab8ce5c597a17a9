import { sql } from 'drizzle-orm'
import { foreignKey, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { Action } from '../../../domain/action.ts'
import { campaignEndHandles, campaignStatuses, campaignTypes, pacingMethods } from '../../../domain/campaign.ts'
import { hangupReasons } from '../../../domain/campaigncall.ts'
import { customerId, deletable, holds, json, oneOf, position } from './columns.ts'
import { outdial } from './outdial.ts'
import { outplan } from './outplan.ts'
import { queue } from './queue.ts'

/** Never changed once written: campaigns and the calls that were dialed with it refer to it. */
export const actionList = sqliteTable(
  'action_list',
  { customerId: customerId(), id: text().notNull(), actions: json<Action[]>().notNull() },
  (table) => [primaryKey({ columns: [table.customerId, table.id] })],
)

export const campaign = sqliteTable(
  'campaign',
  {
    position: position(),
    customerId: customerId(),
    id: text().notNull(),
    type: text({ enum: campaignTypes }).notNull(),
    name: text().notNull(),
    /** The lower-case name, for order and search. */
    nameKey: text().notNull(),
    detail: text().notNull(),
    status: text({ enum: campaignStatuses }).notNull(),
    pacing: text({ enum: pacingMethods }).notNull(),
    serviceLevel: integer().notNull(),
    ratio: integer().notNull(),
    concurrentCallsMax: integer(),
    endHandle: text({ enum: campaignEndHandles }).notNull(),
    actionListId: text().notNull(),
    outplanId: text(),
    outdialId: text(),
    queueId: text(),
    nextCampaignId: text(),
    ...deletable,
  },
  (table) => [
    uniqueIndex('campaign_id').on(table.customerId, table.id),
    uniqueIndex('campaign_name').on(table.customerId, table.name).where(sql`${table.deletedAt} is null`),
    uniqueIndex('campaign_outdial')
      .on(table.customerId, table.outdialId)
      .where(sql`${table.deletedAt} is null and ${table.outdialId} is not null`),
    index('campaign_list').on(table.customerId, table.position),
    index('campaign_names').on(table.customerId, table.nameKey, table.position),
    /** The same without deleted campaigns, which lists omit. */
    index('campaign_kept').on(table.customerId, table.position).where(sql`${table.deletedAt} is null`),
    index('campaign_kept_names')
      .on(table.customerId, table.nameKey, table.position)
      .where(sql`${table.deletedAt} is null`),
    index('campaign_active').on(table.position).where(sql`${table.status} <> 'STOP'`),
    index('campaign_outplan').on(table.customerId, table.outplanId),
    index('campaign_queue').on(table.customerId, table.queueId),
    foreignKey({ columns: [table.customerId, table.outplanId], foreignColumns: [outplan.customerId, outplan.id] }),
    foreignKey({ columns: [table.customerId, table.outdialId], foreignColumns: [outdial.customerId, outdial.id] }),
    foreignKey({ columns: [table.customerId, table.queueId], foreignColumns: [queue.customerId, queue.id] }),
    foreignKey({
      columns: [table.customerId, table.actionListId],
      foreignColumns: [actionList.customerId, actionList.id],
    }),
    oneOf('campaign_type', table.type, campaignTypes),
    oneOf('campaign_status', table.status, campaignStatuses),
    oneOf('campaign_pacing', table.pacing, pacingMethods),
    oneOf('campaign_end_handle', table.endHandle, campaignEndHandles),
    holds('campaign_service_level', sql`${table.serviceLevel} between 1 and 1000`),
    holds('campaign_ratio', sql`${table.ratio} in (100, 150, 200, 300, 400)`),
    holds('campaign_concurrent_calls', sql`${table.concurrentCallsMax} between 1 and 10000`),
    holds(
      'campaign_active_references',
      sql`${table.status} = 'STOP' or (${table.outplanId} is not null and ${table.outdialId} is not null)`,
    ),
  ],
)

/** Sums of what each call of a campaign counts, updated in the transaction that changes the call. */
export const campaignCounter = sqliteTable(
  'campaign_counter',
  {
    customerId: customerId(),
    campaignId: text().notNull(),
    callsTotal: integer().notNull().default(0),
    callsDialing: integer().notNull().default(0),
    callsProgressing: integer().notNull().default(0),
    success: integer().notNull().default(0),
    fail: integer().notNull().default(0),
    answered: integer().notNull().default(0),
    abandoned: integer().notNull().default(0),
  },
  (table) => [
    primaryKey({ columns: [table.customerId, table.campaignId] }),
    holds('campaign_counter_positive', sql`${table.callsDialing} >= 0 and ${table.callsProgressing} >= 0`),
  ],
)

export const campaignHangupReason = sqliteTable(
  'campaign_hangup_reason',
  {
    customerId: customerId(),
    campaignId: text().notNull(),
    reason: text({ enum: hangupReasons }).notNull(),
    count: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.customerId, table.campaignId, table.reason] })],
)
