import { type Agent, decideAgent, dueAt } from '../../domain/agent.ts'
import { isTimeLimit } from '../../domain/call-timeout.ts'
import type { Campaigncall } from '../../domain/campaigncall.ts'
import { present } from '../../kernel/assert.ts'
import { limits } from '../../limits.ts'
import { missCall } from './offers.ts'
import { actionsAtOf, goThrough, saveCall, type Tick } from './tick.ts'
import { askCarrier, fireTimeout, timeoutOf } from './timeout.ts'

type Due =
  | { readonly at: number; readonly agent: Agent }
  | { readonly at: number; readonly agent: null; readonly call: Campaigncall }

/**
 * Does what has become due for agents and calls, in the order of its times. At the same time agents come first: a call that
 * nobody took waits again. `carrierReports` is false while what happens to calls is not heard of.
 */
export async function fireTimeouts(tick: Tick, carrierReports: boolean): Promise<{ readonly more: boolean }> {
  const { unit, context } = tick
  const { due, more } = await loadDue(tick)
  await goThrough(tick, async (runOne) => {
    /** Calls that a missed offer has changed since they were loaded. */
    const changed = new Set<string>()
    for (const of of due) {
      if (of.agent !== null) {
        if (of.agent.campaigncallId !== null) changed.add(of.agent.campaigncallId)
        await fireAgentTimer(tick, of.agent)
        continue
      }
      const { customerId, id } = of.call
      const call = changed.has(id) ? present(await unit.tx.campaigncalls.byId(customerId, id), 'a call') : of.call
      await runOne(
        () => doWhatIsDue(tick, call, carrierReports),
        async (error) => {
          context.log.error({ error, campaigncallId: call.id }, 'what was due for a call could not be done')
          await unit.tx.campaigncalls.update({ ...call, wakeAt: unit.now + limits.failedTimeoutPauseMs })
        },
      )
    }
  })
  return { more }
}

/** The earliest of what is due. What comes after something that was not loaded is left for the next tick. */
async function loadDue({ unit }: Tick): Promise<{ readonly due: readonly Due[]; readonly more: boolean }> {
  const agents = await unit.tx.agents.due(unit.now, limits.duePerTickMax)
  const calls = await unit.tx.campaigncalls.due(unit.now, limits.duePerTickMax)
  const ofAgents = agents.map((agent): Due => ({ at: dueAt(agent) ?? unit.now, agent }))
  const ofCalls = calls.map((call): Due => ({ at: call.wakeAt ?? unit.now, agent: null, call }))
  const full = [ofAgents, ofCalls].filter((list) => list.length >= limits.duePerTickMax)
  const loadedUntil = Math.min(...full.map((list) => list.at(-1)?.at ?? unit.now))
  const due = [...ofAgents, ...ofCalls].filter((of) => of.at <= loadedUntil).sort((a, b) => a.at - b.at)
  return { due, more: full.length > 0 }
}

/** An agent whose phone has rung long enough, or whose wrap-up is over. Earlier duties may have settled it. */
async function fireAgentTimer(tick: Tick, { customerId, id }: Agent): Promise<void> {
  const { unit } = tick
  const agent = await unit.tx.agents.byId(customerId, id)
  const at = agent === null ? null : dueAt(agent)
  if (agent === null || at === null || at > unit.now) return
  if (agent.status === 'RINGING') await missCall(tick, agent)
  else await unit.saveAgent(agent, decideAgent(agent, { type: 'WRAP_UP_ENDED' }, unit.now))
}

async function doWhatIsDue(tick: Tick, call: Campaigncall, carrierReports: boolean): Promise<Campaigncall> {
  const { now } = tick.unit
  const timeout = await timeoutOf(tick, call)
  // Settings may have been edited since the time was noted.
  if (timeout === null || timeout.at > now) return saveCall(tick, call, call, [], await actionsAtOf(tick, call))
  // After a stall the news of what happened in time may still be on its way: the carrier is asked before the limit is judged.
  const isUncertain = !carrierReports || now - timeout.at > limits.limitLateMs
  if (isUncertain && call.referenceType === 'CALL' && isTimeLimit(timeout.type)) return askCarrier(tick, call)
  return fireTimeout(tick, call, timeout)
}
