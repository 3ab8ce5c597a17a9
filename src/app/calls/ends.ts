import { cutOffActiveflow } from '../../domain/activeflow-advance.ts'
import { decideAgent } from '../../domain/agent.ts'
import {
  askEnd,
  type Campaigncall,
  type CampaigncallStep,
  type DoneCall,
  decideCampaigncall,
  type HangupReason,
  hangupReasons,
} from '../../domain/campaigncall.ts'
import { endAttempt, type Placing } from '../../domain/outdial-target.ts'
import { present } from '../../kernel/assert.ts'
import { limits } from '../../limits.ts'
import { carrierId, loadCampaign, loadOutplan, saveCall, type Tick } from './tick.ts'

/** What is known about the end of a call. */
export interface CallEnd {
  readonly reason: HangupReason
  /**
   * Default PLACED. Otherwise the call ends with the given reason, and the target gets the try back
   * (docs/rules.md#attempt-not-placed).
   */
  readonly placing?: Placing
  /** Concluded later, not reported as it happened. */
  readonly inferred?: boolean
  /** When the call ended, if the carrier says so; now by default. */
  readonly at?: number
  /** Who ended the call, if the carrier says so. */
  readonly by?: 'US' | 'THEM'
}

/**
 * Ends a call together with its agents, its actions and its target. News of an end that is already known changes
 * nothing.
 */
export async function endCall(
  tick: Tick,
  before: Campaigncall,
  end: CallEnd,
  call: Campaigncall = before,
  steps: readonly CampaigncallStep[] = [],
): Promise<Campaigncall> {
  const { unit } = tick
  const { placing = 'PLACED' } = end
  const type = placing === 'PLACED' ? 'END' : 'NEVER_PLACED'
  // An unknown reason from the carrier becomes FAILED (docs/rules.md#call-result).
  const reason = hangupReasons.includes(end.reason) ? end.reason : 'FAILED'
  const endedAt = happenedAt(end.at ?? unit.now, answeredAtOf(call) ?? call.createdAt, unit.now)
  const { call: decided, step } = decideCampaigncall(call, { type, reason, by: end.by }, endedAt, end.inferred)
  if (step === null || decided.status !== 'DONE') return call
  const done: DoneCall = { ...decided, updatedAt: unit.now }
  unit.saveCall(before, done, [...steps, step])
  if (call.status === 'PROGRESSING' && call.phase !== 'ACTIONS') await releaseAgents(tick, call)
  if (before.status === 'PROGRESSING' && before.phase === 'ACTIONS') await endActiveflow(tick, call)
  await settleTarget(tick, done, placing)
  return done
}

/**
 * When a reported event happened. News may be late; but a time before the earliest possible one, in the future, or not
 * a time at all comes from another clock. Then it is taken as now, which is never before `notBefore`, even if the clock
 * was set back in between.
 */
export function happenedAt(at: number, notBefore: number, now: number): number {
  return at >= notBefore && at <= now ? Math.floor(at) : Math.max(notBefore, now)
}

function answeredAtOf(call: Campaigncall): number | null {
  return call.status === 'DIALING' ? null : call.answeredAt
}

/**
 * Asks the carrier to end a call. The reason is stored first and does not change; the call is DONE only with the
 * carrier's news (docs/rules.md#end-request).
 */
export async function hangUp(
  tick: Tick,
  before: Campaigncall,
  reason: HangupReason,
  call: Campaigncall = before,
  steps: readonly CampaigncallStep[] = [],
): Promise<Campaigncall> {
  const { unit } = tick
  const asked = askEnd(call, reason, unit.now)
  const endRequest = present(asked.endRequest, 'a call whose end was asked for')
  if (call.referenceType !== 'CALL') return endCall(tick, before, { reason: endRequest.reason }, asked, steps)
  const sent: Campaigncall = {
    ...asked,
    endRequest: { ...endRequest, sentAt: unit.now },
    lookupAt: unit.now + limits.finalNewsMs,
  }
  tick.commands.push({ type: 'HANG_UP', callId: carrierId(call), reason: endRequest.reason })
  return saveCall(tick, before, sent, steps)
}

/**
 * Frees the agents who were offered the call, and starts the wrap-up of the one who talked on it
 * (docs/rules.md#agent-reservation).
 */
async function releaseAgents({ unit }: Tick, call: Campaigncall): Promise<void> {
  for (const agent of await unit.objects.agentsOf(call)) {
    const type = agent.status === 'RINGING' ? 'RELEASE' : 'CONVERSATION_ENDED'
    unit.saveAgent(agent, decideAgent(agent, { type }, unit.now))
  }
}

/** Frees the agents whose phones still ring for a call that is no longer offered (docs/rules.md#agent-reservation). */
export async function releaseRinging({ unit }: Tick, call: Campaigncall): Promise<void> {
  for (const agent of await unit.objects.agentsOf(call))
    unit.saveAgent(agent, decideAgent(agent, { type: 'RELEASE' }, unit.now))
}

async function endActiveflow({ unit }: Tick, call: Campaigncall): Promise<void> {
  const flow = await unit.objects.activeflow(call)
  if (flow === null || flow.status === 'ENDED') return
  const cut = cutOffActiveflow(flow, unit.now)
  unit.saveActiveflow(cut.flow, cut.executions)
}

/** Applies the end of a call to its target, by the current outplan (docs/rules.md#target-states). */
async function settleTarget(tick: Tick, call: DoneCall, placing: Placing): Promise<void> {
  const { unit } = tick
  const campaign = await loadCampaign(tick, call.customerId, call.campaignId)
  const outplan = await loadOutplan(tick, call.customerId, campaign.outplanId ?? call.outplanId)
  const before = await unit.objects.target(call)
  const { destinationIndex, hangupReason: reason } = call
  const end = { destinationIndex, reason, placing, flow: call.referenceType === 'FLOW' }
  unit.saveTarget(before, endAttempt(before, end, outplan.maxTryCounts, call.endedAt))
}
