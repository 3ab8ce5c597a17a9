import type { Cancel, Effects } from '../kernel/effects.ts'

export interface AdaptiveRateOptions {
  readonly effects: Pick<Effects, 'monotonic' | 'timer'>
  readonly perSecondMax: number
}

/** How fast a receiver is asked that says when it is too fast, and not how fast it may be. */
export interface AdaptiveRate {
  /**
   * Settles with true when one may be asked, or with false when that is not within that time. Those that were asked before and
   * were too many come first, or the others would leave them no time.
   */
  turn(withinMs: number, wasThrottled: boolean): Promise<boolean>
  /** One was taken. */
  taken(): void
  /** One that was asked at that time, by the monotonic clock, was too many. */
  throttled(askedAtMs: number): void
  /** Nobody who waits gets a turn any more. */
  close(): void
}

const startPerSecond = 100
const perSecondMin = 1
/** Receivers meter per second. */
const pauseMs = 1000
/** What a timer was late is made up for; what nobody asked for in the meantime is not. */
const latenessMaxMs = 10

/**
 * Rises by what is taken, twofold a second before it was throttled first and by one a second after; falls to half, with a pause,
 * when throttled. What was asked before the last fall says nothing of the pace after it.
 */
export function createAdaptiveRate({ effects, perSecondMax }: AdaptiveRateOptions): AdaptiveRate {
  const waiting: { finish: (isGiven: boolean) => void; readonly wasThrottled: boolean }[] = []
  let perSecond = Math.min(startPerSecond, perSecondMax)
  let fellAtMs = Number.NEGATIVE_INFINITY
  let nextAtMs = Number.NEGATIVE_INFINITY
  let cancelTimer: Cancel | null = null
  let isClosed = false

  /** Gives the turns that are due, and sees to the next. */
  function give(): void {
    if (cancelTimer !== null) return
    const nowMs = effects.monotonic()
    const [next] = waiting
    if (next === undefined) return
    if (nowMs >= nextAtMs) {
      nextAtMs = Math.max(nextAtMs, nowMs - latenessMaxMs) + 1000 / perSecond
      next.finish(true)
    }
    if (waiting.length === 0) return
    cancelTimer = effects.timer(nextAtMs - nowMs, () => {
      cancelTimer = null
      give()
    })
  }

  return {
    turn(withinMs, wasThrottled) {
      if (isClosed) return Promise.resolve(false)
      return new Promise((resolve) => {
        const finish = (isGiven: boolean) => {
          cancel()
          waiting.splice(waiting.indexOf(entry), 1)
          resolve(isGiven)
        }
        const cancel = effects.timer(withinMs, () => finish(false))
        const entry = { finish, wasThrottled }
        const before = waiting.findIndex((other) => wasThrottled && !other.wasThrottled)
        waiting.splice(before < 0 ? waiting.length : before, 0, entry)
        give()
      })
    },
    taken() {
      const isUntried = fellAtMs === Number.NEGATIVE_INFINITY
      perSecond = Math.min(perSecondMax, perSecond + (isUntried ? 1 : 1 / perSecond))
    },
    throttled(askedAtMs) {
      if (askedAtMs < fellAtMs) return
      fellAtMs = effects.monotonic()
      perSecond = Math.max(perSecondMin, perSecond / 2)
      nextAtMs = fellAtMs + pauseMs
    },
    close() {
      isClosed = true
      cancelTimer?.()
      for (const { finish } of [...waiting]) finish(false)
    },
  }
}
