import type { Doubts } from '../outside.ts'
import type { Presence } from '../presence.ts'
import type { Commit } from '../witness.ts'

/** Finding out what became of the calls in flight takes at most so long (docs/rules.md#after-restart). */
const reconcilingMaxMs = 10_000

/** Judges how long the engine stays in a state, by what its row says. */
export function createEngineJudge(doubts: Doubts | null, presence: Presence) {
  let state = 'STOPPED'
  let sinceMs = 0
  let process = 0
  return {
    /** A commit, and the state in the row after it. */
    step(commit: Commit, now: string): string[] {
      if (now === state && commit.process === process) return []
      const lastedMs = presence.workedMs(sinceMs, commit.atMs)
      // A connection that has fallen silent is known to be lost only when signs of life have been missing for a while.
      const wasHeld = doubts?.wasBroken(sinceMs, commit.atMs) ?? false
      const isLong = lastedMs > reconcilingMaxMs && !wasHeld
      const tooLong = state === 'RECONCILING' && commit.process === process && isLong
      const finding = `P6: the engine was finding out about calls for ${lastedMs} ms`
      state = now
      sinceMs = commit.atMs
      process = commit.process
      return tooLong ? [finding] : []
    },
  }
}
