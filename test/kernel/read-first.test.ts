import { expect, test } from 'vitest'
import { readFirst } from '../../src/kernel/read-first.ts'
import { createStallingEffects } from '../support/stalling-effects.ts'

test('what has arrived is read before a timer runs', async () => {
  const { effects, arrive } = createStallingEffects()
  const order: string[] = []
  readFirst(effects).timer(1000, () => order.push('timer'))
  arrive(() => order.push('read'))
  await effects.advance(1000)
  expect(order).toEqual(['read', 'timer'])
})

test('a timer that is cancelled by what was read does not run', async () => {
  const { effects, arrive } = createStallingEffects()
  let fired = 0
  const cancel = readFirst(effects).timer(1000, () => fired++)
  arrive(cancel)
  await effects.advance(5000)
  expect(fired).toBe(0)
})

test('a timer that was cancelled before its time does not run', async () => {
  const { effects } = createStallingEffects()
  let fired = 0
  readFirst(effects).timer(1000, () => fired++)()
  await effects.advance(5000)
  expect(fired).toBe(0)
})
