import { expect, test } from 'vitest'
import { countCrashes, forgetCrashes, recordCrash } from '../../src/server/crash-log.ts'
import { temporaryFile } from '../support/world.ts'

const noon = Date.UTC(2026, 0, 5, 12)

test('crashes are counted from a moment on, that moment included', () => {
  const file = temporaryFile()
  expect(countCrashes(file, 0)).toBe(0)
  for (const at of [noon - 1, noon, noon + 1]) recordCrash(file, at)
  expect(countCrashes(file, noon)).toBe(2)
})

test('a line that was cut off in the middle of its writing counts for nothing', () => {
  const file = temporaryFile()
  recordCrash(file, noon)
  recordCrash(file, Number.NaN)
  expect(countCrashes(file, 0)).toBe(1)
})

test('crashes that a person has seen to are forgotten', () => {
  const file = temporaryFile()
  recordCrash(file, noon)
  forgetCrashes(file)
  expect(countCrashes(file, 0)).toBe(0)
})

test('a crash that cannot be written is no other crash', () => {
  expect(() => recordCrash('/nowhere/at/all', noon)).not.toThrow()
})
