import { expect, test } from 'vitest'
import { callsOf, dialingOf, givenRunning, must, scripted, statusOf, targetsOf } from '../support/given.ts'
import { givenWorld } from '../support/given-world.ts'

const busy = scripted(50)
const answered = scripted(0)
const minuteMs = 60_000

const triesOf = (calls: readonly { destinationIndex: number; tryCount: number }[]) =>
  calls.map((call) => [call.destinationIndex, call.tryCount])

test('RT-1: a target that is always busy is tried three times, then it is DONE and the campaign stops', async () => {
  const world = await givenWorld()
  const { campaign, outdial } = await givenRunning(world, {
    people: [[busy]],
    plan: { maxTryCounts: [3], tryIntervalMs: 1000 },
  })
  await world.run()
  expect(triesOf(await callsOf(world, campaign.id))).toEqual([
    [0, 1],
    [0, 2],
    [0, 3],
  ])
  expect(await targetsOf(world, outdial.id)).toMatchObject([{ status: 'DONE', attempt: 3, reached: false }])
  expect(await statusOf(world, campaign.id)).toBe('STOP')
})

test('RT-2: destinations are used up in order, each by its own count', async () => {
  const world = await givenWorld()
  const { campaign } = await givenRunning(world, {
    people: [[busy, scripted(51)]],
    plan: { maxTryCounts: [2, 1], tryIntervalMs: 1000 },
  })
  await world.run()
  expect(triesOf(await callsOf(world, campaign.id))).toEqual([
    [0, 1],
    [0, 2],
    [1, 1],
  ])
})

test('RT-3: an answered attempt ends the tries of a target', async () => {
  const world = await givenWorld()
  // 90 is busy on the first try and answered from the second on.
  const { campaign, outdial } = await givenRunning(world, {
    people: [[scripted(90), busy]],
    plan: { maxTryCounts: [2, 1], tryIntervalMs: 1000 },
  })
  await world.run()
  expect(triesOf(await callsOf(world, campaign.id))).toEqual([
    [0, 1],
    [0, 2],
  ])
  const [target] = await targetsOf(world, outdial.id)
  expect(target).toMatchObject({ status: 'DONE', reached: true, outcome: 'SUCCESS' })
  expect(target?.destinations.map((of) => of.tryCount)).toEqual([2, 0])
})

test('a destination of index 0 that is empty or has no tries in the plan is passed over', async () => {
  const world = await givenWorld()
  const { campaign } = await givenRunning(world, {
    people: [
      [null, answered],
      [busy, answered],
    ],
    plan: { maxTryCounts: [0, 1] },
  })
  await world.run()
  expect(triesOf(await callsOf(world, campaign.id))).toEqual([
    [1, 1],
    [1, 1],
  ])
})

test('TI-1: a retry starts exactly tryIntervalMs after the end of the last attempt, and not 1 ms before', async () => {
  const world = await givenWorld()
  const { campaign } = await givenRunning(world, {
    people: [[busy]],
    plan: { maxTryCounts: [2], tryIntervalMs: 5000 },
  })
  await world.advance(1000)
  expect(await callsOf(world, campaign.id)).toMatchObject([{ status: 'DONE', hangupReason: 'BUSY' }])
  await world.advance(4999)
  expect(await callsOf(world, campaign.id)).toHaveLength(1)
  await world.advance(1)
  expect(await callsOf(world, campaign.id)).toHaveLength(2)
})

test('what waits for its retry interval is reported with the time of the next attempt', async () => {
  const world = await givenWorld()
  const { campaign, outdial } = await givenRunning(world, { people: [[busy]], plan: { tryIntervalMs: minuteMs } })
  await world.advance(1000)
  const next = world.effects.now() + minuteMs
  expect(await dialingOf(world, campaign.id)).toMatchObject({ blockedBy: 'RETRY_NOT_DUE', nextAttemptAt: next })
  expect(await world.app.outdialTargets.nextAttemptAt(world.viewer, await targetsOf(world, outdial.id))).toEqual([next])
})

test('never tried targets go first, in the order they were added; retries follow by the end of their last attempt', async () => {
  const world = await givenWorld()
  const numbers = [scripted(50), scripted(51), scripted(52), scripted(53)]
  const { campaign } = await givenRunning(world, {
    people: numbers.map((number) => [number]),
    plan: { maxTryCounts: [2], tryIntervalMs: 0 },
    campaign: { concurrentCallsMax: 1 },
  })
  await world.run()
  const dialed = (await callsOf(world, campaign.id)).map((call) => call.destination.target)
  expect(dialed).toEqual([...numbers, ...numbers])
})

test('a target that is not due never holds up another that is', async () => {
  const world = await givenWorld()
  const { campaign, outdial } = await givenRunning(world, {
    people: [[busy]],
    plan: { maxTryCounts: [2], tryIntervalMs: minuteMs },
    campaign: { concurrentCallsMax: 1 },
  })
  await world.advance(1000)
  const late = [{ name: '', detail: '', data: '', destinations: [{ ...(await firstAddress()), target: answered }] }]
  must(await world.app.outdialTargets.add(world.viewer, outdial.id, late))
  await world.settle()
  expect(await callsOf(world, campaign.id)).toMatchObject([{}, { destination: { target: answered } }])

  async function firstAddress() {
    const [target] = await targetsOf(world, outdial.id)
    const address = target?.destinations[0]?.address
    if (address === undefined) throw new Error('a target with an address')
    return address
  }
})

test('editing a target does not make it tried: its interval counts from the end of its attempt', async () => {
  const world = await givenWorld()
  const { campaign, targets } = await givenRunning(world, {
    people: [[busy]],
    plan: { maxTryCounts: [2], tryIntervalMs: 10_000 },
  })
  await world.advance(6000)
  must(await world.app.outdialTargets.update(world.viewer, targets[0]?.id ?? '', { name: 'Renamed' }))
  await world.advance(4999)
  expect(await callsOf(world, campaign.id)).toHaveLength(1)
  await world.advance(1)
  expect(await callsOf(world, campaign.id)).toHaveLength(2)
})

test('a shorter interval makes a waiting target due at once', async () => {
  const world = await givenWorld()
  const { campaign, outplan } = await givenRunning(world, { people: [[busy]], plan: { tryIntervalMs: minuteMs } })
  await world.advance(11_000)
  must(await world.app.outplans.update(world.viewer, outplan.id, { tryIntervalMs: 10_000 }))
  await world.settle()
  expect(await callsOf(world, campaign.id)).toHaveLength(2)
})
