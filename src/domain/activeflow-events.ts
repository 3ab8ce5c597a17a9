import { present } from '../kernel/assert.ts'
import { type Action, sendingTypeOf } from './action.ts'
import { type EventContext, type EventResult, isOver } from './actions/definition.ts'
import { refusal } from './actions/outcomes.ts'
import { definitionOf } from './actions/registry.ts'
import { isSentOutcome } from './actions/sending.ts'
import type { ActionExecution, Activeflow } from './activeflow.ts'

/** Applies an event to a waiting action; null if it does not concern it. */
export function handleWhileWaiting({ type, option }: Action, at: Omit<EventContext, 'wait'>): EventResult {
  const wait = present(at.flow.wait, 'an action that waits')
  if (wait.type !== 'TIME') return definitionOf(type).hear?.(option, { ...at, wait }) ?? null
  // Any action may wait for a time.
  const { event } = at
  if (event.type === 'REFUSED' && event.requestId === wait.requestId) return refusal(event.why)
  return isOver(wait, { ...at, wait }) ? { type: 'PASSED', outcome: wait.outcome } : null
}

/**
 * The reason of a FLOW that is hung up on request (docs/rules.md#campaign-flow): CANCEL if nothing was sent, UNKNOWN
 * while a result is pending, NORMAL if everything sent was taken. After a sending that was not taken, a FLOW has ended
 * already.
 */
export function requestedFlowReason(
  { wait }: Activeflow,
  executed: readonly ActionExecution[],
  actions: readonly Action[],
): 'CANCEL' | 'UNKNOWN' | 'NORMAL' {
  if (wait?.type === 'SENDING') return 'UNKNOWN'
  const sends = new Set(actions.filter(({ type }) => sendingTypeOf(type) !== null).map(({ id }) => id))
  const isSent = executed.some(({ actionId, outcome }) => sends.has(actionId) && isSentOutcome(outcome))
  return isSent ? 'NORMAL' : 'CANCEL'
}
