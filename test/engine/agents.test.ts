import { expect, test } from 'vitest'
import type { AgentStatus } from '../../src/domain/agent.ts'
import {
  agentsNow,
  callsOf,
  eventsOf,
  givenAgents,
  givenQueue,
  givenRunning,
  must,
  scripted,
  stepsOf,
} from '../support/given.ts'
import { givenScriptedWorld, givenWorld } from '../support/given-world.ts'
import type { World } from '../support/world.ts'

const number = scripted(95)
const answered = { type: 'ANSWERED' } as const
const hungUp = { type: 'HANGUP', reason: 'NORMAL', by: 'THEM', detail: '' } as const

async function statuses(world: World, agents: readonly { id: string }[]) {
  return (await agentsNow(world, agents)).map((agent) => agent.status)
}

function setStatus(world: World, agent: { id: string } | undefined, status: AgentStatus) {
  return world.app.agents.setStatus(world.viewer, agent?.id ?? '', status).then(must)
}

test('an agent is reserved in the commit of the answer when QUEUE_JOIN comes first', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const queue = await givenQueue(world)
  const agents = await givenAgents(world, queue.id, [{}])
  const { campaign } = await givenRunning(world, { people: [[number]], campaign: { queueId: queue.id } })
  await world.settle()
  const before = world.app.reader.latestPosition()
  const ends: number[] = []
  world.app.reader.wakeup.onRing(() => ends.push(world.app.reader.latestPosition()))
  carrier.tell(carrier.callId(0), answered)
  await world.settle()
  expect(await statuses(world, agents)).toEqual(['RINGING'])
  expect(await eventsOf(world, campaign.id)).toEqual([['CREATED', 'ANSWERED', 'AGENT_RINGING']])
  // ANSWERED, AGENT_RINGING and the agent's own entry are one commit, and the only one.
  expect(new Set(ends)).toEqual(new Set([before + 3]))
})

test('an agent who answers is BUSY, and AVAILABLE when the conversation ends', async () => {
  const world = await givenWorld()
  const queue = await givenQueue(world)
  const agents = await givenAgents(world, queue.id, [{}])
  const { campaign } = await givenRunning(world, { people: [[scripted(0)]], campaign: { queueId: queue.id } })
  await world.advance(3000)
  const [agent] = await agentsNow(world, agents)
  const [call] = await callsOf(world, campaign.id)
  expect(agent).toMatchObject({ status: 'BUSY', campaigncallId: call?.id, callsTaken: 1, callsSinceOffline: 1 })
  expect(call).toMatchObject({ status: 'PROGRESSING', phase: 'CONNECTED', agentId: agent?.id })
  await world.run()
  expect(await agentsNow(world, agents)).toMatchObject([{ status: 'AVAILABLE', campaigncallId: null }])
  expect(await callsOf(world, campaign.id)).toMatchObject([{ result: 'SUCCESS', agentId: agent?.id }])
})

test('an agent with a wrap-up stays BUSY until it is over', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const queue = await givenQueue(world)
  const agents = await givenAgents(world, queue.id, [{ wrapUpMs: 30_000 }])
  await givenRunning(world, { people: [[number]], campaign: { queueId: queue.id } })
  await world.settle()
  carrier.tell(carrier.callId(0), answered, { type: 'AGENT_CONNECTED', agentId: agents[0]?.id ?? '' })
  await world.settle()
  carrier.tell(carrier.callId(0), hungUp)
  await world.settle()
  const over = world.effects.now() + 30_000
  expect(await agentsNow(world, agents)).toMatchObject([{ status: 'BUSY', campaigncallId: null, wrapUpUntil: over }])
  await world.advance(29_999)
  expect(await statuses(world, agents)).toEqual(['BUSY'])
  await world.advance(1)
  expect(await agentsNow(world, agents)).toMatchObject([{ status: 'AVAILABLE', wrapUpUntil: null }])
})

test('AVAILABLE set during wrap-up ends it', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const queue = await givenQueue(world)
  const agents = await givenAgents(world, queue.id, [{ wrapUpMs: 30_000 }])
  await givenRunning(world, { people: [[number]], campaign: { queueId: queue.id } })
  await world.settle()
  carrier.tell(carrier.callId(0), answered, { type: 'AGENT_CONNECTED', agentId: agents[0]?.id ?? '' }, hungUp)
  await world.settle()
  await setStatus(world, agents[0], 'AVAILABLE')
  expect(await agentsNow(world, agents)).toMatchObject([{ status: 'AVAILABLE', wrapUpUntil: null }])
})

test('AG-1: an agent who never answers goes AWAY after agentRingMs, and the call goes to the next', async () => {
  const world = await givenWorld()
  const queue = await givenQueue(world, { strategy: 'TOP_DOWN', agentRingMs: 10_000 })
  const agents = await givenAgents(world, queue.id, [{ extension: '1099' }, {}])
  const { campaign } = await givenRunning(world, { people: [[number]], campaign: { queueId: queue.id } })
  await world.advance(2000 + 9999)
  expect(await statuses(world, agents)).toEqual(['RINGING', 'AVAILABLE'])
  await world.advance(1)
  expect(await statuses(world, agents)).toEqual(['AWAY', 'RINGING'])
  await world.advance(1000)
  expect(await statuses(world, agents)).toEqual(['AWAY', 'BUSY'])
  expect(await eventsOf(world, campaign.id)).toEqual([
    ['CREATED', 'ANSWERED', 'AGENT_RINGING', 'AGENT_MISSED', 'AGENT_RINGING', 'AGENT_CONNECTED'],
  ])
})

test('an agent who rejects goes AWAY at once', async () => {
  const world = await givenWorld()
  const queue = await givenQueue(world, { strategy: 'TOP_DOWN' })
  const agents = await givenAgents(world, queue.id, [{ extension: '1098' }, {}])
  await givenRunning(world, { people: [[number]], campaign: { queueId: queue.id } })
  await world.advance(3000)
  expect(await statuses(world, agents)).toEqual(['AWAY', 'RINGING'])
})

test('the phone of an agent who did not answer is silenced', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const queue = await givenQueue(world, { agentRingMs: 10_000 })
  await givenAgents(world, queue.id, [{}])
  await givenRunning(world, { people: [[number]], campaign: { queueId: queue.id } })
  await world.settle()
  carrier.tell(carrier.callId(0), answered)
  await world.advance(10_000)
  expect(carrier.words()).toEqual(['ORIGINATE', 'CONNECT', 'WITHDRAW'])
})

test('a call that finds nobody is QUEUED, and taken as soon as somebody is free', async () => {
  const world = await givenWorld()
  const queue = await givenQueue(world)
  const agents = await givenAgents(world, queue.id, [{}])
  const { campaign } = await givenRunning(world, { people: [[number]], campaign: { queueId: queue.id } })
  await world.settle()
  await setStatus(world, agents[0], 'AWAY')
  await world.advance(5000)
  expect(await eventsOf(world, campaign.id)).toEqual([['CREATED', 'ANSWERED', 'QUEUED']])
  expect(await world.app.queues.waitingCalls(world.viewer, [queue.id])).toEqual([1])
  await setStatus(world, agents[0], 'AVAILABLE')
  await world.settle()
  expect(await statuses(world, agents)).toEqual(['RINGING'])
})

test('a call that ends while an agent rings frees the agent at once', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const queue = await givenQueue(world)
  const agents = await givenAgents(world, queue.id, [{}])
  await givenRunning(world, { people: [[number]], plan: { maxTryCounts: [1] }, campaign: { queueId: queue.id } })
  await world.settle()
  carrier.tell(carrier.callId(0), answered)
  await world.settle()
  const [ringing] = await agentsNow(world, agents)
  await world.advance(1500)
  carrier.tell(carrier.callId(0), hungUp)
  await world.settle()
  // An offer that came to nothing does not end the time that the agent has been free.
  expect(await agentsNow(world, agents)).toMatchObject([{ status: 'AVAILABLE', idleSince: ringing?.idleSince }])
})

test('an agent whose offer ends with its call can be offered the next one in the same moment', async () => {
  const world = await givenWorld()
  const queue = await givenQueue(world, { agentRingMs: 60_000 })
  const agents = await givenAgents(world, queue.id, [{ extension: '2099' }])
  // The first is hung up by the called side after 5 s, while the second waits.
  const { campaign } = await givenRunning(world, {
    people: [[scripted(0)], [number]],
    campaign: { queueId: queue.id, serviceLevel: 40 },
  })
  await world.advance(2500)
  expect(await eventsOf(world, campaign.id)).toEqual([
    ['CREATED', 'ANSWERED', 'AGENT_RINGING'],
    ['CREATED', 'ANSWERED', 'QUEUED'],
  ])
  must(await world.app.agents.update(world.viewer, agents[0]?.id ?? '', { extension: '2000' }))
  await world.advance(4500)
  expect(await statuses(world, agents)).toEqual(['RINGING'])
  // The phone rings for the second call: it is answered after 1 s, and not silenced with the first.
  await world.advance(1000)
  expect(await statuses(world, agents)).toEqual(['BUSY'])
})

test('AWAY set while a call is offered withdraws the offer, and the call goes to the next', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const queue = await givenQueue(world, { strategy: 'TOP_DOWN' })
  const agents = await givenAgents(world, queue.id, [{}, {}])
  const { campaign } = await givenRunning(world, { people: [[number]], campaign: { queueId: queue.id } })
  await world.settle()
  carrier.tell(carrier.callId(0), answered)
  await world.settle()
  await setStatus(world, agents[0], 'AWAY')
  await world.settle()
  expect(await statuses(world, agents)).toEqual(['AWAY', 'RINGING'])
  const [first, second] = agents.map((agent) => agent.id)
  expect(carrier.asked.slice(1)).toMatchObject([
    { what: 'CONNECT', agentId: first },
    { what: 'WITHDRAW', agentId: first },
    { what: 'CONNECT', agentId: second },
  ])
  expect((await eventsOf(world, campaign.id))[0]?.slice(2)).toEqual(['AGENT_RINGING', 'AGENT_MISSED', 'AGENT_RINGING'])
})

test('the phone of an agent who is set AWAY is silenced, also where nobody else can take the call', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const queue = await givenQueue(world)
  const agents = await givenAgents(world, queue.id, [{}])
  await givenRunning(world, { people: [[number]], campaign: { queueId: queue.id } })
  await world.settle()
  carrier.tell(carrier.callId(0), answered)
  await world.settle()
  await setStatus(world, agents[0], 'AWAY')
  await world.settle()
  expect(carrier.words()).toEqual(['ORIGINATE', 'CONNECT', 'WITHDRAW'])
})

test('OFFLINE set during a conversation takes effect when it ends', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const queue = await givenQueue(world)
  const agents = await givenAgents(world, queue.id, [{ wrapUpMs: 30_000 }])
  await givenRunning(world, { people: [[number]], campaign: { queueId: queue.id } })
  await world.settle()
  carrier.tell(carrier.callId(0), answered, { type: 'AGENT_CONNECTED', agentId: agents[0]?.id ?? '' })
  await world.settle()
  await setStatus(world, agents[0], 'OFFLINE')
  expect(await agentsNow(world, agents)).toMatchObject([{ status: 'BUSY', nextStatus: 'OFFLINE' }])
  carrier.tell(carrier.callId(0), hungUp)
  await world.settle()
  expect(await agentsNow(world, agents)).toMatchObject([{ status: 'OFFLINE', nextStatus: null, callsSinceOffline: 0 }])
})

test('setting the status an agent has changes nothing', async () => {
  const world = await givenWorld()
  const queue = await givenQueue(world)
  const agents = await givenAgents(world, queue.id, [{}])
  await world.settle()
  const before = world.app.reader.latestPosition()
  const [agent] = await agentsNow(world, agents)
  expect(await setStatus(world, agents[0], 'AVAILABLE')).toEqual(agent)
  expect(world.app.reader.latestPosition()).toBe(before)
})

test('BUSY and RINGING cannot be set by hand', async () => {
  const world = await givenWorld()
  const [agent] = await givenAgents(world, (await givenQueue(world)).id, [{}])
  for (const status of ['BUSY', 'RINGING'] as const) {
    const outcome = await world.app.agents.setStatus(world.viewer, agent?.id ?? '', status)
    expect(outcome.errors).toMatchObject([{ code: 'INVALID', field: ['status'] }])
  }
})

test('an agent who is RINGING or BUSY cannot be deleted', async () => {
  const world = await givenWorld()
  const queue = await givenQueue(world)
  const [agent] = await givenAgents(world, queue.id, [{}])
  await givenRunning(world, { people: [[number]], campaign: { queueId: queue.id } })
  for (const afterMs of [2500, 1500]) {
    await world.advance(afterMs)
    const outcome = await world.app.agents.delete(world.viewer, agent?.id ?? '')
    expect(outcome.errors).toMatchObject([{ code: 'STATE_CONFLICT', field: ['id'] }])
  }
})

/** A call offered to agents, the first of whom does not answer in time. */
async function givenMissed(count: number) {
  const scripted = await givenScriptedWorld()
  const { world, carrier } = scripted
  const queue = await givenQueue(world, { agentRingMs: 5000, strategy: 'TOP_DOWN' })
  const agents = await givenAgents(world, queue.id, Array(count).fill({}))
  const { campaign } = await givenRunning(world, { people: [[number]], campaign: { queueId: queue.id } })
  await world.settle()
  carrier.tell(carrier.callId(0), answered)
  await world.advance(5000)
  carrier.tell(carrier.callId(0), { type: 'AGENT_CONNECTED', agentId: agents[0]?.id ?? '' })
  await world.settle()
  return { ...scripted, agents, campaign }
}

test('an agent who answers as the offer is given up has the call, and is AWAY after it', async () => {
  const { world, carrier, agents, campaign } = await givenMissed(2)
  expect(await statuses(world, agents)).toEqual(['BUSY', 'AVAILABLE'])
  expect(carrier.words()).toEqual(['ORIGINATE', 'CONNECT', 'WITHDRAW', 'CONNECT', 'WITHDRAW'])
  const [steps = []] = await stepsOf(world, campaign.id)
  expect(steps.slice(-3)).toMatchObject([
    { event: 'AGENT_MISSED', agentId: agents[0]?.id },
    { event: 'AGENT_RINGING', agentId: agents[1]?.id },
    { event: 'AGENT_CONNECTED', agentId: agents[0]?.id },
  ])
  carrier.tell(carrier.callId(0), { type: 'HANGUP', reason: 'NORMAL', by: 'THEM', detail: '' })
  await world.settle()
  expect(await statuses(world, agents)).toEqual(['AWAY', 'AVAILABLE'])
})

test('an agent who answers a call that another one has is sent away', async () => {
  const { world, carrier, agents } = await givenMissed(2)
  carrier.tell(carrier.callId(0), { type: 'AGENT_CONNECTED', agentId: agents[1]?.id ?? '' })
  await world.settle()
  expect(await statuses(world, agents)).toEqual(['BUSY', 'AVAILABLE'])
  expect(carrier.words().at(-1)).toBe('WITHDRAW')
})
