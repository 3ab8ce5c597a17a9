import { z } from 'zod'
import { joinPools, type Queue, queueStrategies } from '../domain/queue.ts'
import { Refusal, refuse, type UserError } from '../kernel/errors.ts'
import { limits } from '../limits.ts'
import type { Queues } from './api.ts'
import { type AppContext, attempt } from './context.ts'
import { createRepeatably } from './creations.ts'
import { chosenId, detailText, nameText, parse, parseChanges, wholeNumber } from './input.ts'
import { loadPage } from './paging.ts'
import type { Unit } from './unit-of-work.ts'
import type { Viewer } from './viewer.ts'

const fields = {
  name: nameText,
  detail: detailText,
  strategy: z.enum(queueStrategies),
  waitTimeoutMs: wholeNumber(0, limits.waitTimeoutMaxMs),
  agentRingMs: wholeNumber(limits.agentRingMinMs, limits.agentRingMaxMs),
}
const createSchema = z.object({ id: chosenId, ...fields })
const updateSchema = z.object(fields).partial()

/** Queues and their members. */
export function createQueues(context: AppContext): Queues {
  const { store, seal } = context
  const find = (viewer: Viewer, id: string) => store.read.queues.byId(viewer.customerId, id)

  return {
    create: (viewer, input) =>
      attempt(async () => {
        const { id: chosen, ...values } = parse(createSchema, input, ['input'])
        const { customerId } = viewer
        return context.change(viewer, (unit) =>
          createRepeatably(unit, viewer, {
            kind: 'QUEUE',
            id: chosen,
            input: values,
            find: (id) => unit.tx.queues.byId(customerId, id),
            make: (id) => {
              const times = { createdAt: unit.now, updatedAt: unit.now, deletedAt: null }
              return unit.tx.queues.insert({
                ...values,
                ...times,
                id,
                customerId,
                poolId: id,
                lastOfferedAgentId: null,
              })
            },
          }),
        )
      }),
    update: (viewer, id, input) =>
      attempt(
        () =>
          context.change(viewer, async (unit) => {
            const queue = await loadQueue(unit, viewer, id, 'id')
            const edited = { ...queue, ...parseChanges(updateSchema, input), updatedAt: unit.now }
            await unit.tx.queues.update(edited)
            if (edited.waitTimeoutMs !== queue.waitTimeoutMs) {
              await (await unit.stored()).campaigncalls.wakeWaiting(viewer.customerId, queue.id, unit.now)
            }
            unit.notice('QUEUE', viewer.customerId, queue.id)
            return edited
          }),
        () => find(viewer, id),
      ),
    delete: (viewer, id) =>
      attempt(
        () =>
          context.change(viewer, async (unit) => {
            const queue = await loadQueue(unit, viewer, id, 'id')
            const users = await unit.tx.campaigns.byQueueId(viewer.customerId, queue.id)
            const user = users.find((campaign) => campaign.status !== 'STOP')
            if (user)
              refuse(
                'IN_USE',
                ['id'],
                `It is in use: the campaign "${user.name}", which is not stopped, joins its calls to this queue.`,
              )
            await unit.tx.queues.setMembers(viewer.customerId, queue.id, [])
            const deleted = { ...queue, deletedAt: unit.now, updatedAt: unit.now, poolId: queue.id }
            await unit.tx.queues.update(deleted)
            await regroupPools(unit, viewer.customerId)
            unit.notice('QUEUE', viewer.customerId, queue.id)
            return deleted
          }),
        () => find(viewer, id),
      ),
    setAgents: (viewer, queueId, agentIds) =>
      attempt(
        () =>
          context.change(viewer, async (unit) => {
            const queue = await loadQueue(unit, viewer, queueId, 'queueId')
            const ids = await checkMembers(unit, viewer, agentIds)
            await unit.tx.queues.setMembers(viewer.customerId, queue.id, ids)
            await unit.tx.queues.update({ ...queue, updatedAt: unit.now })
            await regroupPools(unit, viewer.customerId)
            unit.notice('QUEUE', viewer.customerId, queue.id)
            return { ...queue, updatedAt: unit.now }
          }),
        () => find(viewer, queueId),
      ),
    byIds: (viewer, ids) => store.read.queues.byIds(viewer.customerId, ids),
    page: (viewer, args) =>
      loadPage({
        args,
        seal,
        connection: 'queues',
        listing: { customerId: viewer.customerId },
        keyOf: (queue: Queue) => [queue.position],
        load: (window) => store.read.queues.list(viewer.customerId, window),
        count: () => store.read.queues.count(viewer.customerId),
      }),
    agents: (viewer, queueIds) => store.read.queues.agentsOf(viewer.customerId, queueIds),
    availableAgents: (viewer, queueIds) => store.read.agents.countAvailable(viewer.customerId, queueIds),
    waitingCalls: (viewer, queueIds) => store.read.queues.waitingCalls(viewer.customerId, queueIds),
  }
}

async function loadQueue(unit: Unit, viewer: Viewer, id: string, argument: 'id' | 'queueId'): Promise<Queue> {
  const queue = await unit.tx.queues.byId(viewer.customerId, id)
  if (queue === null || queue.deletedAt !== null) refuse('NOT_FOUND', [argument], 'There is no such queue.')
  return queue
}

/** Validates the member ids of a queue: they exist, none twice, at most 1000. */
async function checkMembers(unit: Unit, viewer: Viewer, agentIds: readonly string[]): Promise<string[]> {
  if (agentIds.length > limits.agentsPerQueueMax) {
    refuse('LIMIT_EXCEEDED', ['agentIds'], `A queue holds at most ${limits.agentsPerQueueMax} agents.`)
  }
  const ids = agentIds.map((id) => id.toLowerCase())
  const agents = await (await unit.stored()).agents.byIds(viewer.customerId, ids)
  const errors = ids.flatMap((id, i): UserError[] => {
    const field = ['agentIds', String(i)]
    const agent = agents[i]
    if (!agent || agent.deletedAt !== null) return [{ code: 'NOT_FOUND', field, message: 'There is no such agent.' }]
    return ids.indexOf(id) < i ? [{ code: 'INVALID', field, message: 'An agent can be in a queue only once.' }] : []
  })
  if (errors.length > 0) throw new Refusal(errors)
  return ids
}

/**
 * Recomputes the pools: queues that share agents, also through a third queue, are paced together (docs/rules.md#pools).
 */
export async function regroupPools(unit: Unit, customerId: string): Promise<void> {
  const queues = await unit.tx.queues.pools(customerId)
  const pools = joinPools(
    queues.map((queue) => queue.id),
    await unit.tx.queues.memberships(customerId),
  )
  for (const { id, poolId } of queues) {
    const now = pools.get(id) ?? id
    if (now !== poolId) await unit.tx.queues.setPool(customerId, id, now)
  }
}
