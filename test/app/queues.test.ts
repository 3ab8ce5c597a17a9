import { describe, expect, test } from 'vitest'
import { callsOf, givenAgent, givenAgents, givenQueue, givenReady, must, scripted } from '../support/given.ts'
import type { World } from '../support/world.ts'
import { expectRefused, givenWorld, stranger, unknownId } from './support.ts'

async function givenMany(world: World, count: number) {
  const agents = []
  for (let i = 0; i < count; i++) agents.push(await givenAgent(world))
  return agents.map((agent) => agent.id)
}

const agentIds = async ({ app, viewer }: World, queueId: string) => {
  const [agents = []] = await app.queues.agents(viewer, [queueId])
  return agents.map((agent) => agent.id)
}

describe('a queue', () => {
  test('has what was asked for, and is edited in what is said', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const settings = { strategy: 'TOP_DOWN', waitTimeoutMs: 0, agentRingMs: 5000 } as const
    const queue = await givenQueue(world, { name: ' Sales ', detail: 'all', ...settings })
    expect(queue).toMatchObject({ name: 'Sales', detail: 'all', ...settings, deletedAt: null })
    expect(await app.queues.byIds(viewer, [queue.id])).toEqual([queue])
    await world.advance(7)
    const edited = must(await app.queues.update(viewer, queue.id, { strategy: 'RANDOM' }))
    expect(edited).toEqual({ ...queue, strategy: 'RANDOM', updatedAt: queue.updatedAt + 7 })
    expect(await app.queues.byIds(viewer, [queue.id])).toEqual([edited])
  })

  test('keeps its agents when it is edited', async () => {
    const world = await givenWorld()
    const queue = await givenQueue(world)
    const agents = await givenAgents(world, queue.id, [{}, {}])
    must(await world.app.queues.update(world.viewer, queue.id, { name: 'Edited' }))
    expect(await agentIds(world, queue.id)).toEqual(agents.map((agent) => agent.id))
  })
})

describe('the agents of a queue', () => {
  test('are those that were set, in that order, and replaced by others', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const queue = await givenQueue(world)
    const [a, b, c] = (await givenMany(world, 3)) as [string, string, string]
    const set = async (...ids: string[]) => {
      must(await app.queues.setAgents(viewer, queue.id, ids))
      return agentIds(world, queue.id)
    }
    expect(await set(c, a, b)).toEqual([c, a, b])
    expect(await set(b, c.toUpperCase())).toEqual([b, c])
    expect(await app.agents.queues(viewer, [a, b])).toMatchObject([[], [{ id: queue.id }]])
    expect(await set()).toEqual([])
  })

  test('are told apart by queue, in the order in which queues are asked for', async () => {
    const world = await givenWorld()
    const [first, second] = [await givenQueue(world), await givenQueue(world)]
    const [a] = await givenAgents(world, first.id, [{}])
    const [b, c] = await givenAgents(world, second.id, [{}, {}])
    const found = await world.app.queues.agents(world.viewer, [second.id, unknownId, first.id])
    expect(found.map((agents) => agents.map((agent) => agent.id))).toEqual([[b?.id, c?.id], [], [a?.id]])
  })

  test('are refused twice, at the place of the second', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const queue = await givenQueue(world)
    const [a, b] = (await givenMany(world, 2)) as [string, string]
    const set = () => app.queues.setAgents(viewer, queue.id, [a, b, a.toUpperCase(), b])
    await expectRefused(world, ['INVALID agentIds.2', 'INVALID agentIds.3'], set, queue)
  })

  test('are refused when one is deleted', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const queue = await givenQueue(world)
    const [a, b] = (await givenMany(world, 2)) as [string, string]
    must(await app.agents.delete(viewer, b))
    await expectRefused(world, ['NOT_FOUND agentIds.1'], () => app.queues.setAgents(viewer, queue.id, [a, b]))
  })

  test('are 1000 at most', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const queue = await givenQueue(world)
    const many = await givenMany(world, 1001)
    await expectRefused(world, ['LIMIT_EXCEEDED agentIds'], () => app.queues.setAgents(viewer, queue.id, many), queue)
    must(await app.queues.setAgents(viewer, queue.id, many.slice(1)))
    expect(await agentIds(world, queue.id)).toEqual(many.slice(1))
  })
})

describe('queues that share an agent', () => {
  const given = async () => {
    const world = await givenWorld()
    const queues = [await givenQueue(world), await givenQueue(world), await givenQueue(world), await givenQueue(world)]
    const agents = await givenMany(world, 4)
    const set = async (queue: number, ...members: number[]) =>
      must(
        await world.app.queues.setAgents(
          world.viewer,
          queues[queue]?.id ?? '',
          members.map((i) => agents[i] ?? ''),
        ),
      )
    /** For each queue, the number of the first queue that is in its pool. */
    const pools = async () => {
      const found = await world.app.queues.byIds(
        world.viewer,
        queues.map((queue) => queue.id),
      )
      const ids = found.map((queue) => queue?.poolId)
      return ids.map((id) => ids.indexOf(id))
    }
    return { world, agents, set, pools }
  }

  test('are one pool, also through a third one, and part again', async () => {
    const { set, pools } = await given()
    expect(await pools()).toEqual([0, 1, 2, 3])
    await set(0, 0, 1)
    await set(2, 2, 3)
    expect(await pools()).toEqual([0, 1, 2, 3])
    await set(1, 1, 2)
    expect(await pools()).toEqual([0, 0, 0, 3])
    await set(1)
    expect(await pools()).toEqual([0, 1, 2, 3])
  })

  test('part when the agent between them is deleted', async () => {
    const { world, agents, set, pools } = await given()
    await set(0, 0)
    await set(3, 0)
    expect(await pools()).toEqual([0, 1, 2, 0])
    must(await world.app.agents.delete(world.viewer, agents[0] ?? ''))
    expect(await pools()).toEqual([0, 1, 2, 3])
  })

  test('are those of one customer only', async () => {
    const { world, set, pools } = await given()
    const theirs = { name: 'Theirs', detail: '', strategy: 'RANDOM' as const, waitTimeoutMs: 0, agentRingMs: 1000 }
    const queue = must(await world.app.queues.create(stranger, theirs))
    await set(0, 0)
    await set(1, 0)
    expect(await pools()).toEqual([0, 0, 2, 3])
    expect((await world.app.queues.byIds(stranger, [queue.id]))[0]?.poolId).toBe(queue.id)
  })
})

describe('the calls that wait', () => {
  test('are counted for each queue', async () => {
    const world = await givenWorld({ startEngine: true })
    const { app, viewer } = world
    const [queue, other] = [await givenQueue(world, { waitTimeoutMs: 0 }), await givenQueue(world)]
    const [agent] = await givenAgents(world, queue.id, [{}])
    const settings = { queueId: queue.id, actions: [{ type: 'QUEUE_JOIN' as const }] }
    const { campaign } = await givenReady(world, { people: [[scripted(99)]], campaign: settings })
    must(await app.campaigns.run(viewer, campaign.id))
    await world.advance(100)
    must(await app.agents.setStatus(viewer, agent?.id ?? '', 'AWAY'))
    await world.advance(10_000)
    expect(await callsOf(world, campaign.id)).toMatchObject([{ phase: 'WAITING' }])
    expect(await app.queues.waitingCalls(viewer, [other.id, queue.id.toUpperCase(), unknownId])).toEqual([0, 1, 0])
  })
})
