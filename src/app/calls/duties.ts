import { decideAgent } from '../../domain/agent.ts'
import type { Campaigncall } from '../../domain/campaigncall.ts'
import { limits } from '../../limits.ts'
import { doDuty, dutyOf } from './duty.ts'
import { missCall } from './offers.ts'
import { actionsAtOf, goThrough, saveCall, type Turn } from './turn.ts'

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
        () => doWhatIsDue(turn, call),
        async (error) => {
          context.log.error({ error, campaigncallId: call.id }, 'what was due for a call could not be done')
          await unit.tx.campaigncalls.update({ ...call, wakeAt: unit.now + limits.failedDutyPauseMs })
        },
      )
    }
  })
  return { more: agents.length >= limits.duePerTurnMax || calls.length >= limits.duePerTurnMax }
}

async function doWhatIsDue(turn: Turn, call: Campaigncall): Promise<Campaigncall> {
  const duty = await dutyOf(turn, call)
  // Settings may have been edited since the time was noted.
  if (duty === null || duty.at > turn.unit.now) return saveCall(turn, call, call, [], await actionsAtOf(turn, call))
  return doDuty(turn, call, duty)
}
