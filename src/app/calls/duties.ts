import { decideAgent } from '../../domain/agent.ts'
import { nextDuty } from '../../domain/call-duty.ts'
import type { Campaigncall } from '../../domain/campaigncall.ts'
import { unreachable } from '../../kernel/assert.ts'
import { limits } from '../../limits.ts'
import { hangUp } from './ends.ts'
import { continueActions } from './flows.ts'
import { missCall } from './offers.ts'
import { carrierId, goThrough, saveCall, sleepUntilOf, type Turn } from './turn.ts'

/** Does what the time has come for: agents first, since a call that nobody took waits again. */
export async function doDuties(turn: Turn): Promise<{ readonly more: boolean }> {
  const { unit, context } = turn
  const agents = await unit.tx.agents.due(unit.now, limits.duePerTurnMax)
  for (const agent of agents) {
    if (agent.status === 'RINGING') await missCall(turn, agent)
    else await unit.saveAgent(agent, decideAgent(agent, { type: 'WRAP_UP_ENDED' }, unit.now))
  }
  const calls = await unit.tx.campaigncalls.due(unit.now, limits.duePerTurnMax)
  await goThrough(turn, async (runOne) => {
    for (const call of calls) {
      await runOne(
        () => doDuty(turn, call),
        async (error) => {
          context.log.error({ error, campaigncallId: call.id }, 'what was due for a call could not be done')
          await unit.tx.campaigncalls.update({ ...call, wakeAt: unit.now + limits.failedDutyPauseMs })
        },
      )
    }
  })
  return { more: agents.length >= limits.duePerTurnMax || calls.length >= limits.duePerTurnMax }
}

async function doDuty(turn: Turn, call: Campaigncall): Promise<Campaigncall> {
  const { unit, context } = turn
  const queue = call.queueId === null ? null : await unit.tx.queues.byId(call.customerId, call.queueId)
  const sleepUntil = await sleepUntilOf(turn, call)
  const facts = {
    callDurationMaxMs: context.options.callDurationMaxMs,
    waitTimeoutMs: queue?.waitTimeoutMs ?? 0,
    sleepUntil,
  }
  const duty = nextDuty(call, facts)
  // Settings may have been edited since the time was noted.
  if (duty === null || duty.at > unit.now) return saveCall(turn, call, call, [], sleepUntil)
  switch (duty.type) {
    case 'HANG_UP': {
      const asked = await hangUp(turn, call, call.endRequest?.reason ?? 'NORMAL')
      // Of a call that is in doubt as well the carrier is asked now, not only when its final news does not come.
      if (call.lookupAt !== null && call.lookupAt <= unit.now)
        turn.commands.push({ type: 'LOOK_UP', callId: carrierId(call) })
      return asked
    }
    case 'LOOK_UP':
      turn.commands.push({ type: 'LOOK_UP', callId: carrierId(call) })
      return saveCall(turn, call, { ...call, lookupAt: unit.now + limits.finalNewsMs }, [], sleepUntil)
    case 'RING_TIMEOUT':
      return hangUp(turn, call, 'NO_ANSWER')
    case 'DURATION_TIMEOUT':
      return hangUp(turn, call, 'TIMEOUT')
    case 'WAIT_TIMEOUT':
      return hangUp(turn, call, 'ABANDONED')
    case 'GO_ON':
      return continueActions(turn, call)
    default:
      return unreachable(duty.type)
  }
}
