/**
 * Calls per second as a sliding window: at most N starts in any one second, wherever it begins, and at most a share of
 * N within any shorter window. Carriers meter in this way and refuse the excess. Times are milliseconds of a monotonic
 * clock.
 */
export interface CallRate {
  /** N; 0 for no limit. */
  readonly perSecond: number
  /**
   * Factor by which every window is longer than nominal: 1 or more. Requests reach the carrier with a varying delay;
   * longer windows here keep them apart there.
   */
  readonly widening: number
  /** In each window at most its share of N may start. */
  readonly windows: readonly Window[]
  /** Starts that still count, the oldest first. */
  readonly starts: readonly Starts[]
}

export interface Window {
  readonly ms: number
  /** Above 0, up to 1. */
  readonly share: number
}

interface Starts {
  readonly at: number
  readonly count: number
}

/** What a call rate allows, for reports and for processes that do not start calls. */
export interface CallAllowance {
  /** 0 for no limit. */
  readonly perSecond: number
  /** Calls that may start now; ignored without a limit. */
  readonly room: number
  /** When another call may start, if there is no room now. */
  readonly nextAt: number
}

const second: Window = { ms: 1000, share: 1 }
const burst: Window = { ms: 100, share: 0.1 }

/** A second with its starts spread: at most a tenth of them within any 100 ms (docs/rules.md#call-rate). */
export const spreadSecond: readonly Window[] = [second, burst]

/** A rate without recent starts. By default all N may start at once. */
export function emptyCallRate(
  perSecond: number,
  { widening = 1, windows = [second] }: Partial<Pick<CallRate, 'widening' | 'windows'>> = {},
): CallRate {
  return { perSecond, widening, windows, starts: [] }
}

/** Earlier starts are unknown: assumes a full second of them, so that a restart causes no burst. */
export function fullCallRate(empty: CallRate, at: number): CallRate {
  return addStarts(empty, empty.perSecond, at)
}

/** How many calls may start at that moment; Infinity without a limit. */
export function callRateRoom(rate: CallRate, at: number): number {
  const { perSecond, widening, windows, starts } = rate
  if (perSecond === 0) return Number.POSITIVE_INFINITY
  const rooms = windows.map((window) => startsMax(perSecond, window) - countSince(starts, at - window.ms * widening))
  return Math.max(0, Math.min(...rooms))
}

/** Milliseconds until another call may start, rounded up; 0 when one may start now. */
export function nextStartMs(rate: CallRate, at: number): number {
  const { perSecond, widening, windows, starts } = rate
  if (callRateRoom(rate, at) > 0) return 0
  const freeAt = windows.map((window) => leavesAt(starts, startsMax(perSecond, window), window.ms * widening, at))
  return Math.max(1, Math.ceil(Math.max(...freeAt) - at))
}

/** The rate after `count` calls were started. */
export function addStarts(rate: CallRate, count: number, at: number): CallRate {
  if (rate.perSecond === 0 || count === 0) return rate
  const counting = rate.starts.filter((of) => of.at > at - second.ms * rate.widening)
  return { ...rate, starts: [...counting, { at, count }] }
}

/** Changes the limit. Earlier starts count toward the new one. */
export function changeCallRate(rate: CallRate, perSecond: number): CallRate {
  return { ...rate, perSecond, starts: perSecond === 0 ? [] : rate.starts }
}

/** The allowance at `at` of the rate's own clock, which is `now` of the wall clock. */
export function allowanceOf(rate: CallRate, at: number, now: number): CallAllowance {
  const { perSecond } = rate
  if (perSecond === 0) return unlimitedCalls
  return { perSecond, room: callRateRoom(rate, at), nextAt: now + nextStartMs(rate, at) }
}

export const unlimitedCalls: CallAllowance = { perSecond: 0, room: 0, nextAt: 0 }

/** How many calls an allowance lets start at that moment; Infinity without a limit. */
export function allowanceRoom({ perSecond, room, nextAt }: CallAllowance, now: number): number {
  if (perSecond === 0) return Number.POSITIVE_INFINITY
  return room > 0 || now < nextAt ? room : 1
}

/** An allowance after `count` calls, until its engine reports a new one. */
export function takeAllowance(allowance: CallAllowance, count: number, now: number): CallAllowance {
  return { ...allowance, room: Math.max(0, allowance.room - count), nextAt: now + burst.ms }
}

/** Rounded up: a tenth rounded down would turn 19 calls a second into 10. */
function startsMax(perSecond: number, { share }: Window): number {
  return Math.ceil(perSecond * share)
}

function countSince(starts: readonly Starts[], after: number): number {
  let total = 0
  for (let i = starts.length - 1; i >= 0; i--) {
    const { at, count } = starts[i] as Starts
    if (at <= after) break
    total += count
  }
  return total
}

/** When fewer than `max` of the starts lie within a window of that length. */
function leavesAt(starts: readonly Starts[], max: number, windowMs: number, now: number): number {
  let newer = 0
  for (let i = starts.length - 1; i >= 0; i--) {
    const { at, count } = starts[i] as Starts
    newer += count
    if (newer >= max) return at + windowMs
  }
  return now
}
