import { type Agent, decideAgent, isUnoccupied } from '../../domain/agent.ts'
import {
  type Campaigncall,
  type CampaigncallStep,
  decideCampaigncall,
  isBetweenQueueAndAgent,
} from '../../domain/campaigncall.ts'
import { chooseAgents, type Queue } from '../../domain/queue.ts'
import { present } from '../../kernel/assert.ts'
import { limits } from '../../limits.ts'
import type { AppContext } from '../context.ts'
import type { Unit } from '../unit-of-work.ts'
import { carrierId, saveCall, type Tick, watched } from './tick.ts'

interface QueueState {
  queue: Queue
  /** In the queue's order, with their current status. */
  agentIds: string[]
}

/**
 * Offers waiting calls to available agents; the call that has waited longest over all queues goes first
 * (docs/rules.md#shared-agents). Calls that joined in this tick and found no agent get their QUEUED transition here.
 */
export async function serveQueues(tick: Tick): Promise<void> {
  const { unit } = tick
  const queues = new Map<string, QueueState>()
  const agents = new Map<string, Agent>()
  const waiting: Campaigncall[] = []
  const { campaigncalls, agents: storedAgents } = await unit.stored()
  for (const { customerId, queueId } of await storedAgents.servableQueues(tick.unit.scope)) {
    const queue = present(await unit.tx.queues.byId(customerId, queueId), 'the queue of a call that waits')
    const [members = []] = await unit.tx.queues.agentsOf(customerId, [queueId])
    for (const agent of members) agents.set(agent.id, agent)
    queues.set(queueId, { queue, agentIds: members.map((agent) => agent.id) })
    const calls = await campaigncalls.waiting(customerId, queueId, limits.duePerTickMax)
    // No phone rings for a call that was in flight before a restart until the carrier confirms that it is live.
    waiting.push(...calls.filter((call) => call.lookupAt === null))
  }
  waiting.sort((a, b) => (a.queuedAt ?? 0) - (b.queuedAt ?? 0) || a.position - b.position)
  for (const call of waiting) {
    const state = present(queues.get(call.queueId ?? ''), 'the queue of a call that waits')
    const members = state.agentIds.flatMap((id) => agents.get(id) ?? [])
    const chosen = chooseAgents(state.queue, members, () => tick.context.effects.random())
    if (chosen.length === 0) continue
    for (const agent of await offer(tick, call, state, chosen)) agents.set(agent.id, agent)
  }
  await unit.objects.loadCalls([...tick.joined].map(([id, customerId]) => ({ customerId, id })))
  for (const [id, customerId] of tick.joined) {
    const call = await unit.objects.call(customerId, id)
    if (call?.status !== 'PROGRESSING' || call.phase !== 'WAITING' || call.endRequest !== null) continue
    const { call: queued, step } = decideCampaigncall(call, { type: 'WAIT' }, unit.now)
    if (step !== null) await saveCall(tick, call, queued, [step])
  }
  tick.joined.clear()
}

/** Rings the phones of the chosen agents for a call. Returns the agents with their new status. */
async function offer(tick: Tick, before: Campaigncall, state: QueueState, chosen: readonly Agent[]): Promise<Agent[]> {
  const { unit } = tick
  const { agentRingMs } = state.queue
  const reserved: Agent[] = []
  const steps: CampaigncallStep[] = []
  let call = before
  for (const agent of chosen) {
    const ringing = decideAgent(
      agent,
      { type: 'RESERVE', campaigncallId: call.id, ringUntil: unit.now + agentRingMs },
      unit.now,
    )
    unit.saveAgent(agent, ringing)
    reserved.push(ringing)
    const offered = decideCampaigncall(call, { type: 'OFFER', agentId: agent.id }, unit.now)
    call = offered.call
    if (offered.step !== null) steps.push(offered.step)
    const { id: agentId, extension, address } = agent
    const phone = { agentId, extension, address, ringTimeoutMs: agentRingMs }
    tick.commands.push({ type: 'CONNECT', callId: carrierId(call), phone })
  }
  await saveCall(tick, before, call, steps)
  tick.joined.delete(call.id)
  const lastOfferedAgentId = chosen.at(-1)?.id ?? null
  if (state.queue.strategy === 'ROUND_ROBIN' && lastOfferedAgentId !== null) {
    state.queue = { ...state.queue, lastOfferedAgentId }
    await unit.tx.queues.update(state.queue)
  }
  return reserved
}

/**
 * An agent answered: the other phones stop ringing. An agent who answers just as the offer is given up is connected to
 * the caller already, and keeps the call unless another agent has it.
 */
export async function connectAgent(tick: Tick, call: Campaigncall, agentId: string): Promise<Campaigncall> {
  const { unit } = tick
  const agent = await unit.objects.agent(call.customerId, agentId)
  const taken = agent && takeCall(agent, call, unit.now)
  if (!taken) {
    const connected = call.status === 'PROGRESSING' && call.agentId === agentId
    if (!connected) tick.commands.push({ type: 'WITHDRAW', callId: carrierId(call), agentId })
    return call
  }
  const others = (await unit.objects.agentsOf(call)).filter((of) => of.id !== agentId)
  unit.saveAgent(agent, taken)
  for (const other of others) unit.saveAgent(other, decideAgent(other, { type: 'RELEASE' }, unit.now))
  const { call: connected, step } = decideCampaigncall(call, { type: 'CONNECT', agentId }, unit.now)
  return saveCall(tick, call, connected, step === null ? [] : [step])
}

/** The agent who gets the call; null if the call or the agent is no longer available. */
function takeCall(agent: Agent, call: Campaigncall, now: number): Agent | null {
  if (!isBetweenQueueAndAgent(call) || call.endRequest !== null) return null
  if (agent.status === 'RINGING' && agent.campaigncallId === call.id)
    return decideAgent(agent, { type: 'CONNECT' }, now)
  if (!isUnoccupied(agent) || agent.deletedAt !== null) return null
  return decideAgent(agent, { type: 'CONNECT_LATE', campaigncallId: call.id }, now)
}

/**
 * An agent missed or rejected the call. With RING_ALL the agent does not become AWAY (docs/rules.md#queue-strategies),
 * and one who rejected is offered the call again only after the other phones have stopped ringing: a phone that rejects
 * at once would ring in an endless loop.
 */
export async function missCall(tick: Tick, agent: Agent): Promise<void> {
  const { unit } = tick
  if (agent.status !== 'RINGING' || agent.campaigncallId === null) return
  const call = await unit.objects.call(agent.customerId, agent.campaigncallId)
  const queue = call && (await unit.objects.queueOf(call))
  const ringsAll = queue?.strategy === 'RING_ALL'
  if (ringsAll && (agent.ringUntil ?? 0) > unit.now) return
  // A call with an end request does not count as missed.
  const type = ringsAll || call?.endRequest !== null ? 'RELEASE' : 'MISS'
  unit.saveAgent(agent, decideAgent(agent, { type }, unit.now))
  await withdrawOffer(unit, tick.context, agent)
}

/** Returns the call that an agent was offered to the queue, unless other phones still ring for it. */
export async function withdrawOffer(unit: Unit, context: AppContext, agent: Agent): Promise<void> {
  const { customerId, id: agentId, campaigncallId } = agent
  const call = campaigncallId === null ? null : await unit.objects.call(customerId, campaigncallId)
  if (call === null || call.status !== 'PROGRESSING' || call.phase !== 'OFFERED') return
  const othersRinging = (await unit.objects.agentsOf(call)).some((of) => of.status === 'RINGING')
  const { call: missed, step } = decideCampaigncall(call, { type: 'MISS', agentId, othersRinging }, unit.now)
  unit.saveCall(call, await watched(unit, context, missed), step === null ? [] : [step])
}
