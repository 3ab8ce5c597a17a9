/**
 * How many calls may be claimed in one tick. A call that would reach the carrier more than 2 s after its commit is not
 * placed. After one that was late because of this process, one call is claimed, then 2, 4 … while calls are in time
 * (docs/rules.md#attempt-unsent).
 */
export interface HandOver {
  /** Infinity while calls are handed over in time. */
  readonly claimsMax: number
}

export const promptHandOver: HandOver = { claimsMax: Number.POSITIVE_INFINITY }

/** After a tick with a call that was not handed over in time. */
export const lateHandOver: HandOver = { claimsMax: 1 }

/** True while calls are claimed one at a time. */
export function isOneAtATime({ claimsMax }: HandOver): boolean {
  return claimsMax === 1
}

/** After a tick that claimed `claimed` calls, all handed over in time. */
export function afterPrompt(of: HandOver, claimed: number, claimsPerTickMax: number): HandOver {
  if (claimed === 0 || of.claimsMax === Number.POSITIVE_INFINITY) return of
  const claimsMax = of.claimsMax * 2
  return claimsMax >= claimsPerTickMax ? promptHandOver : { claimsMax }
}
