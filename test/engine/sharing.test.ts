import { expect, test } from 'vitest'
import type { CampaignCreateInput } from '../../src/app/requests.ts'
import {
  agentsNow,
  callsOf,
  givenAgent,
  givenAgents,
  givenQueue,
  givenRunning,
  must,
  scripted,
  statusOf,
} from '../support/given.ts'
import { givenScriptedWorld, givenWorld } from '../support/given-world.ts'
import type { World } from '../support/world.ts'

const number = scripted(95)
const answered = { type: 'ANSWERED' } as const
const busy = { type: 'HANGUP', reason: 'BUSY', by: 'THEM', detail: '' } as const
const peopleOf = (count: number) => Array.from({ length: count }, () => [number])

function givenDialing(world: World, campaign: Partial<CampaignCreateInput>, targetCount = 10) {
  return givenRunning(world, { people: peopleOf(targetCount), plan: { maxTryCounts: [1] }, campaign })
}

/** Queues that have an agent in common, each with another of its own. */
async function givenJoinedQueues(world: World) {
  const shared = await givenAgent(world)
  const queues = [await givenQueue(world), await givenQueue(world)] as const
  for (const queue of queues) {
    const own = await givenAgent(world)
    must(await world.app.queues.setAgents(world.viewer, queue.id, [shared.id, own.id]))
    must(await world.app.agents.setStatus(world.viewer, own.id, 'AVAILABLE'))
  }
  must(await world.app.agents.setStatus(world.viewer, shared.id, 'AVAILABLE'))
  return { shared, queues }
}

test('calls dialing are counted over the pool of queues that share agents', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const { queues } = await givenJoinedQueues(world)
  await givenDialing(world, { queueId: queues[0].id })
  await world.settle()
  expect(carrier.requests).toHaveLength(2)
  // A of the second queue is 2 as well, and D over the pool is 2 already.
  const second = await givenDialing(world, { queueId: queues[1].id })
  await world.settle()
  expect(carrier.requests).toHaveLength(2)
  expect(await callsOf(world, second.campaign.id)).toEqual([])
})

test('queues without a common agent are paced apart', async () => {
  const { world, carrier } = await givenScriptedWorld()
  for (const _ of [1, 2]) {
    const queue = await givenQueue(world)
    await givenAgents(world, queue.id, [{}, {}])
    await givenDialing(world, { queueId: queue.id })
  }
  await world.settle()
  expect(carrier.requests).toHaveLength(4)
})

test('queues that are joined through a third one are one pool', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const [a, b] = [await givenAgent(world), await givenAgent(world)]
  const [first, second, between] = [await givenQueue(world), await givenQueue(world), await givenQueue(world)]
  must(await world.app.queues.setAgents(world.viewer, first.id, [a.id]))
  must(await world.app.queues.setAgents(world.viewer, second.id, [b.id]))
  must(await world.app.queues.setAgents(world.viewer, between.id, [a.id, b.id]))
  for (const agent of [a, b]) must(await world.app.agents.setStatus(world.viewer, agent.id, 'AVAILABLE'))
  await givenDialing(world, { queueId: first.id })
  await givenDialing(world, { queueId: second.id })
  await world.settle()
  expect(carrier.requests).toHaveLength(1)
  // Its sibling: without the queue between them they are two pools.
  must(await world.app.queues.setAgents(world.viewer, between.id, []))
  await world.settle()
  expect(carrier.requests).toHaveLength(2)
})

test('answered calls without an agent are counted over the pool too', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const { queues } = await givenJoinedQueues(world)
  const actions = [{ type: 'TALK' as const, option: { text: 'Hello' } }]
  await givenDialing(world, { queueId: queues[0].id, actions })
  await world.settle()
  for (const i of [0, 1]) carrier.tell(carrier.callId(i), answered)
  await world.settle()
  const second = await givenDialing(world, { queueId: queues[1].id })
  await world.settle()
  expect(await callsOf(world, second.campaign.id)).toEqual([])
  expect(carrier.requests).toHaveLength(2)
})

test('an agent in two queues is reserved once', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const agent = await givenAgent(world)
  const queues = [await givenQueue(world), await givenQueue(world)]
  for (const queue of queues) must(await world.app.queues.setAgents(world.viewer, queue.id, [agent.id]))
  must(await world.app.agents.setStatus(world.viewer, agent.id, 'AVAILABLE'))
  for (const queue of queues) await givenDialing(world, { queueId: queue.id, serviceLevel: 50 }, 1)
  await world.settle()
  expect(carrier.requests).toHaveLength(2)
  for (const i of [0, 1]) carrier.tell(carrier.callId(i), answered)
  await world.settle()
  expect(carrier.words()).toEqual(['ORIGINATE', 'ORIGINATE', 'CONNECT'])
  expect(await agentsNow(world, [agent])).toMatchObject([{ status: 'RINGING' }])
})

test('a freed agent takes the call that has waited longest over all its queues', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const agent = await givenAgent(world)
  const queues = [await givenQueue(world), await givenQueue(world)]
  for (const queue of queues) must(await world.app.queues.setAgents(world.viewer, queue.id, [agent.id]))
  must(await world.app.agents.setStatus(world.viewer, agent.id, 'AVAILABLE'))
  for (const queue of queues) await givenDialing(world, { queueId: queue.id, serviceLevel: 50 }, 1)
  await world.settle()
  must(await world.app.agents.setStatus(world.viewer, agent.id, 'AWAY'))
  // The call of the second queue is answered first.
  carrier.tell(carrier.callId(1), answered)
  await world.advance(1000)
  carrier.tell(carrier.callId(0), answered)
  await world.advance(1000)
  must(await world.app.agents.setStatus(world.viewer, agent.id, 'AVAILABLE'))
  await world.settle()
  expect(carrier.asked.at(-1)).toMatchObject({ what: 'CONNECT', callId: carrier.callId(1) })
})

test('calls of one queue are served first come first served', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const queue = await givenQueue(world)
  const [agent] = await givenAgents(world, queue.id, [{}])
  await givenDialing(world, { queueId: queue.id, serviceLevel: 25 }, 3)
  await world.settle()
  must(await world.app.agents.setStatus(world.viewer, agent?.id ?? '', 'AWAY'))
  for (const i of [2, 0, 1]) {
    carrier.tell(carrier.callId(i), answered)
    await world.advance(100)
  }
  must(await world.app.agents.setStatus(world.viewer, agent?.id ?? '', 'AVAILABLE'))
  await world.settle()
  expect(carrier.asked.at(-1)).toMatchObject({ what: 'CONNECT', callId: carrier.callId(2) })
})

/** Ends so many calls, one at a time, so that as many others start. */
async function endCalls(
  world: World,
  carrier: Awaited<ReturnType<typeof givenScriptedWorld>>['carrier'],
  calls: number,
) {
  for (let i = 0; i < calls; i++) {
    await world.settle()
    carrier.tell(carrier.callId(i), busy)
  }
  await world.settle()
}

test('two campaigns that share a queue take turns, one call each', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const queue = await givenQueue(world)
  await givenAgents(world, queue.id, [{}])
  const first = await givenDialing(world, { queueId: queue.id })
  const second = await givenDialing(world, { queueId: queue.id })
  await endCalls(world, carrier, 7)
  const counts = [await callsOf(world, first.campaign.id), await callsOf(world, second.campaign.id)]
  expect(counts.map((calls) => calls.length)).toEqual([4, 4])
})

test('a third campaign that dials in between does not disturb the turns of two that share a queue', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const queue = await givenQueue(world)
  await givenAgents(world, queue.id, [{}])
  const first = await givenDialing(world, { queueId: queue.id })
  const second = await givenDialing(world, { queueId: queue.id })
  const third = await givenDialing(world, { concurrentCallsMax: 1 }, 20)
  await world.settle()
  for (let served = 0; served < 14; served++) {
    carrier.tell(carrier.callId(served), busy)
    await world.settle()
  }
  const counts = await Promise.all([first, second, third].map(({ campaign }) => callsOf(world, campaign.id)))
  const [ofFirst = [], ofSecond = []] = counts
  expect(Math.abs(ofFirst.length - ofSecond.length)).toBeLessThanOrEqual(1)
})

test('campaigns that share the process-wide limit take turns, one call each', async () => {
  const { world, carrier } = await givenScriptedWorld({ app: { concurrentCallsMax: 3 } })
  const campaigns = []
  for (const _ of [1, 2, 3]) campaigns.push((await givenDialing(world, {})).campaign)
  await endCalls(world, carrier, 9)
  const counts = await Promise.all(campaigns.map(async ({ id }) => (await callsOf(world, id)).length))
  expect(counts).toEqual([4, 4, 4])
})

test('campaigns that share the calls per second take turns, one call each', async () => {
  const { world } = await givenScriptedWorld({ callsPerSecond: 2 })
  const first = await givenDialing(world, {})
  const second = await givenDialing(world, {})
  await world.advance(4000)
  const counts = [await callsOf(world, first.campaign.id), await callsOf(world, second.campaign.id)]
  expect(counts.map((calls) => calls.length)).toEqual([3, 3])
})

test('a campaign that has nothing to dial leaves its turn to the others', async () => {
  const { world, carrier } = await givenScriptedWorld({ app: { concurrentCallsMax: 1 } })
  await givenDialing(world, { endHandle: 'CONTINUE' }, 0)
  const second = await givenDialing(world, {}, 3)
  await endCalls(world, carrier, 3)
  expect(await callsOf(world, second.campaign.id)).toHaveLength(3)
  expect(await statusOf(world, second.campaign.id)).toBe('STOP')
})

test('RING_ALL rings an agent of two queues for one call only', async () => {
  const world = await givenWorld()
  const agent = await givenAgent(world, { extension: '4199' })
  const queues = [await givenQueue(world, { strategy: 'RING_ALL' }), await givenQueue(world, { strategy: 'RING_ALL' })]
  for (const queue of queues) must(await world.app.queues.setAgents(world.viewer, queue.id, [agent.id]))
  must(await world.app.agents.setStatus(world.viewer, agent.id, 'AVAILABLE'))
  const campaigns = []
  for (const queue of queues) campaigns.push(await givenDialing(world, { queueId: queue.id, serviceLevel: 50 }, 1))
  await world.advance(3000)
  const phases = []
  for (const { campaign } of campaigns) {
    const [call] = await callsOf(world, campaign.id)
    phases.push(call?.status === 'PROGRESSING' && call.phase)
  }
  expect(phases).toEqual(['OFFERED', 'WAITING'])
})
