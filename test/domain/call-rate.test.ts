import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addStarts,
  allowanceOf,
  allowanceRoom,
  callRateRoom,
  changeCallRate,
  emptyCallRate,
  fullCallRate,
  nextStartMs,
  spreadSecond,
  takeAllowance,
  unlimitedCalls,
} from '../../src/domain/call-rate.ts'

const noon = 43_200_000
const smooth = (perSecond: number) => emptyCallRate(perSecond, { windows: spreadSecond })

/** Starts as many calls as the rate lets, at each of the moments. */
function startAll(perSecond: number, widening: number, pauses: readonly number[]): number[] {
  let rate = fullCallRate(emptyCallRate(perSecond, { widening, windows: spreadSecond }), noon)
  let at = noon
  const starts: number[] = []
  for (const pauseMs of pauses) {
    at += pauseMs
    const count = callRateRoom(rate, at)
    rate = addStarts(rate, count, at)
    for (let i = 0; i < count; i++) starts.push(at)
  }
  return starts
}

/** The most starts in any window of that length, wherever it begins. */
function mostWithin(starts: readonly number[], windowMs: number): number {
  return Math.max(0, ...starts.map((from) => starts.filter((at) => at >= from && at < from + windowMs).length))
}

describe('a call rate', () => {
  const waits = fc.array(fc.nat({ max: 700 }), { minLength: 1, maxLength: 80 })

  test('lets at most N calls start in any one second, wherever it begins', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.constantFrom(1, 1.05), waits, (perSecond, widening, pauses) => {
        const starts = startAll(perSecond, widening, pauses)
        expect(mostWithin(starts, 1000 * widening)).toBeLessThanOrEqual(perSecond)
      }),
    )
  })

  test('lets at most a tenth of N, rounded up, start within 100 ms', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.constantFrom(1, 1.05), waits, (perSecond, widening, pauses) => {
        const starts = startAll(perSecond, widening, pauses)
        expect(mostWithin(starts, 100 * widening)).toBeLessThanOrEqual(Math.ceil(perSecond / 10))
      }),
    )
  })

  test.each([1, 7, 10, 19, 20, 25, 100, 200])('of %i lets that many start in a second that is asked often', (n) => {
    const everyMs = Array.from({ length: 5000 }, () => 1)
    const starts = startAll(n, 1, everyMs).filter((at) => at >= noon + 2000 && at < noon + 4000)
    expect(starts.length).toBe(2 * n)
  })

  test('that knows nothing of what was started before lets nobody start for a second', () => {
    const rate = fullCallRate(smooth(20), noon)
    expect([0, 500, 999, 1000].map((ms) => callRateRoom(rate, noon + ms))).toEqual([0, 0, 0, 2])
  })

  test('says when another call may start, and then it may, and not 1 ms before', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), waits, (perSecond, pauses) => {
        let rate = smooth(perSecond)
        let at = noon
        for (const pauseMs of pauses) {
          at += pauseMs
          rate = addStarts(rate, callRateRoom(rate, at), at)
          const waitMs = nextStartMs(rate, at)
          expect(waitMs).toBeGreaterThan(0)
          expect(callRateRoom(rate, at + waitMs)).toBeGreaterThan(0)
          expect(callRateRoom(rate, at + waitMs - 1)).toBe(0)
        }
      }),
    )
  })

  test('of 0 is no limit, whatever was started', () => {
    const rate = addStarts(fullCallRate(smooth(0), noon), 1_000_000, noon)
    expect(callRateRoom(rate, noon)).toBe(Number.POSITIVE_INFINITY)
    expect(nextStartMs(rate, noon)).toBe(0)
    expect(rate.starts).toEqual([])
  })

  test('that is lowered counts what was started at the higher one', () => {
    const rate = changeCallRate(addStarts(smooth(100), 10, noon), 10)
    expect([100, 999, 1000].map((ms) => callRateRoom(rate, noon + ms))).toEqual([0, 0, 1])
  })

  test('without a smaller share lets all of N start at once', () => {
    expect(callRateRoom(emptyCallRate(10), noon)).toBe(10)
    expect(callRateRoom(addStarts(emptyCallRate(10), 10, noon), noon + 999)).toBe(0)
  })

  test('forgets what lies more than a second back', () => {
    let rate = emptyCallRate(1000)
    for (let i = 0; i < 5000; i++) rate = addStarts(rate, 1, noon + i)
    expect(rate.starts.length).toBe(1000)
  })
})

describe('an allowance', () => {
  test('says what a rate lets start, and from when on another call', () => {
    const rate = addStarts(smooth(10), 1, noon)
    expect(allowanceOf(rate, noon, 5000)).toEqual({ perSecond: 10, room: 0, nextAt: 5100 })
    expect(allowanceOf(smooth(10), noon, 5000)).toEqual({ perSecond: 10, room: 1, nextAt: 5000 })
    expect(allowanceOf(smooth(0), noon, 5000)).toEqual(unlimitedCalls)
  })

  test('lets nobody start before its time, and somebody after it', () => {
    const allowance = { perSecond: 10, room: 0, nextAt: 5100 }
    expect([5099, 5100].map((now) => allowanceRoom(allowance, now))).toEqual([0, 1])
    expect(allowanceRoom(unlimitedCalls, 0)).toBe(Number.POSITIVE_INFINITY)
  })

  test('holds less after calls were taken from it', () => {
    const taken = takeAllowance({ perSecond: 50, room: 5, nextAt: 0 }, 5, 1000)
    expect([1000, 1099, 1100].map((now) => allowanceRoom(taken, now))).toEqual([0, 0, 1])
  })
})
