/**
 * Calls per second as a sliding window: at most N starts in any one second, wherever that second begins, and no more than a
 * part of N within any shorter time. Providers count like that, and refuse what is too much. Times are milliseconds of a
 * clock that never goes back.
 */
export interface CallRate {
  /** N; 0 for no limit. */
  readonly perSecond: number
  /**
   * How much longer the windows are than they say: 1 or more. Requests reach the carrier somewhat later than they leave,
   * some more so than others; windows that are longer here keep them apart there.
   */
  readonly widening: number
  /** In each of them no more than its share of N may start. */
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

/** What a call rate allows, for those who report on it and do not start calls themselves. */
export interface CallAllowance {
  /** 0 for no limit. */
  readonly perSecond: number
  /** Calls that may start at once; ignored without a limit. */
  readonly room: number
  /** When another call may start, where there is no room now. */
  readonly nextAt: number
}

const second: Window = { ms: 1000, share: 1 }
const burst: Window = { ms: 100, share: 0.1 }

/** A second whose starts are spread over it: a tenth of them within any 100 ms (docs/rules.md#call-rate). */
export const spreadSecond: readonly Window[] = [second, burst]

/** Nothing was started lately. Without more, all N may start at once. */
export function emptyCallRate(
  perSecond: number,
  { widening = 1, windows = [second] }: Partial<Pick<CallRate, 'widening' | 'windows'>> = {},
): CallRate {
  return { perSecond, widening, windows, starts: [] }
}

/** Nothing is known of what was started before that moment: a full second is taken to have been, so a restart is no burst. */
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

/** The rate after so many calls were started. */
export function addStarts(rate: CallRate, count: number, at: number): CallRate {
  if (rate.perSecond === 0 || count === 0) return rate
  const counting = rate.starts.filter((of) => of.at > at - second.ms * rate.widening)
  return { ...rate, starts: [...counting, { at, count }] }
}

/** Another limit from now on. What was started before counts toward it. */
export function changeCallRate(rate: CallRate, perSecond: number): CallRate {
  return { ...rate, perSecond, starts: perSecond === 0 ? [] : rate.starts }
}

/** What a rate allows at `at` of its own clock, which is `now` of the other's. */
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

/** An allowance of which so many calls were taken, until its engine reports a new one. */
export function takeAllowance(allowance: CallAllowance, count: number, now: number): CallAllowance {
  return { ...allowance, room: Math.max(0, allowance.room - count), nextAt: now + burst.ms }
}

/** Rounded up: with a tenth, rounded down, 19 calls a second would be 10. */
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
