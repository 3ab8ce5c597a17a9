import { describe, expect, test } from 'vitest'
import type { HangupReason } from '../../src/domain/campaigncall.ts'
import {
  type AttemptEnd,
  beginAttempt,
  chooseDestination,
  dueAt,
  editDestinations,
  endAttempt,
  type OutdialTarget,
  reevaluateTarget,
  resetTarget,
  restMs,
  unknownRestMs,
} from '../../src/domain/outdial-target.ts'
import { noon, number, target } from './support.ts'

const choose = (of: OutdialTarget, max: readonly number[]) => chooseDestination(of.destinations, max)

describe('chooseDestination', () => {
  test('DS-1: a destination whose plan has no tries left for it is passed over', () => {
    expect(choose(target([3, 0]), [3, 1])).toMatchObject({ index: 1, tryCount: 0 })
  })

  test('DS-2: an index without an address is passed over', () => {
    expect(choose(target([null, 0]), [3, 1])).toMatchObject({ index: 1 })
  })

  test('the lowest index with tries left is taken, however many others have', () => {
    expect(choose(target([1, 0, 0]), [2, 5, 5])).toMatchObject({ index: 0, tryCount: 1 })
  })

  test('destinations are taken by their index, whatever order they stand in', () => {
    const { destinations } = target([0, 0])
    expect(chooseDestination([...destinations].reverse(), [1, 1])).toMatchObject({ index: 0 })
  })

  test('an index that the plan does not know has no tries', () => {
    expect(choose(target([null, null, 0]), [3, 3])).toBeNull()
  })

  test('an unusable destination is not taken, whatever the plan says', () => {
    const destinations = target([0, 0]).destinations.map((of) => ({ ...of, unusable: of.index === 0 }))
    expect(chooseDestination(destinations, [50, 1])).toMatchObject({ index: 1 })
  })

  test('with every try used there is none', () => {
    expect(choose(target([3, 1]), [3, 1])).toBeNull()
    expect(choose(target([5]), [3])).toBeNull()
  })
})

describe('reevaluateTarget', () => {
  test('a try left makes it IDLE, none DONE', () => {
    expect(reevaluateTarget(target([1], { status: 'DONE' }), [2])).toBe('IDLE')
    expect(reevaluateTarget(target([1]), [1])).toBe('DONE')
  })

  test('who was reached is DONE whatever the plan says', () => {
    expect(reevaluateTarget(target([1], { reached: true, status: 'DONE' }), [50])).toBe('DONE')
  })

  test('who has a call in flight stays PROGRESSING', () => {
    expect(reevaluateTarget(target([1], { status: 'PROGRESSING' }), [1])).toBe('PROGRESSING')
  })
})

describe('dueAt', () => {
  test('who was never tried is due', () => {
    expect(dueAt(target([0]), 3_600_000)).toBe(0)
  })

  test('TI-1: the interval counts from the end of the last attempt', () => {
    expect(dueAt(target([1], { lastAttemptAt: noon }), 5000)).toBe(noon + 5000)
  })

  test('after UNKNOWN at least 15 minutes pass, and a longer interval counts', () => {
    const unknown = { lastAttemptAt: noon, lastUnknown: true }
    expect(dueAt(target([1], unknown), 5000)).toBe(noon + 15 * 60_000)
    expect(dueAt(target([1], unknown), 20 * 60_000)).toBe(noon + 20 * 60_000)
    expect(unknownRestMs).toBe(15 * 60_000)
    expect(restMs(false, 5000)).toBe(5000)
  })
})

describe('beginAttempt', () => {
  test('the target is PROGRESSING with one try more at that destination, and one attempt more', () => {
    const begun = beginAttempt(target([2, 1], { attempt: 3 }), 1, noon + 1)
    expect(begun).toMatchObject({ status: 'PROGRESSING', attempt: 4, updatedAt: noon + 1 })
    expect(begun.destinations.map((of) => of.tryCount)).toEqual([2, 2])
  })

  test('only an idle target can be dialed', () => {
    expect(() => beginAttempt(target([0], { status: 'DONE' }), 0, noon)).toThrow('a target to dial that is idle')
    expect(() => beginAttempt(target([0], { status: 'PROGRESSING' }), 0, noon)).toThrow('idle')
  })
})

describe('endAttempt', () => {
  const end = (reason: HangupReason, changes: Partial<AttemptEnd> = {}): AttemptEnd => ({
    ...{ destinationIndex: 0, reason, placing: 'PLACED', flow: false },
    ...changes,
  })
  const dialed = (changes: Partial<OutdialTarget> = {}) =>
    target([1, 0], { status: 'PROGRESSING', attempt: 1, ...changes })

  test('SUCCESS makes it DONE, reached', () => {
    const ended = endAttempt(dialed(), end('NORMAL'), [3, 3], noon + 1)
    expect(ended).toMatchObject({ status: 'DONE', reached: true, outcome: 'SUCCESS', lastAttemptAt: noon + 1 })
  })

  test('FAIL with a try left makes it IDLE', () => {
    const ended = endAttempt(dialed(), end('BUSY'), [1, 1], noon + 1)
    expect(ended).toMatchObject({ status: 'IDLE', reached: false, outcome: 'FAIL', lastAttemptAt: noon + 1 })
  })

  test('FAIL with none left makes it DONE, not reached', () => {
    expect(endAttempt(dialed(), end('BUSY'), [1, 0], noon)).toMatchObject({ status: 'DONE', reached: false })
  })

  test('TIMEOUT makes it DONE, reached, although the outcome is FAIL', () => {
    expect(endAttempt(dialed(), end('TIMEOUT'), [3, 3], noon)).toMatchObject({
      ...{ status: 'DONE', reached: true, outcome: 'FAIL' },
    })
  })

  test('INVALID_NUMBER makes its destination unusable; its try counts the attempt alone', () => {
    const ended = endAttempt(dialed(), end('INVALID_NUMBER'), [3, 3], noon)
    expect(ended.destinations).toMatchObject([
      { unusable: true, tryCount: 1 },
      { unusable: false, tryCount: 0 },
    ])
    expect(ended.status).toBe('IDLE')
  })

  test('UNKNOWN counts as a try and makes it rest', () => {
    expect(endAttempt(dialed(), end('UNKNOWN'), [3], noon)).toMatchObject({ status: 'IDLE', lastUnknown: true })
    expect(endAttempt(dialed({ lastUnknown: true }), end('BUSY'), [3], noon).lastUnknown).toBe(false)
  })

  test('a FLOW whose outcome is unknown may have been sent: its target is DONE', () => {
    expect(endAttempt(dialed(), end('UNKNOWN', { flow: true }), [3], noon)).toMatchObject({
      status: 'DONE',
      reached: true,
    })
  })

  test('an attempt that was not placed gives its try back and leaves the time of the last attempt', () => {
    const ended = endAttempt(dialed({ lastAttemptAt: noon - 5 }), end('FAILED', { placing: 'REFUSED' }), [1, 1], noon)
    expect(ended).toMatchObject({
      status: 'IDLE',
      lastAttemptAt: noon - 5,
      outcome: null,
      unplacedInRow: 1,
      attempt: 1,
    })
    expect(ended.destinations.map((of) => of.tryCount)).toEqual([0, 0])
  })

  test('the third such attempt in a row counts as a try, and sets its time', () => {
    const ended = endAttempt(dialed({ unplacedInRow: 2 }), end('FAILED', { placing: 'REFUSED' }), [1, 0], noon)
    expect(ended).toMatchObject({ status: 'DONE', lastAttemptAt: noon, outcome: 'FAIL', unplacedInRow: 0 })
    expect(ended.destinations.map((of) => of.tryCount)).toEqual([1, 0])
  })

  test('an attempt that was placed ends the row', () => {
    expect(endAttempt(dialed({ unplacedInRow: 2 }), end('BUSY'), [3], noon).unplacedInRow).toBe(0)
  })

  test('a plan that has no tries any more makes it DONE, given back or not', () => {
    expect(endAttempt(dialed(), end('FAILED', { placing: 'REFUSED' }), [0, 0], noon).status).toBe('DONE')
  })

  test('a success of before stays the outcome until a reset', () => {
    expect(endAttempt(dialed({ outcome: 'SUCCESS' }), end('BUSY'), [3], noon).outcome).toBe('SUCCESS')
  })
})

describe('resetTarget', () => {
  const failed = target([2, 1], { status: 'DONE', outcome: 'FAIL', attempt: 3, lastAttemptAt: noon, lastUnknown: true })
  const succeeded = target([1], { status: 'DONE', outcome: 'SUCCESS', reached: true, attempt: 1, lastAttemptAt: noon })

  test('gives the tries back and clears what was reached; attempts and times stay', () => {
    const unusable = { ...failed, destinations: failed.destinations.map((of) => ({ ...of, unusable: true })) }
    const reset = resetTarget(unusable, 'ALL', noon + 1)
    expect(reset).toMatchObject({ status: 'IDLE', reached: false, outcome: null, attempt: 3, lastAttemptAt: noon })
    expect(reset).toMatchObject({
      lastUnknown: true,
      destinations: [{ tryCount: 0, unusable: false }, { tryCount: 0 }],
    })
  })

  test('FAILED takes those with an attempt and no success, SUCCEEDED those with a success, ALL both', () => {
    const taken = (which: 'ALL' | 'FAILED' | 'SUCCEEDED') =>
      [failed, succeeded].map((of) => resetTarget(of, which, noon) !== null)
    expect(taken('FAILED')).toEqual([true, false])
    expect(taken('SUCCEEDED')).toEqual([false, true])
    expect(taken('ALL')).toEqual([true, true])
  })

  test('who was never tried is no failure, and is not changed by ALL', () => {
    expect(resetTarget(target([0]), 'FAILED', noon)).toBeNull()
    expect(resetTarget(target([0]), 'ALL', noon)).toBeNull()
  })

  test('who is DONE without a try of his own is made IDLE by ALL', () => {
    expect(resetTarget(target([0], { status: 'DONE' }), 'ALL', noon)).toMatchObject({ status: 'IDLE' })
  })

  test('who has a call in flight, or was deleted, is left alone', () => {
    expect(resetTarget({ ...failed, status: 'PROGRESSING' }, 'ALL', noon)).toBeNull()
    expect(resetTarget({ ...failed, deletedAt: noon }, 'ALL', noon)).toBeNull()
  })
})

describe('editDestinations', () => {
  const before = target([2, 1]).destinations.map((of) => ({ ...of, unusable: of.index === 0 }))
  const same = { index: 0, address: { ...number('+12025550100'), name: 'Home', detail: 'evenings' } }

  test('an address that stays keeps its tries and its fault, whatever else is edited', () => {
    expect(editDestinations(before, [same])).toMatchObject([{ tryCount: 2, unusable: true, address: { name: 'Home' } }])
  })

  test('a changed address starts anew', () => {
    const changed = [{ index: 0, address: number('+12025550177') }]
    expect(editDestinations(before, changed)).toMatchObject([{ tryCount: 0, unusable: false }])
  })

  test('another type is another address', () => {
    const changed = [{ index: 0, address: { ...same.address, type: 'EXTENSION' as const } }]
    expect(editDestinations(before, changed)).toMatchObject([{ tryCount: 0 }])
  })

  test('an address that moves to another index starts anew there', () => {
    expect(editDestinations(before, [{ ...same, index: 1 }])).toMatchObject([
      { index: 1, tryCount: 0, unusable: false },
    ])
  })
})
