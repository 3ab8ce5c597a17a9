import { expect, test } from 'vitest'
import type { QueueStrategy } from '../../src/domain/queue.ts'
import {
  agentsNow,
  eventsOf,
  givenAgents,
  givenQueue,
  givenRunning,
  must,
  scripted,
  stepsOf,
} from '../support/given.ts'
import { givenScriptedWorld, givenWorld } from '../support/given-world.ts'

const number = scripted(95)

/** Who is offered the calls of a campaign, one after the other, each ended before the next: places in the queue. */
async function offersOf(strategy: QueueStrategy, callCount: number, seed = 1) {
  const { world, carrier } = await givenScriptedWorld({ seed })
  const queue = await givenQueue(world, { strategy })
  const agents = await givenAgents(world, queue.id, [{}, {}, {}])
  await givenRunning(world, {
    people: Array.from({ length: callCount }, () => [number]),
    plan: { maxTryCounts: [1] },
    campaign: { queueId: queue.id, concurrentCallsMax: 1 },
  })
  const offered: number[] = []
  for (let i = 0; i < callCount; i++) {
    await world.advance(1000)
    carrier.tell(carrier.callId(i), { type: 'ANSWERED' })
    await world.settle()
    const connect = carrier.asked.filter((of) => of.what === 'CONNECT').at(-1)
    const agentId = connect?.what === 'CONNECT' ? connect.agentId : ''
    offered.push(agents.findIndex((agent) => agent.id === agentId))
    carrier.tell(carrier.callId(i), { type: 'AGENT_CONNECTED', agentId })
    carrier.tell(carrier.callId(i), { type: 'HANGUP', reason: 'NORMAL', by: 'THEM', detail: '' })
    await world.settle()
  }
  return offered
}

test('TOP_DOWN offers the first available agent in the order of the queue', async () => {
  expect(await offersOf('TOP_DOWN', 4)).toEqual([0, 0, 0, 0])
})

test('ROUND_ROBIN offers the next after the one who was last offered a call', async () => {
  expect(await offersOf('ROUND_ROBIN', 5)).toEqual([0, 1, 2, 0, 1])
})

test('LONGEST_IDLE offers who has been free the longest', async () => {
  expect(await offersOf('LONGEST_IDLE', 5)).toEqual([0, 1, 2, 0, 1])
})

test('AGENT_WITH_FEWEST_CALLS offers who has taken the fewest since being OFFLINE', async () => {
  expect(await offersOf('AGENT_WITH_FEWEST_CALLS', 6)).toEqual([0, 1, 2, 0, 1, 2])
})

test('RANDOM is seeded: the same seed offers the same agents, and another one others', async () => {
  const first = await offersOf('RANDOM', 8, 1)
  expect(await offersOf('RANDOM', 8, 1)).toEqual(first)
  expect(await offersOf('RANDOM', 8, 2)).not.toEqual(first)
  expect(new Set(first).size).toBeGreaterThan(1)
})

test('an agent who was OFFLINE has taken no calls as far as AGENT_WITH_FEWEST_CALLS is concerned', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const queue = await givenQueue(world, { strategy: 'AGENT_WITH_FEWEST_CALLS' })
  const agents = await givenAgents(world, queue.id, [{}, {}])
  const [first, second] = agents.map((agent) => agent.id)
  await givenRunning(world, {
    people: Array.from({ length: 3 }, () => [number]),
    plan: { maxTryCounts: [1] },
    campaign: { queueId: queue.id, concurrentCallsMax: 1 },
  })
  for (const [i, agentId] of [first, second].entries()) {
    await world.advance(1000)
    const connected = { type: 'AGENT_CONNECTED', agentId: agentId ?? '' } as const
    carrier.tell(carrier.callId(i), { type: 'ANSWERED' })
    await world.settle()
    carrier.tell(carrier.callId(i), connected, { type: 'HANGUP', reason: 'NORMAL', by: 'THEM', detail: '' })
    await world.settle()
  }
  must(await world.app.agents.setStatus(world.viewer, second ?? '', 'OFFLINE'))
  must(await world.app.agents.setStatus(world.viewer, second ?? '', 'AVAILABLE'))
  carrier.tell(carrier.callId(2), { type: 'ANSWERED' })
  await world.settle()
  expect(carrier.asked.at(-1)).toMatchObject({ what: 'CONNECT', agentId: second })
  expect(await agentsNow(world, agents)).toMatchObject([{ callsTaken: 1 }, { callsTaken: 1, callsSinceOffline: 0 }])
})

test('RING_ALL rings all who are available; the first to answer takes the call, and the others are free at once', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const queue = await givenQueue(world, { strategy: 'RING_ALL' })
  const agents = await givenAgents(world, queue.id, [{}, {}, {}])
  const { campaign } = await givenRunning(world, { people: [[number]], campaign: { queueId: queue.id } })
  await world.settle()
  carrier.tell(carrier.callId(0), { type: 'ANSWERED' })
  await world.settle()
  expect((await agentsNow(world, agents)).map((agent) => agent.status)).toEqual(['RINGING', 'RINGING', 'RINGING'])
  carrier.tell(carrier.callId(0), { type: 'AGENT_CONNECTED', agentId: agents[1]?.id ?? '' })
  await world.settle()
  expect((await agentsNow(world, agents)).map((agent) => agent.status)).toEqual(['AVAILABLE', 'BUSY', 'AVAILABLE'])
  const [steps = []] = await stepsOf(world, campaign.id)
  expect(steps.map((step) => step.event)).toEqual([
    ...['CREATED', 'ANSWERED', 'AGENT_RINGING', 'AGENT_RINGING', 'AGENT_RINGING', 'AGENT_CONNECTED'],
  ])
  const silenced = carrier.asked.flatMap((of) => (of.what === 'WITHDRAW' ? [of.agentId] : []))
  expect(silenced).toEqual([agents[0]?.id, agents[2]?.id])
})

test('with RING_ALL nobody goes AWAY when nobody takes the call, and it is offered again', async () => {
  const world = await givenWorld()
  const queue = await givenQueue(world, { strategy: 'RING_ALL', agentRingMs: 5000, waitTimeoutMs: 0 })
  const agents = await givenAgents(world, queue.id, [{ extension: '3099' }, { extension: '3199' }])
  const { campaign } = await givenRunning(world, { people: [[number]], campaign: { queueId: queue.id } })
  await world.advance(2000 + 5000)
  expect((await agentsNow(world, agents)).map((agent) => agent.status)).toEqual(['RINGING', 'RINGING'])
  expect((await eventsOf(world, campaign.id))[0]?.slice(2)).toEqual([
    ...['AGENT_RINGING', 'AGENT_RINGING', 'AGENT_MISSED', 'AGENT_MISSED', 'AGENT_RINGING', 'AGENT_RINGING'],
  ])
})

test('a phone that is offered the same call again with RING_ALL rings again', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const queue = await givenQueue(world, { strategy: 'RING_ALL', agentRingMs: 5000 })
  await givenAgents(world, queue.id, [{}])
  await givenRunning(world, { people: [[number]], campaign: { queueId: queue.id } })
  await world.settle()
  carrier.tell(carrier.callId(0), { type: 'ANSWERED' })
  await world.advance(5000)
  expect(carrier.words()).toEqual(['ORIGINATE', 'CONNECT', 'WITHDRAW', 'CONNECT'])
})
