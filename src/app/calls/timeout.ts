import { type CallTimeout, nextTimeout } from '../../domain/call-timeout.ts'
import type { Campaigncall } from '../../domain/campaigncall.ts'
import { unreachable } from '../../kernel/assert.ts'
import { limits } from '../../limits.ts'
import { hangUp, releaseRinging } from './ends.ts'
import { handleActionEvent } from './flows.ts'
import { actionsAtOf, carrierId, saveCall, type Tick } from './tick.ts'

/** The next timeout of a call, by the current settings; null when only news can change the call. */
export async function timeoutOf(tick: Tick, call: Campaigncall): Promise<CallTimeout | null> {
  const { unit, context } = tick
  const queue = await unit.objects.queueOf(call)
  return nextTimeout(call, {
    callDurationMaxMs: context.options.callDurationMaxMs,
    waitTimeoutMs: queue?.waitTimeoutMs ?? 0,
    actionsAt: await actionsAtOf(tick, call),
  })
}

/** Looks the call up at the carrier. It is looked up again if no answer comes. */
export async function lookUpCall(tick: Tick, call: Campaigncall): Promise<Campaigncall> {
  tick.commands.push({ type: 'LOOK_UP', callId: carrierId(call) })
  const lookupAt = tick.unit.now + limits.finalNewsMs
  return saveCall(tick, call, { ...call, lookupAt }, [], await actionsAtOf(tick, call))
}

/** Fires the due timeout of a call. */
export async function fireTimeout(tick: Tick, call: Campaigncall, timeout: CallTimeout): Promise<Campaigncall> {
  const { unit } = tick
  switch (timeout.type) {
    case 'HANG_UP': {
      const asked = await hangUp(tick, call, call.endRequest?.reason ?? 'NORMAL')
      // A call that is in doubt is looked up now, not only when its final news is overdue.
      if (call.lookupAt !== null && call.lookupAt <= unit.now)
        tick.commands.push({ type: 'LOOK_UP', callId: carrierId(call) })
      return asked
    }
    case 'LOOK_UP':
      return lookUpCall(tick, call)
    case 'RING_TIMEOUT':
      return hangUp(tick, call, 'NO_ANSWER')
    case 'DURATION_TIMEOUT':
      return hangUp(tick, call, 'TIMEOUT')
    case 'WAIT_TIMEOUT':
      await releaseRinging(tick, call)
      return hangUp(tick, call, 'ABANDONED')
    case 'GO_ON':
      return handleActionEvent(tick, call, { type: 'TIME_OVER' })
    default:
      return unreachable(timeout.type)
  }
}
