import { and, asc, count, eq, getTableColumns, isNull, sql } from 'drizzle-orm'
import type { Agent } from '../../domain/agent.ts'
import type { Queue } from '../../domain/queue.ts'
import type { PageWindow } from '../contract/pages.ts'
import type { Queues } from '../contract/queues.ts'
import type { Connection } from './database.ts'
import { filterParts } from './keyset.ts'
import { createReads, createWrites } from './repository.ts'
import { campaigncall } from './schema/campaigncall.ts'
import { agent, queue, queueAgent } from './schema/queue.ts'
import { groupBy, idList, inList, lazily, placeholders, unindexed } from './statement-cache.ts'

const carried = new Set(['customerId,kept'])

/** Queues and their members. */
export function createQueues(db: Connection): Queues {
  const reads = createReads(db, queue, (row): Queue => row)
  const writes = createWrites(db, queue, (value: Omit<Queue, 'position'>) => ({ ...value }))
  const listFilter = (customerId: string) =>
    filterParts(
      [
        { name: 'customerId', value: customerId, condition: eq(queue.customerId, sql.placeholder('customerId')) },
        { name: 'kept', value: 1, condition: isNull(queue.deletedAt) },
      ],
      carried,
    )
  const membership = and(eq(queueAgent.customerId, queue.customerId), eq(queueAgent.queueId, queue.id))
  const member = and(eq(queueAgent.customerId, agent.customerId), eq(queueAgent.agentId, agent.id))
  const selectAgents = lazily(() =>
    db
      .select({ ofQueueId: queueAgent.queueId, ...getTableColumns(agent) })
      .from(queueAgent)
      .innerJoin(agent, member)
      .where(and(eq(queueAgent.customerId, sql.placeholder('customerId')), inList(queueAgent.queueId, 'queueIds')))
      .orderBy(asc(queueAgent.queueId), asc(queueAgent.ordinal))
      .prepare(),
  )
  const selectOfAgents = lazily(() =>
    db
      .select({ ofAgentId: queueAgent.agentId, ...getTableColumns(queue) })
      .from(queueAgent)
      .innerJoin(queue, membership)
      .where(and(eq(queueAgent.customerId, sql.placeholder('customerId')), inList(queueAgent.agentId, 'agentIds')))
      .orderBy(asc(queue.position))
      .prepare(),
  )
  const selectMemberships = lazily(() =>
    db
      .select({ queueId: queueAgent.queueId, agentId: queueAgent.agentId })
      .from(queueAgent)
      .where(eq(queueAgent.customerId, sql.placeholder('customerId')))
      .prepare(),
  )
  const selectPools = lazily(() =>
    db
      .select({ id: queue.id, poolId: queue.poolId })
      .from(queue)
      .where(and(eq(queue.customerId, sql.placeholder('customerId')), isNull(queue.deletedAt)))
      .prepare(),
  )
  const updatePool = lazily(() =>
    db
      .update(queue)
      .set({ poolId: sql`${sql.placeholder('poolId')}` })
      .where(and(eq(queue.customerId, sql.placeholder('customerId')), eq(queue.id, sql.placeholder('id'))))
      .prepare(),
  )
  const deleteMembers = lazily(() =>
    db
      .delete(queueAgent)
      .where(
        and(
          eq(queueAgent.customerId, sql.placeholder('customerId')),
          eq(queueAgent.queueId, sql.placeholder('queueId')),
        ),
      )
      .prepare(),
  )
  const deleteAgent = lazily(() =>
    db
      .delete(queueAgent)
      .where(
        and(
          eq(queueAgent.customerId, sql.placeholder('customerId')),
          eq(queueAgent.agentId, sql.placeholder('agentId')),
        ),
      )
      .prepare(),
  )
  const insertMember = lazily(() => db.insert(queueAgent).values(placeholders(queueAgent)).prepare())
  const countWaiting = lazily(() =>
    db
      .select({ queueId: campaigncall.queueId, total: count() })
      .from(campaigncall)
      .where(
        and(
          inList(campaigncall.queueId, 'queueIds'),
          eq(unindexed(campaigncall.customerId), sql.placeholder('customerId')),
          sql`${campaigncall.phase} = 'WAITING'`,
        ),
      )
      .groupBy(campaigncall.queueId)
      .prepare(),
  )

  return {
    byId: reads.byId,
    byIds: reads.byIds,
    insert: writes.insert,
    update: writes.update,
    list: (customerId: string, window: PageWindow) =>
      reads.page({ columns: [queue.position], descending: false }, window, listFilter(customerId)),
    count: (customerId: string) => reads.count(listFilter(customerId)),
    /** The agents of each queue, in its order. */
    async agentsOf(customerId: string, queueIds: readonly string[]): Promise<Agent[][]> {
      const rows = selectAgents().all({ customerId, queueIds: idList(queueIds) })
      const groups = groupBy(queueIds, rows, (row) => row.ofQueueId)
      return groups.map((group) => group.map(({ ofQueueId: _, ...row }) => row as Agent))
    },
    /** The queues of each agent, oldest first. */
    async ofAgents(customerId: string, agentIds: readonly string[]): Promise<Queue[][]> {
      const rows = selectOfAgents().all({ customerId, agentIds: idList(agentIds) })
      const groups = groupBy(agentIds, rows, (row) => row.ofAgentId)
      return groups.map((group) => group.map(({ ofAgentId: _, ...row }) => row as Queue))
    },
    /** The members of every queue of the customer. */
    async memberships(customerId: string): Promise<{ queueId: string; agentId: string }[]> {
      return selectMemberships().all({ customerId })
    },
    /** The pool of every queue that is not deleted. */
    async pools(customerId: string): Promise<{ id: string; poolId: string }[]> {
      return selectPools().all({ customerId })
    },
    async setPool(customerId: string, id: string, poolId: string): Promise<void> {
      updatePool().run({ customerId, id, poolId })
    },
    /** Replaces the members of a queue, in this order. */
    async setMembers(customerId: string, queueId: string, agentIds: readonly string[]): Promise<void> {
      deleteMembers().run({ customerId, queueId })
      for (const [ordinal, agentId] of agentIds.entries()) insertMember().run({ customerId, queueId, agentId, ordinal })
    },
    /** Removes an agent from every queue. */
    async removeAgent(customerId: string, agentId: string): Promise<void> {
      deleteAgent().run({ customerId, agentId })
    },
    /** Answered calls of each queue that wait for an agent. */
    async waitingCalls(customerId: string, queueIds: readonly string[]): Promise<number[]> {
      const rows = countWaiting().all({ customerId, queueIds: idList(queueIds) })
      const totals = new Map(rows.map((row) => [row.queueId, row.total]))
      return queueIds.map((id) => totals.get(id.toLowerCase()) ?? 0)
    },
  }
}
