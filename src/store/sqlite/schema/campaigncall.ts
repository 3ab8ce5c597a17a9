import { sql } from 'drizzle-orm'
import { foreignKey, index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { Address } from '../../../domain/address.ts'
import {
  callPhases,
  campaigncallResults,
  campaigncallStatuses,
  hangupReasons,
  referenceTypes,
} from '../../../domain/campaigncall.ts'
import { campaign } from './campaign.ts'
import { customerId, holds, json, oneOf, position, times } from './columns.ts'
import { outdialTarget } from './outdial.ts'

export const campaigncall = sqliteTable(
  'campaigncall',
  {
    position: position(),
    customerId: customerId(),
    id: text().notNull(),
    campaignId: text().notNull(),
    outplanId: text().notNull(),
    outdialId: text().notNull(),
    outdialTargetId: text().notNull(),
    queueId: text(),
    agentId: text(),
    activeflowId: text().notNull(),
    actionListId: text().notNull(),
    referenceType: text({ enum: referenceTypes }).notNull(),
    referenceId: text(),
    source: json<Address>().notNull(),
    destination: json<Address>().notNull(),
    destinationIndex: integer().notNull(),
    tryCount: integer().notNull(),
    attempt: integer().notNull(),
    dialTimeoutMs: integer().notNull(),
    status: text({ enum: campaigncallStatuses }).notNull(),
    phase: text({ enum: callPhases }),
    result: text({ enum: campaigncallResults }),
    hangupReason: text({ enum: hangupReasons }),
    version: integer().notNull(),
    endReason: text({ enum: hangupReasons }),
    endAskedAt: integer(),
    endSentAt: integer(),
    lookupAt: integer(),
    wakeAt: integer(),
    queuedAt: integer(),
    answeredAt: integer(),
    endedAt: integer(),
    ...times,
  },
  (table) => [
    uniqueIndex('campaigncall_id').on(table.customerId, table.id),
    /** No target is ever dialed twice under one attempt number. */
    uniqueIndex('campaigncall_attempt').on(table.customerId, table.outdialTargetId, table.attempt),
    /** At most one call in flight for each target, whatever the program does. */
    uniqueIndex('campaigncall_in_flight_target')
      .on(table.customerId, table.outdialTargetId)
      .where(sql`${table.status} <> 'DONE'`),
    uniqueIndex('campaigncall_reference')
      .on(table.referenceId, table.customerId)
      .where(sql`${table.referenceId} is not null`),
    index('campaigncall_list').on(table.customerId, table.position),
    index('campaigncall_campaign').on(table.campaignId, table.position),
    index('campaigncall_agent').on(table.agentId, table.position).where(sql`${table.agentId} is not null`),
    /** Calls in flight: small whatever the history. For W and D of a pool, and the waiting calls. */
    index('campaigncall_in_flight').on(table.queueId, table.status, table.phase).where(sql`${table.status} <> 'DONE'`),
    /** Waiting calls, the longest waiting first: empty most of the time. */
    index('campaigncall_waiting')
      .on(table.queueId, table.queuedAt, table.position)
      .where(sql`${table.phase} = 'WAITING'`),
    index('campaigncall_in_flight_campaign').on(table.campaignId, table.position).where(sql`${table.status} <> 'DONE'`),
    index('campaigncall_wake').on(table.wakeAt).where(sql`${table.wakeAt} is not null`),
    foreignKey({ columns: [table.customerId, table.campaignId], foreignColumns: [campaign.customerId, campaign.id] }),
    foreignKey({
      columns: [table.customerId, table.outdialTargetId],
      foreignColumns: [outdialTarget.customerId, outdialTarget.id],
    }),
    oneOf('campaigncall_status', table.status, campaigncallStatuses),
    oneOf('campaigncall_phase', table.phase, callPhases),
    oneOf('campaigncall_result', table.result, campaigncallResults),
    oneOf('campaigncall_hangup_reason', table.hangupReason, hangupReasons),
    oneOf('campaigncall_reference_type', table.referenceType, referenceTypes),
    holds(
      'campaigncall_states',
      sql`case ${table.status}
        when 'DIALING' then ${table.phase} is null and ${table.result} is null and ${table.answeredAt} is null and ${table.endedAt} is null
        when 'PROGRESSING' then ${table.phase} is not null and ${table.result} is null and ${table.answeredAt} is not null and ${table.endedAt} is null
        else ${table.phase} is null and ${table.result} is not null and ${table.hangupReason} is not null and ${table.endedAt} is not null and ${table.wakeAt} is null
      end`,
    ),
    holds('campaigncall_success', sql`(${table.result} is 'SUCCESS') = (${table.hangupReason} is 'NORMAL')`),
    holds('campaigncall_version', sql`${table.version} >= 1`),
  ],
)
