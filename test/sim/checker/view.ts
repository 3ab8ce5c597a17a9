import type { Presence } from '../presence.ts'
import type { Commit } from '../witness.ts'
import type { Touched } from './book.ts'
import type { EntryRow } from './fold.ts'

/** A commit as the rules look at it: the book is as it left it, the fold as far as its entries were taken. */
export interface CommitView {
  readonly commit: Commit
  /** Counted from 1. */
  readonly number: number
  readonly entries: readonly EntryRow[]
  readonly touched: Touched
}

/** The entry of a commit that tells of that, or undefined. */
export function entryOf(
  { entries }: CommitView,
  event: string,
  callId: string | null,
  agentId: string | null = null,
): EntryRow | undefined {
  return entries.find(
    (entry) =>
      entry.kind === 'CAMPAIGNCALL' &&
      entry.event === event &&
      (callId === null || entry.campaigncall_id === callId) &&
      (agentId === null || entry.agent_id === agentId),
  )
}

/** How late something was done, or has not been done yet. */
export interface Timing {
  /**
   * For how many milliseconds an engine was at work since a moment of the dialer's clock; null where the clock was set meanwhile,
   * so that nobody can tell.
   */
  lateMs(dueAt: number, at: Pick<Commit, 'beganMs' | 'clockSets'>): number | null
  /** A moment of the monotonic clock on the dialer's, as long as that was not set. */
  atOf(monotonicMs: number): number
}

/** `startsAt` is what the dialer's clock showed when the monotonic one showed 0. */
export function createTiming(presence: Presence, startsAt: number): Timing {
  return {
    lateMs: (dueAt, { beganMs, clockSets }) => (clockSets > 0 ? null : presence.workedMs(dueAt - startsAt, beganMs)),
    atOf: (monotonicMs) => startsAt + monotonicMs,
  }
}
