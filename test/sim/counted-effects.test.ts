import { expect, test } from 'vitest'
import { createCountedEffects, WorkWithoutEnd } from './counted-effects.ts'

test('a loop that lets others have the event loop again and again is stopped after so many turns', async () => {
  const effects = createCountedEffects(1, { atOnce: 1000 })
  let turns = 0
  const spin = async () => {
    for (;;) {
      await effects.yieldToLoop()
      turns++
    }
  }
  void spin()
  await expect(effects.advance(1)).rejects.toThrow(WorkWithoutEnd)
  expect(turns).toBe(1000)
})

test('timers that follow each other without time passing are stopped after so many', async () => {
  const effects = createCountedEffects(1, { atOnce: 1000 })
  const again = () => {
    effects.timer(0, again)
  }
  again()
  await expect(effects.run()).rejects.toThrow('1000 timers and turns of the event loop without time passing')
})

test('timers that go on for ever while time passes are stopped after so many in all', async () => {
  const effects = createCountedEffects(1, { inAll: 1000 })
  const again = () => {
    effects.timer(1, again)
  }
  again()
  await expect(effects.run()).rejects.toThrow('1000 timers and turns of the event loop')
  expect(effects.monotonic()).toBe(1001)
})

test('as much work as there may be at one moment is done at each moment', async () => {
  const effects = createCountedEffects(1, { atOnce: 3 })
  let fired = 0
  for (const delayMs of [1, 1, 1, 2, 2, 2]) effects.timer(delayMs, () => fired++)
  await effects.run()
  expect(fired).toBe(6)
})
