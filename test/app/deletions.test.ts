import { describe, expect, test } from 'vitest'
import type { Outcome, Page } from '../../src/app/api.ts'
import {
  givenAgents,
  givenCampaign,
  givenOutdial,
  givenQueue,
  givenReady,
  givenTargets,
  must,
  scripted,
  tel,
} from '../support/given.ts'
import type { World } from '../support/world.ts'
import { dump, expectRefused, givenWorld } from './support.ts'

type Deletable = { readonly id: string; readonly deletedAt: number | null }

interface Kind {
  readonly type: string
  /** Makes one; the world has a campaign that refers to what can be referred to. */
  readonly make: (world: World) => Promise<Deletable>
  readonly remove: (world: World, id: string) => Promise<Outcome<Deletable>>
  readonly byIds: (world: World, ids: string[]) => Promise<(Deletable | null)[]>
  readonly page: (world: World, of: Deletable) => Promise<Page<Deletable>>
  /** Every other mutation, with the path of its id. */
  readonly mutations: Record<string, readonly [(world: World, id: string) => Promise<Outcome<unknown>>, path: string]>
}

const kinds: Record<string, Kind> = {
  campaign: {
    type: 'Campaign',
    make: (world) => givenReady(world, { people: [] }).then(({ campaign }) => campaign),
    remove: ({ app, viewer }, id) => app.campaigns.delete(viewer, id),
    byIds: ({ app, viewer }, ids) => app.campaigns.byIds(viewer, ids),
    page: ({ app, viewer }) => app.campaigns.page(viewer, { orderBy: 'CREATED_AT_ASC' }),
    mutations: {
      update: [({ app, viewer }, id) => app.campaigns.update(viewer, id, { name: 'x' }), 'id'],
      run: [({ app, viewer }, id) => app.campaigns.run(viewer, id), 'id'],
      stop: [({ app, viewer }, id) => app.campaigns.stop(viewer, id), 'id'],
    },
  },
  outdial: {
    type: 'Outdial',
    make: (world) => givenOutdial(world),
    remove: ({ app, viewer }, id) => app.outdials.delete(viewer, id),
    byIds: ({ app, viewer }, ids) => app.outdials.byIds(viewer, ids),
    page: ({ app, viewer }) => app.outdials.page(viewer, {}),
    mutations: {
      update: [({ app, viewer }, id) => app.outdials.update(viewer, id, { name: 'x' }), 'id'],
      reset: [({ app, viewer }, id) => app.outdialTargets.reset(viewer, id, 'ALL'), 'outdialId'],
      add: [
        ({ app, viewer }, id) =>
          app.outdialTargets.add(viewer, id, [{ name: '', detail: '', data: '', destinations: [tel('+12025550100')] }]),
        'outdialId',
      ],
    },
  },
  'outdial target': {
    type: 'OutdialTarget',
    make: async (world) => {
      const [target] = await givenTargets(world, (await givenOutdial(world)).id, [['+12025550100']])
      if (!target) throw new Error('no target was added')
      return target
    },
    remove: ({ app, viewer }, id) => app.outdialTargets.delete(viewer, id),
    byIds: ({ app, viewer }, ids) => app.outdialTargets.byIds(viewer, ids),
    page: ({ app, viewer }, of) =>
      app.outdialTargets.page(viewer, { outdialId: (of as Deletable & { outdialId: string }).outdialId }),
    mutations: { update: [({ app, viewer }, id) => app.outdialTargets.update(viewer, id, { name: 'x' }), 'id'] },
  },
  outplan: {
    type: 'Outplan',
    make: (world) => givenReady(world, { people: [] }).then(({ outplan }) => outplan),
    remove: ({ app, viewer }, id) => app.outplans.delete(viewer, id),
    byIds: ({ app, viewer }, ids) => app.outplans.byIds(viewer, ids),
    page: ({ app, viewer }) => app.outplans.page(viewer, {}),
    mutations: { update: [({ app, viewer }, id) => app.outplans.update(viewer, id, { name: 'x' }), 'id'] },
  },
  queue: {
    type: 'Queue',
    make: (world) => givenQueue(world),
    remove: ({ app, viewer }, id) => app.queues.delete(viewer, id),
    byIds: ({ app, viewer }, ids) => app.queues.byIds(viewer, ids),
    page: ({ app, viewer }) => app.queues.page(viewer, {}),
    mutations: {
      update: [({ app, viewer }, id) => app.queues.update(viewer, id, { name: 'x' }), 'id'],
      'set agents': [({ app, viewer }, id) => app.queues.setAgents(viewer, id, []), 'queueId'],
    },
  },
  agent: {
    type: 'Agent',
    make: async (world) => {
      const [agent] = await givenAgents(world, (await givenQueue(world)).id, [{}], 'OFFLINE')
      if (!agent) throw new Error('no agent was added')
      return agent
    },
    remove: ({ app, viewer }, id) => app.agents.delete(viewer, id),
    byIds: ({ app, viewer }, ids) => app.agents.byIds(viewer, ids),
    page: ({ app, viewer }) => app.agents.page(viewer, {}),
    mutations: {
      update: [({ app, viewer }, id) => app.agents.update(viewer, id, { name: 'x' }), 'id'],
      'set status': [({ app, viewer }, id) => app.agents.setStatus(viewer, id, 'AVAILABLE'), 'id'],
    },
  },
}

describe.each(Object.entries(kinds))('a deleted %s', (_, kind) => {
  const given = async () => {
    const world = await givenWorld()
    const object = await kind.make(world)
    const listed = async () => (await kind.page(world, object)).rows.map((row) => row.id)
    expect(await listed()).toContain(object.id)
    const deleted = must(await kind.remove(world, object.id))
    return { world, object, deleted, listed }
  }

  test('is returned with the moment of its deletion, and can be read by its id', async () => {
    const { world, object, deleted } = await given()
    expect(deleted).toMatchObject({ id: object.id, deletedAt: world.effects.now() })
    expect(await kind.byIds(world, [object.id])).toEqual([deleted])
    expect(await world.app.nodes.byIds(world.viewer, [object.id])).toEqual([{ type: kind.type, value: deleted }])
  })

  test('is in no list', async () => {
    const { world, object, listed } = await given()
    expect(await listed()).not.toContain(object.id)
    expect(await (await kind.page(world, object)).totalCount()).toBe((await listed()).length)
  })

  test('is NOT_FOUND for every mutation', async () => {
    const { world, object } = await given()
    await expectRefused(world, ['NOT_FOUND id'], () => kind.remove(world, object.id))
    for (const [mutate, path] of Object.values(kind.mutations)) {
      await expectRefused(world, [`NOT_FOUND ${path}`], () => mutate(world, object.id))
    }
  })
})

describe('what refers to something deleted', () => {
  test('still leads there', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const next = await givenCampaign(world)
    const queue = await givenQueue(world)
    const settings = { queueId: queue.id, nextCampaignId: next.id }
    const { campaign, outplan, outdial } = await givenReady(world, { people: [], campaign: settings })
    must(await app.outplans.delete(viewer, outplan.id))
    must(await app.outdials.delete(viewer, outdial.id))
    must(await app.queues.delete(viewer, queue.id))
    must(await app.campaigns.delete(viewer, next.id))
    const [found] = await app.campaigns.byIds(viewer, [campaign.id])
    expect(found).toMatchObject({ outplanId: outplan.id, outdialId: outdial.id, ...settings })
    const ids = [found?.outplanId, found?.outdialId, found?.queueId, found?.nextCampaignId].map((id) => id ?? '')
    const nodes = await app.nodes.byIds(viewer, ids)
    expect(nodes.map((node) => node?.type)).toEqual(['Outplan', 'Outdial', 'Queue', 'Campaign'])
  })

  test('can be read after its campaign is deleted: calls, and what happened to them', async () => {
    const world = await givenWorld({ startEngine: true })
    const { app, viewer } = world
    const { campaign } = await givenReady(world, { people: [[scripted(50)]], plan: { maxTryCounts: [1] } })
    must(await app.campaigns.run(viewer, campaign.id))
    await world.run()
    must(await app.campaigns.delete(viewer, campaign.id))
    const { rows } = await app.campaigncalls.page(viewer, {
      orderBy: 'CREATED_AT_ASC',
      within: { campaignId: campaign.id },
    })
    expect(rows).toMatchObject([{ hangupReason: 'BUSY' }])
    expect((await app.campaigncalls.transitions(viewer, [rows[0]?.id ?? '']))[0]).toHaveLength(2)
    expect(await app.transitions.campaignList(viewer, { first: 10, campaignId: campaign.id })).toHaveLength(2)
    expect(await app.campaigns.stats(viewer, [campaign.id])).toMatchObject([{ callsTotal: 1, fail: 1 }])
  })
})

describe('an agent', () => {
  test('whose phone rings, or who talks, is not deleted', async () => {
    const world = await givenWorld({ startEngine: true })
    const { app, viewer } = world
    const queue = await givenQueue(world)
    const [agent] = await givenAgents(world, queue.id, [{ wrapUpMs: 60_000 }])
    const id = agent?.id ?? ''
    const { campaign } = await givenReady(world, { people: [[scripted(0)]], campaign: { queueId: queue.id } })
    must(await app.campaigns.run(viewer, campaign.id))
    const seen = new Set<string>()
    for (let second = 0; second < 1000 && seen.size < 3; second++) {
      await world.advance(1000)
      const [now] = await app.agents.byIds(viewer, [id])
      if (now?.status !== 'RINGING' && now?.status !== 'BUSY') continue
      const state = now.wrapUpUntil === null ? now.status : 'WRAPPING UP'
      if (seen.has(state)) continue
      seen.add(state)
      await expectRefused(world, ['STATE_CONFLICT id'], () => app.agents.delete(viewer, id), now)
    }
    expect([...seen]).toEqual(['RINGING', 'BUSY', 'WRAPPING UP'])
  })

  test('that is deleted leaves its queues, and its extension is free', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const queue = await givenQueue(world)
    const agents = await givenAgents(world, queue.id, [{ extension: '100' }, { extension: '101' }])
    must(await app.agents.delete(viewer, agents[0]?.id ?? ''))
    expect(await app.queues.agents(viewer, [queue.id])).toMatchObject([[{ extension: '101' }]])
    const again = { name: 'Again', detail: '', extension: '100', wrapUpMs: 0 }
    expect(must(await app.agents.create(viewer, again)).extension).toBe('100')
  })
})

test('a queue that is deleted lets its agents go, and is paced alone', async () => {
  const world = await givenWorld()
  const { app, viewer } = world
  const [queue, other] = [await givenQueue(world), await givenQueue(world)]
  const [agent] = await givenAgents(world, queue.id, [{}])
  must(await app.queues.setAgents(viewer, other.id, [agent?.id ?? '']))
  must(await app.queues.delete(viewer, queue.id))
  expect(await app.agents.queues(viewer, [agent?.id ?? ''])).toMatchObject([[{ id: other.id }]])
  const pools = (await app.queues.byIds(viewer, [queue.id, other.id])).map((of) => of?.poolId)
  expect(pools).toEqual([queue.id, other.id])
  expect(dump(world).queue_agent).toHaveLength(1)
})
