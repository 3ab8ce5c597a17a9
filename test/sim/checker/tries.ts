import type { AskedReset } from '../workload.ts'
import { type Book, type CallRow, maxTriesOf, type TargetRow, type Touched } from './book.ts'
import type { EntryRow } from './fold.ts'

/** What became of a call in truth, as the world outside knows it. */
export interface Truth {
  /** Calls that a carrier has accepted, by their carrier's ids, and after how many commits. */
  readonly placed: ReadonlyMap<string, number>
  /** Calls that none has accepted, and that were told of as ended: what the carrier says late of a refusal. */
  readonly endedUnplaced: ReadonlySet<string>
  /** Calls that were asked for. */
  readonly requested: ReadonlySet<string>
  /** Calls that a driver was asked for, whether or not the request left the machine. */
  readonly wanted: ReadonlySet<string>
}

interface Tried {
  /** Calls by destination since the last reset: those that are tries, and those that may be. */
  readonly tries: Map<number, Map<string, 'TRY' | 'PERHAPS'>>
  /** Attempts in a row that were not placed; null where that is not certain. */
  unplacedRun: number | null
  attempt: number
  lastEndAt: number | null
  lastReason: string
  /** False while it is open whether the last attempt counts as one. */
  isLastCertain: boolean
  succeeded: boolean
  /** Is not to be called again before a reset. */
  reached: boolean
}

/** The end of the last attempt of a target; null where it was never tried. */
export interface LastAttempt {
  readonly endAt: number | null
  readonly isCertain: boolean
}

const unknownRestMs = 15 * 60 * 1000

/**
 * Counts tries by what became of the calls, and not by the dialer's own count (docs/rules.md#target-states,
 * docs/rules.md#invariants). Where the documents leave room for two readings of one end, both are held possible.
 */
export function createTryJudge(book: Book, truth: Truth, resets: readonly AskedReset[]) {
  const targets = new Map<string, Tried>()

  function triedOf(targetId: string): Tried {
    const known = targets.get(targetId)
    if (known !== undefined) return known
    const fresh: Tried = {
      ...{ tries: new Map(), unplacedRun: 0, attempt: 0 },
      ...{ lastEndAt: null, lastReason: '', isLastCertain: true, succeeded: false, reached: false },
    }
    targets.set(targetId, fresh)
    return fresh
  }

  function callsAt(tried: Tried, index: number): Map<string, 'TRY' | 'PERHAPS'> {
    const calls = tried.tries.get(index) ?? new Map<string, 'TRY' | 'PERHAPS'>()
    tried.tries.set(index, calls)
    return calls
  }

  const certain = (calls: ReadonlyMap<string, 'TRY' | 'PERHAPS'>) =>
    [...calls.values()].filter((of) => of === 'TRY').length

  /** How a call that has ended counts, before the rule of the third in a row. */
  function verdictOf(call: CallRow): 'TRY' | 'GIVEN_BACK' | 'PERHAPS' {
    const reference = call.reference_id ?? ''
    if (call.reference_type === 'FLOW' || call.hangup_reason === 'UNKNOWN') return 'TRY'
    if (truth.placed.has(reference) || truth.endedUnplaced.has(reference)) return 'TRY'
    if (truth.requested.has(reference)) return 'GIVEN_BACK'
    if (call.hangup_reason === 'INVALID_NUMBER') return 'TRY'
    // Not sent because its end was asked for, or because it was too late as well.
    return call.end_asked_at === null ? 'GIVEN_BACK' : 'PERHAPS'
  }

  /** Not handed over, for our own lateness: that costs the target nothing, however often (N3). */
  function isOurs(entry: EntryRow, call: CallRow): boolean {
    const isUnsent = call.reference_type === 'CALL' && !truth.wanted.has(call.reference_id ?? '')
    const isLate = call.hangup_reason === 'CANCEL' && call.end_asked_at === null && entry.inferred === 0
    return isUnsent && isLate
  }

  function settle(tried: Tried, entry: EntryRow, call: CallRow): 'TRY' | 'GIVEN_BACK' | 'PERHAPS' {
    if (isOurs(entry, call)) return 'GIVEN_BACK'
    const verdict = verdictOf(call)
    if (verdict === 'TRY') {
      tried.unplacedRun = 0
      return 'TRY'
    }
    if (verdict === 'PERHAPS' || tried.unplacedRun === null) {
      tried.unplacedRun = null
      return 'PERHAPS'
    }
    tried.unplacedRun = (tried.unplacedRun + 1) % 3
    return tried.unplacedRun === 0 ? 'TRY' : 'GIVEN_BACK'
  }

  return {
    /** A call that is about to begin. */
    created(entry: EntryRow, call: CallRow): string[] {
      const findings: string[] = []
      const { outdial_target_id: targetId, destination_index: index } = call
      const tried = triedOf(targetId)
      const what = `call ${call.id} to target ${targetId}`
      if (call.attempt !== tried.attempt + 1)
        findings.push(`I3: ${what} is attempt ${call.attempt} after ${tried.attempt}`)
      tried.attempt = call.attempt
      const calls = callsAt(tried, index)
      calls.set(call.id, 'TRY')
      const plan = book.planOf(call.campaign_id)
      const [least, most, max] = [certain(calls), calls.size, maxTriesOf(plan, index)]
      if (least > max) findings.push(`I4: ${what} is try ${least} of destination ${index}, of ${max}`)
      if (call.try_count < least || call.try_count > most)
        findings.push(
          `I4: ${what} says it is try ${call.try_count}, and is ${least === most ? least : `${least} to ${most}`}`,
        )
      if (tried.reached) findings.push(`C5: ${what}, which was reached, without a reset since`)
      const lower = [...book.destinationsOf(book.targets.get(targetId) ?? noTarget)].find(
        (of) => of.index < index && of.unusable === 0 && callsAt(tried, of.index).size < maxTriesOf(plan, of.index),
      )
      if (lower !== undefined)
        findings.push(`C1: ${what} goes to destination ${index}, and ${lower.index} has tries left`)
      if (tried.lastEndAt === null || plan === null) return findings
      const restMs = Math.max(tried.lastReason === 'UNKNOWN' ? unknownRestMs : 0, plan.try_interval_ms)
      const earlyMs = tried.lastEndAt + restMs - entry.at
      if (earlyMs > 0) findings.push(`2.2: ${what} ${earlyMs} ms before its time, after ${tried.lastReason}`)
      return findings
    },
    ended(entry: EntryRow, call: CallRow): string[] {
      const tried = triedOf(call.outdial_target_id)
      const counts = settle(tried, entry, call)
      const calls = callsAt(tried, call.destination_index)
      if (counts === 'GIVEN_BACK') calls.delete(call.id)
      else if (calls.has(call.id)) calls.set(call.id, counts)
      if (counts === 'PERHAPS') tried.isLastCertain = false
      if (counts === 'TRY') {
        tried.lastEndAt = call.ended_at
        tried.lastReason = call.hangup_reason ?? ''
        tried.isLastCertain = true
        tried.succeeded ||= call.result === 'SUCCESS'
        tried.reached ||= isReached(call)
      }
      // The carrier says when a call ended; the log, when that was heard of. Neither is before what came before, though the
      // clock may have been set back since then.
      const { ended_at: endedAt, answered_at: answeredAt, created_at: createdAt } = call
      const before = Math.max(createdAt, answeredAt ?? 0)
      const possible = endedAt !== null && endedAt >= before && endedAt <= Math.max(before, entry.at)
      return possible ? [] : [`I5: call ${call.id} of ${before} ended at ${endedAt}, says the log at ${entry.at}`]
    },
    /** What a commit changed of targets by itself; `endedTargets` are those whose call ended in it. */
    edited({ destinations, targets: rows }: Touched, endedTargets: ReadonlySet<string>, commit: number): string[] {
      const findings: string[] = []
      const reset = new Set<string>()
      for (const { targetId, before, after } of destinations) {
        const tried = triedOf(targetId)
        if (before === null) continue
        if (after === null || after.type !== before.type || after.target !== before.target) {
          tried.tries.delete(before.index)
          continue
        }
        if (after.try_count < before.try_count && !endedTargets.has(targetId)) reset.add(targetId)
      }
      // Of a target whose addresses were changed since nothing else tells.
      for (const [id, { before, after }] of rows) if (before?.reached === 1 && after?.reached === 0) reset.add(id)
      for (const targetId of reset) {
        const tried = triedOf(targetId)
        const outdialId = book.targets.get(targetId)?.outdial_id
        const asked = resets.filter((of) => of.outdialId === outdialId && of.from <= commit && commit <= of.until)
        const fits = asked.some((of) => of.which === 'ALL' || (of.which === 'SUCCEEDED') === tried.succeeded)
        if (!fits) findings.push(`I4: the tries of target ${targetId} became fewer without a reset that says so`)
        tried.tries.clear()
        tried.succeeded = false
        tried.reached = false
      }
      return findings
    },
    /** Whether a target certainly has no try left, or one of its destinations may have one. */
    mayHaveTry(target: TargetRow, campaignId: string): { readonly certainly: boolean; readonly perhaps: boolean } {
      const plan = book.planOf(campaignId)
      const tried = triedOf(target.id)
      let certainly = false
      let perhaps = false
      for (const { index, unusable } of book.destinationsOf(target)) {
        if (unusable !== 0) continue
        const calls = callsAt(tried, index)
        const max = maxTriesOf(plan, index)
        if (calls.size < max) certainly = true
        if (certain(calls) < max) perhaps = true
      }
      return { certainly, perhaps }
    },
    /** From when on a target may be dialed again; null where it never was. */
    restUntil(target: TargetRow, campaignId: string): { readonly until: number | null; readonly isCertain: boolean } {
      const { lastEndAt, lastReason, isLastCertain: isCertain } = triedOf(target.id)
      const plan = book.planOf(campaignId)
      if (lastEndAt === null || plan === null) return { until: null, isCertain }
      const restMs = Math.max(lastReason === 'UNKNOWN' ? unknownRestMs : 0, plan.try_interval_ms)
      return { until: lastEndAt + restMs, isCertain }
    },
    lastAttempt(targetId: string): LastAttempt {
      const { lastEndAt, isLastCertain } = triedOf(targetId)
      return { endAt: lastEndAt, isCertain: isLastCertain }
    },
  }
}

const noTarget: TargetRow = { id: '', position: 0, outdial_id: '', status: '', reached: 0, deleted_at: null }

/** What leaves a target in peace until a reset (docs/rules.md#campaign-flow, docs/rules.md#target-states). */
function isReached({ hangup_reason: reason, reference_type: type }: CallRow): boolean {
  return reason === 'NORMAL' || reason === 'TIMEOUT' || (type === 'FLOW' && reason === 'UNKNOWN')
}

export type TryJudge = ReturnType<typeof createTryJudge>
