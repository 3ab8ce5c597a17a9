import type { Effects } from './effects.ts'

/** Shares the event loop with the rest of the program. */
export interface LoopBudget {
  /** Undefined while the budget lasts; otherwise a promise that resolves after the event loop has run. */
  pass(): Promise<void> | undefined
}

/**
 * A budget shared by many tasks that each do a little at a time, so that together they do not hold the event loop for
 * longer than `holdMaxMs`. A budget for each would not do: a thousand tasks would hold the loop a thousand times as
 * long.
 */
export function createLoopBudget(
  { monotonic, yieldToLoop }: Pick<Effects, 'monotonic' | 'yieldToLoop'>,
  holdMaxMs: number,
): LoopBudget {
  let heldSince: number | null = null
  let turn: Promise<void> | null = null
  return {
    pass() {
      const now = monotonic()
      if (heldSince === null) {
        heldSince = now
        turn = yieldToLoop().then(() => {
          heldSince = null
          turn = null
        })
      }
      return now - heldSince > holdMaxMs ? (turn ?? undefined) : undefined
    },
  }
}
