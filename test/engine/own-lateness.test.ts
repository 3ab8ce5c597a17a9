import { expect, test } from 'vitest'
import { callsOf, dialingOf, givenRunning, scripted, statusOf, targetsOf } from '../support/given.ts'
import { givenStallingWorld } from '../support/given-world.ts'

const number = scripted(0)
const plan = { dialTimeoutMs: 20_000, tryIntervalMs: 60_000, maxTryCounts: [1] }
const people = (count: number) => Array.from({ length: count }, () => [number])

/** A world in which a commit takes as long as the test says. */
async function givenSlowDisk() {
  const disk = { commitMs: 0, standStill: (_: number) => {} }
  const onStatement = (sql: string) => {
    if (sql === 'COMMIT') disk.standStill(disk.commitMs)
  }
  const given = await givenStallingWorld({ onStatement })
  disk.standStill = given.standStill
  return { ...given, disk }
}

test('calls that a slow disk made late cost their targets nothing, however often, and are placed once it is quick', async () => {
  const { world, carrier, disk } = await givenSlowDisk()
  const { campaign, outdial } = await givenRunning(world, { people: people(60), plan })
  disk.commitMs = 2100
  await world.advance(60_000)
  expect(carrier.requests).toEqual([])
  expect(await statusOf(world, campaign.id)).toBe('RUN')
  for (const target of await targetsOf(world, outdial.id)) {
    expect(target).toMatchObject({ lastAttemptAt: 0, unplacedInRow: 0, outcome: null })
    expect(target.status).not.toBe('DONE')
  }
  disk.commitMs = 0
  await world.advance(1000)
  expect(carrier.requests).toHaveLength(60)
  expect(carrier.requests.map(({ tryCount }) => tryCount)).toEqual(people(60).map(() => 1))
})

test('after a late call one call is claimed, then 2, 4 … as calls are in time', async () => {
  const { world, carrier, disk } = await givenSlowDisk()
  const claimed: number[] = []
  const { run } = world.app.ticks
  world.app.ticks.run = async (look) => {
    const result = await run(look)
    if (result.claim.claimed > 0) claimed.push(result.claim.claimed)
    if (claimed.length === 3) disk.commitMs = 0
    return result
  }
  await givenRunning(world, { people: people(300), plan })
  disk.commitMs = 2100
  await world.advance(30_000)
  expect(claimed).toEqual([100, 1, 1, 1, 2, 4, 8, 16, 32, 64, 100, 73])
  expect(carrier.requests).toHaveLength(300)
})

test('while one call is placed at a time the report says so', async () => {
  const { world, disk } = await givenSlowDisk()
  const { campaign } = await givenRunning(world, { people: people(5), plan })
  disk.commitMs = 2100
  await world.advance(2000)
  const report = await dialingOf(world, campaign.id)
  expect(report.blockedBy).toBe('ENGINE_STOPPED')
  expect(report.message).toContain('the disk is slow')
  const engine = await world.app.engines.get(world.viewer)
  expect(engine.state).toBe('RUNNING')
  expect(engine.reason).toContain('one at a time')
  disk.commitMs = 0
  await world.advance(3000)
  expect((await dialingOf(world, campaign.id)).blockedBy).toBe('TARGETS_IN_FLIGHT')
  expect(await world.app.engines.get(world.viewer)).toMatchObject({ state: 'RUNNING', reason: null })
})

test('a request that never left this process costs its target nothing, however often', async () => {
  const { world, carrier } = await givenStallingWorld()
  const { campaign, outdial } = await givenRunning(world, { people: people(1), plan })
  let left = 5
  carrier.answerWith(() => (left-- > 0 ? { type: 'NOT_SENT', detail: 'no connection was free' } : { type: 'ACCEPTED' }))
  await world.advance(5000)
  expect(carrier.requests).toHaveLength(6)
  const calls = await callsOf(world, campaign.id)
  expect(calls.map((call) => (call.status === 'DONE' ? call.hangupReason : call.status))).toEqual([
    ...Array.from({ length: 5 }, () => 'CANCEL'),
    'DIALING',
  ])
  expect(await targetsOf(world, outdial.id)).toMatchObject([{ attempt: 6, destinations: [{ tryCount: 1 }] }])
})

test('no more calls are claimed than the driver can hand over at once', async () => {
  const { world, carrier } = await givenStallingWorld()
  let free = 20
  Object.assign(carrier.driver, { room: () => ({ calls: free, againInMs: 50 }) })
  const answers: (() => void)[] = []
  carrier.answerWith(() => {
    free--
    return new Promise((resolve) =>
      answers.push(() => {
        free++
        resolve({ type: 'ACCEPTED' })
      }),
    )
  })
  await givenRunning(world, { people: people(100), plan })
  await world.settle()
  expect(carrier.requests).toHaveLength(20)
  for (const answer of answers.splice(0, 7)) answer()
  await world.settle()
  expect(carrier.requests).toHaveLength(27)
  while (answers.length > 0) {
    answers.pop()?.()
    await world.settle()
  }
  expect(carrier.requests).toHaveLength(100)
})

test('a driver that has no room is asked again after the time it names', async () => {
  const { world, carrier } = await givenStallingWorld()
  let calls = 0
  Object.assign(carrier.driver, { room: () => ({ calls, againInMs: 500 }) })
  await givenRunning(world, { people: people(1), plan })
  await world.advance(499)
  calls = 1
  expect(carrier.requests).toHaveLength(0)
  await world.advance(1)
  expect(carrier.requests).toHaveLength(1)
})
