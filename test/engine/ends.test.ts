import { expect, test } from 'vitest'
import {
  agentsNow,
  callsOf,
  eventsOf,
  givenAgents,
  givenQueue,
  givenRunning,
  must,
  scripted,
  targetsOf,
} from '../support/given.ts'
import { givenScriptedWorld, givenStallingWorld, givenWorld } from '../support/given-world.ts'
import type { World } from '../support/world.ts'

const number = scripted(95)
const people = [[number]]
const hungUp = { type: 'HANGUP', reason: 'NORMAL', by: 'THEM', detail: '' } as const

async function hangUpFirst(world: World, campaignId: string) {
  const [call] = await callsOf(world, campaignId)
  return world.app.campaigncalls.hangup(world.viewer, call?.id ?? '')
}

test('campaigncallHangup while it rings stores CANCEL and returns the call; DONE comes with the news', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const { campaign, outdial } = await givenRunning(world, { people })
  await world.settle()
  expect(must(await hangUpFirst(world, campaign.id))).toMatchObject({
    status: 'DIALING',
    endRequest: { reason: 'CANCEL' },
  })
  await world.settle()
  expect(carrier.words()).toEqual(['ORIGINATE', 'HANGUP CANCEL'])
  expect(await callsOf(world, campaign.id)).toMatchObject([{ status: 'DIALING' }])
  carrier.tell(carrier.callId(0), hungUp)
  await world.settle()
  expect(await callsOf(world, campaign.id)).toMatchObject([{ status: 'DONE', hangupReason: 'CANCEL', result: 'FAIL' }])
  expect(await targetsOf(world, outdial.id)).toMatchObject([{ status: 'IDLE', destinations: [{ tryCount: 1 }] }])
})

test('campaigncallHangup of an answered call without a queue is NORMAL', async () => {
  const world = await givenWorld()
  const { campaign } = await givenRunning(world, { people })
  await world.advance(3000)
  must(await hangUpFirst(world, campaign.id))
  await world.run()
  expect(await callsOf(world, campaign.id)).toMatchObject([{ hangupReason: 'NORMAL', result: 'SUCCESS' }])
})

test('campaigncallHangup before QUEUE_JOIN is NORMAL', async () => {
  const world = await givenWorld()
  const queue = await givenQueue(world)
  await givenAgents(world, queue.id, [{}])
  const actions = [{ type: 'TALK' as const, option: { text: 'Please hold the line' } }]
  const { campaign } = await givenRunning(world, { people, campaign: { queueId: queue.id, actions } })
  await world.advance(2500)
  must(await hangUpFirst(world, campaign.id))
  await world.settle()
  await world.advance(1)
  expect(await callsOf(world, campaign.id)).toMatchObject([{ hangupReason: 'NORMAL' }])
})

test('campaigncallHangup while the call waits for an agent is CANCEL', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const queue = await givenQueue(world)
  const [agent] = await givenAgents(world, queue.id, [{}])
  const { campaign } = await givenRunning(world, { people, campaign: { queueId: queue.id } })
  await world.settle()
  must(await world.app.agents.setStatus(world.viewer, agent?.id ?? '', 'AWAY'))
  carrier.tell(carrier.callId(0), { type: 'ANSWERED' })
  await world.settle()
  must(await hangUpFirst(world, campaign.id))
  await world.settle()
  carrier.tell(carrier.callId(0), hungUp)
  await world.settle()
  expect(await callsOf(world, campaign.id)).toMatchObject([{ hangupReason: 'CANCEL', result: 'FAIL' }])
  expect(await eventsOf(world, campaign.id)).toEqual([['CREATED', 'ANSWERED', 'QUEUED', 'ENDED']])
})

test('campaigncallHangup while an agent rings is CANCEL, and the agent is available again', async () => {
  const world = await givenWorld()
  const queue = await givenQueue(world)
  const agents = await givenAgents(world, queue.id, [{ extension: '99' }])
  const { campaign } = await givenRunning(world, { people, campaign: { queueId: queue.id } })
  await world.advance(3000)
  expect(await agentsNow(world, agents)).toMatchObject([{ status: 'RINGING' }])
  must(await hangUpFirst(world, campaign.id))
  await world.advance(0)
  expect(await callsOf(world, campaign.id)).toMatchObject([{ hangupReason: 'CANCEL' }])
  expect(await agentsNow(world, agents)).toMatchObject([{ status: 'AVAILABLE' }])
})

test('campaigncallHangup while an agent talks is NORMAL', async () => {
  const world = await givenWorld()
  const queue = await givenQueue(world)
  await givenAgents(world, queue.id, [{}])
  const { campaign } = await givenRunning(world, { people, campaign: { queueId: queue.id } })
  await world.advance(3500)
  must(await hangUpFirst(world, campaign.id))
  await world.advance(0)
  expect(await callsOf(world, campaign.id)).toMatchObject([{ hangupReason: 'NORMAL', result: 'SUCCESS' }])
})

test('a second request returns the call and changes nothing, for a call that is DONE it is a conflict', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const { campaign } = await givenRunning(world, { people })
  await world.settle()
  const first = must(await hangUpFirst(world, campaign.id))
  carrier.tell(carrier.callId(0), { type: 'ANSWERED' })
  await world.settle()
  expect(must(await hangUpFirst(world, campaign.id)).endRequest?.reason).toBe(first.endRequest?.reason)
  await world.settle()
  expect(carrier.words()).toEqual(['ORIGINATE', 'HANGUP CANCEL'])
  carrier.tell(carrier.callId(0), hungUp)
  await world.settle()
  expect((await hangUpFirst(world, campaign.id)).errors).toMatchObject([{ code: 'STATE_CONFLICT', field: ['id'] }])
})

test('CC-3: an answer that crosses the hangup is recorded, and nothing is begun on it', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const queue = await givenQueue(world)
  const agents = await givenAgents(world, queue.id, [{}])
  const { campaign } = await givenRunning(world, { people: [[number], [number]], campaign: { queueId: queue.id } })
  await world.settle()
  must(await hangUpFirst(world, campaign.id))
  carrier.tell(carrier.callId(0), { type: 'ANSWERED' })
  await world.settle()
  const [call] = await callsOf(world, campaign.id)
  expect(call).toMatchObject({ status: 'PROGRESSING', answeredAt: world.effects.now() })
  expect(await agentsNow(world, agents)).toMatchObject([{ status: 'AVAILABLE' }])
  // It is neither in W nor in A: the agent is free for another call.
  expect(carrier.requests).toHaveLength(2)
  carrier.tell(carrier.callId(0), hungUp)
  await world.settle()
  expect((await callsOf(world, campaign.id))[0]).toMatchObject({ hangupReason: 'CANCEL', result: 'FAIL' })
  expect((await eventsOf(world, campaign.id))[0]).toEqual(['CREATED', 'ANSWERED', 'ENDED'])
})

test('an answer that crosses the hangup begins no action', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const actions = [{ type: 'TALK' as const, option: { text: 'Hello' } }]
  const { campaign } = await givenRunning(world, { people, campaign: { actions } })
  await world.settle()
  must(await hangUpFirst(world, campaign.id))
  carrier.tell(carrier.callId(0), { type: 'ANSWERED' })
  await world.settle()
  expect(carrier.words()).toEqual(['ORIGINATE', 'HANGUP CANCEL'])
})

test('an agent who answers while the end of the call is asked for is sent away', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const queue = await givenQueue(world)
  const agents = await givenAgents(world, queue.id, [{}])
  const { campaign } = await givenRunning(world, { people, campaign: { queueId: queue.id } })
  await world.settle()
  carrier.tell(carrier.callId(0), { type: 'ANSWERED' })
  await world.settle()
  must(await hangUpFirst(world, campaign.id))
  carrier.tell(carrier.callId(0), { type: 'AGENT_CONNECTED', agentId: agents[0]?.id ?? '' })
  await world.settle()
  expect(carrier.words().sort()).toEqual(['CONNECT', 'HANGUP CANCEL', 'ORIGINATE', 'WITHDRAW'])
  carrier.tell(carrier.callId(0), hungUp)
  await world.settle()
  expect(await callsOf(world, campaign.id)).toMatchObject([{ hangupReason: 'CANCEL', agentId: null }])
  expect(await agentsNow(world, agents)).toMatchObject([{ status: 'AVAILABLE', callsTaken: 0 }])
})

test('a call whose end is asked for before the carrier was asked is never sent, and is a try like any other', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const withdrawn = world.app.ticks.withdrawn
  world.app.ticks.withdrawn = async (callIds) => {
    must(await hangUpFirst(world, campaign.id))
    return withdrawn(callIds)
  }
  const { campaign, outdial } = await givenRunning(world, { people, plan: { maxTryCounts: [1] } })
  await world.settle()
  expect(carrier.requests).toEqual([])
  expect(await callsOf(world, campaign.id)).toMatchObject([{ status: 'DONE', hangupReason: 'CANCEL', result: 'FAIL' }])
  expect(await targetsOf(world, outdial.id)).toMatchObject([{ status: 'DONE', destinations: [{ tryCount: 1 }] }])
})

test('an end that was asked for and cannot be established is UNKNOWN', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const { campaign } = await givenRunning(world, { people })
  await world.settle()
  carrier.tell(carrier.callId(0), { type: 'ANSWERED' })
  await world.settle()
  must(await hangUpFirst(world, campaign.id))
  await world.advance(9999)
  expect(carrier.words()).toEqual(['ORIGINATE', 'HANGUP NORMAL'])
  await world.advance(1)
  expect(carrier.words()).toEqual(['ORIGINATE', 'HANGUP NORMAL', 'LOOKUP'])
  expect(await callsOf(world, campaign.id)).toMatchObject([{ status: 'DONE', hangupReason: 'UNKNOWN', result: 'FAIL' }])
})

test('the longest duration ends a call, TIMEOUT, even where the carrier does not', async () => {
  const { world, carrier } = await givenScriptedWorld({ app: { callDurationMaxMs: 60_000 } })
  const { campaign } = await givenRunning(world, { people })
  await world.settle()
  carrier.tell(carrier.callId(0), { type: 'ANSWERED' })
  await world.advance(59_999)
  expect(carrier.words()).toEqual(['ORIGINATE'])
  await world.advance(1)
  expect(carrier.words()).toEqual(['ORIGINATE', 'HANGUP TIMEOUT'])
  carrier.tell(carrier.callId(0), hungUp)
  await world.settle()
  expect(await callsOf(world, campaign.id)).toMatchObject([{ hangupReason: 'TIMEOUT' }])
})

test('a call waits for an agent up to waitTimeoutMs, and is then hung up, ABANDONED', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const queue = await givenQueue(world, { waitTimeoutMs: 20_000 })
  const [agent] = await givenAgents(world, queue.id, [{}])
  const { campaign } = await givenRunning(world, { people, campaign: { queueId: queue.id } })
  await world.settle()
  must(await world.app.agents.setStatus(world.viewer, agent?.id ?? '', 'OFFLINE'))
  carrier.tell(carrier.callId(0), { type: 'ANSWERED' })
  await world.advance(19_999)
  expect(carrier.words()).toEqual(['ORIGINATE'])
  await world.advance(1)
  expect(carrier.words()).toEqual(['ORIGINATE', 'HANGUP ABANDONED'])
  carrier.tell(carrier.callId(0), hungUp)
  await world.settle()
  expect(await callsOf(world, campaign.id)).toMatchObject([{ hangupReason: 'ABANDONED', result: 'FAIL' }])
  const [stats] = await world.app.campaigns.stats(world.viewer, [campaign.id])
  expect(stats).toMatchObject({ answered: 1, abandoned: 1, fail: 1, success: 0 })
})

test("a call waits no longer than waitTimeoutMs while an agent's phone rings, and that agent is free at once", async () => {
  const { world, carrier } = await givenScriptedWorld()
  const queue = await givenQueue(world, { waitTimeoutMs: 5000, agentRingMs: 30_000 })
  const agents = await givenAgents(world, queue.id, [{}])
  const { campaign } = await givenRunning(world, { people, campaign: { queueId: queue.id } })
  await world.settle()
  carrier.tell(carrier.callId(0), { type: 'ANSWERED' })
  await world.advance(4999)
  expect(await agentsNow(world, agents)).toMatchObject([{ status: 'RINGING' }])
  await world.advance(1)
  expect(carrier.words()).toEqual(['ORIGINATE', 'CONNECT', 'WITHDRAW', 'HANGUP ABANDONED'])
  expect(await agentsNow(world, agents)).toMatchObject([{ status: 'AVAILABLE', campaigncallId: null }])
  carrier.tell(carrier.callId(0), hungUp)
  await world.settle()
  expect(await callsOf(world, campaign.id)).toMatchObject([{ hangupReason: 'ABANDONED', result: 'FAIL' }])
})

test('a wait timeout counts over offers that nobody took', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const queue = await givenQueue(world, { waitTimeoutMs: 12_000, agentRingMs: 5000 })
  await givenAgents(world, queue.id, [{}, {}, {}, {}])
  await givenRunning(world, { people, campaign: { queueId: queue.id } })
  await world.settle()
  carrier.tell(carrier.callId(0), { type: 'ANSWERED' })
  await world.advance(11_999)
  expect(carrier.words().filter((word) => word === 'CONNECT')).toHaveLength(3)
  expect(carrier.words()).not.toContain('HANGUP ABANDONED')
  await world.advance(1)
  expect(carrier.words()).toContain('HANGUP ABANDONED')
})

test('where a stall made both late, the limit that was over first decides: the agent was not AWAY yet', async () => {
  const { world, carrier, standStill } = await givenStallingWorld()
  const queue = await givenQueue(world, { waitTimeoutMs: 5000, agentRingMs: 5500 })
  const agents = await givenAgents(world, queue.id, [{}])
  await givenRunning(world, { people, campaign: { queueId: queue.id } })
  await world.settle()
  carrier.tell(carrier.callId(0), { type: 'ANSWERED' })
  await world.advance(4000)
  standStill(2000)
  await world.advance(1000)
  expect(carrier.words()).toContain('HANGUP ABANDONED')
  expect(await agentsNow(world, agents)).toMatchObject([{ status: 'AVAILABLE' }])
})

test('a wait timeout of 0 waits for ever', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const queue = await givenQueue(world, { waitTimeoutMs: 0 })
  const [agent] = await givenAgents(world, queue.id, [{}])
  await givenRunning(world, { people, campaign: { queueId: queue.id } })
  await world.settle()
  must(await world.app.agents.setStatus(world.viewer, agent?.id ?? '', 'OFFLINE'))
  carrier.tell(carrier.callId(0), { type: 'ANSWERED' })
  await world.advance(3_599_999)
  expect(carrier.words()).toEqual(['ORIGINATE'])
})

test('a called side that hangs up while it waits is ABANDONED', async () => {
  const world = await givenWorld()
  const queue = await givenQueue(world, { waitTimeoutMs: 60_000 })
  // The agent never answers; the called side hangs up after 5 s.
  const agents = await givenAgents(world, queue.id, [{ extension: '199' }])
  const { campaign } = await givenRunning(world, { people: [[scripted(0)]], campaign: { queueId: queue.id } })
  await world.advance(7000)
  expect(await callsOf(world, campaign.id)).toMatchObject([
    { hangupReason: 'ABANDONED', result: 'FAIL', agentId: null },
  ])
  expect(await agentsNow(world, agents)).toMatchObject([{ status: 'AVAILABLE', campaigncallId: null }])
})

test('a called side that hangs up before QUEUE_JOIN is NORMAL', async () => {
  const world = await givenWorld()
  const queue = await givenQueue(world)
  await givenAgents(world, queue.id, [{}])
  const actions = [{ type: 'SLEEP' as const, option: { durationMs: 60_000 } }]
  const { campaign } = await givenRunning(world, {
    people: [[scripted(0)]],
    campaign: { queueId: queue.id, actions },
  })
  await world.run()
  expect(await callsOf(world, campaign.id)).toMatchObject([{ hangupReason: 'NORMAL', result: 'SUCCESS' }])
})
