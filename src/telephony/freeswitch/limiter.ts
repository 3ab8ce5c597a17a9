import type { Effects } from '../../kernel/effects.ts'

export interface LimiterOptions {
  readonly effects: Pick<Effects, 'monotonic'>
  /** 0 for no limit. */
  readonly callsPerSecond: number
  /** 0 for no limit. */
  readonly callsMax: number
}

/** When a call that found no room may be tried again, in milliseconds, unless another one ends before. */
const roomRetryMs = 1000

/**
 * The driver's own limits, because the switch gives no back-pressure: past its own it refuses in a way that says five different
 * things. At most N·(t + 1) calls are let through in any t seconds.
 */
export function createLimiter({ effects, callsPerSecond, callsMax }: LimiterOptions) {
  const intervalMs = callsPerSecond === 0 ? 0 : 1000 / callsPerSecond
  /** When the calls that were let through would have been placed at an even pace. */
  let evenUntilMs = Number.NEGATIVE_INFINITY

  return {
    /** Lets a call through and returns 0; or returns after how many milliseconds it may be tried again. */
    admit(liveCalls: number): number {
      if (callsMax > 0 && liveCalls >= callsMax) return roomRetryMs
      const nowMs = effects.monotonic()
      const evenMs = Math.max(evenUntilMs, nowMs)
      const tooEarlyMs = Math.ceil(evenMs + intervalMs - nowMs - 1000 - 1e-6)
      if (tooEarlyMs > 0) return tooEarlyMs
      evenUntilMs = evenMs + intervalMs
      return 0
    },
  }
}
