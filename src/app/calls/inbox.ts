import { readsTarget } from '../../domain/action.ts'
import { isTimeLimit, ringUntil } from '../../domain/call-timeout.ts'
import { type Campaigncall, decideCampaigncall } from '../../domain/campaigncall.ts'
import type { CallNews, LookupAnswer, OriginateAnswer } from '../../domain/carrier.ts'
import { unreachable } from '../../kernel/assert.ts'
import { limits } from '../../limits.ts'
import type { Unit } from '../unit-of-work.ts'
import { endCall, hangUp, happenedAt } from './ends.ts'
import { beginActions, handleActionEvent, recordSendingResult } from './flows.ts'
import { connectAgent, missCall } from './offers.ts'
import { endRecording, refuseRecording } from './recordings.ts'
import { actionsAtOf, carrierId, type InboxItem, loadActions, runInSavepoints, saveCall, type Tick } from './tick.ts'
import { fireTimeout, timeoutOf } from './timeout.ts'

/** Records the items that have arrived. An item that fails is logged, and the others are kept. */
export async function recordInbox(tick: Tick, items: readonly InboxItem[]): Promise<void> {
  if (items.length === 0) return
  const { unit, context } = tick
  const loaded = await loadCalls(unit, items)
  await runInSavepoints(tick, async (runOne) => {
    await loadObjects(tick, loaded, items)
    const calls = new Map(loaded.map((call) => [call.id, call]))
    const ids = new Map(loaded.map((call) => [call.referenceId, call.id]))
    for (const item of items) {
      const { type } = item
      const call = calls.get(type === 'SENT' ? item.campaigncallId : (ids.get(callIdOf(item)) ?? ''))
      if (call === undefined) {
        context.log.warn({ callId: type === 'SENT' ? null : callIdOf(item), type }, 'news of an unknown call')
        continue
      }
      const recorded = await runOne(
        () => record(tick, call, item),
        async (error) =>
          context.log.error({ error, campaigncallId: call.id, type }, 'news of a call could not be recorded'),
      )
      if (recorded !== undefined) calls.set(recorded.id, recorded)
    }
  })
}

/** The calls that the items refer to: by the carrier's ids, or by ours for what was sent. */
async function loadCalls(unit: Unit, items: readonly InboxItem[]): Promise<Campaigncall[]> {
  const ofCarrier = new Set(items.flatMap((item) => (item.type === 'SENT' ? [] : [callIdOf(item)])))
  const { campaigncalls } = await unit.stored()
  const calls = ofCarrier.size === 0 ? [] : await campaigncalls.byReferenceIds(unit.scope, [...ofCarrier])
  for (const call of calls) unit.objects.putCall(call)
  for (const item of items) {
    const call = item.type === 'SENT' ? await unit.objects.call(item.customerId, item.campaigncallId) : null
    if (call !== null) calls.push(call)
  }
  return calls
}

/** Reads by list what recording the items needs, instead of item by item. */
async function loadObjects(tick: Tick, calls: readonly Campaigncall[], items: readonly InboxItem[]): Promise<void> {
  const { objects } = tick.unit
  const ending = new Set(items.flatMap((item) => (mayEnd(item) ? [callIdOf(item)] : [])))
  const answered = new Set(items.flatMap((item) => (isAnswer(item) ? [callIdOf(item)] : [])))
  const isOf = (call: Campaigncall, ids: ReadonlySet<string>) => call.referenceId !== null && ids.has(call.referenceId)
  const withTarget: Campaigncall[] = []
  for (const call of calls) {
    const reads = isOf(call, answered) && readsTarget(await loadActions(tick, call))
    if (call.status !== 'DONE' && (reads || isOf(call, ending))) withTarget.push(call)
  }
  const progressing = calls.filter((call) => call.status === 'PROGRESSING')
  await objects.loadTargets(withTarget)
  await objects.loadActiveflows(progressing.filter((call) => call.phase === 'ACTIONS'))
  await objects.loadAgents(progressing.filter((call) => call.phase !== 'ACTIONS'))
}

function isAnswer(item: InboxItem): item is Extract<InboxItem, { type: 'NEWS' }> {
  return item.type === 'NEWS' && item.news.type === 'ANSWERED'
}

function mayEnd(item: InboxItem): item is Exclude<InboxItem, { type: 'SENT' }> {
  if (item.type === 'NEWS') return item.news.type === 'HANGUP'
  if (item.type === 'ORIGINATE_ANSWER') return item.answer.type === 'REJECTED' || item.answer.type === 'NOT_SENT'
  if (item.type === 'LOOKUP_ANSWER') return item.answer.type !== 'LIVE'
  return item.type === 'UNSENT'
}

function callIdOf(item: Exclude<InboxItem, { type: 'SENT' }>): string {
  return item.type === 'NEWS' ? item.news.callId : item.callId
}

function record(tick: Tick, call: Campaigncall, item: InboxItem): Promise<Campaigncall> {
  switch (item.type) {
    case 'NEWS':
      return recordNews(tick, call, item.news)
    case 'ORIGINATE_ANSWER':
      return recordOriginateAnswer(tick, call, item.answer)
    case 'LOOKUP_ANSWER':
      return recordLookupAnswer(tick, call, item.answer)
    case 'LOOKUP_FAILED':
      return recordLookupFailure(tick, call, item.outOfReachMs)
    case 'UNSENT':
      return endCall(tick, call, { reason: 'CANCEL', placing: item.why === 'LATE' ? 'UNSENT' : 'PLACED' })
    case 'REFUSED':
      return recordRefusal(tick, call, item.requestId, item.why)
    case 'SENT':
      return recordSendingResult(tick, call, item.sendingId, item.result)
    default:
      return unreachable(item)
  }
}

async function recordNews(tick: Tick, call: Campaigncall, news: CallNews): Promise<Campaigncall> {
  switch (news.type) {
    case 'RINGING':
    case 'EARLY_MEDIA':
      return call.status === 'DONE' ? endUnexpected(tick, call) : confirmLive(tick, call)
    case 'ANSWERED':
      return answer(tick, call, { at: news.at, inferred: false })
    case 'PLAYBACK_ENDED':
    case 'DIGIT':
    case 'MACHINE':
    case 'LEG_CONNECTED':
    case 'LEG_ENDED':
      return handleActionEvent(tick, call, news)
    case 'RECORDING_ENDED':
      return endRecording(tick, call, news)
    case 'AGENT_CONNECTED':
      return connectAgent(tick, call, news.agentId)
    case 'AGENT_MISSED': {
      const agent = await tick.unit.objects.agent(call.customerId, news.agentId)
      if (agent?.campaigncallId !== call.id) return call
      await missCall(tick, agent)
      return (await tick.unit.objects.call(call.customerId, call.id)) ?? call
    }
    case 'HANGUP':
      return endCall(tick, call, { reason: news.reason, at: news.at, by: news.by })
    default:
      return unreachable(news)
  }
}

/** An action's request was refused: a recording, which no action waits for, or the request of the waiting action. */
async function recordRefusal(tick: Tick, call: Campaigncall, requestId: string, why: string): Promise<Campaigncall> {
  if (await refuseRecording(tick, call, requestId, why)) return call
  return handleActionEvent(tick, call, { type: 'REFUSED', requestId, why })
}

/** The carrier has seen the call, so it is no longer in doubt. */
async function confirmLive(tick: Tick, call: Campaigncall): Promise<Campaigncall> {
  if (call.status !== 'DIALING' || call.lookupAt === null || call.endRequest !== null) return call
  return saveCall(tick, call, { ...call, lookupAt: null }, [])
}

async function answer(
  tick: Tick,
  call: Campaigncall,
  { at, inferred }: { at: number; inferred: boolean },
): Promise<Campaigncall> {
  const decided = decideCampaigncall(call, { type: 'ANSWER' }, happenedAt(at, call.createdAt, tick.unit.now), inferred)
  if (decided.step === null) return call
  if (decided.call.status !== 'PROGRESSING') {
    tick.unit.saveCall(call, decided.call, [decided.step])
    return endUnexpected(tick, decided.call)
  }
  // An answer that crosses an end request is recorded, but no actions start (docs/rules.md#end-request).
  if (decided.call.endRequest !== null) return saveCall(tick, call, decided.call, [decided.step])
  return beginActions(tick, call, { ...decided.call, lookupAt: null }, [decided.step])
}

/** A call that was given up but turns out to be live would ring, or stay silent, for nobody, so it is hung up. */
function endUnexpected(tick: Tick, call: Campaigncall): Campaigncall {
  const givenUp = call.status === 'DONE' && (call.hangupReason === 'UNKNOWN' || call.hangupReason === 'CANCEL')
  if (givenUp) {
    tick.context.log.warn({ campaigncallId: call.id }, 'a call that was given up is still live; it is hung up')
    tick.commands.push({ type: 'HANG_UP', callId: carrierId(call), reason: 'CANCEL' })
  }
  return call
}

async function recordOriginateAnswer(tick: Tick, call: Campaigncall, answer: OriginateAnswer): Promise<Campaigncall> {
  switch (answer.type) {
    case 'ACCEPTED':
      return call
    case 'REJECTED':
      return endCall(tick, call, { reason: answer.reason, placing: 'REFUSED' })
    case 'NOT_SENT':
      // If its end was requested meanwhile, it counts as any other try (docs/rules.md#attempt-not-placed).
      return endCall(tick, call, { reason: 'CANCEL', placing: call.endRequest === null ? 'UNSENT' : 'PLACED' })
    case 'INDETERMINATE':
      if (call.status !== 'DIALING') return call
      return saveCall(tick, call, { ...call, lookupAt: tick.unit.now }, [])
    default:
      return unreachable(answer)
  }
}

/** A call that may still be set up is looked up again; at the end of its ring time it is hung up in any case. */
function keepInDoubt(tick: Tick, call: Campaigncall): Promise<Campaigncall> {
  const { now } = tick.unit
  if (call.endRequest === null && now >= ringUntil(call)) return hangUp(tick, call, 'NO_ANSWER')
  const again = now + limits.lookupPauseMs
  const lookupAt = now < ringUntil(call) ? Math.min(again, ringUntil(call)) : again
  return saveCall(tick, call, { ...call, lookupAt }, [])
}

/**
 * Until when a pending originate request may still become a call. A clock that was set forward since does not shorten
 * this.
 */
function mayComeUntil({ context }: Tick, call: Campaigncall): number {
  return Math.max(ringUntil(call), context.clockAcceptedAt() + call.dialTimeoutMs) + limits.finalNewsMs
}

/** Records the carrier's answer to a look-up. Before the ring time is over, "not seen" proves nothing. */
async function recordLookupAnswer(tick: Tick, call: Campaigncall, found: LookupAnswer): Promise<Campaigncall> {
  const { now } = tick.unit
  if (call.status === 'DONE') return found.type === 'LIVE' ? endUnexpected(tick, call) : call
  switch (found.type) {
    case 'LIVE': {
      const known = found.state === 'ANSWERED' ? await answer(tick, call, { at: now, inferred: true }) : call
      // The answer of the call was missed; its consequences have been recorded already.
      if (known.status === 'DONE' || (known !== call && call.endRequest === null)) return known
      // Still live although its end was requested: the request is repeated.
      const endRequest = known.endRequest && { ...known.endRequest, at: now, sentAt: null }
      const adopted = { ...known, endRequest, lookupAt: null }
      const saved = await saveCall(tick, known, adopted, [], await actionsAtOf(tick, known))
      const timeout = await timeoutOf(tick, saved)
      // The carrier was asked because a time limit was late. It fires now, before it becomes late again.
      if (timeout !== null && isTimeLimit(timeout.type) && timeout.at <= now) return fireTimeout(tick, saved, timeout)
      return handleActionEvent(tick, saved, { type: 'MISSED' })
    }
    case 'ENDED': {
      const { answeredAt, endedAt, reason } = found
      const missed =
        answeredAt === null
          ? null
          : decideCampaigncall(call, { type: 'ANSWER' }, happenedAt(answeredAt, call.createdAt, now), true)
      const known = missed?.step ? missed : { call, step: null }
      return endCall(tick, call, { reason, at: endedAt, inferred: true }, known.call, known.step ? [known.step] : [])
    }
    case 'NOT_SEEN':
    case 'CANNOT_TELL': {
      const mayStillCome = call.status === 'DIALING' && now < mayComeUntil(tick, call)
      if (mayStillCome) return keepInDoubt(tick, call)
      if (call.status === 'DIALING' && found.type === 'NOT_SEEN')
        return endCall(tick, call, { reason: 'CANCEL', placing: 'REFUSED', inferred: true })
      return endCall(tick, call, { reason: 'UNKNOWN', inferred: true })
    }
    default:
      return unreachable(found)
  }
}

/**
 * The carrier could not be asked. A call long past its time is given up as if the carrier did not know it, unless the
 * carrier may be back soon with the answer. Timeouts of an answered call fire in any case: nobody may be kept on the
 * line for as long as the carrier is out of reach.
 */
async function recordLookupFailure(tick: Tick, call: Campaigncall, outOfReachMs: number | null): Promise<Campaigncall> {
  const { now } = tick.unit
  if (call.status === 'DONE') return call
  // The call was put in doubt again meanwhile and is looked up anew: the earlier failure says nothing.
  if (call.lookupAt !== null && call.lookupAt <= now) return call
  if (call.status === 'DIALING') {
    if (outOfReachMs !== null && outOfReachMs < limits.carrierPatienceMs) {
      return saveCall(tick, call, { ...call, lookupAt: now + limits.finalNewsMs }, [])
    }
    const over = now >= mayComeUntil(tick, call)
    return over ? endCall(tick, call, { reason: 'UNKNOWN', inferred: true }) : keepInDoubt(tick, call)
  }
  const undoubted = { ...call, lookupAt: null }
  const timeout = await timeoutOf(tick, undoubted)
  if (timeout !== null && timeout.at <= now) return fireTimeout(tick, undoubted, timeout)
  const lookupAt = Math.min(now + limits.finalNewsMs, timeout?.at ?? Number.POSITIVE_INFINITY)
  return saveCall(tick, call, { ...call, lookupAt }, [], await actionsAtOf(tick, call))
}
