import type { HeardNews } from '../ledger.ts'
import type { Doubts } from '../outside.ts'
import type { Book } from './book.ts'
import { type CommitView, entryOf, type Timing } from './view.ts'

export interface NewsFacts {
  readonly book: Book
  readonly timing: Timing
  readonly news: readonly HeardNews[]
  /** By the carrier's id: when a call was answered at the carrier, on the monotonic clock. */
  readonly answeredMs: ReadonlyMap<string, number>
  /** Null where the carrier can always say what became of a call. */
  readonly doubts: Doubts | null
  /** Whether nothing is lost or late on the way, but by processes that stand still or end. */
  readonly isCalm: boolean
}

/** Reasons of the dialer's own time limits. */
export const limitReasons: ReadonlySet<string> = new Set(['NO_ANSWER', 'TIMEOUT', 'ABANDONED'])

/** What is known comes before what is late (docs/rules.md#news-first): N1 and N2. */
export function createNewsJudge({ book, timing, news, answeredMs, doubts, isCalm }: NewsFacts) {
  /** By process: what it has heard and not recorded. */
  const unrecorded = new Map<number, HeardNews[]>()
  const callIds = new Map<string, string>()
  /** By process: when its first commit began, on the monotonic clock. */
  const beganMs = new Map<number, number>()
  let seen = 0

  function readNews(): void {
    for (; seen < news.length; seen++) {
      const of = news[seen] as HeardNews
      if (of.news.type !== 'ANSWERED' && of.news.type !== 'HANGUP') continue
      const list = unrecorded.get(of.process) ?? []
      unrecorded.set(of.process, list)
      list.push(of)
    }
  }

  function isRecorded({ news: { type, callId } }: HeardNews): boolean {
    const call = book.calls.get(callIds.get(callId) ?? '')
    if (call === undefined) return true
    return type === 'HANGUP' ? call.status === 'DONE' : call.answered_at !== null
  }

  /** What a commit decides that news could have decided otherwise; null where it decides nothing of that kind. */
  function decision({ entries, touched }: CommitView): string | null {
    if (entries.some((entry) => entry.event === 'CREATED')) return 'a call is claimed'
    for (const [id, { before, after }] of touched.calls)
      if (before?.end_reason == null && limitReasons.has(after?.end_reason ?? ''))
        return `call ${id} is ended for ${after?.end_reason}`
    const given = entries.find((of) => of.event === 'ENDED' && of.inferred !== 0 && of.hangup_reason === 'UNKNOWN')
    return given === undefined ? null : `call ${given.campaigncall_id} is given up`
  }

  function judgeOrder(view: CommitView): string[] {
    const { process } = view.commit
    const waiting = (unrecorded.get(process) ?? []).filter((of) => of.commitCount >= view.number || !isRecorded(of))
    unrecorded.set(process, waiting)
    const passedOver = waiting.find((of) => of.commitCount < view.number)
    const decided = passedOver === undefined ? null : decision(view)
    if (passedOver === undefined || decided === null) return []
    const { type, callId } = passedOver.news
    return [`N1: ${decided}, and ${type} of call ${callId} was heard before and is not recorded`]
  }

  /** Somebody of whom it is known at the end of the call that he answered in time was not missed. */
  function judgeEnds(view: CommitView): string[] {
    return [...view.touched.calls].flatMap(([id, { after }]) => {
      if (after?.hangup_reason !== 'NO_ANSWER' || after.answered_at === null) return []
      if (entryOf(view, 'ENDED', id) === undefined || entryOf(view, 'CORRECTED', id) !== undefined) return []
      const leftMs = after.created_at + after.dial_timeout_ms - after.answered_at
      return leftMs > 0 ? [`N2: call ${id} ends NO_ANSWER, and says that it was answered ${leftMs} ms before that`] : []
    })
  }

  /**
   * Nobody is hung up as missed who has answered: where nothing is lost or late, that has arrived before the time was over. A
   * switch that has forgotten the call cannot tell a process which began after that.
   */
  function judgeAnswers({ commit, touched }: CommitView): string[] {
    if (!isCalm) return []
    return [...touched.calls].flatMap(([id, { before, after: call }]) => {
      if (call === null || before?.end_reason === 'NO_ANSWER' || before?.status === 'DONE') return []
      const isMissed = call.end_reason === 'NO_ANSWER' || call.hangup_reason === 'NO_ANSWER'
      const answered = answeredMs.get(call.reference_id ?? '')
      if (!isMissed || answered === undefined || answered >= commit.beganMs) return []
      if (doubts !== null && answered < (beganMs.get(commit.process) ?? 0)) return []
      const leftMs = call.created_at + call.dial_timeout_ms - timing.atOf(answered)
      return leftMs > 0
        ? [`N2: call ${id} is taken for missed, and was answered ${leftMs} ms before its time was over`]
        : []
    })
  }

  return {
    commit(view: CommitView): string[] {
      const { process, beganMs: atMs } = view.commit
      if (!beganMs.has(process)) beganMs.set(process, atMs)
      readNews()
      for (const [id, { after }] of view.touched.calls)
        if (after?.reference_id != null) callIds.set(after.reference_id, id)
      return [...judgeOrder(view), ...judgeEnds(view), ...judgeAnswers(view)]
    },
  }
}
