import { sql } from 'drizzle-orm'
import { foreignKey, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { Address } from '../../../domain/address.ts'
import { agentStatuses } from '../../../domain/agent.ts'
import { queueStrategies } from '../../../domain/queue.ts'
import { customerId, deletable, json, oneOf, position } from './columns.ts'

export const queue = sqliteTable(
  'queue',
  {
    position: position(),
    customerId: customerId(),
    id: text().notNull(),
    name: text().notNull(),
    detail: text().notNull(),
    strategy: text({ enum: queueStrategies }).notNull(),
    waitTimeoutMs: integer().notNull(),
    agentRingMs: integer().notNull(),
    poolId: text().notNull(),
    lastOfferedAgentId: text(),
    ...deletable,
  },
  (table) => [
    uniqueIndex('queue_id').on(table.customerId, table.id),
    index('queue_list').on(table.customerId, table.position).where(sql`${table.deletedAt} is null`),
    index('queue_pool').on(table.customerId, table.poolId),
    oneOf('queue_strategy', table.strategy, queueStrategies),
  ],
)

export const agent = sqliteTable(
  'agent',
  {
    position: position(),
    customerId: customerId(),
    id: text().notNull(),
    name: text().notNull(),
    detail: text().notNull(),
    extension: text().notNull(),
    address: json<Address>().notNull(),
    status: text({ enum: agentStatuses }).notNull(),
    nextStatus: text({ enum: ['AVAILABLE', 'AWAY', 'OFFLINE'] }),
    wrapUpMs: integer().notNull(),
    wrapUpUntil: integer(),
    ringUntil: integer(),
    campaigncallId: text(),
    callsTaken: integer().notNull().default(0),
    callsSinceOffline: integer().notNull().default(0),
    idleSince: integer().notNull(),
    statusChangedAt: integer().notNull(),
    ...deletable,
  },
  (table) => [
    uniqueIndex('agent_id').on(table.customerId, table.id),
    uniqueIndex('agent_extension').on(table.customerId, table.extension).where(sql`${table.deletedAt} is null`),
    index('agent_list').on(table.customerId, table.position).where(sql`${table.deletedAt} is null`),
    index('agent_call').on(table.campaigncallId).where(sql`${table.campaigncallId} is not null`),
    index('agent_ring').on(table.ringUntil).where(sql`${table.ringUntil} is not null`),
    index('agent_wrap_up').on(table.wrapUpUntil).where(sql`${table.wrapUpUntil} is not null`),
    oneOf('agent_status', table.status, agentStatuses),
    oneOf('agent_next_status', table.nextStatus, ['AVAILABLE', 'AWAY', 'OFFLINE']),
  ],
)

export const queueAgent = sqliteTable(
  'queue_agent',
  {
    customerId: customerId(),
    queueId: text().notNull(),
    agentId: text().notNull(),
    /** Index in the order that TOP_DOWN follows, from 0. */
    ordinal: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.customerId, table.queueId, table.agentId] }),
    index('queue_agent_agent').on(table.customerId, table.agentId),
    foreignKey({ columns: [table.customerId, table.queueId], foreignColumns: [queue.customerId, queue.id] }),
    foreignKey({ columns: [table.customerId, table.agentId], foreignColumns: [agent.customerId, agent.id] }),
  ],
)
