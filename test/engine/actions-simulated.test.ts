import { expect, test } from 'vitest'
import type { ActionInput } from '../../src/app/requests.ts'
import { agentsNow, callsOf, givenAgents, givenQueue, givenRunning, scripted } from '../support/given.ts'
import { action, actionId, flowsOf, outcomesOf } from '../support/given-actions.ts'
import { givenWorld } from '../support/given-world.ts'

/** A campaign with these actions that has called each of the numbers of the script, on the simulated carrier. */
async function givenCalled(actions: readonly ActionInput[], ...numbers: number[]) {
  const world = await givenWorld()
  const { campaign } = await givenRunning(world, {
    people: numbers.map((dd) => [scripted(dd)]),
    plan: { maxTryCounts: [1] },
    campaign: { actions },
  })
  await world.run()
  return {
    world,
    outcomes: await outcomesOf(world, campaign.id),
    reasons: (await callsOf(world, campaign.id)).map((call) => (call.status === 'DONE' ? call.hangupReason : null)),
    flows: await flowsOf(world, campaign.id),
  }
}

test('a menu: whoever is asked for a digit presses the last of their number', async () => {
  const { outcomes, reasons, flows } = await givenCalled(
    [
      action('TALK', { text: 'Press 1 or 2' }),
      action('DIGITS_RECEIVE', { timeoutMs: 3000 }),
      action('BRANCH', { variable: 'digits', targets: { 1: actionId(1), 2: actionId(2) } }),
      action('HANGUP', { reason: 'FAILED' }),
      action('STOP', {}, actionId(1)),
      action('HANGUP', { reason: 'AMD' }, actionId(2)),
    ],
    ...[11, 12, 13],
  )
  expect(outcomes).toEqual([
    ['played', 'received digits 1', 'matched 1', 'stopped'],
    ['played', 'received digits 2', 'matched 2', 'hung up'],
    ['played', 'received digits 3', 'matched nothing', 'hung up'],
  ])
  expect(reasons).toEqual(['NORMAL', 'AMD', 'FAILED'])
  expect(flows[1]?.executed.map(({ startedAt, endedAt }) => (endedAt ?? 0) - startedAt)).toEqual([1720, 2000, 0, 0])
})

test('AMD tells the machines of the script from its people', async () => {
  const { outcomes, reasons } = await givenCalled([action('AMD'), action('STOP')], 80, 84, 85, 0, 99)
  expect(outcomes).toEqual([
    ['machine detected'],
    ['machine detected'],
    ['the call ended'],
    ['human detected', 'stopped'],
    ['human detected', 'stopped'],
  ])
  expect(reasons).toEqual(['AMD', 'AMD', 'NORMAL', 'NORMAL', 'NORMAL'])
})

test('CONNECT: the others answer, or not, as the script has it', async () => {
  const connect = (...destinations: number[]) =>
    action('CONNECT', { destinations: destinations.map((dd) => scripted(dd)), ringTimeoutMs: 10_000 })
  const { outcomes } = await givenCalled([connect(50, 60), connect(75), connect(60, 85, 0), action('STOP')], ...[95])
  expect(outcomes).toEqual([['nobody answered', 'nobody answered', `connected to ${scripted(85)}`, 'stopped']])
})

test('the called side does not hang up while it talks to somebody else', async () => {
  const { outcomes, flows } = await givenCalled([action('CONNECT', { destinations: [scripted(1)] }), action('STOP')], 0)
  expect(outcomes).toEqual([[`connected to ${scripted(1)}`, 'stopped']])
  // Rung 2 s, talked 5 s.
  expect(flows[0]?.executed.map(({ startedAt, endedAt }) => (endedAt ?? 0) - startedAt)).toEqual([7000, 0])
})

test('BEEP, DIGITS_SEND and a recording', async () => {
  const { world, outcomes, flows } = await givenCalled(
    [
      action('RECORDING_START', { durationMaxMs: 1000 }),
      action('BEEP'),
      action('DIGITS_SEND', { digits: '12' }),
      action('SLEEP', { durationMs: 2000 }),
      action('RECORDING_START'),
      action('SLEEP', { durationMs: 1000 }),
      action('RECORDING_STOP'),
    ],
    ...[95],
  )
  expect(outcomes).toEqual([
    ['recording', 'played', 'sent digits 12', 'slept', 'recording', 'slept', 'stopped recording'],
  ])
  const [recordings] = await world.app.activeflows.recordings(world.viewer, [flows[0]?.campaigncallId ?? ''])
  expect(recordings?.map(({ startedAt, endedAt }) => (endedAt ?? 0) - startedAt)).toEqual([1000, 1000])
  expect(recordings?.every(({ location }) => /^simulated:.+\.wav$/.test(location))).toBe(true)
})

test('a QUEUE_JOIN has come to what the queue made of it', async () => {
  const world = await givenWorld()
  const queue = await givenQueue(world, { waitTimeoutMs: 3000 })
  const agents = await givenAgents(world, queue.id, [{}])
  const { campaign } = await givenRunning(world, {
    people: [[scripted(95)], [scripted(96)]],
    plan: { maxTryCounts: [1] },
    campaign: { actions: [action('ANSWER'), action('QUEUE_JOIN')], queueId: queue.id, pacing: 'RATIO', ratio: 200 },
  })
  await world.advance(2000)
  expect(await agentsNow(world, agents)).toMatchObject([{ status: 'RINGING' }])
  expect(await outcomesOf(world, campaign.id)).toEqual([
    ['answered', null],
    ['answered', null],
  ])
  await world.advance(4000)
  expect(await outcomesOf(world, campaign.id)).toEqual([
    ['answered', 'connected to an agent'],
    ['answered', 'ended before an agent answered'],
  ])
  const [first, second] = await flowsOf(world, campaign.id)
  const lasted = (flow: typeof first) => {
    const join = flow?.executed[1]
    return (join?.endedAt ?? 0) - (join?.startedAt ?? 0)
  }
  expect([lasted(first), lasted(second)]).toEqual([1000, 3000])
})
