import { expect, test } from 'vitest'
import { createSimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import { createSteadyClock } from '../../src/kernel/steady-clock.ts'

function givenClock() {
  const effects = createSimulatedEffects()
  const start = effects.now()
  const clock = createSteadyClock(effects, 5000)
  return { effects, clock, sinceStart: () => clock.now() - start }
}

test('a steady clock shows the time of the machine', async () => {
  const { effects, clock, sinceStart } = givenClock()
  await effects.advance(1234)
  expect(sinceStart()).toBe(1234)
  expect(clock.apartMs()).toBe(0)
})

test('it follows a correction of up to the bound, forth and back', () => {
  const { effects, clock, sinceStart } = givenClock()
  effects.jump(5000)
  expect([sinceStart(), clock.apartMs()]).toEqual([5000, 0])
  effects.jump(-5000)
  expect([sinceStart(), clock.apartMs()]).toEqual([0, 0])
})

test.each([5001, 3_600_000, -5001, -3_600_000])('it goes on evenly over a jump of %i ms', async (jumpMs) => {
  const { effects, clock, sinceStart } = givenClock()
  await effects.advance(1000)
  expect(sinceStart()).toBe(1000)
  effects.jump(jumpMs)
  await effects.advance(2000)
  expect([sinceStart(), clock.apartMs()]).toEqual([3000, jumpMs])
})

test('it agrees again when the machine is put right', async () => {
  const { effects, clock, sinceStart } = givenClock()
  effects.jump(3_600_000)
  await effects.advance(7000)
  effects.jump(-3_600_000)
  expect([sinceStart(), clock.apartMs()]).toEqual([7000, 0])
})

test('it takes over the time of the machine when that is accepted', async () => {
  const { effects, clock, sinceStart } = givenClock()
  effects.jump(-3_600_000)
  expect(clock.apartMs()).toBe(-3_600_000)
  expect(clock.acceptedAt()).toBe(Number.NEGATIVE_INFINITY)
  clock.accept()
  expect(clock.acceptedAt()).toBe(effects.now())
  await effects.advance(10)
  expect([sinceStart(), clock.apartMs()]).toEqual([-3_599_990, 0])
})
