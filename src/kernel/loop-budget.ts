import type { Effects } from './effects.ts'

/** Takes turns with the rest of the program. */
export interface LoopBudget {
  /** Settles at once, or after others have had the event loop when it has been held for too long. */
  pass(): Promise<void> | undefined
}

/**
 * Shared by many who each do a little at a time, so that together they do not hold the event loop longer than
 * `holdMaxMs` in a row. Counting what each does by itself would not do: a thousand of them hold it a thousand times.
 */
export function createLoopBudget(
  { monotonic, breathe }: Pick<Effects, 'monotonic' | 'breathe'>,
  holdMaxMs: number,
): LoopBudget {
  let heldSince: number | null = null
  let turn: Promise<void> | null = null
  return {
    pass() {
      const now = monotonic()
      if (heldSince === null) {
        heldSince = now
        turn = breathe().then(() => {
          heldSince = null
          turn = null
        })
      }
      return now - heldSince > holdMaxMs ? (turn ?? undefined) : undefined
    },
  }
}
