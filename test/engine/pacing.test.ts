import { expect, test } from 'vitest'
import type { CampaignCreateInput } from '../../src/app/requests.ts'
import { dialingOf, givenAgents, givenQueue, givenRunning, must, scripted } from '../support/given.ts'
import { givenScriptedWorld } from '../support/given-world.ts'

const number = scripted(95)
const answered = { type: 'ANSWERED' } as const
const hungUp = { type: 'HANGUP', reason: 'BUSY', by: 'THEM', detail: '' } as const
const peopleOf = (count: number) => Array.from({ length: count }, () => [number])

/** A running campaign with so many free agents; nobody answers by himself. */
async function givenPaced(agentCount: number, campaign: Partial<CampaignCreateInput>, targetCount = 20) {
  const { world, carrier } = await givenScriptedWorld()
  const queue = await givenQueue(world)
  const agents = await givenAgents(
    world,
    queue.id,
    Array.from({ length: agentCount }, () => ({})),
  )
  const ready = await givenRunning(world, {
    people: peopleOf(targetCount),
    plan: { maxTryCounts: [1] },
    campaign: { queueId: queue.id, ...campaign },
  })
  await world.settle()
  return { world, carrier, queue, agents, ...ready }
}

test('SL-1: at level 100 one call is dialed for each free agent, and no other while it dials', async () => {
  const { world, carrier, campaign } = await givenPaced(1, { serviceLevel: 100 })
  expect(carrier.requests).toHaveLength(1)
  expect(await dialingOf(world, campaign.id)).toMatchObject({
    blockedBy: 'PACING',
    availableAgents: 1,
    dialing: 1,
    allowed: 0,
  })
  carrier.tell(carrier.callId(0), hungUp)
  await world.settle()
  expect(carrier.requests).toHaveLength(2)
})

test('SL-2: at level 200 with five agents three calls are dialed', async () => {
  const { carrier } = await givenPaced(5, { serviceLevel: 200 })
  // 500 > 400 lets the third start, 500 > 600 does not let the fourth.
  expect(carrier.requests).toHaveLength(3)
})

test('SL-3: at level 50 two calls are dialed for one agent', async () => {
  const { carrier } = await givenPaced(1, { serviceLevel: 50 })
  expect(carrier.requests).toHaveLength(2)
})

test('SL-4: without a queue 50 dialing calls hold up no other', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const { campaign, outdial } = await givenRunning(world, { people: peopleOf(50) })
  await world.settle()
  expect(carrier.requests).toHaveLength(50)
  const one = { name: '', detail: '', data: '', destinations: [{ ...address(), target: number }] }
  must(await world.app.outdialTargets.add(world.viewer, outdial.id, [one]))
  await world.settle()
  expect(carrier.requests).toHaveLength(51)
  expect((await dialingOf(world, campaign.id)).availableAgents).toBeNull()

  function address() {
    return { type: 'TEL' as const, targetName: '', name: '', detail: '' }
  }
})

test('SL-5: an answered call that is still in its greeting takes the only agent', async () => {
  const actions = [{ type: 'TALK' as const, option: { text: 'Hello' } }]
  const { world, carrier, campaign } = await givenPaced(1, { serviceLevel: 100, actions })
  carrier.tell(carrier.callId(0), answered)
  await world.settle()
  expect(carrier.words()).toEqual(['ORIGINATE', 'PLAY'])
  expect(await dialingOf(world, campaign.id)).toMatchObject({ blockedBy: 'NO_AGENT_AVAILABLE', availableAgents: 1 })
  // Its sibling: with the greeting's call gone, the agent is free for another.
  carrier.tell(carrier.callId(0), hungUp)
  await world.settle()
  expect(carrier.requests).toHaveLength(2)
})

test('RA-1: at ratio 150 one agent has one call dialed, three agents have four', async () => {
  expect((await givenPaced(1, { pacing: 'RATIO', ratio: 150 })).carrier.requests).toHaveLength(1)
  expect((await givenPaced(3, { pacing: 'RATIO', ratio: 150 })).carrier.requests).toHaveLength(4)
})

test('without a free agent nothing is dialed', async () => {
  const { world, carrier, campaign, agents } = await givenPaced(1, { pacing: 'RATIO', ratio: 400 })
  expect(carrier.requests).toHaveLength(4)
  must(await world.app.agents.setStatus(world.viewer, agents[0]?.id ?? '', 'AWAY'))
  carrier.tell(carrier.callId(0), hungUp)
  await world.settle()
  expect(carrier.requests).toHaveLength(4)
  expect(await dialingOf(world, campaign.id)).toMatchObject({ blockedBy: 'NO_AGENT_AVAILABLE', availableAgents: 0 })
})

test('an agent whose phone rings is not counted as free', async () => {
  const { world, carrier } = await givenPaced(1, { serviceLevel: 100 })
  carrier.tell(carrier.callId(0), answered)
  await world.settle()
  expect(carrier.words()).toEqual(['ORIGINATE', 'CONNECT'])
})

test('calls in DIALING are counted however many they are, also when the level is raised', async () => {
  const { world, carrier, campaign } = await givenPaced(2, { serviceLevel: 25 })
  expect(carrier.requests).toHaveLength(8)
  must(await world.app.campaigns.update(world.viewer, campaign.id, { serviceLevel: 100 }))
  for (const i of [0, 1, 2, 3, 4, 5]) carrier.tell(carrier.callId(i), hungUp)
  await world.settle()
  expect(carrier.requests).toHaveLength(8)
  carrier.tell(carrier.callId(6), hungUp)
  await world.settle()
  expect(carrier.requests).toHaveLength(9)
})

test('concurrentCallsMax counts the calls in flight of the campaign, answered ones included', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const { campaign } = await givenRunning(world, { people: peopleOf(5), campaign: { concurrentCallsMax: 2 } })
  await world.settle()
  expect(carrier.requests).toHaveLength(2)
  carrier.tell(carrier.callId(0), answered)
  await world.settle()
  expect(carrier.requests).toHaveLength(2)
  expect((await dialingOf(world, campaign.id)).blockedBy).toBe('CONCURRENCY')
  carrier.tell(carrier.callId(0), { ...hungUp, reason: 'NORMAL' })
  await world.settle()
  expect(carrier.requests).toHaveLength(3)
})

test('the process-wide limit counts the calls in flight of all campaigns', async () => {
  const { world, carrier } = await givenScriptedWorld({ app: { concurrentCallsMax: 3 } })
  const first = await givenRunning(world, { people: peopleOf(5) })
  const second = await givenRunning(world, { people: peopleOf(5) })
  await world.settle()
  expect(carrier.requests).toHaveLength(3)
  for (const { campaign } of [first, second]) {
    expect((await dialingOf(world, campaign.id)).blockedBy).toBe('CONCURRENCY')
  }
})

test('a process-wide limit of 0 is none', async () => {
  const { world, carrier } = await givenScriptedWorld({ app: { concurrentCallsMax: 0 } })
  await givenRunning(world, { people: peopleOf(150) })
  await world.settle()
  expect(carrier.requests).toHaveLength(150)
})

test('calls per second start evenly, none in the second after the start of the engine', async () => {
  const { world, carrier } = await givenScriptedWorld({ callsPerSecond: 10 })
  const { campaign } = await givenRunning(world, { people: peopleOf(50) })
  await world.settle()
  const startedAt = world.effects.now()
  expect(carrier.requests).toEqual([])
  expect((await dialingOf(world, campaign.id)).blockedBy).toBe('CALLS_PER_SECOND')
  await world.advance(2100)
  const starts = carrier.asked.map((of) => of.at - startedAt)
  expect(starts).toEqual([1050, 1155, 1260, 1365, 1470, 1575, 1680, 1785, 1890, 1995, 2100])
})

test('calls per second that were not used are not saved up: they start one after the other', async () => {
  const { world, carrier } = await givenScriptedWorld({ callsPerSecond: 20 })
  await world.advance(60_000)
  await givenRunning(world, { people: peopleOf(50) })
  await world.settle()
  expect(carrier.requests).toHaveLength(1)
  await world.advance(1000)
  expect(carrier.requests).toHaveLength(20)
})

test('calls that end without the carrier being asked count toward the calls per second like any other', async () => {
  const { world } = await givenScriptedWorld({ callsPerSecond: 2 })
  const { campaign } = await givenRunning(world, { people: [], campaign: { type: 'FLOW', endHandle: 'CONTINUE' } })
  const [flow] = await world.app.campaigns.byIds(world.viewer, [campaign.id])
  const person = { name: '', detail: '', data: '', destinations: [{ type: 'TEL' as const, target: number }] }
  const destinations = person.destinations.map((of) => ({ ...of, targetName: '', name: '', detail: '' }))
  const people = Array.from({ length: 10 }, () => ({ ...person, destinations }))
  must(await world.app.outdialTargets.add(world.viewer, flow?.outdialId ?? '', people))
  await world.advance(2205)
  const [stats] = await world.app.campaigns.stats(world.viewer, [campaign.id])
  expect(stats?.success).toBe(4)
})
