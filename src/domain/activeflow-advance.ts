import { assert, present, unreachable } from '../kernel/assert.ts'
import type { Action } from './action.ts'
import { connectedTo } from './actions/connect.ts'
import type { ActiveflowEvent, EventResult } from './actions/definition.ts'
import { definitionOf } from './actions/registry.ts'
import {
  type ActionExecution,
  type Activeflow,
  type ActiveflowDecision,
  type ActiveflowRequest,
  activeflowStepsAtOnceMax,
  activeflowStepsMax,
  type CallContext,
  type FlowOutcome,
  isActiveflowReady,
  joinsQueueAtEnd,
} from './activeflow.ts'
import { handleWhileWaiting } from './activeflow-events.ts'

/** What a list of actions is decided from. `target` is set if one of them reads it. */
export interface FlowContext extends CallContext {
  readonly actions: readonly Action[]
}

/** An activeflow while it advances, and the effects so far. */
interface Progress {
  flow: Activeflow
  readonly executions: ActionExecution[]
  readonly requests: ActiveflowRequest[]
}

/** Advances an activeflow until an action has to wait or the actions end. */
export function advanceActiveflow(start: Activeflow, context: FlowContext, now: number): ActiveflowDecision {
  assert(isActiveflowReady(start, now), 'an activeflow to advance that waits for nothing')
  if (start.wait === null) return resume({ flow: start, executions: [], requests: [] }, context, now)
  return present(handleFlowEvent(start, { type: 'TIME_OVER' }, context, now), 'a wait that is over')
}

/**
 * Applies an event to a running activeflow, which then resumes or waits on. Returns null if it does not wait for this
 * event.
 */
export function handleFlowEvent(
  flow: Activeflow,
  event: ActiveflowEvent,
  context: FlowContext,
  now: number,
): ActiveflowDecision | null {
  const progress: Progress = { flow, executions: [], requests: [] }
  if (event.type === 'LEG_CONNECTED' && !isAwaitedLeg(flow, event.legId)) {
    // A phone that is answered too late, or after another one, is hung up: it would hear silence.
    progress.requests.push({ type: 'HANG_UP_LEG', legId: event.legId })
    return { ...progress, flowOutcome: { type: 'WAITING' } }
  }
  if (flow.wait?.type === 'YIELD') {
    if (event.type !== 'TIME_OVER' || flow.wait.until > now) return null
    return runSteps(
      { ...progress, flow: { ...flow, wait: null } },
      context,
      now,
      actionOf(context.actions, flow.wait.nextId),
    )
  }
  const result = flow.wait === null ? null : handle(flow, event, context, now)
  if (result === null) return null
  progress.requests.push(...(result.requests ?? []))
  if (result.type === 'WAITS') {
    progress.flow = { ...flow, wait: result.wait }
    return { ...progress, flowOutcome: { type: 'WAITING' } }
  }
  finish(progress, result.outcome, now)
  progress.flow = { ...progress.flow, ...result.changes }
  if (result.flowOutcome !== undefined) return end(progress, result.flowOutcome)
  const decision = resume(progress, context, now)
  // The digit that interrupted a playback is also the first digit of the DIGITS_RECEIVE that follows.
  const cutOff = flow.wait?.type === 'PLAYBACK' && event.type === 'DIGIT'
  const again = cutOff ? handleFlowEvent(decision.flow, event, context, now) : null
  return again === null ? decision : join(decision, again)
}

function isAwaitedLeg({ wait }: Activeflow, legId: string): boolean {
  if (wait?.type === 'LEGS') return wait.legs.some((leg) => leg.legId === legId)
  return wait?.type === 'LEG' && wait.leg.legId === legId
}

function handle(flow: Activeflow, event: ActiveflowEvent, context: FlowContext, now: number): EventResult {
  const { actions, call } = context
  const action = actionOf(actions, flow.actionId)
  const isFlow = call.referenceType === 'FLOW'
  const nextType = nextAction(actions, flow.actionId)?.type ?? null
  return handleWhileWaiting(action, { flow, nextType, isFlow, event, now })
}

function join(first: ActiveflowDecision, second: ActiveflowDecision): ActiveflowDecision {
  return {
    ...second,
    executions: [...first.executions, ...second.executions],
    requests: [...first.requests, ...second.requests],
  }
}

/** Records the end of the current action. */
function finish(progress: Progress, outcome: string, endedAt: number): void {
  const { flow } = progress
  progress.executions.push(openExecution(flow, outcome, endedAt))
  progress.flow = { ...flow, wait: null, actionStartedAt: null }
}

function openExecution(flow: Activeflow, outcome: string | null, endedAt: number | null): ActionExecution {
  return {
    step: flow.stepCount,
    actionId: present(flow.actionId, 'an action that is under way'),
    startedAt: present(flow.actionStartedAt, 'when the action that is under way began'),
    endedAt,
    outcome,
  }
}

function end(progress: Progress, flowOutcome: FlowOutcome): ActiveflowDecision {
  return { ...progress, flow: { ...progress.flow, status: 'ENDED' }, flowOutcome }
}

function resume(progress: Progress, context: FlowContext, now: number): ActiveflowDecision {
  return runSteps(progress, context, now, nextAction(context.actions, progress.flow.actionId))
}

function runSteps(progress: Progress, context: FlowContext, now: number, first: Action | null): ActiveflowDecision {
  const { actions, call } = context
  const stepsUntil = progress.flow.stepCount + activeflowStepsAtOnceMax
  let action = first
  for (;;) {
    if (action === null) return end(progress, outcomeAtEnd(actions, call.queueId))
    if (progress.flow.stepCount >= activeflowStepsMax) return end(progress, { type: 'HANG_UP', reason: 'FAILED' })
    if (progress.flow.stepCount >= stepsUntil) {
      progress.flow = { ...progress.flow, wait: { type: 'YIELD', until: now, nextId: action.id } }
      return { ...progress, flowOutcome: { type: 'WAITING' } }
    }
    const stepCount = progress.flow.stepCount + 1
    progress.flow = { ...progress.flow, actionId: action.id, actionStartedAt: now, stepCount }
    const at = { actionId: action.id, flow: progress.flow, context, now }
    const result = definitionOf(action.type).begin(action.option, at)
    switch (result.type) {
      case 'PASSED': {
        const { nextId = null } = result
        finish(progress, result.outcome, now)
        progress.flow = { ...progress.flow, ...result.changes }
        progress.requests.push(...(result.requests ?? []))
        action = nextId === null ? nextAction(actions, action.id) : actionOf(actions, nextId)
        break
      }
      case 'WAITS':
        progress.flow = { ...progress.flow, wait: result.wait }
        progress.requests.push(...result.requests)
        return { ...progress, flowOutcome: { type: 'WAITING' } }
      case 'ENDS':
        progress.executions.push(openExecution(progress.flow, result.outcome, result.outcome === null ? null : now))
        progress.flow = { ...progress.flow, actionStartedAt: null }
        return end(progress, result.flowOutcome)
      default:
        return unreachable(result)
    }
  }
}

function actionOf(actions: readonly Action[], id: string | null): Action {
  return present(
    actions.find((action) => action.id === id),
    'an activeflow that stands at an action of its own list',
  )
}

/** The action after the last one; null at the end of the list. */
function nextAction(actions: readonly Action[], actionId: string | null): Action | null {
  if (actionId === null) return actions[0] ?? null
  const index = actions.findIndex((action) => action.id === actionId)
  assert(index >= 0, 'an activeflow that stands at an action of its own list')
  const nextId = actions[index]?.nextId ?? null
  return nextId === null ? (actions[index + 1] ?? null) : actionOf(actions, nextId)
}

/**
 * The outcome of reaching the end of the list (docs/rules.md#actions): with an empty list and no queue, the called side
 * ends the call.
 */
function outcomeAtEnd(actions: readonly Action[], queueId: string | null): FlowOutcome {
  if (joinsQueueAtEnd(actions, queueId)) return { type: 'JOIN_QUEUE' }
  return actions.length === 0 ? { type: 'REST' } : { type: 'HANG_UP', reason: 'NORMAL' }
}

/** Ends an activeflow whose call has ended. A pending sending stays recorded, since its result may still arrive. */
export function cutOffActiveflow(flow: Activeflow, now: number): Pick<ActiveflowDecision, 'flow' | 'executions'> {
  const { wait } = flow
  const ended: Activeflow = {
    ...flow,
    status: 'ENDED',
    actionStartedAt: null,
    wait: wait?.type === 'SENDING' ? wait : null,
  }
  if (flow.actionStartedAt === null) return { flow: ended, executions: [] }
  const outcome = wait?.type === 'LEG' ? connectedTo(wait.leg) : 'the call ended'
  return { flow: ended, executions: [openExecution(flow, outcome, now)] }
}
