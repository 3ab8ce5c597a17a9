import type { Cancel } from '../kernel/effects.ts'
import { limits } from '../limits.ts'
import type { AgedEntry } from '../store/contract/log.ts'
import type { AppContext } from './context.ts'

const dayMs = 24 * 3600 * 1000

/** Prunes log entries older than the retention time (docs/rules.md#log). */
export interface Pruning {
  /** Prunes one batch in one transaction. Returns whether there may be more. */
  prune(): Promise<boolean>
  /**
   * Prunes in the background: every hour, batch by batch with a pause after each, while `mayPrune` returns true.
   * Several processes may do so. Returns a function that stops it.
   */
  watch(mayPrune: () => boolean): Cancel
}

export function createPruning(context: Pick<AppContext, 'change' | 'effects' | 'log' | 'options'>): Pruning {
  const { effects, log, options } = context
  const keptMs = (options.transitionsKeptDays ?? limits.transitionsKeptDaysDefault) * dayMs

  function prune(): Promise<boolean> {
    return context.change('ALL', async ({ tx, now }) => {
      const { prunedThrough } = await tx.installations.get()
      const batch = await tx.transitions.agedAfter(prunedThrough, limits.batchRowsMax)
      const past = oldPart(batch, now - keptMs)
      const last = past.at(-1)
      if (last === undefined) return false
      const left = await tx.transitions.leftBehind(prunedThrough, last.position, limits.batchRowsMax)
      if (left.length > 0) {
        // These positions are marked as pruned already. The batch itself follows when none of them are left.
        await tx.transitions.remove(left)
        return true
      }
      const doomed = past.filter((entry) => !entry.inFlight).map((entry) => entry.position)
      await tx.transitions.remove(doomed)
      const isFull = past.length === limits.batchRowsMax
      // Entries kept at the end of a full batch are passed over; otherwise the next batch would start with them again.
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
 * The oldest entries, up to the first that is within the retention time. An entry is pruned only together with all
 * before it: one written while the clock was behind looks older than it is, but the entries before it do not. A clock
 * that was ahead keeps entries longer than necessary, never shorter.
 */
function oldPart(entries: readonly AgedEntry[], before: number): readonly AgedEntry[] {
  const end = entries.findIndex((entry) => entry.at >= before)
  return end < 0 ? entries : entries.slice(0, end)
}
