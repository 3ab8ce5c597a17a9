import type { Cancel } from '../kernel/effects.ts'
import { limits } from '../limits.ts'
import type { AgedEntry } from '../store/transitions.ts'
import type { AppContext } from './context.ts'

const dayMs = 24 * 3600 * 1000

/** Takes out of the log what is older than the time it is kept (docs/rules.md#log). */
export interface Pruning {
  /** One batch, one transaction. Returns whether there may be more. */
  prune(): Promise<boolean>
  /**
   * Prunes in the background from now on: every hour, batch by batch with a pause after each, while `mayPrune` says so.
   * Any number of processes may do it. Returns what ends it.
   */
  watch(mayPrune: () => boolean): Cancel
}

export function createPruning(context: Pick<AppContext, 'change' | 'effects' | 'log' | 'options'>): Pruning {
  const { effects, log, options } = context
  const keptMs = (options.transitionsKeptDays ?? limits.transitionsKeptDaysDefault) * dayMs

  function prune(): Promise<boolean> {
    return context.change(async ({ tx, now }) => {
      const { prunedThrough } = await tx.installations.get()
      const batch = await tx.transitions.agedAfter(prunedThrough, limits.batchRowsMax)
      const past = oldPart(batch, now - keptMs)
      const last = past.at(-1)
      if (last === undefined) return false
      const left = await tx.transitions.leftBehind(prunedThrough, last.position, limits.batchRowsMax)
      if (left.length > 0) {
        // Readers are behind these already; the batch has its turn when no more of them are left.
        await tx.transitions.remove(left)
        return true
      }
      const doomed = past.filter((entry) => !entry.inFlight).map((entry) => entry.position)
      await tx.transitions.remove(doomed)
      const isFull = past.length === limits.batchRowsMax
      // What is kept at the end of a full batch is passed, or the next one would begin with it again.
      const through = isFull ? last.position : doomed.at(-1)
      if (through !== undefined) await tx.installations.setPrunedThrough(through)
      return isFull
    })
  }

  return {
    prune,
    watch(mayPrune) {
      let ended = false
      let cancel: Cancel = () => {}
      const wait = (pauseMs: number) => {
        if (!ended) cancel = effects.timer(pauseMs, () => void pass(), { background: true })
      }
      const pass = async () => {
        const more =
          mayPrune() &&
          (await prune().catch((error: unknown) => {
            log.warn({ error }, 'the log could not be pruned; it is tried again later')
            return false
          }))
        wait(more ? limits.prunePauseMs : limits.pruneEveryMs)
      }
      wait(limits.pruneFirstMs)
      return () => {
        ended = true
        cancel()
      }
    },
  }
}

/**
 * The oldest entries, up to the first that is not past its time. An entry is pruned only when it and all before it are: what
 * was written while the clock was behind claims to be older than it is, but what stands before it tells. A clock that was
 * ahead keeps entries longer than need be, never shorter.
 */
function oldPart(entries: readonly AgedEntry[], before: number): readonly AgedEntry[] {
  const end = entries.findIndex((entry) => entry.at >= before)
  return end < 0 ? entries : entries.slice(0, end)
}
