import { unreachable } from '../kernel/assert.ts'
import type { OriginateAnswer } from './carrier.ts'

/**
 * Whether the carrier's own interface accepts calls (docs/rules.md#attempt-not-placed). A refusal by the switch itself
 * pauses the trunk for 1, 2, 4 … 60 s; then one trial call is placed, and the others only after it was accepted.
 */
export type Trunk =
  | { readonly state: 'OPEN' }
  | { readonly state: 'PAUSED'; readonly until: number; readonly pauseMs: number }
  /** The trial call after a pause was handed over, and its answer is pending. */
  | { readonly state: 'TRYING'; readonly callId: string; readonly pauseMs: number }

const firstPauseMs = 1000
const longestPauseMs = 60_000

export const openTrunk: Trunk = { state: 'OPEN' }

/** How many calls the trunk accepts now; Infinity when it is open. */
export function trunkRoom(trunk: Trunk, now: number): number {
  if (trunk.state === 'OPEN') return Number.POSITIVE_INFINITY
  return trunk.state === 'PAUSED' && trunk.until <= now ? 1 : 0
}

/** The trunk when a call is handed over: the first one after a pause is the trial. */
export function tryTrunk(trunk: Trunk, callId: string): Trunk {
  return trunk.state === 'PAUSED' ? { state: 'TRYING', callId, pauseMs: trunk.pauseMs } : trunk
}

/**
 * The trunk after an answer to an originate request. Only an accepted trial opens it again: the acceptance of a call
 * that was pending when another was refused says nothing about the pause.
 */
export function answerTrunk(trunk: Trunk, callId: string, answer: OriginateAnswer, now: number): Trunk {
  const ofTrial = trunk.state === 'TRYING' && trunk.callId === callId
  switch (answer.type) {
    case 'ACCEPTED':
      return ofTrial ? openTrunk : trunk
    case 'REJECTED':
      return pause(trunk, now, answer.retryAfterMs ?? 0)
    case 'INDETERMINATE':
      return ofTrial ? pause(trunk, now, 0) : trunk
    case 'NOT_SENT':
      // The carrier was not asked: the next call becomes the trial at once.
      return ofTrial ? { state: 'PAUSED', until: now, pauseMs: trunk.pauseMs } : trunk
    default:
      return unreachable(answer)
  }
}

/** `retryAfterMs` is what the switch asked for, if anything. Refusals during a pause do not lengthen the next one. */
function pause(trunk: Trunk, now: number, retryAfterMs: number): Trunk {
  if (trunk.state === 'PAUSED') return { ...trunk, until: Math.max(trunk.until, now + retryAfterMs) }
  const pauseMs = trunk.state === 'OPEN' ? firstPauseMs : Math.min(longestPauseMs, trunk.pauseMs * 2)
  return { state: 'PAUSED', until: now + Math.max(pauseMs, retryAfterMs), pauseMs }
}
