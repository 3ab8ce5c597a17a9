import { expect, test } from 'vitest'
import { createEffects } from '../../src/kernel/effects.ts'

const effects = createEffects()

test('the wall clock reads whole milliseconds, and the other one never goes back', () => {
  expect(Number.isInteger(effects.now())).toBe(true)
  const first = effects.monotonic()
  expect(effects.monotonic()).toBeGreaterThanOrEqual(first)
})

test('ids are UUIDs of version 7 of this moment, no two alike', () => {
  const before = effects.now()
  const ids = Array.from({ length: 1000 }, () => effects.id())
  expect(new Set(ids).size).toBe(1000)
  for (const id of ids) {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    const madeAt = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)
    expect(madeAt).toBeGreaterThanOrEqual(before)
    expect(madeAt).toBeLessThanOrEqual(effects.now())
  }
})

test('a timer fires once, and one that was taken back does not', async () => {
  const fired: string[] = []
  const cancel = effects.timer(0, () => fired.push('taken back'))
  cancel()
  await new Promise<void>((resolve) => {
    effects.timer(1, () => {
      fired.push('fired')
      resolve()
    })
  })
  expect(fired).toEqual(['fired'])
})

test('a delay that node cannot keep does not fire at once', async () => {
  let fired = false
  const cancel = effects.timer(2 ** 40, () => {
    fired = true
  })
  await new Promise<void>((resolve) => effects.timer(5, resolve))
  cancel()
  expect(fired).toBe(false)
})

test('breathe lets others have the event loop', async () => {
  let served = false
  setImmediate(() => {
    served = true
  })
  await effects.breathe()
  expect(served).toBe(true)
})
