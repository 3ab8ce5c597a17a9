import { expect, test } from 'vitest'
import { readFirst } from '../../src/kernel/read-first.ts'
import { createSimulatedEffects } from '../../src/kernel/simulated-effects.ts'

/** Effects at whose machine something has arrived that is read at the next turn of the event loop. */
function givenArrived(read: () => void) {
  const effects = createSimulatedEffects()
  const breathe = () => {
    read()
    return effects.breathe()
  }
  return { effects, patient: readFirst({ ...effects, breathe }) }
}

test('what has arrived is read before a timer runs', async () => {
  const order: string[] = []
  const { effects, patient } = givenArrived(() => order.push('read'))
  patient.timer(1000, () => order.push('timer'))
  await effects.advance(1000)
  expect(order).toEqual(['read', 'timer'])
})

test('a timer that is cancelled by what was read does not run', async () => {
  let fired = 0
  const { effects, patient } = givenArrived(() => cancel())
  const cancel = patient.timer(1000, () => fired++)
  await effects.advance(5000)
  expect(fired).toBe(0)
})

test('a timer that was cancelled before its time does not run', async () => {
  let fired = 0
  const { effects, patient } = givenArrived(() => {})
  patient.timer(1000, () => fired++)()
  await effects.advance(5000)
  expect(fired).toBe(0)
})
