import { describe, expect, test } from 'vitest'
import type { CampaigncallFilter, CampaignFilter, OutdialTargetFilter } from '../../src/app/requests.ts'
import {
  callsOf,
  givenAgent,
  givenAgents,
  givenCampaign,
  givenOutdial,
  givenQueue,
  givenReady,
  givenTargets,
  must,
  scripted,
} from '../support/given.ts'
import { givenAttempts, givenWorld, reevaluateAll, unknownId } from './support.ts'

describe('campaigns', () => {
  async function given() {
    const world = await givenWorld()
    const { app, viewer } = world
    const queue = await givenQueue(world)
    const { campaign, outdial } = await givenReady(world, { people: [], campaign: { name: 'Straße 100%' } })
    must(await app.campaigns.run(viewer, campaign.id))
    await givenCampaign(world, { name: 'street_1', queueId: queue.id })
    const gone = await givenCampaign(world, { name: 'Gone', type: 'FLOW' })
    must(await app.campaigns.delete(viewer, gone.id))
    await givenCampaign(world, { name: 'alpha', type: 'FLOW' })
    const names = async (filter: Partial<CampaignFilter> | null) => {
      const of = filter && { includeDeleted: false, ...filter }
      const page = await app.campaigns.page(viewer, { orderBy: 'NAME_ASC', filter: of })
      expect(await page.totalCount()).toBe(page.rows.length)
      return page.rows.map((row) => row.name)
    }
    return { names, queue, outdial }
  }

  test('come without the deleted ones, unless those are asked for', async () => {
    const { names } = await given()
    expect(await names(null)).toEqual(['alpha', 'Straße 100%', 'street_1'])
    expect(await names({ includeDeleted: true })).toEqual(['alpha', 'Gone', 'Straße 100%', 'street_1'])
  })

  test('are filtered by each of their filters, and by all together', async () => {
    const { names, queue, outdial } = await given()
    expect(await names({ status: ['RUN', 'STOPPING'] })).toEqual(['Straße 100%'])
    expect(await names({ status: [] })).toEqual([])
    expect(await names({ type: 'FLOW' })).toEqual(['alpha'])
    expect(await names({ outdialId: outdial.id })).toEqual(['Straße 100%'])
    expect(await names({ queueId: queue.id.toUpperCase() })).toEqual(['street_1'])
    expect(await names({ queueId: queue.id, type: 'FLOW' })).toEqual([])
    expect(await names({ status: null, type: null, nameContains: null, outdialId: null, queueId: null })).toHaveLength(
      3,
    )
  })

  test('are found by a part of their name, in any case, and without wildcards', async () => {
    const { names } = await given()
    expect(await names({ nameContains: 'STR' })).toEqual(['Straße 100%', 'street_1'])
    expect(await names({ nameContains: '_' })).toEqual(['street_1'])
    expect(await names({ nameContains: '%' })).toEqual(['Straße 100%'])
    expect(await names({ nameContains: '' })).toHaveLength(3)
  })
})

describe('outdials', () => {
  test('are found by a part of their name, deleted ones only when asked for', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    for (const name of ['Spring list', 'summer LIST', 'Autumn']) await givenOutdial(world, name)
    must(await app.outdials.delete(viewer, (await givenOutdial(world, 'Old list')).id))
    const names = async (filter: { nameContains?: string; includeDeleted?: boolean }) => {
      const page = await app.outdials.page(viewer, { filter: { includeDeleted: false, ...filter } })
      return page.rows.map((row) => row.name)
    }
    expect(await names({ nameContains: 'list' })).toEqual(['Spring list', 'summer LIST'])
    expect(await names({ nameContains: 'list', includeDeleted: true })).toEqual([
      'Spring list',
      'summer LIST',
      'Old list',
    ])
  })
})

describe('targets', () => {
  test('are filtered by status and by an exact address of any destination', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const people = [['+12025550100', '+12025550101'], ['+12025550101'], ['+12025550102']]
    const { outdial, targets } = await givenReady(world, { people })
    await reevaluateAll(world)
    await givenTargets(world, (await givenOutdial(world)).id, [['+12025550101']])
    await givenAttempts(world, targets.slice(1, 2), 'NORMAL')
    must(await app.outdialTargets.delete(viewer, targets[2]?.id ?? ''))
    const found = async (filter: Partial<OutdialTargetFilter>) => {
      const page = await app.outdialTargets.page(viewer, {
        outdialId: outdial.id,
        filter: { includeDeleted: false, ...filter },
      })
      expect(await page.totalCount()).toBe(page.rows.length)
      return page.rows.map((row) => targets.findIndex((of) => of.id === row.id))
    }
    expect(await found({})).toEqual([0, 1])
    expect(await found({ includeDeleted: true })).toEqual([0, 1, 2])
    expect(await found({ status: ['DONE'] })).toEqual([1])
    expect(await found({ status: ['IDLE', 'DONE'] })).toEqual([0, 1])
    expect(await found({ status: [] })).toEqual([])
    expect(await found({ address: '+12025550101' })).toEqual([0, 1])
    expect(await found({ address: '+12025550101', status: ['IDLE'] })).toEqual([0])
    expect(await found({ address: '+1202555010' })).toEqual([])
    expect(await found({ address: '+12025550102' })).toEqual([])
    expect(await found({ address: '+12025550102', includeDeleted: true })).toEqual([2])
  })
})

describe('agents', () => {
  test('are filtered by status and by queue', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const [queue, other] = [await givenQueue(world), await givenQueue(world)]
    const [a, b] = await givenAgents(world, queue.id, [{}, {}])
    const [c] = await givenAgents(world, other.id, [{}], 'OFFLINE')
    must(await app.agents.setStatus(viewer, b?.id ?? '', 'AWAY'))
    const found = async (filter: object) => (await app.agents.page(viewer, { filter })).rows.map((row) => row.id)
    expect(await found({})).toEqual([a?.id, b?.id, c?.id])
    expect(await found({ status: ['AWAY', 'OFFLINE'] })).toEqual([b?.id, c?.id])
    expect(await found({ queueId: queue.id })).toEqual([a?.id, b?.id])
    expect(await found({ queueId: queue.id, status: ['AVAILABLE'] })).toEqual([a?.id])
  })

  test('are found by their extension, as it is written', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const [, b] = await givenAgents(world, (await givenQueue(world)).id, [{ extension: '101' }, { extension: 'a*2' }])
    const gone = await givenAgent(world, { extension: '103' })
    must(await app.agents.delete(viewer, gone.id))
    const found = async (filter: object) => {
      const page = await app.agents.page(viewer, { filter })
      expect(await page.totalCount()).toBe(page.rows.length)
      return page.rows.map((row) => row.extension)
    }
    expect(await found({ extension: '101' })).toEqual(['101'])
    expect(await found({ extension: 'a*2', status: ['AVAILABLE'] })).toEqual([b?.extension])
    expect(await found({ extension: 'a*2', status: ['AWAY'] })).toEqual([])
    for (const extension of ['103', '10', 'A*2', ' 101', '%', '']) expect(await found({ extension })).toEqual([])
    expect(await found({ extension: null })).toEqual(['101', 'a*2'])
  })
})

describe('campaigncalls', () => {
  test('are narrowed by their parent, whatever the filter says', async () => {
    const world = await givenWorld({ startEngine: true })
    const { app, viewer } = world
    const [first, second] = [
      await givenReady(world, { people: [[scripted(60)], [scripted(50)]] }),
      await givenReady(world, { people: [[scripted(60)]] }),
    ]
    for (const { campaign } of [first, second]) must(await app.campaigns.run(viewer, campaign.id))
    await world.advance(2000)
    const calls = await callsOf(world, first.campaign.id)
    const found = async (within: { campaignId: string } | { outdialTargetId: string }, filter: CampaigncallFilter) => {
      const page = await app.campaigncalls.page(viewer, { orderBy: 'CREATED_AT_ASC', within, filter })
      expect(await page.totalCount()).toBe(page.rows.length)
      return page.rows.map((row) => calls.findIndex((of) => of.id === row.id))
    }
    const campaign = { campaignId: first.campaign.id }
    expect(await found(campaign, {})).toEqual([0, 1])
    expect(await found(campaign, { campaignId: first.campaign.id.toUpperCase() })).toEqual([0, 1])
    expect(await found(campaign, { campaignId: second.campaign.id })).toEqual([])
    expect(await found(campaign, { campaignId: unknownId })).toEqual([])
    expect(await found(campaign, { hangupReason: ['BUSY'] })).toEqual([1])
    expect(await found(campaign, { outdialTargetId: second.targets[0]?.id })).toEqual([])
    const target = { outdialTargetId: first.targets[1]?.id ?? '' }
    expect(await found(target, {})).toEqual([1])
    expect(await found(target, { status: ['DIALING'] })).toEqual([])
    expect(await found(target, { outdialTargetId: first.targets[0]?.id })).toEqual([])
  })
})
