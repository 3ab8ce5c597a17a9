import type { HeardNews } from '../ledger.ts'
import type { Book } from './book.ts'
import { type CommitView, entryOf, type Timing } from './view.ts'

export interface NewsFacts {
  readonly book: Book
  readonly timing: Timing
  readonly news: readonly HeardNews[]
  /** By the carrier's id: when a call was answered at the carrier, on the monotonic clock. */
  readonly answeredMs: ReadonlyMap<string, number>
  /** Whether nothing is lost or late on the way, but by processes that stand still or end. */
  readonly isCalm: boolean
}

/** Reasons of the dialer's own time limits. */
export const limitReasons: ReadonlySet<string> = new Set(['NO_ANSWER', 'TIMEOUT', 'ABANDONED'])

/** What is known comes before what is late (behaviour 3.0): N1 and N2. */
export function createNewsJudge({ book, timing, news, answeredMs, isCalm }: NewsFacts) {
  /** By process: what it has heard and not recorded. */
  const unrecorded = new Map<number, HeardNews[]>()
  const callIds = new Map<string, string>()
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

  function judgeAnswers(view: CommitView): string[] {
    if (!isCalm) return []
    return [...view.touched.calls.keys()].flatMap((id) => {
      const ended = entryOf(view, 'ENDED', id)
      const call = book.calls.get(id)
      const answered = answeredMs.get(call?.reference_id ?? '')
      if (call === undefined || ended?.hangup_reason !== 'NO_ANSWER' || answered === undefined) return []
      const leftMs = call.created_at + call.dial_timeout_ms - timing.atOf(answered)
      return leftMs > 0
        ? [`N2: call ${id} ended NO_ANSWER, and was answered ${leftMs} ms before its time was over`]
        : []
    })
  }

  return {
    commit(view: CommitView): string[] {
      readNews()
      for (const [id, { after }] of view.touched.calls)
        if (after?.reference_id != null) callIds.set(after.reference_id, id)
      return [...judgeOrder(view), ...judgeAnswers(view)]
    },
  }
}
