import type { Activeflow } from '../domain/activeflow.ts'
import type { Agent } from '../domain/agent.ts'
import type { Campaigncall } from '../domain/campaigncall.ts'
import type { OutdialTarget } from '../domain/outdial-target.ts'
import type { Queue } from '../domain/queue.ts'
import { present } from '../kernel/assert.ts'
import { groupBy } from '../kernel/group-by.ts'
import type { Tables } from '../store/contract/store.ts'

/** An object of a customer. Ids are unique within a customer. */
interface Owned {
  readonly customerId: string
  readonly id: string
}

/**
 * The calls of a transaction and what belongs to them, in their newest state: read from the store once, then as the
 * transaction has changed them, whether that is written yet or not.
 */
export interface WorkingSet {
  call(customerId: string, id: string): Promise<Campaigncall | null>
  /** The actions of a call; null before it is answered. */
  activeflow(call: Owned): Promise<Activeflow | null>
  target(call: Campaigncall): Promise<OutdialTarget>
  agent(customerId: string, id: string): Promise<Agent | null>
  /** Agents who are offered the call, or talk on it, in the order in which they were created. */
  agentsOf(call: Owned): Promise<Agent[]>
  /** The queue of a call, with its settings; null for a call without one. */
  queueOf(call: Campaigncall): Promise<Queue | null>
  /** Reads by list what many calls need, instead of one by one when each needs it. */
  loadCalls(calls: readonly Owned[]): Promise<void>
  loadActiveflows(calls: readonly Owned[]): Promise<void>
  loadTargets(calls: readonly Campaigncall[]): Promise<void>
  loadAgents(calls: readonly Owned[]): Promise<void>
  putCall(call: Campaigncall): void
  putActiveflow(flow: Activeflow): void
  putTarget(target: OutdialTarget): void
  putAgent(agent: Agent): void
  /** Forgets everything: the store knows better. */
  clear(): void
}

const keyOf = (customerId: string, id: string) => `${customerId} ${id}`

export function createWorkingSet(
  tables: Pick<Tables, 'campaigncalls' | 'activeflows' | 'outdialTargets' | 'agents' | 'queues'>,
): WorkingSet {
  const calls = new Map<string, Campaigncall | null>()
  /** By their calls, as the agents. */
  const activeflows = new Map<string, Activeflow | null>()
  const targets = new Map<string, OutdialTarget>()
  const agents = new Map<string, Agent>()
  const agentKeys = new Map<string, Set<string>>()
  const queues = new Map<string, Queue | null>()
  /** Calls whose agents were read. */
  const withAgents = new Set<string>()

  function putAgent(agent: Agent): void {
    const key = keyOf(agent.customerId, agent.id)
    const before = agents.get(key)
    agents.set(key, agent)
    if (before?.campaigncallId === agent.campaigncallId) return
    if (before?.campaigncallId) agentKeys.get(keyOf(agent.customerId, before.campaigncallId))?.delete(key)
    if (agent.campaigncallId === null) return
    const callKey = keyOf(agent.customerId, agent.campaigncallId)
    const ofCall = agentKeys.get(callKey) ?? new Set()
    agentKeys.set(callKey, ofCall.add(key))
  }

  async function loadCalls(wanted: readonly Owned[]): Promise<void> {
    for (const [customerId, ids] of idsByCustomer(wanted, ({ id }) => id)) {
      const missing = ids.filter((id) => !calls.has(keyOf(customerId, id)))
      if (missing.length === 0) continue
      const found = await tables.campaigncalls.byIds(customerId, missing)
      missing.forEach((id, i) => {
        calls.set(keyOf(customerId, id), found[i] ?? null)
      })
    }
  }

  async function loadAgents(wanted: readonly Owned[]): Promise<void> {
    for (const [customerId, ids] of idsByCustomer(wanted, ({ id }) => id)) {
      const missing = ids.filter((id) => !withAgents.has(keyOf(customerId, id)))
      if (missing.length === 0) continue
      for (const agent of await tables.agents.ofCalls(customerId, missing))
        if (!agents.has(keyOf(customerId, agent.id))) putAgent(agent)
      for (const id of missing) withAgents.add(keyOf(customerId, id))
    }
  }

  async function loadActiveflows(wanted: readonly Owned[]): Promise<void> {
    for (const [customerId, ids] of idsByCustomer(wanted, ({ id }) => id)) {
      const missing = ids.filter((id) => !activeflows.has(keyOf(customerId, id)))
      if (missing.length === 0) continue
      const found = await tables.activeflows.ofCalls(customerId, missing)
      missing.forEach((id, i) => {
        activeflows.set(keyOf(customerId, id), found[i] ?? null)
      })
    }
  }

  async function loadTargets(wanted: readonly Campaigncall[]): Promise<void> {
    for (const [customerId, ids] of idsByCustomer(wanted, ({ outdialTargetId }) => outdialTargetId)) {
      const missing = ids.filter((id) => !targets.has(keyOf(customerId, id)))
      if (missing.length === 0) continue
      for (const target of await tables.outdialTargets.byIds(customerId, missing))
        if (target !== null) targets.set(keyOf(customerId, target.id), target)
    }
  }

  return {
    async call(customerId, id) {
      await loadCalls([{ customerId, id }])
      return calls.get(keyOf(customerId, id)) ?? null
    },
    async activeflow(call) {
      await loadActiveflows([call])
      return activeflows.get(keyOf(call.customerId, call.id)) ?? null
    },
    async target(call) {
      await loadTargets([call])
      return present(targets.get(keyOf(call.customerId, call.outdialTargetId)), 'the target of a call')
    },
    async agent(customerId, id) {
      const key = keyOf(customerId, id)
      if (!agents.has(key)) {
        const agent = await tables.agents.byId(customerId, id)
        if (agent !== null) putAgent(agent)
      }
      return agents.get(key) ?? null
    },
    async agentsOf(call) {
      await loadAgents([call])
      const keys = agentKeys.get(keyOf(call.customerId, call.id)) ?? new Set()
      return [...keys].flatMap((key) => agents.get(key) ?? []).sort((a, b) => a.position - b.position)
    },
    async queueOf({ customerId, queueId }) {
      if (queueId === null) return null
      const key = keyOf(customerId, queueId)
      if (!queues.has(key)) queues.set(key, await tables.queues.byId(customerId, queueId))
      return queues.get(key) ?? null
    },
    loadCalls,
    loadActiveflows,
    loadTargets,
    loadAgents,
    putCall: (call) => calls.set(keyOf(call.customerId, call.id), call),
    putActiveflow: (flow) => activeflows.set(keyOf(flow.customerId, flow.campaigncallId), flow),
    putTarget: (target) => targets.set(keyOf(target.customerId, target.id), target),
    putAgent,
    clear() {
      for (const known of [calls, activeflows, targets, agents, agentKeys, withAgents, queues]) known.clear()
    },
  }
}

function idsByCustomer<Call extends Owned>(calls: readonly Call[], idOf: (call: Call) => string) {
  const groups = groupBy(calls, (call) => call.customerId)
  return [...groups].map(([customerId, own]) => [customerId, [...new Set(own.map(idOf))]] as const)
}
