import { and, asc, count, eq, exists, getTableColumns, isNotNull, isNull, lte, min, sql } from 'drizzle-orm'
import { type Agent, dueAt } from '../../domain/agent.ts'
import type { PageWindow } from '../contract/pages.ts'
import type { AgentListFilter, Agents } from '../contract/queues.ts'
import type { Scope } from '../contract/scope.ts'
import type { Connection } from './database.ts'
import { filterParts, type KeysetOrder } from './keyset.ts'
import { createReads, createWrites } from './repository.ts'
import { campaigncall } from './schema/campaigncall.ts'
import { agent, queueAgent } from './schema/queue.ts'
import { idList, inList, lazily, scoped, scopeValues, unindexed } from './statement-cache.ts'

/** An extension is looked up by its index, not searched among all agents. */
const orderOf = (filter: AgentListFilter): KeysetOrder => ({
  columns: [agent.position],
  descending: false,
  sorted: filter.extension !== null,
})
/** Shapes of the filter that agent_list and agent_extension hold. */
const carried = new Set(['customerId,kept', 'customerId,kept,extension'])

/** Agents of the customers. */
export function createAgents(db: Connection): Agents {
  const reads = createReads(db, agent, (row): Agent => row)
  const writes = createWrites(db, agent, (value: Omit<Agent, 'position'>) => ({ ...value }))
  const columns = getTableColumns(agent)
  const selectOfCalls = lazily(() =>
    db
      .select(columns)
      .from(agent)
      .where(
        and(
          inList(agent.campaigncallId, 'campaigncallIds'),
          eq(unindexed(agent.customerId), sql.placeholder('customerId')),
        ),
      )
      .orderBy(asc(agent.position))
      .prepare(),
  )
  const selectRingDue = scoped(agent.customerId, (ofScope) =>
    db
      .select(columns)
      .from(agent)
      .where(and(lte(agent.ringUntil, sql.placeholder('now')), ofScope))
      .orderBy(asc(agent.ringUntil))
      .limit(sql.placeholder('limit'))
      .prepare(),
  )
  const selectWrapUpDue = scoped(agent.customerId, (ofScope) =>
    db
      .select(columns)
      .from(agent)
      .where(and(lte(agent.wrapUpUntil, sql.placeholder('now')), ofScope))
      .orderBy(asc(agent.wrapUpUntil))
      .limit(sql.placeholder('limit'))
      .prepare(),
  )
  const selectNextRing = scoped(agent.customerId, (ofScope) =>
    db
      .select({ at: min(agent.ringUntil) })
      .from(agent)
      .where(and(isNotNull(agent.ringUntil), ofScope))
      .prepare(),
  )
  const selectNextWrapUp = scoped(agent.customerId, (ofScope) =>
    db
      .select({ at: min(agent.wrapUpUntil) })
      .from(agent)
      .where(and(isNotNull(agent.wrapUpUntil), ofScope))
      .prepare(),
  )
  /** Queues in which an agent is available and a call waits: found through the waiting calls, which are few. */
  const selectServable = scoped(campaigncall.customerId, (ofScope) =>
    db
      .selectDistinct({ customerId: campaigncall.customerId, queueId: campaigncall.queueId })
      .from(campaigncall)
      .where(
        and(
          // Worded as in the partial index: only the waiting calls are read.
          sql`${campaigncall.phase} = 'WAITING'`,
          isNotNull(campaigncall.queueId),
          ofScope,
          exists(
            db
              .select({ one: sql`1` })
              .from(queueAgent)
              .innerJoin(agent, and(eq(agent.customerId, queueAgent.customerId), eq(agent.id, queueAgent.agentId)))
              .where(
                and(
                  eq(queueAgent.customerId, campaigncall.customerId),
                  eq(queueAgent.queueId, campaigncall.queueId),
                  eq(agent.status, 'AVAILABLE'),
                ),
              ),
          ),
        ),
      )
      .prepare(),
  )

  const countAvailable = lazily(() =>
    db
      .select({ queueId: queueAgent.queueId, total: count() })
      .from(queueAgent)
      .innerJoin(agent, and(eq(agent.customerId, queueAgent.customerId), eq(agent.id, queueAgent.agentId)))
      .where(
        and(
          eq(queueAgent.customerId, sql.placeholder('customerId')),
          inList(queueAgent.queueId, 'queueIds'),
          eq(agent.status, 'AVAILABLE'),
        ),
      )
      .groupBy(queueAgent.queueId)
      .prepare(),
  )

  const listFilter = (filter: AgentListFilter) =>
    filterParts(
      [
        {
          name: 'customerId',
          value: filter.customerId,
          condition: eq(agent.customerId, sql.placeholder('customerId')),
        },
        { name: 'kept', value: 1, condition: isNull(agent.deletedAt) },
        { name: 'status', value: filter.status, condition: inList(agent.status, 'status') },
        {
          name: 'extension',
          value: filter.extension,
          condition: eq(agent.extension, sql.placeholder('extension')),
        },
        {
          name: 'queueId',
          value: filter.queueId?.toLowerCase(),
          condition: exists(
            db
              .select({ one: sql`1` })
              .from(queueAgent)
              .where(
                and(
                  eq(queueAgent.customerId, agent.customerId),
                  eq(queueAgent.queueId, sql.placeholder('queueId')),
                  eq(queueAgent.agentId, agent.id),
                ),
              ),
          ),
        },
      ],
      carried,
    )

  return {
    byId: reads.byId,
    byIds: reads.byIds,
    insert: writes.insert,
    update: writes.update,
    updateAll: writes.updateAll,
    list: (filter: AgentListFilter, window: PageWindow) => reads.page(orderOf(filter), window, listFilter(filter)),
    count: (filter: AgentListFilter) => reads.count(listFilter(filter)),
    /** How many agents of each queue are available. */
    async countAvailable(customerId: string, queueIds: readonly string[]): Promise<number[]> {
      const rows = countAvailable().all({ customerId, queueIds: idList(queueIds) })
      const totals = new Map(rows.map((row) => [row.queueId, row.total]))
      return queueIds.map((id) => totals.get(id.toLowerCase()) ?? 0)
    },
    /** Agents who are offered one of these calls, or talk on it. */
    async ofCalls(customerId: string, campaigncallIds: readonly string[]): Promise<Agent[]> {
      return selectOfCalls().all({ customerId, campaigncallIds: idList(campaigncallIds) })
    },
    /** Agents whose ring time or wrap-up is over, the earliest first. */
    async due(scope: Scope, now: number, limit: number): Promise<Agent[]> {
      const values = { ...scopeValues(scope), now, limit }
      const due: Agent[] = [...selectRingDue(scope).all(values), ...selectWrapUpDue(scope).all(values)]
      return due.sort((a, b) => (dueAt(a) ?? 0) - (dueAt(b) ?? 0)).slice(0, limit)
    },
    /** When the next ring time or wrap-up ends; null if no agent rings or wraps up. */
    async nextDueAt(scope: Scope): Promise<number | null> {
      const values = scopeValues(scope)
      const times = [selectNextRing(scope).get(values)?.at ?? null, selectNextWrapUp(scope).get(values)?.at ?? null]
      return times.reduce<number | null>(
        (least, at) => (at !== null && (least === null || at < least) ? at : least),
        null,
      )
    },
    /** Queues in which a call waits and an agent is available. */
    async servableQueues(scope: Scope): Promise<{ customerId: string; queueId: string }[]> {
      return selectServable(scope)
        .all(scopeValues(scope))
        .flatMap(({ customerId, queueId }) => (queueId === null ? [] : [{ customerId, queueId }]))
    },
  }
}
