import { type Agent, decideAgent, dueAt } from '../../domain/agent.ts'
import { isTimeLimit } from '../../domain/call-timeout.ts'
import type { Campaigncall } from '../../domain/campaigncall.ts'
import { present } from '../../kernel/assert.ts'
import { limits } from '../../limits.ts'
import { missCall } from './offers.ts'
import { actionsAtOf, runInSavepoints, saveCall, type Tick } from './tick.ts'
import { fireTimeout, lookUpCall, timeoutOf } from './timeout.ts'

type Due =
  | { readonly at: number; readonly agent: Agent }
  | { readonly at: number; readonly agent: null; readonly call: Campaigncall }

/**
 * Fires the due timers of agents and calls in the order of their times. At the same time agents go first: a missed
 * offer puts its call back in the queue. `carrierReports` is false while the carrier's news does not arrive.
 */
export async function fireTimeouts(tick: Tick, carrierReports: boolean): Promise<{ readonly more: boolean }> {
  const { unit, context } = tick
  const { due, more } = await loadDue(tick)
  await runInSavepoints(tick, async (runOne) => {
    await loadObjects(tick, due)
    /** Calls changed by a missed offer since they were loaded. */
    const changed = new Set<string>()
    for (const of of due) {
      if (of.agent !== null) {
        if (of.agent.campaigncallId !== null) changed.add(of.agent.campaigncallId)
        await fireAgentTimer(tick, of.agent)
        continue
      }
      const { customerId, id } = of.call
      const call = changed.has(id) ? present(await unit.objects.call(customerId, id), 'a call') : of.call
      await runOne(
        () => fireDueTimeout(tick, call, carrierReports),
        async (error) => {
          context.log.error({ error, campaigncallId: call.id }, 'the due timeout of a call could not be fired')
          unit.saveCall(call, { ...call, wakeAt: unit.now + limits.failedTimeoutPauseMs }, [])
        },
      )
    }
  })
  return { more }
}

/** Reads by list what the timers need, instead of one by one. */
async function loadObjects({ unit: { objects } }: Tick, due: readonly Due[]): Promise<void> {
  for (const { agent } of due) if (agent !== null) objects.putAgent(agent)
  const offered = due.flatMap(({ agent }) =>
    agent?.campaigncallId ? [{ customerId: agent.customerId, id: agent.campaigncallId }] : [],
  )
  const calls = due.flatMap((of) => (of.agent === null && of.call.status === 'PROGRESSING' ? [of.call] : []))
  await objects.loadCalls(offered)
  await objects.loadAgents([...offered, ...calls.filter((call) => call.phase !== 'ACTIONS')])
  await objects.loadActiveflows(calls.filter((call) => call.phase === 'ACTIONS'))
}

/** The earliest due timers. Timers later than one that was not loaded are left for the next tick. */
async function loadDue({ unit }: Tick): Promise<{ readonly due: readonly Due[]; readonly more: boolean }> {
  const tables = await unit.stored()
  const agents = await tables.agents.due(unit.scope, unit.now, limits.duePerTickMax)
  const calls = await tables.campaigncalls.due(unit.scope, unit.now, limits.duePerTickMax)
  const ofAgents = agents.map((agent): Due => ({ at: dueAt(agent) ?? unit.now, agent }))
  const ofCalls = calls.map((call): Due => ({ at: call.wakeAt ?? unit.now, agent: null, call }))
  const full = [ofAgents, ofCalls].filter((list) => list.length >= limits.duePerTickMax)
  const loadedUntil = Math.min(...full.map((list) => list.at(-1)?.at ?? unit.now))
  const due = [...ofAgents, ...ofCalls].filter((of) => of.at <= loadedUntil).sort((a, b) => a.at - b.at)
  return { due, more: full.length > 0 }
}

/**
 * Fires the timer of an agent whose ring time or wrap-up is over, unless an earlier timer of the tick has settled it.
 */
async function fireAgentTimer(tick: Tick, { customerId, id }: Agent): Promise<void> {
  const { unit } = tick
  const agent = await unit.objects.agent(customerId, id)
  const at = agent === null ? null : dueAt(agent)
  if (agent === null || at === null || at > unit.now) return
  if (agent.status === 'RINGING') await missCall(tick, agent)
  else unit.saveAgent(agent, decideAgent(agent, { type: 'WRAP_UP_ENDED' }, unit.now))
}

async function fireDueTimeout(tick: Tick, call: Campaigncall, carrierReports: boolean): Promise<Campaigncall> {
  const { now } = tick.unit
  const timeout = await timeoutOf(tick, call)
  // Settings may have been edited since the time was stored.
  if (timeout === null || timeout.at > now) return saveCall(tick, call, call, [], await actionsAtOf(tick, call))
  // After a stall, news of what happened in time may still be on its way: the carrier is asked before a time limit
  // fires.
  const isUncertain = !carrierReports || now - timeout.at > limits.limitLateMs
  if (isUncertain && call.referenceType === 'CALL' && isTimeLimit(timeout.type)) return lookUpCall(tick, call)
  return fireTimeout(tick, call, timeout)
}
