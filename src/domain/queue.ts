import { unreachable } from '../kernel/assert.ts'
import type { Random } from '../kernel/random.ts'
import type { Agent } from './agent.ts'

export const queueStrategies = [
  'RANDOM',
  'RING_ALL',
  'TOP_DOWN',
  'AGENT_WITH_FEWEST_CALLS',
  'ROUND_ROBIN',
  'LONGEST_IDLE',
] as const
export type QueueStrategy = (typeof queueStrategies)[number]

/** A queue: the agents who take the answered calls of its campaigns. */
export interface Queue {
  readonly id: string
  readonly customerId: string
  readonly position: number
  readonly name: string
  readonly detail: string
  readonly strategy: QueueStrategy
  /** How long an answered call may wait for an agent; 0 waits without a limit. */
  readonly waitTimeoutMs: number
  /** How long an agent's phone rings before the call goes to the next. */
  readonly agentRingMs: number
  /** The same for all queues that share agents, also through a third queue (docs/rules.md#pools). */
  readonly poolId: string
  /** The last agent offered a call, for ROUND_ROBIN. */
  readonly lastOfferedAgentId: string | null
  readonly createdAt: number
  readonly updatedAt: number
  readonly deletedAt: number | null
}

/**
 * The agents whose phones ring for a call: all available ones for RING_ALL, otherwise one or none
 * (docs/rules.md#queue-strategies). `agents` are those of the queue in its order, whatever their status.
 */
export function chooseAgents(
  queue: Pick<Queue, 'strategy' | 'lastOfferedAgentId'>,
  agents: readonly Agent[],
  random: Random,
): Agent[] {
  const available = agents.filter((agent) => agent.status === 'AVAILABLE')
  const [first] = available
  if (first === undefined) return []
  switch (queue.strategy) {
    case 'RING_ALL':
      return available
    case 'TOP_DOWN':
      return [first]
    case 'RANDOM':
      return [available[Math.floor(random() * available.length)] ?? first]
    case 'ROUND_ROBIN': {
      const last = agents.findIndex((agent) => agent.id === queue.lastOfferedAgentId)
      return [agents.slice(last + 1).find((agent) => agent.status === 'AVAILABLE') ?? first]
    }
    case 'AGENT_WITH_FEWEST_CALLS':
      return [least(available, (agent) => agent.callsSinceOffline)]
    case 'LONGEST_IDLE':
      return [least(available, (agent) => agent.idleSince)]
    default:
      return unreachable(queue.strategy)
  }
}

/** The first agent with the least value; ties go by the queue's order. */
function least(agents: readonly Agent[], value: (agent: Agent) => number): Agent {
  return agents.reduce((best, agent) => (value(agent) < value(best) ? agent : best))
}

/**
 * Which queues share agents, directly or through others: queue id → pool id, which is the least queue id of the pool.
 */
export function joinPools(
  queueIds: readonly string[],
  memberships: readonly { readonly queueId: string; readonly agentId: string }[],
): Map<string, string> {
  const parents = new Map(queueIds.map((id) => [id, id]))
  const rootOf = (id: string): string => {
    let root = id
    while (parents.get(root) !== root) root = parents.get(root) ?? root
    parents.set(id, root)
    return root
  }
  const queueOfAgent = new Map<string, string>()
  for (const { queueId, agentId } of memberships) {
    if (!parents.has(queueId)) continue
    const other = queueOfAgent.get(agentId)
    if (other === undefined) {
      queueOfAgent.set(agentId, queueId)
      continue
    }
    const [a, b] = [rootOf(queueId), rootOf(other)]
    if (a !== b) parents.set(a < b ? b : a, a < b ? a : b)
  }
  return new Map(queueIds.map((id) => [id, rootOf(id)]))
}
