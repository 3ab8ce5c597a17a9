import { expect, onTestFinished, test } from 'vitest'
import { createSimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import { createAdaptiveRate } from '../../src/sending/adaptive-rate.ts'

function givenPace() {
  const effects = createSimulatedEffects()
  const pace = createAdaptiveRate({ effects, perSecondMax: 1000 })
  let count = 0
  let isTaken = false
  const ask = async () => {
    while (await pace.turn(60_000, false)) {
      count++
      if (isTaken) pace.taken()
    }
  }
  /** How many get a turn in a time when there is always somebody who wants one. */
  async function countTurns(durationMs: number, areTaken: boolean) {
    isTaken = areTaken
    const before = count
    await effects.advance(durationMs)
    return count - before
  }
  ask()
  onTestFinished(pace.close)
  return { effects, pace, countTurns }
}

test('a pace rises by what is taken', async () => {
  const { countTurns } = givenPace()
  expect(await countTurns(1000, false)).toBeCloseTo(100, -1)
  const taken = await countTurns(1000, true)
  expect(taken).toBeGreaterThan(150)
  expect(await countTurns(10_000, true)).toBeLessThan(10_010)
})

test('a pace falls to half with a pause, once for all that were asked before', async () => {
  const { effects, pace, countTurns } = givenPace()
  const askedAtMs = effects.monotonic()
  await effects.advance(10)
  pace.throttled(askedAtMs)
  pace.throttled(askedAtMs)
  expect(await countTurns(999, false)).toBe(0)
  expect(await countTurns(1000, false)).toBeCloseTo(50, -1)
  for (let time = 0; time < 20; time++) {
    pace.throttled(effects.monotonic())
    await effects.advance(1000)
  }
  expect(await countTurns(10_000, false)).toBe(10)
})

test('who was throttled has the next turn, and who waits for too long has none', async () => {
  const effects = createSimulatedEffects()
  const pace = createAdaptiveRate({ effects, perSecondMax: 1000 })
  const order: string[] = []
  const ask = async (name: string, withinMs: number, wasThrottled = false) => {
    order.push((await pace.turn(withinMs, wasThrottled)) ? name : `not ${name}`)
  }
  for (const name of ['first', 'second']) await ask(name, 1000)
  const asked = [ask('hasty', 5), ask('patient', 1000), ask('throttled', 1000, true)]
  await effects.advance(100)
  await Promise.all(asked)
  expect(order).toEqual(['first', 'second', 'not hasty', 'throttled', 'patient'])
  pace.close()
  expect(await pace.turn(1000, false)).toBe(false)
})
