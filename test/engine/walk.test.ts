import { expect, test } from 'vitest'
import { callsOf, givenAgents, givenQueue, givenReady, must, scripted, statusOf } from '../support/given.ts'
import { createWorld } from '../support/world.ts'

test('a campaign with one target is dialed, answered and comes to its natural end', async () => {
  const world = await createWorld()
  const { campaign } = await givenReady(world, { people: [[scripted(0)]] })
  must(await world.app.campaigns.run(world.viewer, campaign.id))
  await world.run()
  const calls = await callsOf(world, campaign.id)
  expect(calls).toMatchObject([{ status: 'DONE', hangupReason: 'NORMAL', result: 'SUCCESS', tryCount: 1 }])
  expect(await statusOf(world, campaign.id)).toBe('STOP')
  const [transitions = []] = await world.app.campaigncalls.transitions(
    world.viewer,
    calls.map((call) => call.id),
  )
  expect(transitions.map((of) => `${of.version} ${of.event}`)).toEqual(['1 CREATED', '2 ANSWERED', '3 ENDED'])
  expect(world.complaints).toEqual([])
  await world.close()
})

test('an answered call is joined to an agent of the queue', async () => {
  const world = await createWorld()
  const queue = await givenQueue(world)
  await givenAgents(world, queue.id, [{ wrapUpMs: 500 }])
  const { campaign } = await givenReady(world, {
    people: [[scripted(0)], [scripted(1)]],
    campaign: { queueId: queue.id, actions: [{ type: 'TALK', option: { text: 'Hello' } }] },
  })
  must(await world.app.campaigns.run(world.viewer, campaign.id))
  await world.run()
  const calls = await callsOf(world, campaign.id)
  const [transitions = []] = await world.app.campaigncalls.transitions(
    world.viewer,
    calls.map((call) => call.id),
  )
  expect(transitions.map((of) => of.event)).toEqual([
    'CREATED',
    'ANSWERED',
    'AGENT_RINGING',
    'AGENT_CONNECTED',
    'ENDED',
  ])
  expect(calls.map((call) => call.status === 'DONE' && call.hangupReason)).toEqual(['NORMAL', 'NORMAL'])
  expect(world.complaints).toEqual([])
  await world.close()
})

test('a caller who hangs up during the greeting ends NORMAL, and no agent is rung', async () => {
  const world = await createWorld()
  const queue = await givenQueue(world)
  await givenAgents(world, queue.id, [{}])
  const { campaign } = await givenReady(world, {
    people: [[scripted(85)]],
    campaign: { queueId: queue.id, actions: [{ type: 'TALK', option: { text: 'Hello' } }] },
  })
  must(await world.app.campaigns.run(world.viewer, campaign.id))
  await world.run()
  const calls = await callsOf(world, campaign.id)
  const [transitions = []] = await world.app.campaigncalls.transitions(
    world.viewer,
    calls.map((call) => call.id),
  )
  expect(transitions.map((of) => of.event)).toEqual(['CREATED', 'ANSWERED', 'ENDED'])
  expect(transitions.at(-1)?.hangupReason).toBe('NORMAL')
  await world.close()
})
