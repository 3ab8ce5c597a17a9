import {
  type Activeflow,
  type ActiveflowRequest,
  advanceActiveflow,
  isActiveflowReady,
} from '../../domain/activeflow.ts'
import { type Campaigncall, type CampaigncallStep, decideCampaigncall } from '../../domain/campaigncall.ts'
import { unreachable } from '../../kernel/assert.ts'
import { limits } from '../../limits.ts'
import { endCall, hangUp } from './ends.ts'
import { carrierId, loadActions, saveCall, type Turn } from './turn.ts'

/** Begins the actions of a call that was just answered. `before` is the call as it is stored, `steps` what happened since. */
export async function beginActions(
  turn: Turn,
  before: Campaigncall,
  call: Campaigncall,
  steps: readonly CampaigncallStep[],
): Promise<Campaigncall> {
  const fresh: Activeflow = {
    id: call.activeflowId,
    customerId: call.customerId,
    campaigncallId: call.id,
    status: 'RUNNING',
    actionId: null,
    stepCount: 0,
    playbackId: null,
    sleepUntil: null,
  }
  const { flow, request } = await advance(turn, call, fresh)
  await turn.unit.tx.activeflows.insert(flow)
  return carryOut(turn, before, call, steps, request)
}

/** Goes on with the actions when the time that they waited for has come. */
export async function continueActions(turn: Turn, call: Campaigncall): Promise<Campaigncall> {
  const stored = await waitingFlow(turn, call)
  return stored === null ? call : goOn(turn, call, stored)
}

/**
 * A playback has ended. One that failed is mostly the first sign that the called side has hung up: the actions go on a moment
 * later, so that nobody is rung for a call that is over.
 */
export async function endPlayback(
  turn: Turn,
  call: Campaigncall,
  playbackId: string,
  failed: boolean,
): Promise<Campaigncall> {
  const stored = await waitingFlow(turn, call)
  if (stored?.playbackId !== playbackId) return call
  const flow = { ...stored, playbackId: null }
  if (!failed) return goOn(turn, call, flow)
  const sleepUntil = turn.unit.now + limits.failedPlaybackPauseMs
  await turn.unit.tx.activeflows.update({ ...flow, sleepUntil })
  return saveCall(turn, call, call, [], sleepUntil)
}

/** Of a call that is found again the end of a playback may have been missed: its actions go on without. */
export async function endMissedPlayback(turn: Turn, call: Campaigncall): Promise<Campaigncall> {
  const stored = await waitingFlow(turn, call)
  return stored?.playbackId ? endPlayback(turn, call, stored.playbackId, true) : call
}

/** The actions of a call that is still in them, and not about to be ended. */
async function waitingFlow({ unit }: Turn, call: Campaigncall): Promise<Activeflow | null> {
  if (call.status !== 'PROGRESSING' || call.phase !== 'ACTIONS' || call.endRequest !== null) return null
  return unit.tx.activeflows.ofCall(call.customerId, call.id)
}

async function goOn(turn: Turn, call: Campaigncall, stored: Activeflow): Promise<Campaigncall> {
  if (!isActiveflowReady(stored, turn.unit.now)) return call
  const { flow, request } = await advance(turn, call, stored)
  await turn.unit.tx.activeflows.update(flow)
  return carryOut(turn, call, call, [], request)
}

async function advance(turn: Turn, call: Campaigncall, flow: Activeflow) {
  const actions = await loadActions(turn, call)
  return advanceActiveflow(flow, { actions, queueId: call.queueId, makeId: () => turn.unit.makeId() }, turn.unit.now)
}

async function carryOut(
  turn: Turn,
  before: Campaigncall,
  call: Campaigncall,
  steps: readonly CampaigncallStep[],
  request: ActiveflowRequest,
): Promise<Campaigncall> {
  switch (request.type) {
    case 'SPEAK':
    case 'PLAY':
      turn.commands.push({ ...request, callId: carrierId(call) })
      return saveCall(turn, before, call, steps)
    case 'SLEEP':
      return saveCall(turn, before, call, steps, request.until)
    case 'JOIN_QUEUE': {
      const joined = decideCampaigncall(call, { type: 'JOIN_QUEUE' }, turn.unit.now).call
      turn.joined.set(call.id, call.customerId)
      return saveCall(turn, before, joined, steps)
    }
    case 'HANG_UP':
      return hangUp(turn, before, request.reason, call, steps)
    case 'REST':
      if (call.referenceType === 'FLOW') return endCall(turn, before, { reason: 'NORMAL' }, call, steps)
      return saveCall(turn, before, call, steps)
    default:
      return unreachable(request)
  }
}
