import { describe, expect, test } from 'vitest'
import type { AgentStatus } from '../../src/domain/agent.ts'
import { callsOf, givenAgent, givenAgents, givenQueue, givenReady, must, scripted, tel } from '../support/given.ts'
import type { World } from '../support/world.ts'
import { dump, expectRefused, givenWorld, stranger } from './support.ts'

const extensionOf = (target: string) => ({ type: 'EXTENSION', target, targetName: '', name: '', detail: '' })

async function reload({ app, viewer }: World, id: string) {
  const [agent] = await app.agents.byIds(viewer, [id])
  if (!agent) throw new Error('there is no such agent')
  return agent
}

/** Steps of all agents, from the beginning of the log. */
async function stepsOf(world: World) {
  const { entries } = await world.app.reader.read({ customerId: 'default', kind: 'AGENT' }, 0)
  return entries.flatMap((entry) => (entry.kind === 'AGENT' ? [`${entry.from} ${entry.to}`] : []))
}

describe('an agent that is created', () => {
  test('is offline, and is called at the extension', async () => {
    const world = await givenWorld()
    const agent = await givenAgent(world, { extension: ' 102 ', name: ' Ada ', wrapUpMs: 5 })
    expect(agent).toMatchObject({ name: 'Ada', extension: '102', status: 'OFFLINE', wrapUpMs: 5, callsTaken: 0 })
    expect(agent.address).toEqual(extensionOf('102'))
    expect(await reload(world, agent.id)).toEqual(agent)
  })

  test('is called where that is said', async () => {
    const world = await givenWorld()
    expect((await givenAgent(world, { address: tel('+1 202 555 0100') })).address).toEqual(tel('+12025550100'))
  })
})

describe('an extension', () => {
  test('that another agent has is TAKEN, at creation and at an update', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    await givenAgent(world, { extension: '102' })
    const other = await givenAgent(world, { extension: '103' })
    const input = { name: 'Again', detail: '', extension: ' 102', wrapUpMs: 0 }
    await expectRefused(world, ['TAKEN input.extension'], () => app.agents.create(viewer, input))
    const update = () => app.agents.update(viewer, other.id, { extension: '102' })
    await expectRefused(world, ['TAKEN input.extension'], update, other)
    must(await app.agents.create(stranger, input))
  })

  test('may stay, and takes an address that was made of it along', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const agent = await givenAgent(world, { extension: '102' })
    expect(must(await app.agents.update(viewer, agent.id, { extension: '102', name: 'Ada' })).name).toBe('Ada')
    const moved = must(await app.agents.update(viewer, agent.id, { extension: '104' }))
    expect(moved.address).toEqual(extensionOf('104'))
    const both = must(await app.agents.update(viewer, agent.id, { extension: '105', address: tel('+12025550100') }))
    expect(both.address).toEqual(tel('+12025550100'))
    const alone = must(await app.agents.update(viewer, agent.id, { extension: '106' }))
    expect(alone.address).toEqual(tel('+12025550100'))
  })
})

test('an explicit null for an address is BLANK at an update', async () => {
  const world = await givenWorld()
  const agent = await givenAgent(world)
  const update = () => world.app.agents.update(world.viewer, agent.id, { address: null })
  await expectRefused(world, ['BLANK input.address'], update, agent)
})

describe('a status that is set', () => {
  test('is taken, and logged', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const agent = await givenAgent(world)
    await world.advance(50)
    for (const status of ['AVAILABLE', 'AWAY', 'OFFLINE'] as const) {
      const set = must(await app.agents.setStatus(viewer, agent.id, status))
      expect(set).toMatchObject({ status, statusChangedAt: world.effects.now() })
      expect(await reload(world, agent.id)).toEqual(set)
    }
    expect(await stepsOf(world)).toEqual(['OFFLINE AVAILABLE', 'AVAILABLE AWAY', 'AWAY OFFLINE'])
  })

  test('changes nothing when the agent has it already', async () => {
    const world = await givenWorld()
    const agent = await givenAgent(world)
    await world.advance(50)
    const before = dump(world)
    expect(must(await world.app.agents.setStatus(world.viewer, agent.id, 'OFFLINE'))).toEqual(agent)
    expect(dump(world)).toEqual(before)
  })

  test.each(['BUSY', 'RINGING'] as const)('is INVALID when it is %s, which is the dialer’s', async (status) => {
    const world = await givenWorld()
    const agent = await givenAgent(world)
    const set = () => world.app.agents.setStatus(world.viewer, agent.id, status)
    await expectRefused(world, ['INVALID status'], set, agent)
  })
})

describe('a status that is set while a call is there', () => {
  /** An agent at a moment of a call: offered it, or talking. */
  async function givenAt(moment: AgentStatus, wrapUpMs = 0) {
    const world = await givenWorld({ startEngine: true })
    const queue = await givenQueue(world)
    const [agent] = await givenAgents(world, queue.id, [{ wrapUpMs }])
    const { campaign } = await givenReady(world, { people: [[scripted(0)]], campaign: { queueId: queue.id } })
    must(await world.app.campaigns.run(world.viewer, campaign.id))
    const id = agent?.id ?? ''
    while ((await reload(world, id)).status !== moment) await world.advance(500)
    const set = async (status: AgentStatus) => must(await world.app.agents.setStatus(world.viewer, id, status))
    const call = async () => (await callsOf(world, campaign.id))[0]
    return { world, id, set, call }
  }

  test.each(['AWAY', 'OFFLINE'] as const)('withdraws the offer when it is %s: the call waits again', async (status) => {
    const { world, id, set, call } = await givenAt('RINGING')
    expect(await call()).toMatchObject({ phase: 'OFFERED' })
    expect(await set(status)).toMatchObject({ status, campaigncallId: null, ringUntil: null })
    expect(await call()).toMatchObject({ phase: 'WAITING' })
    const [transitions = []] = await world.app.campaigncalls.transitions(world.viewer, [(await call())?.id ?? ''])
    expect(transitions.at(-1)).toMatchObject({ event: 'AGENT_MISSED', agentId: id })
  })

  test('is nothing new when it is AVAILABLE while the phone rings', async () => {
    const { world, id, set } = await givenAt('RINGING')
    const ringing = await reload(world, id)
    expect(await set('AVAILABLE')).toEqual(ringing)
  })

  test('takes effect after the conversation, and the last one counts', async () => {
    const { world, id, set, call } = await givenAt('BUSY', 60_000)
    expect(await set('OFFLINE')).toMatchObject({ status: 'BUSY', nextStatus: 'OFFLINE' })
    expect(await set('AWAY')).toMatchObject({ status: 'BUSY', nextStatus: 'AWAY' })
    while ((await call())?.status !== 'DONE') await world.advance(5000)
    expect(await reload(world, id)).toMatchObject({ status: 'AWAY', nextStatus: null, wrapUpUntil: null })
  })

  test('ends the wrap-up when it is AVAILABLE', async () => {
    const { world, id, set, call } = await givenAt('BUSY', 3_600_000)
    while ((await call())?.status !== 'DONE') await world.advance(5000)
    expect(await reload(world, id)).toMatchObject({ status: 'BUSY', wrapUpUntil: expect.any(Number) })
    expect(await set('AVAILABLE')).toMatchObject({ status: 'AVAILABLE', wrapUpUntil: null })
  })
})
