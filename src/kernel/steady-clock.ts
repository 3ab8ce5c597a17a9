import type { Effects } from './effects.ts'

/** A wall clock that continues evenly when the machine's own is set to another time. */
export interface SteadyClock {
  /** In whole milliseconds since 1970: the machine's time, unless that has jumped. */
  now(): number
  /**
   * How far the machine's clock is ahead of this one in milliseconds, negative when it is behind; 0 while they agree.
   */
  apartMs(): number
  /** Accepts the machine's time, however far it differs. */
  accept(): void
  /**
   * When the machine's time was last accepted after a jump, in the accepted time: earlier readings are of another time.
   * -Infinity for never.
   */
  acceptedAt(): number
}

/**
 * Follows differences of up to `apartMaxMs` since the last reading, as they come from clock synchronisation. A larger
 * one is a jump, and a process cannot know which of the two times is wrong: until the machine's clock is back, or is
 * accepted, this clock follows the monotonic one, so that no interval becomes shorter or longer.
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
