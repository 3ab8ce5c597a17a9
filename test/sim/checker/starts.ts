import type { Book, CallRow } from './book.ts'
import type { CommitView } from './view.ts'

export interface StartFacts {
  readonly book: Book
  readonly callsPerSecond: number
  /** Calls that a driver was asked for. */
  readonly wanted: ReadonlySet<string>
}

/** A call that is not handed over within this time of its commit is not placed (docs/rules.md#request-once). */
const handOverWithinMs = 2000

/**
 * How many calls start at once: in any second as many as are allowed, and a tenth of them in any 100 ms (N4,
 * docs/rules.md#call-rate); after calls that were too late to be handed over one, then 2, 4 … (N3, 2.7).
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

  /** Calls that came back because they could not be handed over in time. */
  function lateCalls({ commit, entries }: CommitView): CallRow[] {
    return entries.flatMap((entry) => {
      const call = book.calls.get(entry.campaigncall_id)
      const isUnsent = entry.event === 'ENDED' && entry.hangup_reason === 'CANCEL' && entry.inferred === 0
      if (!isUnsent || call?.end_reason !== null || wanted.has(call.reference_id ?? '')) return []
      return commit.beganMs - (claimedMs.get(call.id) ?? commit.beganMs) > handOverWithinMs ? [call] : []
    })
  }

  /** The try of a late call is given back in the commit that ends it. */
  function judgeTries({ touched }: CommitView, late: readonly CallRow[]): string[] {
    return late.flatMap(({ id, outdial_target_id: targetId, destination_index: index, try_count: tryCount }) => {
      const target = book.targets.get(targetId)
      if (target === undefined || touched.destinations.some((of) => of.targetId === targetId)) return []
      const destination = [...book.destinationsOf(target)].find((of) => of.index === index)
      const isCounted = destination !== undefined && destination.try_count >= tryCount
      return isCounted ? [`N3: call ${id} could not be handed over in time, and counts as try ${tryCount}`] : []
    })
  }

  function judgeAtOnce(view: CommitView, begun: readonly string[]): string[] {
    const { process, beganMs } = view.commit
    for (const id of begun) claimedMs.set(id, beganMs)
    const late = lateCalls(view)
    if (late.length > 0) {
      atOnce.set(process, 1)
      lateMs = beganMs
    }
    const most = atOnce.get(process) ?? Number.POSITIVE_INFINITY
    if (begun.length > 0) atOnce.set(process, most * 2)
    const tooMany = begun.length > most ? [`N3: ${begun.length} calls are claimed at once, of ${most}`] : []
    return [...tooMany, ...judgeTries(view, late)]
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
