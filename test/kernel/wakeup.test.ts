import { expect, test } from 'vitest'
import { createSimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import { sleep } from '../../src/kernel/sleep.ts'
import { createWakeup } from '../../src/kernel/wakeup.ts'

const never = new AbortController().signal

/** Whether a promise has settled once everybody had a turn. */
async function settled(promise: Promise<void>): Promise<boolean> {
  let done = false
  promise.then(() => {
    done = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  return done
}

test('whoever sleeps is woken by the bell', async () => {
  const wakeup = createWakeup()
  const asleep = wakeup.changed(wakeup.ticket(), never)
  expect(await settled(asleep)).toBe(false)
  wakeup.ring()
  expect(await settled(asleep)).toBe(true)
})

test('a bell that rang between the ticket and the sleep is not slept through', async () => {
  const wakeup = createWakeup()
  const ticket = wakeup.ticket()
  wakeup.ring()
  expect(await settled(wakeup.changed(ticket, never))).toBe(true)
})

test('a bell of before the ticket wakes nobody', async () => {
  const wakeup = createWakeup()
  wakeup.ring()
  expect(await settled(wakeup.changed(wakeup.ticket(), never))).toBe(false)
})

test('whoever is sent away wakes, also before falling asleep', async () => {
  const wakeup = createWakeup()
  const leaving = new AbortController()
  const asleep = wakeup.changed(wakeup.ticket(), leaving.signal)
  leaving.abort()
  expect(await settled(asleep)).toBe(true)
  expect(await settled(wakeup.changed(wakeup.ticket(), leaving.signal))).toBe(true)
})

test('a listener is called back at every ring until taken back', () => {
  const wakeup = createWakeup()
  let rings = 0
  const cancel = wakeup.onRing(() => {
    rings++
  })
  wakeup.ring()
  wakeup.ring()
  cancel()
  wakeup.ring()
  expect(rings).toBe(2)
})

test('a sleep ends after its time', async () => {
  const effects = createSimulatedEffects()
  const asleep = sleep(effects, 100, never)
  await effects.advance(99)
  expect(await settled(asleep)).toBe(false)
  await effects.advance(1)
  expect(await settled(asleep)).toBe(true)
})

test('a sleep ends at once when it is called off, and leaves no timer behind', async () => {
  const effects = createSimulatedEffects()
  const calledOff = new AbortController()
  const asleep = sleep(effects, 100, calledOff.signal)
  calledOff.abort()
  expect(await settled(asleep)).toBe(true)
  expect(await settled(sleep(effects, 100, calledOff.signal))).toBe(true)
  await effects.run()
  expect(effects.monotonic()).toBe(0)
})
