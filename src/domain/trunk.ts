/**
 * Whether the carrier's own interface takes calls (behaviour 2.7). A refusal by the switch itself pauses the trunk for
 * 1, 2, 4 … 60 s; then one call is placed, and the others only when that one was accepted.
 */
export type Trunk =
  | { readonly state: 'OPEN' }
  | { readonly state: 'PAUSED'; readonly until: number; readonly pauseMs: number }
  | { readonly state: 'TRYING'; readonly pauseMs: number }

const firstPauseMs = 1000
const longestPauseMs = 60_000

export const openTrunk: Trunk = { state: 'OPEN' }

/** The trunk after a refusal; `retryAfterMs` is what the switch asked for, if it did. */
export function refuseTrunk(trunk: Trunk, now: number, retryAfterMs = 0): Trunk {
  if (trunk.state === 'PAUSED') return { ...trunk, until: Math.max(trunk.until, now + retryAfterMs) }
  const pauseMs = trunk.state === 'OPEN' ? firstPauseMs : Math.min(longestPauseMs, trunk.pauseMs * 2)
  return { state: 'PAUSED', until: now + Math.max(pauseMs, retryAfterMs), pauseMs }
}

/** How many calls the trunk takes now; Infinity when it is open. */
export function trunkRoom(trunk: Trunk, now: number): number {
  if (trunk.state === 'OPEN') return Number.POSITIVE_INFINITY
  return trunk.state === 'PAUSED' && trunk.until <= now ? 1 : 0
}

/** The trunk once the one call after a pause has been handed over. */
export function tryTrunk(trunk: Trunk): Trunk {
  return trunk.state === 'PAUSED' ? { state: 'TRYING', pauseMs: trunk.pauseMs } : trunk
}
