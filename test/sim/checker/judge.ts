import type { CopyDeed } from '../copies.ts'
import type { CarrierRequest, HeardNews, Refusal } from '../ledger.ts'
import type { Doubts } from '../outside.ts'
import type { Presence } from '../presence.ts'
import type { Handed } from '../recipients.ts'
import type { Received } from '../subscribers.ts'
import type { Change, Commit, Witness } from '../witness.ts'
import type { AskedReset, AskedStatus } from '../workload.ts'
import { createAgentJudge } from './agents.ts'
import { type CallRow, createBook, type Touched } from './book.ts'
import { judgeAgents, judgeWaiting, recount } from './counters.ts'
import { createEngineJudge } from './engine.ts'
import { createErrandJudge } from './errands.ts'
import { createFold, type EntryRow, type FoldedCall } from './fold.ts'
import { createLatenessJudge } from './lateness.ts'
import { createRateJudge, limitsAgainst, type ProcessLimits } from './limits.ts'
import { createNewsJudge, limitReasons } from './news-first.ts'
import { createOfferJudge } from './offers.ts'
import { judgeReaders } from './readers.ts'
import { type ActionContext, type Connections, createReconciliationJudge, judgeRequests } from './requests.ts'
import { createSendingJudge } from './sendings.ts'
import { createStartJudge } from './starts.ts'
import { judgeStillness } from './stillness.ts'
import { createTargetOrder } from './targets.ts'
import { createTermJudge } from './terms.ts'
import { createTryJudge } from './tries.ts'
import { createTurnJudge } from './turns.ts'
import { type CommitView, createTiming } from './view.ts'

/** What a judge is shown: the logs, the file, and what the world outside knows to be true. */
export interface Evidence {
  readonly witness: Witness
  readonly requests: readonly CarrierRequest[]
  readonly news: readonly HeardNews[]
  readonly refusals: readonly Refusal[]
  readonly connections: Connections
  /** Calls that a carrier has accepted, and after how many commits. */
  readonly placed: ReadonlyMap<string, number>
  readonly wanted: ReadonlySet<string>
  readonly endedUnplaced: ReadonlySet<string>
  readonly answeredMs: ReadonlyMap<string, number>
  readonly doubts: Doubts | null
  readonly received: readonly Received[]
  readonly resets: readonly AskedReset[]
  readonly statuses: readonly AskedStatus[]
  readonly handed: readonly Handed[]
  readonly copies: readonly CopyDeed[]
  readonly presence: Presence
  /** What the dialer's clock showed when the monotonic one showed 0. */
  readonly startsAt: number
  readonly limits: ProcessLimits
  readonly callDurationMaxMs: number
  /** Whether nothing is lost or late on the way to the carrier. */
  readonly isCalm: boolean
  /** Whether a process ran the engine. */
  isEngine(process: number): boolean
}

/** The wall clock and what the dialer has agreed to may be this far apart. */
const clockApartMaxMs = 5000

/**
 * Holds a run against the invariants (docs/rules.md#invariants). It shares nothing with the dialer: neither its decisions nor
 * its SQL. It can be asked again and again, and goes on where it was.
 */
export function createJudge(evidence: Evidence) {
  const { witness, requests, limits, placed, endedUnplaced, wanted, presence, startsAt } = evidence
  const book = createBook()
  const fold = createFold()
  const timing = createTiming(presence, startsAt)
  const truth = { placed, endedUnplaced, wanted, requested: new Set<string>() }
  const tries = createTryJudge(book, truth, evidence.resets)
  const rate = createRateJudge(limits.callsPerSecond)
  const engine = createEngineJudge(evidence.doubts, evidence.presence)
  const agents = createAgentJudge({ ...evidence, book, fold, timing, asked: evidence.statuses })
  const offers = createOfferJudge({ book, fold, agents })
  const order = createTargetOrder({ book, fold, tries })
  const turns = createTurnJudge({ book, fold, limits, order })
  const starts = createStartJudge({ book, wanted, callsPerSecond: limits.callsPerSecond })
  const lateness = createLatenessJudge({
    ...{ ...evidence, book, fold, timing, tries, order, offers, wasLateAt: starts.wasLateAt },
    hasOtherLimits: evidence.doubts !== null && !evidence.isCalm,
  })
  const errands = createErrandJudge({ book, fold, timing, requests })
  const sendings = createSendingJudge(evidence.handed)
  const terms = createTermJudge()
  const newsFirst = createNewsJudge({ ...evidence, book, timing })
  const beginnings = new Map<string, ActionContext>()
  const log: EntryRow[] = []
  const entriesAfter = witness.db.prepare('select * from "transition" where position > ? order by position')
  let seen = 0

  /** Every commit since the last look. */
  function readCommits(): string[] {
    const findings: string[] = []
    for (const { what, callId } of requests) if (what === 'ORIGINATE') truth.requested.add(callId)
    const reconciliation = createReconciliationJudge(requests, evidence.connections)
    const last = witness.history[seen - 1]
    const changes = witness.changesAfter(last?.changeEnd ?? 0)
    const entries = entriesAfter.all(last?.entryEnd ?? 0) as EntryRow[]
    let change = 0
    let entry = 0
    while (seen < witness.history.length) {
      const commit = witness.history[seen++] as Commit
      const own: Change[] = []
      for (let of = changes[change]; of && of.position <= commit.changeEnd; of = changes[++change]) own.push(of)
      const steps: EntryRow[] = []
      for (let of = entries[entry]; of && of.position <= commit.entryEnd; of = entries[++entry]) steps.push(of)
      const found = judgeCommit(commit, own, steps, reconciliation)
      findings.push(...found.map((finding) => `${finding} (commit ${seen}, entry ${commit.entryEnd})`))
    }
    return findings
  }

  function overdue(moment: Pick<Commit, 'beganMs' | 'clockSets'>): string[] {
    return [...agents.overdue(moment), ...lateness.overdue(moment), ...errands.overdue(moment)]
  }

  function judgeCommit(
    commit: Commit,
    changes: readonly Change[],
    entries: readonly EntryRow[],
    reconciliation: ReturnType<typeof createReconciliationJudge>,
  ): string[] {
    const findings = overdue(commit)
    const touched = book.apply(changes)
    const view: CommitView = { commit, number: seen, entries, touched }
    findings.push(...engine.step(commit, book.engineState()), ...terms.commit(view))
    log.push(...entries)
    const ended = entries.filter((entry) => entry.event === 'ENDED')
    const endedTargets = new Set(ended.map((entry) => book.calls.get(entry.campaigncall_id)?.outdial_target_id ?? ''))
    findings.push(...tries.edited(touched, endedTargets, seen))
    offers.begin(view)
    entries.forEach((entry, place) => {
      findings.push(...judgeEntry(view, entry, place, reconciliation))
    })
    errands.commit(view, evidence.isEngine(commit.process))
    const ids = touchedIds(touched, entries)
    return [
      ...findings,
      ...compare(ids),
      ...agents.commit(view),
      ...offers.commit(view),
      ...lateness.commit(view),
      ...sendings.commit(view),
      ...newsFirst.commit(view),
      ...starts.commit(view),
    ]
  }

  function judgeEntry(
    view: CommitView,
    entry: EntryRow,
    place: number,
    reconciliation: ReturnType<typeof createReconciliationJudge>,
  ): string[] {
    const { commit } = view
    const call = entry.kind === 'CAMPAIGNCALL' ? (book.calls.get(entry.campaigncall_id) ?? null) : null
    const findings: string[] = []
    if (entry.event === 'CREATED' && call !== null) findings.push(...judgeCreated(view, place, call, reconciliation))
    if (entry.event === 'AGENT_RINGING') findings.push(...offers.offer(view, place))
    findings.push(...fold.take(entry, call))
    if (entry.kind === 'AGENT') findings.push(...agents.step(view, entry))
    if (entry.event === 'ENDED' && call !== null)
      findings.push(...judgeReason(call), ...judgeUnknown(commit, call), ...tries.ended(entry, call))
    return findings
  }

  function judgeCreated(
    view: CommitView,
    place: number,
    call: CallRow,
    reconciliation: ReturnType<typeof createReconciliationJudge>,
  ): string[] {
    const findings: string[] = []
    const { commit } = view
    const entry = view.entries[place] as EntryRow
    const { id, campaign_id: campaignId, outdial_target_id: targetId } = call
    const campaign = book.campaigns.get(campaignId)
    const campaignStatus = fold.campaigns.get(campaignId) ?? 'STOP'
    if (campaignStatus !== 'RUN') findings.push(`I10: call ${id} was committed of a campaign that is ${campaignStatus}`)
    const flying = fold.dialed.get(targetId)
    if (flying) findings.push(`I3: calls ${flying.id} and ${id} are both in flight for target ${targetId}`)
    if (campaign !== undefined) {
      for (const limit of limitsAgainst(fold, book, limits, campaign)) findings.push(`I8: call ${id} against ${limit}`)
    }
    if (rate.exceeds(commit.beganMs)) findings.push(`I8: call ${id} against the calls per second`)
    findings.push(...order.judge(entry, campaignId, targetId), ...turns.judge(view, place, campaignId))
    findings.push(...tries.created(entry, call))
    if (Math.abs(commit.apartMs) > clockApartMaxMs)
      findings.push(`P8: call ${id} while the clock was ${commit.apartMs} ms off`)
    if (call.reference_type === 'CALL') {
      if (!commit.isReachable) findings.push(`P8: call ${id} while the carrier was out of reach`)
      const inFlight = [...fold.inFlight].flatMap(
        (of) => beginnings.get(book.calls.get(of.id)?.reference_id ?? '') ?? [],
      )
      for (const { call: other } of reconciliation.forgotten(seen, commit, inFlight))
        findings.push(`P6: call ${id} before it was asked what became of call ${other.id}`)
    }
    if (call.reference_id !== null)
      beginnings.set(call.reference_id, { call, commit: seen, atMs: commit.atMs, campaignStatus })
    return findings
  }

  /**
   * The first stored wish to end a call is its reason (docs/rules.md#end-request), unless nothing could be learned of it, or it
   * had not come to the carrier by then: what is still not seen after its time is CANCEL (docs/rules.md#after-restart), also
   * where a clock that was set forward has made it older than it is, and it is on its way. A time limit is no reason where the
   * call had ended before it (docs/rules.md#news-first).
   */
  function judgeReason(call: CallRow): string[] {
    const { id, reference_id: reference, end_reason: asked, hangup_reason: reason } = call
    const placedAfter = evidence.placed.get(reference ?? '') ?? Number.POSITIVE_INFINITY
    if (limitReasons.has(asked ?? '') && (call.ended_at ?? 0) < (call.end_asked_at ?? 0)) return []
    if (asked === null || placedAfter >= seen || reason === asked || reason === 'UNKNOWN') return []
    return [`3.4: call ${id} ended ${reason}, though ${asked} was asked for before`]
  }

  /** Only what could not be known is unknown (docs/rules.md#honest-unknown). */
  function judgeUnknown({ process, beganMs: atMs }: Commit, { id, reference_id, hangup_reason }: CallRow): string[] {
    if (evidence.doubts === null || hangup_reason !== 'UNKNOWN' || reference_id === null) return []
    const begunMs = beginnings.get(reference_id)?.atMs ?? 0
    const complaint = evidence.doubts.unknown(reference_id, { process, begunMs, atMs })
    return complaint === null ? [] : [`P6: call ${id} ended UNKNOWN, but ${complaint}`]
  }

  /** Folding the transitions gives the rows (I5), of whatever a commit has touched. */
  function compare(touched: TouchedIds): string[] {
    const findings: string[] = []
    const same = (what: string, folded: unknown, row: unknown) => {
      if (folded !== row) findings.push(`I5: ${what}: ${folded} by the log, ${row} in its row`)
    }
    for (const id of touched.calls) compareCall(id, fold.calls.get(id), book.calls.get(id), same)
    for (const id of touched.agents)
      same(`status of agent ${id}`, fold.agents.get(id) ?? 'OFFLINE', book.agents.get(id)?.status)
    for (const id of touched.campaigns)
      same(`status of campaign ${id}`, fold.campaigns.get(id) ?? 'STOP', book.campaigns.get(id)?.status)
    for (const id of touched.targets) {
      const isDialed = [...fold.inFlight].some((call) => call.targetId === id)
      same(`target ${id} in flight`, isDialed, book.targets.get(id)?.status === 'PROGRESSING')
    }
    return findings
  }

  /** What is late although nothing was written. */
  function judgeNow(monotonicMs: number): string[] {
    const moment = { beganMs: monotonicMs, clockSets: witness.history.at(-1)?.clockSets ?? 0 }
    return [...overdue(moment)]
  }

  return {
    /** What is wrong with what was committed since the last time. */
    readCommits,
    judgeNow,
    /** Whether nothing is waited for but time: at a real switch the engine may still be finding out about calls. */
    isSettled: (atMs: number) =>
      (evidence.doubts === null || book.engineState() === 'RUNNING') && atMs - starts.wasLateAt() > claimsPauseMs,
    /** What is wrong at a moment at which nothing is left to happen without time passing, and nothing was lost or late. */
    judgePause: (now: number): string[] => [
      ...recount(witness.db),
      ...judgeAgents(witness.db),
      ...judgeWaiting(witness.db),
      ...judgeStillness({ fold, book, tries, limits, now }),
    ],
    /** What is wrong at the end, when everything has come to rest. */
    judgeRest(now: number): string[] {
      const findings = [...judgeRequests(requests, beginnings), ...judgeReaders(evidence.received, log)]
      const { count } = witness.db.prepare('select count(*) as count from "transition"').get() as { count: number }
      if (count !== log.length) findings.push(`I7: ${count} entries in the log, of which ${log.length} came in order`)
      for (const call of fold.inFlight) findings.push(`I12: call ${call.id} is still ${call.status}`)
      for (const [id, status] of fold.agents)
        if (status === 'RINGING' || status === 'BUSY') findings.push(`I12: agent ${id} is still ${status}`)
      findings.push(...sendings.rest(), ...judgeCopies(evidence.copies))
      return [...findings, ...this.judgePause(now)]
    },
  }
}

/** After a call that could not be handed over in time nothing is claimed for so long (docs/rules.md#attempt-unsent). */
const claimsPauseMs = 1000

/** What a copy of the database must leave to the original (N8): it does not know what has happened since. */
function judgeCopies(deeds: readonly CopyDeed[]): string[] {
  return deeds.map(({ what, how, id }) => `N8: a copy (${how}) that was started asks for ${what} of ${id}`)
}

type TouchedIds = ReturnType<typeof touchedIds>

/** What a commit has written, or says in its entries that it has. */
function touchedIds({ calls, agents, campaigns, targets }: Touched, entries: readonly EntryRow[]) {
  const ids = {
    ...{ calls: new Set(calls.keys()), agents: new Set(agents.keys()) },
    ...{ campaigns: new Set(campaigns.keys()), targets: new Set(targets.keys()) },
  }
  for (const { kind, campaigncall_id, campaign_id, agent_id } of entries) {
    if (kind === 'CAMPAIGNCALL') ids.calls.add(campaigncall_id)
    if (kind === 'CAMPAIGN') ids.campaigns.add(campaign_id)
    if (kind === 'AGENT' && agent_id !== null) ids.agents.add(agent_id)
  }
  return ids
}

type Same = (what: string, folded: unknown, row: unknown) => void

function compareCall(id: string, call: FoldedCall | undefined, row: CallRow | undefined, same: Same): void {
  same(`call ${id}`, call !== undefined, row !== undefined)
  if (call === undefined || row === undefined) return
  same(`status of call ${id}`, call.status, row.status)
  same(`version of call ${id}`, call.version, row.version)
  same(`result of call ${id}`, call.result, row.result)
  same(`reason of call ${id}`, call.reason, row.hangup_reason)
  same(`agent of call ${id}`, call.agentId, row.agent_id)
  same(`answer of call ${id}`, call.answered, row.answered_at !== null)
  const isUnserved = call.status === 'PROGRESSING' && !call.connected && call.ringing.size === 0
  same(`call ${id} without an agent`, isUnserved, row.phase === 'ACTIONS' || row.phase === 'WAITING')
}
