import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createEffects } from '../../src/kernel/effects.ts'

const effects = createEffects()

test('the wall clock reads whole milliseconds, and the other one never goes back', () => {
  expect(Number.isInteger(effects.now())).toBe(true)
  const first = effects.monotonic()
  expect(effects.monotonic()).toBeGreaterThanOrEqual(first)
})

test('ids are UUIDs of version 7 of this moment, no two alike', () => {
  const before = effects.now()
  const ids = Array.from({ length: 600 }, () => effects.id())
  const after = effects.now()
  expect(new Set(ids).size).toBe(600)
  const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
  expect(ids.filter((id) => !pattern.test(id))).toEqual([])
  const times = ids.map((id) => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16))
  expect(Math.min(...times)).toBeGreaterThanOrEqual(before)
  expect(Math.max(...times)).toBeLessThanOrEqual(after)
})

describe('timers', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('fire once, after a delay that is rounded up', () => {
    let fired = 0
    effects.timer(10.2, () => fired++)
    vi.advanceTimersByTime(10)
    expect(fired).toBe(0)
    vi.advanceTimersByTime(1000)
    expect(fired).toBe(1)
  })

  test('that were taken back do not fire', () => {
    let fired = 0
    const cancel = effects.timer(10, () => fired++)
    cancel()
    cancel()
    vi.advanceTimersByTime(1000)
    expect(fired).toBe(0)
  })

  test('of a delay that node cannot keep do not fire at once', () => {
    let fired = 0
    effects.timer(2 ** 40, () => fired++)
    vi.advanceTimersByTime(24 * 3600 * 1000)
    expect(fired).toBe(0)
  })
})

test('yieldToLoop lets others have the event loop', async () => {
  let served = false
  setImmediate(() => {
    served = true
  })
  await effects.yieldToLoop()
  expect(served).toBe(true)
})
