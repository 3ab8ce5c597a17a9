import { mayBeDialed } from '../../domain/address.ts'
import type { Campaign } from '../../domain/campaign.ts'
import { type Campaigncall, createdStep, type DialingCall, decideCampaigncall } from '../../domain/campaigncall.ts'
import { beginAttempt, type Destination, type OutdialTarget } from '../../domain/outdial-target.ts'
import type { Outplan } from '../../domain/outplan.ts'
import { endCall } from './ends.ts'
import { beginActions } from './flows.ts'
import { type Tick, watched } from './tick.ts'

/**
 * Writes the campaigncall and everything that belongs to it, before the carrier is asked (docs/rules.md#commit-first).
 */
export async function startCall(
  tick: Tick,
  campaign: Campaign,
  outplan: Outplan,
  target: OutdialTarget,
  destination: Destination,
): Promise<Campaigncall> {
  const { unit } = tick
  const claimed = beginAttempt(target, destination.index, unit.now)
  unit.saveTarget(target, claimed)
  const isCall = campaign.type === 'CALL'
  const fresh: DialingCall = {
    position: 0,
    id: unit.makeId(),
    customerId: campaign.customerId,
    campaignId: campaign.id,
    outplanId: outplan.id,
    outdialId: target.outdialId,
    outdialTargetId: target.id,
    queueId: campaign.queueId,
    activeflowId: unit.makeId(),
    actionListId: campaign.actionListId,
    referenceType: isCall ? 'CALL' : 'FLOW',
    referenceId: isCall ? unit.makeId() : null,
    source: outplan.source,
    destination: destination.address,
    destinationIndex: destination.index,
    tryCount: destination.tryCount + 1,
    attempt: claimed.attempt,
    dialTimeoutMs: outplan.dialTimeoutMs,
    status: 'DIALING',
    version: 1,
    endRequest: null,
    lookupAt: null,
    wakeAt: null,
    queuedAt: null,
    createdAt: unit.now,
    updatedAt: unit.now,
  }
  const { wakeAt } = await watched(unit, tick.context, fresh)
  const call: DialingCall = { ...fresh, wakeAt }
  unit.addCall(call, [createdStep(call)])
  if (!isCall) {
    const { call: answered, step } = decideCampaigncall(call, { type: 'ANSWER' }, unit.now)
    return beginActions(tick, call, answered, step === null ? [] : [step])
  }
  // An address that cannot be dialed ends its attempt without asking the carrier (docs/rules.md#numbers). It may have
  // been stored before such numbers were refused.
  if (!mayBeDialed(destination.address)) return endCall(tick, call, { reason: 'INVALID_NUMBER' })
  originate(tick, call)
  return call
}

function originate({ commands, context, installationId }: Tick, call: DialingCall): void {
  if (call.referenceId === null) return
  const request = {
    callId: call.referenceId,
    to: call.destination,
    from: call.source,
    ringTimeoutMs: call.dialTimeoutMs,
    maxDurationMs: context.options.callDurationMaxMs,
    tryCount: call.tryCount,
    variables: { dialgraph_installation: installationId },
  }
  commands.push({ type: 'ORIGINATE', request, createdAt: call.createdAt })
}
