import { expect, test } from 'vitest'
import { afterPrompt, isOneAtATime, lateHandOver, promptHandOver } from '../../src/domain/hand-over.ts'

const perTickMax = 100

test('calls that are handed over in time do not limit how many are claimed', () => {
  expect(afterPrompt(promptHandOver, 100, perTickMax)).toBe(promptHandOver)
  expect(isOneAtATime(promptHandOver)).toBe(false)
})

test('after a call that was late one is claimed at a time, then twice as many after each tick in time', () => {
  let of = lateHandOver
  const counts = [of.claimsMax]
  while (of !== promptHandOver) {
    of = afterPrompt(of, of.claimsMax, perTickMax)
    counts.push(of.claimsMax)
  }
  expect(counts).toEqual([1, 2, 4, 8, 16, 32, 64, Number.POSITIVE_INFINITY])
})

test('a tick that has claimed nothing shows nothing', () => {
  expect(isOneAtATime(lateHandOver)).toBe(true)
  expect(afterPrompt(lateHandOver, 0, perTickMax)).toBe(lateHandOver)
})
