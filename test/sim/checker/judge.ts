import type { CarrierRequest } from '../ledger.ts'
import type { Doubts } from '../outside.ts'
import type { Received } from '../subscribers.ts'
import type { Change, Commit, Witness } from '../witness.ts'
import type { AskedReset } from '../workload.ts'
import { type CallRow, createBook, type Touched } from './book.ts'
import { judgeAgents, judgeWaiting, recount } from './counters.ts'
import { createEngineJudge } from './engine.ts'
import { createFold, type EntryRow, type FoldedCall } from './fold.ts'
import { createRateJudge, limitsAgainst, type ProcessLimits } from './limits.ts'
import { judgeReaders } from './readers.ts'
import { type Beginning, type Connections, createReconciliationJudge, judgeRequests } from './requests.ts'
import { judgeStillness } from './stillness.ts'
import { createTryJudge } from './tries.ts'

/** What a judge is shown: the three logs, the file, and what the world outside knows to be true. */
export interface Evidence {
  readonly witness: Witness
  readonly requests: readonly CarrierRequest[]
  readonly connections: Connections
  /** Calls that a carrier has accepted, and after how many commits. */
  readonly placed: ReadonlyMap<string, number>
  readonly endedUnplaced: ReadonlySet<string>
  readonly doubts: Doubts | null
  readonly received: readonly Received[]
  readonly resets: readonly AskedReset[]
  readonly limits: ProcessLimits
}

/** The wall clock and what the dialer has agreed to may be this far apart. */
const clockApartMaxMs = 5000

/**
 * Holds a run against durability.md, I1 to I12, and the rules of behaviour.md that the finding names. It shares nothing with
 * the dialer: neither its decisions nor its SQL. It can be asked again and again, and goes on where it was.
 */
export function createJudge(evidence: Evidence) {
  const { witness, requests, limits } = evidence
  const book = createBook()
  const fold = createFold()
  const { placed, endedUnplaced } = evidence
  const truth = { placed, endedUnplaced, requested: new Set<string>() }
  const tries = createTryJudge(book, truth, evidence.resets)
  const rate = createRateJudge(limits.callsPerSecond)
  const engine = createEngineJudge(evidence.doubts)
  const beginnings = new Map<string, Beginning>()
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

  function judgeCommit(
    commit: Commit,
    changes: readonly Change[],
    entries: readonly EntryRow[],
    reconciliation: ReturnType<typeof createReconciliationJudge>,
  ): string[] {
    const changed = book.apply(changes)
    const touched = touchedIds(changed, entries)
    const findings = engine.step(commit, book.engineState())
    log.push(...entries)
    const ended = entries.filter((entry) => entry.event === 'ENDED')
    const endedTargets = new Set(ended.map((entry) => book.calls.get(entry.campaigncall_id)?.outdial_target_id ?? ''))
    findings.push(...tries.edited(changed.destinations, endedTargets, seen))
    for (const entry of entries) {
      const call = entry.kind === 'CAMPAIGNCALL' ? (book.calls.get(entry.campaigncall_id) ?? null) : null
      if (entry.event === 'CREATED' && call !== null)
        findings.push(...judgeCreated(commit, entry, call, reconciliation))
      findings.push(...fold.take(entry, call))
      if (entry.event === 'ENDED' && call !== null)
        findings.push(...judgeReason(call), ...judgeUnknown(commit, call), ...tries.ended(entry, call))
    }
    return [...findings, ...compare(touched)]
  }

  function judgeCreated(
    commit: Commit,
    entry: EntryRow,
    call: CallRow,
    reconciliation: ReturnType<typeof createReconciliationJudge>,
  ): string[] {
    const findings: string[] = []
    const { id, campaign_id: campaignId, outdial_target_id: targetId } = call
    const campaign = book.campaigns.get(campaignId)
    const campaignStatus = fold.campaigns.get(campaignId) ?? 'STOP'
    if (campaignStatus !== 'RUN') findings.push(`I10: call ${id} was committed of a campaign that is ${campaignStatus}`)
    const flying = [...fold.inFlight].find((of) => of.targetId === targetId)
    if (flying) findings.push(`I3: calls ${flying.id} and ${id} are both in flight for target ${targetId}`)
    if (campaign !== undefined) {
      for (const limit of limitsAgainst(fold, book, limits, campaign)) findings.push(`I8: call ${id} against ${limit}`)
    }
    if (rate.exceeds(commit.beganMs)) findings.push(`I8: call ${id} against the calls per second`)
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
   * The first stored wish to end a call is its reason (behaviour 3.4), unless nothing could be learned of it, or it had not come
   * to the carrier by then: what is still not seen after its time is CANCEL (durability), also where a clock that was set forward
   * has made it older than it is, and it is on its way.
   */
  function judgeReason({ id, reference_id: reference, end_reason: asked, hangup_reason: reason }: CallRow): string[] {
    const placedAfter = evidence.placed.get(reference ?? '') ?? Number.POSITIVE_INFINITY
    if (asked === null || placedAfter >= seen || reason === asked || reason === 'UNKNOWN') return []
    return [`3.4: call ${id} ended ${reason}, though ${asked} was asked for before`]
  }

  /** Only what could not be known is unknown (durability, P6). */
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

  return {
    /** What is wrong with what was committed since the last time. */
    readCommits,
    /** Whether nothing is waited for but time: at a real switch the engine may still be finding out about calls. */
    isSettled: () => evidence.doubts === null || book.engineState() === 'RUNNING',
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
      return [...findings, ...this.judgePause(now)]
    },
  }
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

export type Judge = ReturnType<typeof createJudge>
