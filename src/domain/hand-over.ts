/**
 * How many calls may be claimed at once. A call that is handed to the carrier later than 2 s after its commit is not placed;
 * after one that was late by our own doing one call is claimed, then 2, 4 … as calls are in time again
 * (docs/rules.md#attempt-unsent).
 */
export interface HandOver {
  /** Infinity while calls are handed over in time. */
  readonly claimsMax: number
}

export const promptHandOver: HandOver = { claimsMax: Number.POSITIVE_INFINITY }

/** After a tick one of whose calls was not handed over in time. */
export const lateHandOver: HandOver = { claimsMax: 1 }

/** Only one call is claimed at a time. */
export function isOneAtATime({ claimsMax }: HandOver): boolean {
  return claimsMax === 1
}

/** After a tick that has claimed so many calls, all of which were handed over in time. */
export function afterPrompt(of: HandOver, claimed: number, claimsPerTickMax: number): HandOver {
  if (claimed === 0 || of.claimsMax === Number.POSITIVE_INFINITY) return of
  const claimsMax = of.claimsMax * 2
  return claimsMax >= claimsPerTickMax ? promptHandOver : { claimsMax }
}
