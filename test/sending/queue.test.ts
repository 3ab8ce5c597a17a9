import { expect, test } from 'vitest'
import type { Sending } from '../../src/domain/sending.ts'
import { silentLog } from '../../src/kernel/log.ts'
import { createSemaphore } from '../../src/kernel/semaphore.ts'
import { createSimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import { limits } from '../../src/limits.ts'
import { type Channel, createSendQueue } from '../../src/sending/queue.ts'
import { countResults, message } from './support.ts'

/** A lane with one place, whose sendings last until the test lets them go. */
function givenLane(change: Partial<Channel<Sending>> = {}) {
  const effects = createSimulatedEffects()
  const places = createSemaphore(1)
  const begun: string[] = []
  let letGo: () => void = () => {}
  const channel: Channel<Sending> = {
    refusal: () => null,
    turns: () => [[places, '']],
    send({ id }) {
      begun.push(id)
      return new Promise((resolve) => {
        letGo = () => resolve({ type: 'TAKEN', detail: id })
      })
    },
    async close() {},
    ...change,
  }
  const errors: unknown[] = []
  const log = { ...silentLog, error: (fields: object) => errors.push(fields) }
  return { lane: createSendQueue({ channel, effects, log }), effects, begun, errors, letGo: () => letGo() }
}

test('a lane refuses what is one too many; at its end nothing has left of what was waiting', async () => {
  const { lane, effects, begun } = givenLane()
  const first = lane.send(message({ id: 'first' }))
  await effects.settle()
  const waiting = Array.from({ length: limits.sendingsWaitingMax }, () => lane.send(message()))
  expect(await lane.send(message())).toMatchObject({ type: 'REFUSED', detail: expect.stringContaining('Too many') })
  await lane.stop()
  expect(await first).toMatchObject({ type: 'UNKNOWN' })
  expect(countResults(await Promise.all(waiting))).toEqual({ REFUSED: limits.sendingsWaitingMax })
  expect(begun).toEqual(['first'])
})

test('a lane refuses what waits for too long, and what is under way has its time', async () => {
  const { lane, effects, begun, letGo } = givenLane()
  const first = lane.send(message({ id: 'first' }))
  await effects.settle()
  const second = lane.send(message())
  await effects.advance(limits.sendingWaitMaxMs - 1)
  const third = lane.send(message({ id: 'third' }))
  await effects.advance(1)
  expect(await second).toMatchObject({ type: 'REFUSED', detail: expect.stringContaining('waited') })
  letGo()
  await effects.settle()
  letGo()
  expect(countResults(await Promise.all([first, third]))).toEqual({ TAKEN: 2 })
  expect(begun).toEqual(['first', 'third'])
})

test('a lane sends what waits in the order it came', async () => {
  const { lane, effects, begun, letGo } = givenLane()
  const results = ['a', 'b', 'c'].map((id) => lane.send(message({ id })))
  for (const begunSoFar of [['a'], ['a', 'b'], ['a', 'b', 'c']]) {
    await effects.settle()
    expect(begun).toEqual(begunSoFar)
    letGo()
  }
  expect(countResults(await Promise.all(results))).toEqual({ TAKEN: 3 })
})

test('a lane never rejects: a defect is logged, and what is known of the sending is nothing', async () => {
  const { lane, errors } = givenLane({ send: () => Promise.reject(new Error('a defect')) })
  expect(await lane.send(message())).toMatchObject({ type: 'UNKNOWN' })
  expect(errors).toHaveLength(1)
  expect(await lane.send(message())).toMatchObject({ type: 'UNKNOWN' })
})
