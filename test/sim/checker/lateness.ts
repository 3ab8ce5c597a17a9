import type { CarrierRequest, Refusal } from '../ledger.ts'
import type { Commit } from '../witness.ts'
import type { Book, CallRow, CampaignRow } from './book.ts'
import type { Fold } from './fold.ts'
import { limitsAgainst, type ProcessLimits } from './limits.ts'
import type { OfferJudge } from './offers.ts'
import type { TargetOrder } from './targets.ts'
import type { TryJudge } from './tries.ts'
import type { CommitView, Timing } from './view.ts'

export interface LatenessFacts {
  readonly book: Book
  readonly fold: Fold
  readonly tries: TryJudge
  readonly order: TargetOrder
  readonly offers: OfferJudge
  readonly limits: ProcessLimits
  readonly timing: Timing
  readonly refusals: readonly Refusal[]
  readonly requests: readonly CarrierRequest[]
  /** Longest call after the answer. */
  readonly callDurationMaxMs: number
  /** Whether nothing is known of what else may hold calls back: limits of a driver's own. */
  readonly hasOtherLimits: boolean
  /** When calls came back for the last time that could not be handed over in time, on the monotonic clock. */
  wasLateAt(): number
  /** Whether a process runs the engine. */
  isEngine(process: number): boolean
}

type Moment = Pick<Commit, 'beganMs' | 'clockSets'>

/** What is said of an idle machine (docs/rules.md#reaction). */
const reactionMs = 50
/** How often a process looks for what others have committed. */
const othersMs = 250
/**
 * The pause of a trunk after the first refusal, which each more may double, and the longest (docs/rules.md#attempt-not-placed).
 */
const firstPauseMs = 1000
const longestPauseMs = 60_000
/** What a switch asks for, the answer to the call that tries it, and some more. */
const trunkAnswerMs = 15_000
/** Refusals that an engine may still be pausing for. */
const trunkMemoryMs = 15 * 60_000
/**
 * The second that calls are counted in: a little longer, so that they are no more in a second at the carrier either
 * (docs/rules.md#call-rate).
 */
const pacedSecondMs = 1050
/** A network that has no room slows the calls down to one a second. */
const slowedMs = 1000
const slowingEnds = 10
/**
 * A call that is too late to be handed over, and the pause after it: meanwhile no other is claimed
 * (docs/rules.md#attempt-unsent).
 */
const lateCallMs = 4000
/** The machine may be as slow as that for a while. */
const lateMemoryMs = 60_000

/**
 * What is late: a due target that has room and is not called (L1), a time limit that is not acted on, or too early (L2), and a
 * call that waits for somebody who is free (L3). Counted is the time in which an engine was at work.
 */
export function createLatenessJudge(facts: LatenessFacts) {
  const { book, fold, tries, order, offers, limits, timing, refusals, requests } = facts
  /** By campaign: since when, on the dialer's clock, somebody could have been called. */
  const readySince = new Map<string, number>()
  /** By call: since when somebody free could have taken it. */
  const waitsSince = new Map<string, number>()
  /** By queue: when its wait time-out was last changed. */
  const waitSetAt = new Map<string, number>()
  /** By call: when it was last in doubt what becomes of it. */
  const doubtedUntil = new Map<string, number>()
  const said = new Set<string>()
  /** By process: how many calls it has asked for, of the requests that were counted. */
  const asked = new Map<number, number>()
  let requestsSeen = 0
  let congestions = 0
  let now = 0
  /** The process that dials, and whether it could reach the carrier at its last commit. */
  let dialing = 0
  let isReachable = false
  /** When a process without an engine has written something for the last time: the one that dials sees it a moment later. */
  let foreignMs = Number.NEGATIVE_INFINITY

  function once(key: string, finding: string): string[] {
    if (said.has(key)) return []
    said.add(key)
    return [finding]
  }

  /** How many calls the process that dials has asked for: one that nobody ever answers for is as good as refused. */
  function callsAsked(atMs: number): number {
    for (let of = requests[requestsSeen]; of !== undefined && of.atMs <= atMs; of = requests[++requestsSeen])
      if (of.what === 'ORIGINATE') asked.set(of.process, (asked.get(of.process) ?? 0) + 1)
    return asked.get(dialing) ?? 0
  }

  /** How long a campaign may have to wait although nothing that the book knows holds it back. */
  function boundMs(atMs: number): number {
    const others = [...fold.campaigns.values()].filter((status) => status === 'RUN').length
    const perTurn = limits.callsPerSecond > 0 ? pacedSecondMs / limits.callsPerSecond : 0
    const paced = limits.callsPerSecond > 0 ? pacedSecondMs + others * perTurn : 0
    const slowed = congestions >= slowingEnds ? (others + 1) * slowedMs : 0
    const isPaused = refusals.some((of) => of.atMs > atMs - trunkMemoryMs && of.atMs <= atMs)
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** (callsAsked(atMs) - 1)) + trunkAnswerMs
    const late = atMs - facts.wasLateAt() <= lateMemoryMs ? (others + 1) * lateCallMs : 0
    return reactionMs + paced + slowed + late + (isPaused ? (others + 1) * pauseMs : 0)
  }

  /** The moment from which on a campaign can call somebody; null where something holds it back. */
  function readyAt({ id, type, outdial_id: outdialId }: CampaignRow): number | null {
    if (fold.campaigns.get(id) !== 'RUN' || book.isJudging(outdialId ?? '')) return null
    const state = book.engineState()
    if (state !== 'RUNNING' && !(type === 'FLOW' && state === 'WAITING_FOR_CARRIER')) return null
    if (type === 'CALL' && !isReachable) return null
    const campaign = book.campaigns.get(id)
    if (campaign === undefined || limitsAgainst(fold, book, limits, campaign).length > 0) return null
    let least: number | null = null
    for (const target of book.targetsOf(outdialId ?? '')) {
      if (!order.isCandidate(target, id, Number.POSITIVE_INFINITY)) continue
      const { until } = tries.restUntil(target, id)
      const at = until ?? Number.NEGATIVE_INFINITY
      if (least === null || at < least) least = at
      if (until === null) break
    }
    return least
  }

  function noteCampaigns(view: CommitView): void {
    const { commit, entries } = view
    const began = new Set(entries.flatMap((of) => (of.event === 'CREATED' ? of.campaign_id : [])))
    const seenAt = facts.isEngine(commit.process) ? now : now + othersMs
    // What a process before it has started counts for a second: a new one begins with none to spare.
    if (facts.isEngine(commit.process) && commit.process !== dialing) readySince.clear()
    if (facts.isEngine(commit.process)) {
      dialing = commit.process
      isReachable = commit.isReachable
    }
    for (const campaign of book.campaigns.values()) {
      const { id } = campaign
      const at = readyAt(campaign)
      if (at === null) readySince.delete(id)
      else if (began.has(id) || !readySince.has(id)) readySince.set(id, Math.max(at, seenAt))
      else if (at > (readySince.get(id) ?? 0)) readySince.set(id, at)
    }
  }

  function noteWaiting({ commit }: CommitView): void {
    const seenAt = facts.isEngine(commit.process) ? now : now + othersMs
    for (const id of waitsSince.keys()) if (fold.calls.get(id)?.status !== 'PROGRESSING') waitsSince.delete(id)
    for (const { id, status, connected, ringing, queueId } of fold.inFlight) {
      const row = book.calls.get(id)
      const isWaiting = status === 'PROGRESSING' && !connected && ringing.size === 0 && offers.joinedAt(id) !== null
      const mayBeOffered = isWaiting && row?.end_reason === null && row.lookup_at === null
      const isFree = (agentId: string) => fold.agents.get(agentId) === 'AVAILABLE'
      if (!mayBeOffered || !book.membersOf(queueId ?? '').some(isFree)) waitsSince.delete(id)
      else if (!waitsSince.has(id)) waitsSince.set(id, seenAt)
    }
  }

  /** The limit of a call that comes first, by the settings of this moment; null where it has none. */
  function limitOf(row: CallRow): { readonly reason: string; readonly at: number } | null {
    if (row.reference_type !== 'CALL' || row.end_reason !== null || row.status === 'DONE') return null
    if (row.status === 'DIALING') return { reason: 'NO_ANSWER', at: row.created_at + row.dial_timeout_ms }
    const duration = { reason: 'TIMEOUT', at: (row.answered_at ?? 0) + facts.callDurationMaxMs }
    const waitMs = book.queues.get(row.queue_id ?? '')?.wait_timeout_ms ?? 0
    const joinedAt = offers.joinedAt(row.id)
    const isWaiting = row.phase === 'WAITING' || row.phase === 'OFFERED'
    if (!isWaiting || waitMs === 0 || joinedAt === null) return duration
    const wait = { reason: 'ABANDONED', at: joinedAt + waitMs }
    return wait.at < duration.at ? wait : duration
  }

  function judgeLimits(at: Moment): string[] {
    const findings: string[] = []
    for (const { id } of fold.inFlight) {
      const row = book.calls.get(id)
      const limit = row === undefined ? null : limitOf(row)
      if (row === undefined || limit === null) continue
      // While it is in doubt how the call is, it is asked for first, and afterwards what is due is done.
      if (row.lookup_at !== null) continue
      const setAt = limit.reason === 'ABANDONED' ? (waitSetAt.get(row.queue_id ?? '') ?? 0) : 0
      const dueAt = Math.max(limit.at, setAt, doubtedUntil.get(id) ?? 0)
      const lateMs = timing.lateMs(dueAt, at) ?? 0
      if (lateMs > (at.beganMs - foreignMs <= 2 * othersMs ? othersMs : 0))
        findings.push(
          ...once(
            `${id} ${limit.reason}`,
            `${row.phase === 'OFFERED' ? 'N5' : 'L2'}: call ${id} goes on ${lateMs} ms after ${limit.reason} was due`,
          ),
        )
    }
    return findings
  }

  /** A limit that was acted on before its time. */
  function judgeAsked({ touched }: CommitView): string[] {
    const findings: string[] = []
    for (const [id, { before, after }] of touched.calls) {
      if (after === null || after.end_asked_at === null || before?.end_reason != null) continue
      const { end_reason: reason, end_asked_at: askedAt } = after
      const waitMs = book.queues.get(after.queue_id ?? '')?.wait_timeout_ms ?? 0
      const dueAt = {
        NO_ANSWER: after.created_at + after.dial_timeout_ms,
        TIMEOUT: (after.answered_at ?? 0) + facts.callDurationMaxMs,
        ABANDONED: (offers.joinedAt(id) ?? 0) + waitMs,
      }[reason ?? '']
      if (dueAt !== undefined && askedAt < dueAt)
        findings.push(`L2: call ${id} is ended for ${reason} ${dueAt - askedAt} ms before its time`)
    }
    return findings
  }

  return {
    /** What is late at a moment; before the commit of that moment, if there is one. */
    overdue(at: Moment): string[] {
      const findings = judgeLimits(at)
      for (const [id, since] of waitsSince) {
        const lateMs = timing.lateMs(since, at) ?? 0
        if (lateMs > 0)
          findings.push(...once(`${id} waits`, `L3: call ${id} waits for ${lateMs} ms though an agent is free`))
      }
      if (facts.hasOtherLimits) return findings
      for (const [id, since] of readySince) {
        const lateMs = timing.lateMs(since, at) ?? 0
        const mostMs = boundMs(at.beganMs)
        if (lateMs > mostMs)
          findings.push(
            ...once(`${id} ${since}`, `L1: campaign ${id} could call somebody for ${lateMs} ms, and did not`),
          )
      }
      return findings
    },
    /** After a commit. */
    commit(view: CommitView): string[] {
      const { entries, touched } = view
      now = timing.atOf(view.commit.atMs)
      if (!facts.isEngine(view.commit.process)) foreignMs = view.commit.atMs
      for (const { event, hangup_reason: reason } of entries)
        if (event === 'ENDED' && reason === 'CONGESTION') congestions++
      for (const [id, { before, after }] of touched.calls)
        if (before?.lookup_at != null || after?.lookup_at !== null) doubtedUntil.set(id, now)
      for (const [id, { before, after }] of touched.queues)
        if (before?.wait_timeout_ms !== after?.wait_timeout_ms) waitSetAt.set(id, now)
      noteWaiting(view)
      if (!facts.hasOtherLimits) noteCampaigns(view)
      return judgeAsked(view)
    },
  }
}
