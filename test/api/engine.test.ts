import { expect, onTestFinished, test } from 'vitest'
import { createSimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import { givenRunning, scripted } from '../support/given.ts'
import { createScriptedDriver } from '../support/scripted-driver.ts'
import { createServedWorld } from './served-world.ts'

const query = '{ engine { state reason driver term startedAt heartbeatAt here callsInFlight adopted unknown } }'
const resume = 'mutation { engineResume { engine { state reason } userErrors { code field message } } }'
const hour = 3_600_000

async function givenServed(options: Parameters<typeof createServedWorld>[0] = {}) {
  const effects = createSimulatedEffects()
  const carrier = createScriptedDriver(effects)
  const world = await createServedWorld({ effects, driver: carrier.driver, ...options })
  onTestFinished(() => world.close())
  return { world, carrier }
}

test('Query.engine shows what the engine does, in every field', async () => {
  const { world } = await givenServed()
  await givenRunning(world, { people: [[scripted(95)]] })
  await world.settle()
  const at = new Date(world.effects.now()).toISOString()
  expect(await world.must(query)).toEqual({
    engine: {
      ...{ state: 'RUNNING', reason: null, driver: 'scripted', term: 1, startedAt: at, heartbeatAt: at },
      ...{ here: true, callsInFlight: 1, adopted: 0, unknown: 0 },
    },
  })
})

test('a call that ends UNKNOWN is counted', async () => {
  const { world } = await givenServed()
  await givenRunning(world, { people: [[scripted(95)]], plan: { maxTryCounts: [1], dialTimeoutMs: 10_000 } })
  await world.advance(60_000)
  expect(await world.must('{ engine { unknown callsInFlight } }')).toEqual({ engine: { unknown: 1, callsInFlight: 0 } })
})

test('engineResume lets a HALTED engine go on, and says how it is then', async () => {
  const { world } = await givenServed()
  world.effects.jump(hour)
  await world.advance(2000)
  const halted = await world.must<{ engine: { state: string; reason: string } }>(query)
  expect(halted.engine).toMatchObject({
    state: 'HALTED',
    reason: 'The clock of this machine was set forward by 3600 s.',
  })
  const going = { engineResume: { engine: { state: 'RUNNING', reason: null }, userErrors: [] } }
  expect(await world.must(resume)).toEqual(going)
  expect(await world.must(resume)).toEqual(going)
})

test('engineResume is a conflict for an engine that is not HALTED, nor RUNNING', async () => {
  const { world, carrier } = await givenServed()
  carrier.disconnect()
  await world.settle()
  expect(await world.must(resume)).toEqual({
    engineResume: {
      engine: { state: 'WAITING_FOR_CARRIER', reason: 'The carrier cannot be reached: the test says so.' },
      userErrors: [
        {
          ...{ code: 'STATE_CONFLICT', field: ['state'] },
          message: 'The engine is WAITING_FOR_CARRIER, not HALTED: there is nothing to resume.',
        },
      ],
    },
  })
})

test('a transition that was established afterwards says so', async () => {
  const { world, carrier } = await givenServed()
  await givenRunning(world, { people: [[scripted(95)]], plan: { maxTryCounts: [1] } })
  await world.settle()
  carrier.lookupWith(() => ({ type: 'ENDED', reason: 'BUSY', answeredAt: null, endedAt: world.effects.now() }))
  carrier.disconnect()
  carrier.connect()
  await world.settle()
  const steps = await world.must('{ campaigncallTransitions { event inferred } }')
  expect(steps).toEqual({
    campaigncallTransitions: [
      { event: 'CREATED', inferred: false },
      { event: 'ENDED', inferred: true },
    ],
  })
})

test('/ready tells of an engine that has stopped itself', async () => {
  const { world } = await givenServed()
  expect((await fetch(`${world.url}/ready`)).status).toBe(200)
  world.effects.jump(-hour)
  await world.advance(2000)
  const ready = await fetch(`${world.url}/ready`)
  expect([ready.status, await ready.json()]).toEqual([
    503,
    { status: 'halted', engine: { state: 'HALTED', reason: 'The clock of this machine was set back by 3600 s.' } },
  ])
})
