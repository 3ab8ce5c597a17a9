import { addStarts, callRateRoom, emptyCallRate, nextStartMs } from '../../domain/call-rate.ts'
import type { Effects } from '../../kernel/effects.ts'
import type { DriverRoom } from '../driver.ts'

export interface CallLimiterOptions {
  readonly effects: Pick<Effects, 'monotonic'>
  /** 0 for no limit, as the next one. */
  readonly callsPerSecond: number
  readonly callsMax: number
}

export interface CallLimiter {
  /** How many calls would pass now. */
  room(liveCount: number): DriverRoom
  /** Lets one more call through and returns null, or returns after how many ms there may be room for it. */
  pass(liveCount: number): number | null
}

/** How soon there may be room when as many calls live as are allowed. */
const fullPauseMs = 1000

/**
 * The trunk's own limits: a switch takes whatever it is given until it breaks, so it has to be spared from here
 * (docs/rules.md#trunk-limits). At most N calls pass in any one second.
 */
export function createCallLimiter({ effects, callsPerSecond, callsMax }: CallLimiterOptions): CallLimiter {
  let rate = emptyCallRate(callsPerSecond)

  function room(liveCount: number): DriverRoom {
    const free = callsMax === 0 ? Number.POSITIVE_INFINITY : Math.max(0, callsMax - liveCount)
    if (free === 0) return { calls: 0, againInMs: fullPauseMs }
    const at = effects.monotonic()
    return { calls: Math.min(free, callRateRoom(rate, at)), againInMs: nextStartMs(rate, at) }
  }

  return {
    room,
    pass(liveCount) {
      const { calls, againInMs } = room(liveCount)
      if (calls < 1) return againInMs
      rate = addStarts(rate, 1, effects.monotonic())
      return null
    },
  }
}
