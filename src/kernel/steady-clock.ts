import type { Effects } from './effects.ts'

/** A wall clock that goes on evenly when the machine's own is set to another time. */
export interface SteadyClock {
  /** In whole milliseconds since 1970: the machine's time, unless that has jumped. */
  now(): number
  /** How far the machine's clock is ahead of this one in milliseconds, negative when it is behind; 0 while they agree. */
  apartMs(): number
  /** Takes the machine's time for the right one, however far it is apart. */
  accept(): void
  /** When that was last done, by the time of then; before it, this clock showed another time. -Infinity for never. */
  acceptedAt(): number
}

/**
 * Differences of up to `apartMaxMs` since the last look are followed: that is how clocks are kept right. A larger one is
 * a jump, and nobody can know from inside which of the two times is wrong: until the machine's clock is back, or is
 * accepted, time is counted by the monotonic one, so that no interval becomes shorter or longer by it.
 */
export function createSteadyClock(effects: Pick<Effects, 'now' | 'monotonic'>, apartMaxMs: number): SteadyClock {
  let agreedAt = effects.now()
  let agreedMonotonic = effects.monotonic()
  let acceptedAt = Number.NEGATIVE_INFINITY

  function look() {
    const wall = effects.now()
    const monotonic = effects.monotonic()
    const steady = agreedAt + Math.floor(monotonic - agreedMonotonic)
    const agrees = Math.abs(wall - steady) <= apartMaxMs
    if (agrees) {
      agreedAt = wall
      agreedMonotonic = monotonic
    }
    return { wall, steady, agrees }
  }

  return {
    now() {
      const { wall, steady, agrees } = look()
      return agrees ? wall : steady
    },
    apartMs() {
      const { wall, steady, agrees } = look()
      return agrees ? 0 : wall - steady
    },
    accept() {
      agreedAt = effects.now()
      agreedMonotonic = effects.monotonic()
      acceptedAt = agreedAt
    },
    acceptedAt: () => acceptedAt,
  }
}
