import { afterAll, expect, test } from 'vitest'
import { engineAt } from './api.ts'
import { createStage } from './stage.ts'
import { createStory, startCarrier } from './story.ts'

const timeout = 240_000
/** Most of a list is still to be called when something happens to the first calls. */
const slowly = { DIALGRAPH_CALLS_PER_SECOND: '20' }

const stage = createStage()
afterAll(() => stage.end())

test.concurrent('calls that a carrier forgot as it was killed end UNKNOWN, and are not dialed again', {
  timeout,
}, async () => {
  const carrier = await startCarrier(stage, 2)
  // All of them are answered after a second, and never hang up.
  const story = await createStory(stage, carrier, { targets: 200, scripts: [95], maxTryCount: 1 }, slowly)
  const life = await story.live()
  await story.untilTold('ANSWERED')
  carrier.child.signal('SIGKILL')
  await life.child.complained('the carrier cannot be reached')
  expect(await engineAt(life.url)).toMatchObject({ state: 'WAITING_FOR_CARRIER' })

  const toldBefore = await story.untilAllTold()
  await startCarrier(stage, 2, carrier)
  await story.untilTold('CREATED', toldBefore)
  expect(await engineAt(life.url)).toMatchObject({ state: 'RUNNING', unknown: expect.toSatisfy((count) => count > 0) })
  const { findings, unknown, exitCode, snapshot } = await story.end(life)
  expect([findings, exitCode]).toEqual([[], 0])
  expect(unknown.length).toBeGreaterThan(0)
  // Calls that a busy machine could not hand over in time may come before; none comes after.
  for (const { outdial_target_id: target, attempt } of unknown) {
    const attempts = snapshot.calls.filter((call) => call.outdial_target_id === target).map((call) => call.attempt)
    expect(Math.max(...attempts)).toBe(attempt)
  }
})

test.concurrent('a carrier that is stopped counts as out of reach, and nothing is lost when it goes on', {
  timeout,
}, async () => {
  const carrier = await startCarrier(stage, 20)
  const story = await createStory(stage, carrier, { targets: 300 }, slowly)
  const life = await story.live()
  await story.untilTold('ANSWERED')
  carrier.child.signal('SIGSTOP')
  await life.child.complained('no heartbeat')
  expect(await engineAt(life.url)).toMatchObject({ state: 'WAITING_FOR_CARRIER' })

  const toldBefore = await story.untilAllTold()
  carrier.child.signal('SIGCONT')
  await story.untilTold('CREATED', toldBefore)
  expect(await engineAt(life.url)).toMatchObject({ state: 'RUNNING' })
  const { findings, unknown, exitCode } = await story.end(life)
  expect([findings, unknown, exitCode]).toEqual([[], [], 0])
})

test.concurrent('a program whose carrier is silent ends in time when it is asked to, and finds its calls again', {
  timeout,
}, async () => {
  const carrier = await startCarrier(stage, 20)
  const story = await createStory(stage, carrier, { targets: 100 }, slowly)
  const { child } = await story.live()
  await story.untilTold('ANSWERED')
  carrier.child.signal('SIGSTOP')
  // These are asked for and get no answer.
  await story.untilTold('CREATED', await story.untilAllTold())
  const askedAt = performance.now()
  child.signal('SIGTERM')
  expect(await child.ended).toBe(0)
  expect(performance.now() - askedAt).toBeLessThan(10_000)
  carrier.child.signal('SIGCONT')
  const { findings, unknown, exitCode } = await story.end(await story.live())
  expect([findings, unknown, exitCode]).toEqual([[], [], 0])
})
