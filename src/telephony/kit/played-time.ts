import type { Effects } from '../../kernel/effects.ts'

/** Adds up for how long a playback was heard: a list of recordings is played one by one, with pauses in between. */
export interface PlayedTime {
  begins(): void
  ends(): void
  /** In whole ms, up to now while it is played. */
  ms(): number
}

export function createPlayedTime(effects: Pick<Effects, 'monotonic'>): PlayedTime {
  let played = 0
  let since: number | null = null
  const current = () => (since === null ? 0 : effects.monotonic() - since)
  return {
    begins() {
      since ??= effects.monotonic()
    },
    ends() {
      played += current()
      since = null
    },
    ms: () => Math.round(played + current()),
  }
}
