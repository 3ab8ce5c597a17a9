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

/** How a call is known to have ended. */
export interface CallEnd {
  readonly reason: HangupReason
  /**
   * PLACED when nothing is said. Otherwise the reason is the one given, and the try is given back
   * (docs/rules.md#attempt-not-placed).
   */
  readonly placing?: Placing
  /** Established afterwards, not seen as it happened. */
  readonly inferred?: boolean
  /** When it ended, as far as the carrier says; otherwise now. */
  readonly at?: number
  /** Who ended it, as far as the carrier says. */
  readonly by?: 'US' | 'THEM'
}

/** Ends a call: the call, its agents, its actions and its target in one go. News of an end that is known changes nothing. */
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
  // A word of the carrier that we do not know is FAILED (docs/rules.md#call-result).
  const reason = hangupReasons.includes(end.reason) ? end.reason : 'FAILED'
  const endedAt = happenedAt(end.at ?? unit.now, answeredAtOf(call) ?? call.createdAt, unit.now)
  const { call: decided, step } = decideCampaigncall(call, { type, reason, by: end.by }, endedAt, end.inferred)
  if (step === null || decided.status !== 'DONE') return call
  const done: DoneCall = { ...decided, updatedAt: unit.now }
  await unit.saveCall(before, done, [...steps, step])
  if (call.status === 'PROGRESSING' && call.phase !== 'ACTIONS') await releaseAgents(tick, call)
  if (before.status === 'PROGRESSING' && before.phase === 'ACTIONS') await endActiveflow(tick, call)
  await settleTarget(tick, done, placing)
  return done
}

/**
 * When something happened that the carrier told of: news may be late, but what is said to have been before it can have been, or
 * is still to come, is the word of another clock, or no time at all. It is then taken as of now,
 * which is never before what came first, even where the clock was set back in between.
 */
export function happenedAt(at: number, notBefore: number, now: number): number {
  return at >= notBefore && at <= now ? Math.floor(at) : Math.max(notBefore, now)
}

function answeredAtOf(call: Campaigncall): number | null {
  return call.status === 'DIALING' ? null : call.answeredAt
}

/**
 * Asks the carrier to end a call. Its reason is stored first, and stays: DONE comes with the carrier's news
 * (docs/rules.md#end-request).
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

/** Whoever was offered the call is free again; whoever talked on it wraps up (docs/rules.md#agent-reservation). */
async function releaseAgents({ unit }: Tick, call: Campaigncall): Promise<void> {
  for (const agent of await unit.tx.agents.ofCall(call.customerId, call.id)) {
    const type = agent.status === 'RINGING' ? 'RELEASE' : 'CONVERSATION_ENDED'
    await unit.saveAgent(agent, decideAgent(agent, { type }, unit.now))
  }
}

/** Agents whose phones ring for a call that is not offered any more are free at once (docs/rules.md#agent-reservation). */
export async function releaseRinging({ unit }: Tick, call: Campaigncall): Promise<void> {
  for (const agent of await unit.tx.agents.ofCall(call.customerId, call.id))
    await unit.saveAgent(agent, decideAgent(agent, { type: 'RELEASE' }, unit.now))
}

async function endActiveflow({ unit }: Tick, call: Campaigncall): Promise<void> {
  const flow = await unit.tx.activeflows.ofCall(call.customerId, call.id)
  if (flow === null || flow.status === 'ENDED') return
  const cut = cutOffActiveflow(flow, unit.now)
  for (const execution of cut.executions) await unit.tx.activeflows.addExecution(flow, execution)
  await unit.tx.activeflows.update(cut.flow)
}

/** What the end means for the target, by the plan of this moment (docs/rules.md#target-states). */
async function settleTarget(tick: Tick, call: DoneCall, placing: Placing): Promise<void> {
  const { unit } = tick
  const campaign = await loadCampaign(tick, call.customerId, call.campaignId)
  const outplan = await loadOutplan(tick, call.customerId, campaign.outplanId ?? call.outplanId)
  const [target] = await unit.tx.outdialTargets.byIds(call.customerId, [call.outdialTargetId])
  const before = present(target, 'the target of a call')
  const { destinationIndex, hangupReason: reason } = call
  const end = { destinationIndex, reason, placing, flow: call.referenceType === 'FLOW' }
  await unit.saveTarget(before, endAttempt(before, end, outplan.maxTryCounts, call.endedAt))
}
