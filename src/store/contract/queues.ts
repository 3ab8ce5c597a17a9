import type { Agent, AgentStatus } from '../../domain/agent.ts'
import type { Queue } from '../../domain/queue.ts'
import type { PageWindow } from './pages.ts'
import type { Scope } from './scope.ts'

/** Queues and their members. */
export interface Queues {
  byId(customerId: string, id: string): Promise<Queue | null>
  byIds(customerId: string, ids: readonly string[]): Promise<(Queue | null)[]>
  insert(value: Omit<Queue, 'position'>): Promise<Queue>
  update(value: Queue): Promise<void>
  list(customerId: string, window: PageWindow): Promise<Queue[]>
  count(customerId: string): Promise<number>
  /** The agents of each queue, in its order. */
  agentsOf(customerId: string, queueIds: readonly string[]): Promise<Agent[][]>
  /** The queues of each agent, oldest first. */
  ofAgents(customerId: string, agentIds: readonly string[]): Promise<Queue[][]>
  /** The members of every queue of the customer. */
  memberships(customerId: string): Promise<
    {
      queueId: string
      agentId: string
    }[]
  >
  /** The pool of every queue that is not deleted. */
  pools(customerId: string): Promise<
    {
      id: string
      poolId: string
    }[]
  >
  setPool(customerId: string, id: string, poolId: string): Promise<void>
  /** Replaces the members of a queue, in this order. */
  setMembers(customerId: string, queueId: string, agentIds: readonly string[]): Promise<void>
  /** Removes an agent from every queue. */
  removeAgent(customerId: string, agentId: string): Promise<void>
  /** Answered calls of each queue that wait for an agent. */
  waitingCalls(customerId: string, queueIds: readonly string[]): Promise<number[]>
}

export interface AgentListFilter {
  readonly customerId: string
  readonly status: readonly AgentStatus[] | null
  readonly queueId: string | null
  readonly extension: string | null
}

/** Agents of the customers. */
export interface Agents {
  byId(customerId: string, id: string): Promise<Agent | null>
  byIds(customerId: string, ids: readonly string[]): Promise<(Agent | null)[]>
  insert(value: Omit<Agent, 'position'>): Promise<Agent>
  update(value: Agent): Promise<void>
  updateAll(values: readonly Agent[]): Promise<void>
  list(filter: AgentListFilter, window: PageWindow): Promise<Agent[]>
  count(filter: AgentListFilter): Promise<number>
  /** How many agents of each queue are available. */
  countAvailable(customerId: string, queueIds: readonly string[]): Promise<number[]>
  /** Agents who are offered one of these calls, or talk on it. */
  ofCalls(customerId: string, campaigncallIds: readonly string[]): Promise<Agent[]>
  /** Agents whose ring time or wrap-up is over, the earliest first. */
  due(scope: Scope, now: number, limit: number): Promise<Agent[]>
  /** When the next ring time or wrap-up ends; null if no agent rings or wraps up. */
  nextDueAt(scope: Scope): Promise<number | null>
  /** Queues in which a call waits and an agent is available. */
  servableQueues(scope: Scope): Promise<
    {
      customerId: string
      queueId: string
    }[]
  >
}
