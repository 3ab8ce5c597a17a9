import { describe, expect, test } from 'vitest'
import { givenCampaign, givenOutdial, givenOutplan, givenQueue, givenReady, must, scripted } from '../support/given.ts'
import type { World } from '../support/world.ts'
import { dump, expectRefused, givenWorld, unknownId } from './support.ts'

async function reload({ app, viewer }: World, id: string) {
  const [campaign] = await app.campaigns.byIds(viewer, [id])
  return campaign ?? null
}

const causesOf = async ({ app, viewer }: World, id: string) => {
  const [steps = []] = await app.transitions.latestOfCampaigns(viewer, [id], 20)
  return steps.map((step) => `${step.from} ${step.to}: ${step.cause}`)
}

describe('a campaign that is created', () => {
  test('is stopped, has what was asked for, and is found by its id', async () => {
    const world = await givenWorld()
    const [outplan, outdial, queue] = [await givenOutplan(world), await givenOutdial(world), await givenQueue(world)]
    const next = await givenCampaign(world)
    const settings = { type: 'CALL', pacing: 'RATIO', serviceLevel: 150, ratio: 200, endHandle: 'CONTINUE' } as const
    const references = { outplanId: outplan.id, outdialId: outdial.id, queueId: queue.id, nextCampaignId: next.id }
    const texts = { name: '  Spring ', detail: 'Seeds' }
    const input = { ...settings, ...references, ...texts, concurrentCallsMax: 7, actions: [] }
    const campaign = must(await world.app.campaigns.create(world.viewer, input))
    expect(campaign).toMatchObject({ ...settings, ...references, status: 'STOP', deletedAt: null })
    expect(campaign).toMatchObject({ name: 'Spring', detail: 'Seeds', concurrentCallsMax: 7 })
    expect(campaign.createdAt).toBe(world.effects.now())
    expect(await reload(world, campaign.id)).toEqual(campaign)
  })

  test('needs no reference at all', async () => {
    const world = await givenWorld()
    const none = { outplanId: null, outdialId: null, queueId: null, nextCampaignId: null, concurrentCallsMax: null }
    expect(await givenCampaign(world)).toMatchObject(none)
    expect(await givenCampaign(world, none)).toMatchObject(none)
  })

  test('has ids for its actions, made where none was given', async () => {
    const world = await givenWorld()
    const actions = [
      { type: 'TALK' as const, option: { text: ' Hello ' } },
      { id: unknownId.toUpperCase(), type: 'HANGUP' as const },
    ]
    const campaign = await givenCampaign(world, { actions })
    expect(campaign.actions).toEqual([
      { id: expect.stringMatching(/^[0-9a-f-]{36}$/), nextId: null, type: 'TALK', option: { text: 'Hello' } },
      { id: unknownId, nextId: null, type: 'HANGUP', option: { reason: 'NORMAL' } },
    ])
    expect((await reload(world, campaign.id))?.actions).toEqual(campaign.actions)
  })
})

describe('a name', () => {
  test('that another campaign has is TAKEN, at creation and at an update', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    await givenCampaign(world, { name: 'Spring' })
    const other = await givenCampaign(world, { name: 'Summer' })
    const { id: _, ...again } = { ...other, name: ' Spring ' }
    await expectRefused(world, ['TAKEN input.name'], () => app.campaigns.create(viewer, again))
    await expectRefused(
      world,
      ['TAKEN input.name'],
      () => app.campaigns.update(viewer, other.id, { name: 'Spring' }),
      other,
    )
  })

  test('may be kept, and is free again once its campaign is renamed or deleted', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const first = await givenCampaign(world, { name: 'Spring' })
    must(await app.campaigns.update(viewer, first.id, { name: 'Spring', detail: 'kept' }))
    must(await app.campaigns.update(viewer, first.id, { name: 'Summer' }))
    const second = await givenCampaign(world, { name: 'Spring' })
    must(await app.campaigns.delete(viewer, second.id))
    await givenCampaign(world, { name: 'Spring' })
  })

  test('is compared as it is written, but for the blanks around it', async () => {
    const world = await givenWorld()
    await givenCampaign(world, { name: 'Spring' })
    expect((await givenCampaign(world, { name: 'spring' })).name).toBe('spring')
  })
})

describe('an update', () => {
  test('leaves what is left out as it is', async () => {
    const world = await givenWorld()
    const queue = await givenQueue(world)
    const ready = await givenReady(world, { people: [], campaign: { queueId: queue.id, concurrentCallsMax: 3 } })
    await world.advance(10)
    const updated = must(await world.app.campaigns.update(world.viewer, ready.campaign.id, { name: 'New' }))
    expect(updated).toEqual({ ...ready.campaign, name: 'New', updatedAt: ready.campaign.updatedAt + 10 })
    expect(await reload(world, ready.campaign.id)).toEqual(updated)
  })

  test('clears a reference, and the limit of calls, by an explicit null', async () => {
    const world = await givenWorld()
    const next = await givenCampaign(world)
    const queue = await givenQueue(world)
    const settings = { queueId: queue.id, concurrentCallsMax: 3, nextCampaignId: next.id }
    const { campaign } = await givenReady(world, { people: [], campaign: settings })
    const nulls = { outplanId: null, outdialId: null, queueId: null, nextCampaignId: null, concurrentCallsMax: null }
    expect(must(await world.app.campaigns.update(world.viewer, campaign.id, nulls))).toMatchObject(nulls)
    expect(await reload(world, campaign.id)).toMatchObject(nulls)
  })

  test('replaces all actions, and keeps the list that calls were dialed with', async () => {
    const world = await givenWorld()
    const campaign = await givenCampaign(world, { actions: [{ type: 'ANSWER' }, { type: 'STOP' }] })
    const actions = [{ type: 'SLEEP' as const, option: { durationMs: 5 } }]
    const updated = must(await world.app.campaigns.update(world.viewer, campaign.id, { actions }))
    expect(updated.actions).toMatchObject(actions)
    expect(updated.actionListId).not.toBe(campaign.actionListId)
    const lists = await world.store.read.campaigns.actionLists('default', [campaign.actionListId, updated.actionListId])
    expect(lists).toEqual([campaign.actions, updated.actions])
  })
})

describe('run', () => {
  test('starts a stopped campaign, and says who caused it', async () => {
    const world = await givenWorld()
    const { campaign } = await givenReady(world, { people: [] })
    expect(must(await world.app.campaigns.run(world.viewer, campaign.id)).status).toBe('RUN')
    expect(await causesOf(world, campaign.id)).toEqual(['STOP RUN: Run by local.'])
  })

  test('of a running campaign returns it, without a transition or any change', async () => {
    const world = await givenWorld()
    const { campaign } = await givenReady(world, { people: [] })
    const running = must(await world.app.campaigns.run(world.viewer, campaign.id))
    await world.advance(1000)
    const before = dump(world)
    expect(must(await world.app.campaigns.run(world.viewer, campaign.id))).toEqual(running)
    expect(dump(world)).toEqual(before)
  })

  test('without an outplan or an outdial is BLANK, and the campaign stays stopped', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const [outplan, outdial] = [await givenOutplan(world), await givenOutdial(world)]
    const cases = [
      { of: {}, errors: ['BLANK outplanId', 'BLANK outdialId'] },
      { of: { outplanId: outplan.id }, errors: ['BLANK outdialId'] },
      { of: { outdialId: outdial.id }, errors: ['BLANK outplanId'] },
    ]
    for (const { of, errors } of cases) {
      const campaign = await givenCampaign(world, of)
      await expectRefused(world, errors, () => app.campaigns.run(viewer, campaign.id), campaign)
    }
  })

  test.each(['outplan', 'outdial', 'queue'] as const)('with a deleted %s is NOT_FOUND', async (noun) => {
    const world = await givenWorld()
    const { app, viewer } = world
    const queue = await givenQueue(world)
    const ready = await givenReady(world, { people: [], campaign: { queueId: queue.id } })
    const deletions = {
      outplan: () => app.outplans.delete(viewer, ready.outplan.id).then(must),
      outdial: () => app.outdials.delete(viewer, ready.outdial.id).then(must),
      queue: () => app.queues.delete(viewer, queue.id).then(must),
    }
    await deletions[noun]()
    await expectRefused(world, [`NOT_FOUND ${noun}Id`], () => app.campaigns.run(viewer, ready.campaign.id))
    expect((await reload(world, ready.campaign.id))?.status).toBe('STOP')
  })

  test('does not mind a next campaign that was deleted', async () => {
    const world = await givenWorld()
    const next = await givenCampaign(world)
    const { campaign } = await givenReady(world, { people: [], campaign: { nextCampaignId: next.id } })
    must(await world.app.campaigns.delete(world.viewer, next.id))
    expect(must(await world.app.campaigns.run(world.viewer, campaign.id)).status).toBe('RUN')
  })

  test('goes on with a campaign that is stopping', async () => {
    const world = await givenWorld({ startEngine: true })
    const { campaign } = await givenReady(world, { people: [[scripted(60)]] })
    must(await world.app.campaigns.run(world.viewer, campaign.id))
    await world.advance(100)
    must(await world.app.campaigns.stop(world.viewer, campaign.id))
    expect(must(await world.app.campaigns.run(world.viewer, campaign.id)).status).toBe('RUN')
    expect((await causesOf(world, campaign.id)).at(-1)).toBe('STOPPING RUN: Run by local.')
  })
})

describe('stop', () => {
  test('of a campaign without calls in flight is STOP at once', async () => {
    const world = await givenWorld()
    const { campaign } = await givenReady(world, { people: [] })
    must(await world.app.campaigns.run(world.viewer, campaign.id))
    expect(must(await world.app.campaigns.stop(world.viewer, campaign.id)).status).toBe('STOP')
    expect((await causesOf(world, campaign.id)).at(-1)).toBe('RUN STOP: Stopped by local.')
  })

  test('of a campaign with a call in flight is STOPPING until that ends', async () => {
    const world = await givenWorld({ startEngine: true })
    const next = await givenReady(world, { people: [] })
    const ready = { people: [[scripted(50)]], campaign: { nextCampaignId: next.campaign.id } }
    const { campaign } = await givenReady(world, ready)
    must(await world.app.campaigns.run(world.viewer, campaign.id))
    await world.advance(500)
    expect(must(await world.app.campaigns.stop(world.viewer, campaign.id)).status).toBe('STOPPING')
    await world.advance(2000)
    expect(await causesOf(world, campaign.id)).toEqual([
      'STOP RUN: Run by local.',
      'RUN STOPPING: Stopped by local.',
      'STOPPING STOP: The last call in flight has ended.',
    ])
    expect((await reload(world, next.campaign.id))?.status).toBe('STOP')
  })

  test('of a campaign that is stopped or stopping changes nothing', async () => {
    const world = await givenWorld({ startEngine: true })
    const { campaign } = await givenReady(world, { people: [[scripted(60)]] })
    const stop = () => world.app.campaigns.stop(world.viewer, campaign.id)
    const stopped = dump(world)
    expect(must(await stop())).toEqual(campaign)
    expect(dump(world)).toEqual(stopped)
    must(await world.app.campaigns.run(world.viewer, campaign.id))
    await world.advance(100)
    must(await stop())
    const stopping = dump(world)
    expect(must(await stop()).status).toBe('STOPPING')
    expect(dump(world)).toEqual(stopping)
  })
})

describe('delete', () => {
  test('of a campaign that runs or is stopping is a STATE_CONFLICT', async () => {
    const world = await givenWorld({ startEngine: true })
    const { app, viewer } = world
    const { campaign } = await givenReady(world, { people: [[scripted(60)]] })
    must(await app.campaigns.run(viewer, campaign.id))
    await world.advance(100)
    const outcome = await app.campaigns.delete(viewer, campaign.id)
    expect(outcome.errors[0]?.message).toBe('campaign must be deactive')
    const running = await reload(world, campaign.id)
    await expectRefused(world, ['STATE_CONFLICT id'], () => app.campaigns.delete(viewer, campaign.id), running)
    const stopping = must(await app.campaigns.stop(viewer, campaign.id))
    await expectRefused(world, ['STATE_CONFLICT id'], () => app.campaigns.delete(viewer, campaign.id), stopping)
  })

  test('releases the outdial for another campaign', async () => {
    const world = await givenWorld()
    const { campaign, outdial } = await givenReady(world, { people: [] })
    expect(await world.app.campaigns.byOutdialIds(world.viewer, [outdial.id])).toEqual([campaign])
    must(await world.app.campaigns.delete(world.viewer, campaign.id))
    expect(await world.app.campaigns.byOutdialIds(world.viewer, [outdial.id])).toEqual([null])
    const other = await givenCampaign(world, { outdialId: outdial.id })
    expect(await world.app.campaigns.byOutdialIds(world.viewer, [outdial.id])).toEqual([other])
  })
})
