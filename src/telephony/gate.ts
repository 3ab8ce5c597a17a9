import { nextTokenMs, refill, spend, type TokenBucket, tokensIn } from '../domain/pacing.ts'
import type { Effects } from '../kernel/effects.ts'

export interface GateOptions {
  readonly effects: Pick<Effects, 'monotonic'>
  /** 0 for no limit, as the next one. */
  readonly callsPerSecond: number
  readonly callsMax: number
}

export interface Gate {
  /** Lets one more call through and returns null, or returns after how many ms there may be room for it. */
  pass(liveCount: number): number | null
}

/** How soon there may be room when as many calls live as are allowed. */
const fullPauseMs = 1000

/**
 * The trunk's own limits: a switch takes whatever it is given until it breaks, so that it has to be spared from here (telephony 4.5). In
 * any t seconds at most N × (t + 1) calls pass.
 */
export function createGate({ effects, callsPerSecond, callsMax }: GateOptions): Gate {
  let bucket: TokenBucket = { perSecond: callsPerSecond, tokens: callsPerSecond, at: effects.monotonic() }
  return {
    pass(liveCount) {
      if (callsMax > 0 && liveCount >= callsMax) return fullPauseMs
      bucket = refill(bucket, effects.monotonic())
      if (tokensIn(bucket) < 1) return nextTokenMs(bucket)
      bucket = spend(bucket, 1)
      return null
    },
  }
}
