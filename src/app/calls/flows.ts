import { readsTarget } from '../../domain/action.ts'
import type { ActiveflowEvent } from '../../domain/actions/definition.ts'
import { sendingOutcome } from '../../domain/actions/sending.ts'
import {
  type Activeflow,
  type ActiveflowDecision,
  type ActiveflowRequest,
  newActiveflow,
  resumesAt,
} from '../../domain/activeflow.ts'
import {
  advanceActiveflow,
  cutOffActiveflow,
  type FlowContext,
  handleFlowEvent,
} from '../../domain/activeflow-advance.ts'
import { type Campaigncall, type CampaigncallStep, decideCampaigncall } from '../../domain/campaigncall.ts'
import type { SendingResult } from '../../domain/sending.ts'
import { unreachable } from '../../kernel/assert.ts'
import { endCall, hangUp } from './ends.ts'
import { beginRecording } from './recordings.ts'
import { carrierId, loadActions, saveCall, type Tick } from './tick.ts'

/** Starts the actions of a call that was just answered. `before` is the stored call, `steps` its transitions since. */
export async function beginActions(
  tick: Tick,
  before: Campaigncall,
  call: Campaigncall,
  steps: readonly CampaigncallStep[],
): Promise<Campaigncall> {
  const decision = advanceActiveflow(newActiveflow(call), await flowContextOf(tick, call), tick.unit.now)
  tick.unit.addActiveflow(decision.flow, decision.executions)
  return carryOut(tick, before, call, steps, decision)
}

/** Resumes the actions of a call if they wait for this event. */
export async function handleActionEvent(tick: Tick, call: Campaigncall, event: ActiveflowEvent): Promise<Campaigncall> {
  const stored = await runningFlow(tick, call)
  if (stored === null) return call
  const decision = handleFlowEvent(stored, event, await flowContextOf(tick, call), tick.unit.now)
  if (decision === null) return call
  tick.unit.saveActiveflow(decision.flow, decision.executions)
  return carryOut(tick, call, call, [], decision)
}

/** The activeflow of a call that is still running its actions and has no end request. */
async function runningFlow({ unit }: Tick, call: Campaigncall): Promise<Activeflow | null> {
  if (call.status !== 'PROGRESSING' || call.phase !== 'ACTIONS' || call.endRequest !== null) return null
  const flow = await unit.objects.activeflow(call)
  return flow?.status === 'RUNNING' ? flow : null
}

/**
 * Records the result of something that an action sent. If the call has ended meanwhile, or is about to, its actions do
 * not resume.
 */
export async function recordSendingResult(
  tick: Tick,
  call: Campaigncall,
  sendingId: string,
  result: SendingResult,
): Promise<Campaigncall> {
  const { unit } = tick
  if ((await runningFlow(tick, call)) !== null)
    return handleActionEvent(tick, call, { type: 'SENT', sendingId, result })
  const flow = await unit.objects.activeflow(call)
  if (flow?.wait?.type !== 'SENDING' || flow.wait.sendingId !== sendingId) return call
  const cut = cutOffActiveflow(flow, unit.now)
  unit.saveActiveflow({ ...cut.flow, wait: null }, cut.executions)
  unit.saveOutcome(flow, flow.stepCount, sendingOutcome(result))
  return call
}

/** What the actions of a call are decided from. The target is loaded only if they read it. */
async function flowContextOf(tick: Tick, call: Campaigncall): Promise<FlowContext> {
  const actions = await loadActions(tick, call)
  const { unit } = tick
  const target = readsTarget(actions) ? await unit.objects.target(call) : null
  return { actions, call, target, makeId: () => unit.makeId() }
}

async function carryOut(
  tick: Tick,
  before: Campaigncall,
  call: Campaigncall,
  steps: readonly CampaigncallStep[],
  { flow, requests, flowOutcome }: ActiveflowDecision,
): Promise<Campaigncall> {
  for (const request of requests) await ask(tick, call, request)
  switch (flowOutcome.type) {
    case 'WAITING':
      return saveCall(tick, before, call, steps, resumesAt(flow))
    case 'JOIN_QUEUE': {
      const joined = decideCampaigncall(call, { type: 'JOIN_QUEUE' }, tick.unit.now).call
      tick.joined.set(call.id, call.customerId)
      return saveCall(tick, before, joined, steps)
    }
    case 'HANG_UP':
      if (flowOutcome.reason !== 'UNKNOWN') return hangUp(tick, before, flowOutcome.reason, call, steps)
      return endCall(tick, before, { reason: 'UNKNOWN', inferred: true }, call, steps)
    case 'REST':
      if (call.referenceType === 'FLOW') return endCall(tick, before, { reason: 'NORMAL' }, call, steps)
      return saveCall(tick, before, call, steps)
    default:
      return unreachable(flowOutcome)
  }
}

/** Queues a request for after the commit. What must survive a crash is stored in the tick. */
async function ask(tick: Tick, call: Campaigncall, request: ActiveflowRequest): Promise<void> {
  const { customerId, id: campaigncallId } = call
  if (request.type === 'SEND') {
    tick.commands.push({ type: 'SEND', customerId, campaigncallId, sending: request.sending })
    return
  }
  if (request.type === 'RECORD') await beginRecording(tick, call, request)
  const command = request.type === 'RECORD' ? request.command : request
  tick.commands.push({ type: 'PERFORM', callId: carrierId(call), askedAt: tick.unit.now, command })
}
