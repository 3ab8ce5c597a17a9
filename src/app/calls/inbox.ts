import { isTimeLimit, ringUntil } from '../../domain/call-timeout.ts'
import { type Campaigncall, decideCampaigncall } from '../../domain/campaigncall.ts'
import type { CallNews, LookupAnswer, OriginateAnswer } from '../../domain/carrier.ts'
import { unreachable } from '../../kernel/assert.ts'
import { limits } from '../../limits.ts'
import type { Unit } from '../unit.ts'
import { endCall, hangUp, happenedAt } from './ends.ts'
import { beginActions, hearActions, hearSent } from './flows.ts'
import { connectAgent, missCall } from './offers.ts'
import { endRecording, refuseRecording } from './recordings.ts'
import { fireTimeout, timeoutOf } from './timeout.ts'
import { actionsAtOf, carrierId, goThrough, type InboxItem, saveCall, type Turn } from './turn.ts'

/** Takes in what became known. An item that fails is logged, and the others count. */
export async function recordInbox(turn: Turn, items: readonly InboxItem[]): Promise<void> {
  if (items.length === 0) return
  const { unit, context } = turn
  const loaded = await loadCalls(unit, items)
  await goThrough(turn, async (runOne) => {
    const calls = new Map(loaded.map((call) => [call.id, call]))
    const ids = new Map(loaded.map((call) => [call.referenceId, call.id]))
    for (const item of items) {
      const { type } = item
      const call = calls.get(type === 'SENT' ? item.campaigncallId : (ids.get(callIdOf(item)) ?? ''))
      if (call === undefined) {
        context.log.warn({ callId: type === 'SENT' ? null : callIdOf(item), type }, 'news of a call that nobody knows')
        continue
      }
      const recorded = await runOne(
        () => record(turn, call, item),
        async (error) =>
          context.log.error({ error, campaigncallId: call.id, type }, 'news of a call could not be recorded'),
      )
      if (recorded !== undefined) calls.set(recorded.id, recorded)
    }
  })
}

/** The calls that became known of: by the carrier's ids, or, of what was sent, by ours. */
async function loadCalls({ tx }: Unit, items: readonly InboxItem[]): Promise<Campaigncall[]> {
  const ofCarrier = new Set(items.flatMap((item) => (item.type === 'SENT' ? [] : [callIdOf(item)])))
  const calls = ofCarrier.size === 0 ? [] : await tx.campaigncalls.byReferenceIds([...ofCarrier])
  for (const item of items) {
    const call = item.type === 'SENT' ? await tx.campaigncalls.byId(item.customerId, item.campaigncallId) : null
    if (call !== null) calls.push(call)
  }
  return calls
}

function callIdOf(item: Exclude<InboxItem, { type: 'SENT' }>): string {
  return item.type === 'NEWS' ? item.news.callId : item.callId
}

function record(turn: Turn, call: Campaigncall, item: InboxItem): Promise<Campaigncall> {
  switch (item.type) {
    case 'NEWS':
      return recordNews(turn, call, item.news)
    case 'ORIGINATE_ANSWER':
      return recordOriginateAnswer(turn, call, item.answer)
    case 'LOOKUP_ANSWER':
      return recordLookupAnswer(turn, call, item.answer)
    case 'LOOKUP_FAILED':
      return recordLookupFailure(turn, call, item.outOfReachMs)
    case 'UNSENT':
      return endCall(turn, call, { reason: 'CANCEL', placing: item.why === 'LATE' ? 'UNSENT' : 'PLACED' })
    case 'REFUSED':
      return recordRefusal(turn, call, item.requestId, item.why)
    case 'SENT':
      return hearSent(turn, call, item.sendingId, item.result)
    default:
      return unreachable(item)
  }
}

async function recordNews(turn: Turn, call: Campaigncall, news: CallNews): Promise<Campaigncall> {
  switch (news.type) {
    case 'RINGING':
    case 'EARLY_MEDIA':
      return call.status === 'DONE' ? endUnexpected(turn, call) : lives(turn, call)
    case 'ANSWERED':
      return answer(turn, call, { at: news.at, inferred: false })
    case 'PLAYBACK_ENDED':
    case 'DIGIT':
    case 'MACHINE':
    case 'LEG_CONNECTED':
    case 'LEG_ENDED':
      return hearActions(turn, call, news)
    case 'RECORDING_ENDED':
      return endRecording(turn, call, news)
    case 'AGENT_CONNECTED':
      return connectAgent(turn, call, news.agentId)
    case 'AGENT_MISSED': {
      const agent = await turn.unit.tx.agents.byId(call.customerId, news.agentId)
      if (agent?.campaigncallId !== call.id) return call
      await missCall(turn, agent)
      return (await turn.unit.tx.campaigncalls.byId(call.customerId, call.id)) ?? call
    }
    case 'HANGUP':
      return endCall(turn, call, { reason: news.reason, at: news.at, by: news.by })
    default:
      return unreachable(news)
  }
}

/** What an action asked for will not happen: a recording, which no action waits for, or what one does. */
async function recordRefusal(turn: Turn, call: Campaigncall, requestId: string, why: string): Promise<Campaigncall> {
  if (await refuseRecording(turn, call, requestId, why)) return call
  return hearActions(turn, call, { type: 'REFUSED', requestId, why })
}

/** The call was seen: there is no doubt any more whether it was placed. */
async function lives(turn: Turn, call: Campaigncall): Promise<Campaigncall> {
  if (call.status !== 'DIALING' || call.lookupAt === null || call.endRequest !== null) return call
  return saveCall(turn, call, { ...call, lookupAt: null }, [])
}

async function answer(
  turn: Turn,
  call: Campaigncall,
  { at, inferred }: { at: number; inferred: boolean },
): Promise<Campaigncall> {
  const decided = decideCampaigncall(call, { type: 'ANSWER' }, happenedAt(at, call.createdAt, turn.unit.now), inferred)
  if (decided.step === null) return call
  if (decided.call.status !== 'PROGRESSING') {
    await turn.unit.saveCall(call, decided.call, [decided.step])
    return endUnexpected(turn, decided.call)
  }
  // An answer that crosses a request to end the call is recorded, but nothing is begun on it (docs/rules.md#end-request).
  if (decided.call.endRequest !== null) return saveCall(turn, call, decided.call, [decided.step])
  return beginActions(turn, call, { ...decided.call, lookupAt: null }, [decided.step])
}

/**
 * A call that was given up without the carrier's word and lives after all would ring, or be silent, for nobody: it is hung up.
 */
function endUnexpected(turn: Turn, call: Campaigncall): Campaigncall {
  const givenUp = call.status === 'DONE' && (call.hangupReason === 'UNKNOWN' || call.hangupReason === 'CANCEL')
  if (givenUp) {
    turn.context.log.warn({ campaigncallId: call.id }, 'a call that was given up lives after all; it is hung up')
    turn.commands.push({ type: 'HANG_UP', callId: carrierId(call), reason: 'CANCEL' })
  }
  return call
}

async function recordOriginateAnswer(turn: Turn, call: Campaigncall, answer: OriginateAnswer): Promise<Campaigncall> {
  switch (answer.type) {
    case 'ACCEPTED':
      return call
    case 'REJECTED':
      return endCall(turn, call, { reason: answer.reason, placing: 'REFUSED' })
    case 'NOT_SENT':
      // One whose end was asked for meanwhile is a try like any other (docs/rules.md#attempt-not-placed).
      return endCall(turn, call, { reason: 'CANCEL', placing: call.endRequest === null ? 'UNSENT' : 'PLACED' })
    case 'INDETERMINATE':
      if (call.status !== 'DIALING') return call
      return saveCall(turn, call, { ...call, lookupAt: turn.unit.now }, [])
    default:
      return unreachable(answer)
  }
}

/** A call that may still come about is asked for again; at the end of its ring time it is hung up all the same. */
function doubtOn(turn: Turn, call: Campaigncall): Promise<Campaigncall> {
  const { now } = turn.unit
  if (call.endRequest === null && now >= ringUntil(call)) return hangUp(turn, call, 'NO_ANSWER')
  const again = now + limits.lookupPauseMs
  const lookupAt = now < ringUntil(call) ? Math.min(again, ringUntil(call)) : again
  return saveCall(turn, call, { ...call, lookupAt }, [])
}

/**
 * Until when a request for a call that is on its way may still become one. A clock that was set forward since has not made
 * it any older.
 */
function mayComeUntil({ context }: Turn, call: Campaigncall): number {
  return Math.max(ringUntil(call), context.clockAcceptedAt() + call.dialTimeoutMs) + limits.finalNewsMs
}

/**
 * What the carrier said when it was asked (the tables of durability). Before its ring time is over, "not seen" proves nothing.
 */
async function recordLookupAnswer(turn: Turn, call: Campaigncall, found: LookupAnswer): Promise<Campaigncall> {
  const { now } = turn.unit
  if (call.status === 'DONE') return found.type === 'LIVE' ? endUnexpected(turn, call) : call
  switch (found.type) {
    case 'LIVE': {
      const known = found.state === 'ANSWERED' ? await answer(turn, call, { at: now, inferred: true }) : call
      // Its answer was missed: what follows from it has been seen to already.
      if (known.status === 'DONE' || (known !== call && call.endRequest === null)) return known
      // Still there although its end was asked for: the carrier is told once more.
      const endRequest = known.endRequest && { ...known.endRequest, at: now, sentAt: null }
      const adopted = { ...known, endRequest, lookupAt: null }
      const saved = await saveCall(turn, known, adopted, [], await actionsAtOf(turn, known))
      const duty = await timeoutOf(turn, saved)
      // The carrier was asked because it was late: what is due is done now, before it is late once more.
      if (duty !== null && isTimeLimit(duty.type) && duty.at <= now) return fireTimeout(turn, saved, duty)
      return hearActions(turn, saved, { type: 'MISSED' })
    }
    case 'ENDED': {
      const { answeredAt, endedAt, reason } = found
      const missed =
        answeredAt === null
          ? null
          : decideCampaigncall(call, { type: 'ANSWER' }, happenedAt(answeredAt, call.createdAt, now), true)
      const known = missed?.step ? missed : { call, step: null }
      return endCall(turn, call, { reason, at: endedAt, inferred: true }, known.call, known.step ? [known.step] : [])
    }
    case 'NOT_SEEN':
    case 'CANNOT_TELL': {
      const mayStillCome = call.status === 'DIALING' && now < mayComeUntil(turn, call)
      if (mayStillCome) return doubtOn(turn, call)
      if (call.status === 'DIALING' && found.type === 'NOT_SEEN')
        return endCall(turn, call, { reason: 'CANCEL', placing: 'REFUSED', inferred: true })
      return endCall(turn, call, { reason: 'UNKNOWN', inferred: true })
    }
    default:
      return unreachable(found)
  }
}

/**
 * The carrier could not be asked. A call whose time is over by far is given up as if it could not tell, but not while the
 * carrier may be back in a moment and knows. For one that was answered what is due is done all the same, since nobody may
 * be kept on a line for as long as the carrier is out of reach.
 */
async function recordLookupFailure(turn: Turn, call: Campaigncall, outOfReachMs: number | null): Promise<Campaigncall> {
  const { now } = turn.unit
  if (call.status === 'DONE') return call
  // It was put in doubt again meanwhile, and is asked for anew: what failed before says nothing.
  if (call.lookupAt !== null && call.lookupAt <= now) return call
  if (call.status === 'DIALING') {
    if (outOfReachMs !== null && outOfReachMs < limits.carrierPatienceMs) {
      return saveCall(turn, call, { ...call, lookupAt: now + limits.finalNewsMs }, [])
    }
    const over = now >= mayComeUntil(turn, call)
    return over ? endCall(turn, call, { reason: 'UNKNOWN', inferred: true }) : doubtOn(turn, call)
  }
  const undoubted = { ...call, lookupAt: null }
  const duty = await timeoutOf(turn, undoubted)
  if (duty !== null && duty.at <= now) return fireTimeout(turn, undoubted, duty)
  const lookupAt = Math.min(now + limits.finalNewsMs, duty?.at ?? Number.POSITIVE_INFINITY)
  return saveCall(turn, call, { ...call, lookupAt }, [], await actionsAtOf(turn, call))
}
