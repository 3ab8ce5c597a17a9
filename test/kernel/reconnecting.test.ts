import { expect, test } from 'vitest'
import { createReconnecting } from '../../src/kernel/reconnecting.ts'
import { createSimulatedEffects } from '../../src/kernel/simulated-effects.ts'

function given() {
  const effects = createSimulatedEffects()
  const attemptsAt: number[] = []
  const reports: string[] = []
  const reconnecting = createReconnecting({
    ...{ peer: 'Asterisk', address: 'http://10.0.0.1/ari', effects },
    connect: () => attemptsAt.push(effects.monotonic()),
    outOfReach: (detail) => reports.push(detail),
  })
  return { effects, attemptsAt, reports, reconnecting }
}

/** Pauses before each attempt but the first, where every one fails. */
async function pausesOf({ effects, attemptsAt, reconnecting }: ReturnType<typeof given>, count: number) {
  const pauses: number[] = []
  for (let i = 0; i < count; i++) {
    const before = attemptsAt.length
    const from = effects.monotonic()
    reconnecting.lost('refused')
    while (attemptsAt.length === before) await effects.advance(50)
    pauses.push((attemptsAt.at(-1) ?? 0) - from)
  }
  return pauses
}

test('the pause between two attempts doubles from 250 ms up to 10 s', async () => {
  const all = given()
  all.reconnecting.start()
  expect(await pausesOf(all, 8)).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000])
})

test('the pause is short again after a connection that lasted, and not after one that did not', async () => {
  const all = given()
  all.reconnecting.start()
  await pausesOf(all, 3)
  all.reconnecting.connected()
  await all.effects.advance(999)
  expect(await pausesOf(all, 1)).toEqual([2000])
  all.reconnecting.connected()
  await all.effects.advance(1000)
  expect(await pausesOf(all, 1)).toEqual([250])
})

test('a reason is reported once, and again after a connection', async () => {
  const all = given()
  all.reconnecting.start()
  await pausesOf(all, 3)
  expect(all.reports).toEqual(['refused'])
  all.reconnecting.connected()
  expect(all.reconnecting.trouble).toBeNull()
  await pausesOf(all, 1)
  expect(all.reports).toEqual(['refused', 'refused'])
})

test('no attempt is made while suspended, nor after the end', async () => {
  const { effects, attemptsAt, reconnecting } = given()
  reconnecting.start()
  reconnecting.lost('refused')
  reconnecting.suspend()
  await effects.advance(60_000)
  expect(attemptsAt).toHaveLength(1)
  reconnecting.resume()
  expect(attemptsAt).toHaveLength(2)
  reconnecting.lost('refused')
  reconnecting.stop()
  reconnecting.resume()
  reconnecting.lost('refused')
  await effects.advance(60_000)
  expect(attemptsAt).toHaveLength(2)
})

test('a connection that is reported after it was lost does not count', async () => {
  const { effects, attemptsAt, reconnecting } = given()
  reconnecting.start()
  reconnecting.lost('refused')
  reconnecting.connected()
  expect(reconnecting.isConnected).toBe(false)
  await effects.advance(250)
  expect(attemptsAt).toHaveLength(2)
})

test('the state of the connection is described for a person', () => {
  const { reconnecting } = given()
  const texts = [reconnecting.describe()]
  reconnecting.start()
  texts.push(reconnecting.describe())
  reconnecting.lost('refused')
  texts.push(reconnecting.describe())
  reconnecting.suspend()
  reconnecting.resume()
  reconnecting.connected()
  texts.push(reconnecting.describe())
  reconnecting.stop()
  texts.push(reconnecting.describe())
  expect(texts).toEqual([
    'Asterisk, not started',
    'Asterisk at http://10.0.0.1/ari, not connected yet',
    'Asterisk at http://10.0.0.1/ari, out of reach: refused',
    'Asterisk at http://10.0.0.1/ari',
    'Asterisk, stopped',
  ])
})
