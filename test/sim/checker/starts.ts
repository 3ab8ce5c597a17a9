import type { Book } from './book.ts'
import type { CommitView } from './view.ts'

export interface StartFacts {
  readonly book: Book
  readonly callsPerSecond: number
  /** Calls that a driver was asked for. */
  readonly wanted: ReadonlySet<string>
}

/** A call that is not handed over within this time of its commit is not placed (durability, step 2). */
const handOverWithinMs = 2000

/**
 * How many calls start at once: in any second as many as are allowed, and a tenth of them in any 100 ms (N4, behaviour 4.6);
 * after calls that were too late to be handed over one, then 2, 4 … (N3, 2.7).
 */
export function createStartJudge({ book, callsPerSecond, wanted }: StartFacts) {
  const times: number[] = []
  /** By process: how many calls it may claim at once. */
  const atOnce = new Map<number, number>()
  /** When a call was claimed, on the monotonic clock. */
  const claimedMs = new Map<string, number>()

  let lateMs = Number.NEGATIVE_INFINITY

  function judgeRate(atMs: number, count: number): string[] {
    for (let i = 0; i < count; i++) times.push(atMs)
    if (callsPerSecond === 0) return []
    const within = (ms: number) => times.filter((of) => of > atMs - ms).length
    const [inSecond, inBurst] = [within(1000), within(100)]
    const burstMax = Math.ceil(callsPerSecond / 10)
    return [
      ...(inSecond > callsPerSecond ? [`N4: ${inSecond} calls started within a second, of ${callsPerSecond}`] : []),
      ...(inBurst > burstMax ? [`N4: ${inBurst} calls started within 100 ms, of ${burstMax}`] : []),
    ]
  }

  /** Whether calls came back that could not be handed over in time. */
  function wereLate({ commit, entries }: CommitView): boolean {
    return entries.some((entry) => {
      const call = book.calls.get(entry.campaigncall_id)
      const isUnsent = entry.event === 'ENDED' && entry.hangup_reason === 'CANCEL' && entry.inferred === 0
      if (!isUnsent || call?.end_reason !== null || wanted.has(call.reference_id ?? '')) return false
      return commit.beganMs - (claimedMs.get(call.id) ?? commit.beganMs) > handOverWithinMs
    })
  }

  function judgeAtOnce(view: CommitView, begun: readonly string[]): string[] {
    const { process, beganMs } = view.commit
    for (const id of begun) claimedMs.set(id, beganMs)
    if (wereLate(view)) {
      atOnce.set(process, 1)
      lateMs = beganMs
    }
    const most = atOnce.get(process) ?? Number.POSITIVE_INFINITY
    if (begun.length > 0) atOnce.set(process, most * 2)
    return begun.length > most ? [`N3: ${begun.length} calls are claimed at once, of ${most}`] : []
  }

  return {
    /** When calls came back for the last time that could not be handed over in time, on the monotonic clock. */
    wasLateAt: () => lateMs,
    commit(view: CommitView): string[] {
      const begun = view.entries.filter((entry) => entry.event === 'CREATED').map((entry) => entry.campaigncall_id)
      return [...judgeRate(view.commit.atMs, begun.length), ...judgeAtOnce(view, begun)]
    },
  }
}
