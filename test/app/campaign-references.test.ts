import { describe, expect, test } from 'vitest'
import type { CampaignCreateInput } from '../../src/app/requests.ts'
import { givenCampaign, givenOutdial, givenOutplan, givenQueue, givenReady, must, scripted } from '../support/given.ts'
import type { World } from '../support/world.ts'
import { expectRefused, givenWorld, unknownId, zeroUuid } from './support.ts'

const references = ['outplanId', 'outdialId', 'queueId', 'nextCampaignId'] as const

const inputOf = (more: Partial<CampaignCreateInput> = {}): CampaignCreateInput => ({
  name: 'Fresh',
  detail: '',
  type: 'CALL',
  pacing: 'SERVICE_LEVEL',
  serviceLevel: 100,
  ratio: 100,
  endHandle: 'STOP',
  actions: [],
  ...more,
})

/** Something of each kind that a campaign can refer to, and how it is deleted. */
async function givenReferences(world: World) {
  const { app, viewer } = world
  const [outplan, outdial, queue] = [await givenOutplan(world), await givenOutdial(world), await givenQueue(world)]
  const next = await givenCampaign(world)
  return {
    outplanId: { id: outplan.id, remove: () => app.outplans.delete(viewer, outplan.id).then(must) },
    outdialId: { id: outdial.id, remove: () => app.outdials.delete(viewer, outdial.id).then(must) },
    queueId: { id: queue.id, remove: () => app.queues.delete(viewer, queue.id).then(must) },
    nextCampaignId: { id: next.id, remove: () => app.campaigns.delete(viewer, next.id).then(must) },
  }
}

describe.each(references)('%s', (name) => {
  test('of something deleted is NOT_FOUND, at creation and at an update', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const campaign = await givenCampaign(world)
    const { id, remove } = (await givenReferences(world))[name]
    await remove()
    const errors = [`NOT_FOUND input.${name}`]
    await expectRefused(world, errors, () => app.campaigns.create(viewer, inputOf({ [name]: id })))
    await expectRefused(world, errors, () => app.campaigns.update(viewer, campaign.id, { [name]: id }))
  })

  test('may stay when it was deleted since, while other settings are edited', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const { id, remove } = (await givenReferences(world))[name]
    const campaign = await givenCampaign(world, { [name]: id })
    await remove()
    const updated = must(await app.campaigns.update(viewer, campaign.id, { detail: 'edited', [name]: id }))
    expect(updated).toMatchObject({ detail: 'edited', [name]: id })
  })

  test('is none when it is the zero UUID', async () => {
    const world = await givenWorld()
    const { id } = (await givenReferences(world))[name]
    expect(await givenCampaign(world, { [name]: zeroUuid })).toMatchObject({ [name]: null })
    const campaign = await givenCampaign(world, { [name]: id })
    const cleared = must(await world.app.campaigns.update(world.viewer, campaign.id, { [name]: zeroUuid }))
    expect(cleared).toMatchObject({ [name]: null })
  })

  test('is taken in capitals as well', async () => {
    const world = await givenWorld()
    const { id } = (await givenReferences(world))[name]
    expect(await givenCampaign(world, { [name]: id.toUpperCase() })).toMatchObject({ [name]: id })
  })
})

test('everything that does not exist is told of at once', async () => {
  const world = await givenWorld()
  const ids = Object.fromEntries(references.map((name) => [name, unknownId]))
  const errors = references.map((name) => `NOT_FOUND input.${name}`)
  await expectRefused(world, errors, () => world.app.campaigns.create(world.viewer, inputOf(ids)))
})

describe('an outdial that another campaign has', () => {
  test('is IN_USE, at creation and at an update', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const { outdial } = await givenReady(world, { people: [] })
    const other = await givenCampaign(world)
    const attach = { outdialId: outdial.id }
    await expectRefused(world, ['IN_USE input.outdialId'], () => app.campaigns.create(viewer, inputOf(attach)))
    await expectRefused(world, ['IN_USE input.outdialId'], () => app.campaigns.update(viewer, other.id, attach), other)
  })

  test('is free once that campaign lets it go', async () => {
    const world = await givenWorld()
    const { campaign, outdial } = await givenReady(world, { people: [] })
    must(await world.app.campaigns.update(world.viewer, campaign.id, { outdialId: null }))
    expect(await givenCampaign(world, { outdialId: outdial.id })).toMatchObject({ outdialId: outdial.id })
  })
})

test('an IN_USE error names the campaign that uses the object', async () => {
  const world = await givenWorld()
  const { app, viewer } = world
  const queue = await givenQueue(world)
  const settings = { name: 'Autumn', queueId: queue.id }
  const { campaign, outdial, outplan } = await givenReady(world, { people: [], campaign: settings })
  must(await app.campaigns.run(viewer, campaign.id))
  const outcomes = [
    await app.campaigns.create(viewer, inputOf({ outdialId: outdial.id })),
    await app.campaigns.update(viewer, (await givenCampaign(world)).id, { outdialId: outdial.id }),
    await app.campaigns.update(viewer, campaign.id, { outdialId: null, outplanId: null, queueId: null }),
    await app.outdials.delete(viewer, outdial.id),
    await app.outplans.delete(viewer, outplan.id),
    await app.queues.delete(viewer, queue.id),
  ]
  const errors = outcomes.flatMap((outcome) => outcome.errors)
  expect(errors.map(({ code }) => code)).toEqual(Array(8).fill('IN_USE'))
  for (const { message } of errors) expect(message).toContain('the campaign "Autumn"')
})

describe('while a campaign is not stopped', () => {
  async function givenActive(status: 'RUN' | 'STOPPING') {
    const world = await givenWorld({ startEngine: true })
    const { app, viewer } = world
    const ready = await givenReady(world, { people: [[scripted(60)]] })
    const others = await givenReferences(world)
    must(await app.campaigns.run(viewer, ready.campaign.id))
    await world.advance(100)
    if (status === 'STOPPING') must(await app.campaigns.stop(viewer, ready.campaign.id))
    const [active] = await app.campaigns.byIds(viewer, [ready.campaign.id])
    if (active?.status !== status) throw new Error(`the campaign is ${active?.status}`)
    return { ...ready, world, app, viewer, others, active }
  }

  describe.each(['RUN', 'STOPPING'] as const)('but %s', (status) => {
    test('its outdial, outplan and queue can be neither exchanged nor cleared', async () => {
      const { world, app, viewer, others, active } = await givenActive(status)
      const update = (input: object) => () => app.campaigns.update(viewer, active.id, input)
      for (const name of ['outplanId', 'outdialId', 'queueId'] as const) {
        await expectRefused(world, [`IN_USE input.${name}`], update({ [name]: others[name].id }), active)
      }
      const nulls = { outplanId: null, outdialId: null }
      await expectRefused(world, ['IN_USE input.outdialId', 'IN_USE input.outplanId'], update(nulls), active)
    })

    test('its outdial and outplan cannot be deleted', async () => {
      const { world, app, viewer, outdial, outplan } = await givenActive(status)
      const [list] = await app.outdials.byIds(viewer, [outdial.id])
      await expectRefused(world, ['IN_USE id'], () => app.outdials.delete(viewer, outdial.id), list)
      await expectRefused(world, ['IN_USE id'], () => app.outplans.delete(viewer, outplan.id), outplan)
    })

    test('everything else can be edited', async () => {
      const { app, viewer, others, active } = await givenActive(status)
      const settings = { name: 'Edited', serviceLevel: 300, concurrentCallsMax: 1, endHandle: 'CONTINUE' } as const
      const changes = { ...settings, nextCampaignId: others.nextCampaignId.id, actions: [{ type: 'ANSWER' as const }] }
      const same = { outplanId: active.outplanId, outdialId: active.outdialId, queueId: null }
      expect(must(await app.campaigns.update(viewer, active.id, { ...changes, ...same }))).toMatchObject(settings)
    })
  })

  test('its queue can be neither cleared nor deleted', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const queue = await givenQueue(world)
    const { campaign } = await givenReady(world, { people: [], campaign: { queueId: queue.id } })
    const running = must(await app.campaigns.run(viewer, campaign.id))
    const clear = () => app.campaigns.update(viewer, campaign.id, { queueId: null })
    await expectRefused(world, ['IN_USE input.queueId'], clear, running)
    await expectRefused(world, ['IN_USE id'], () => app.queues.delete(viewer, queue.id), queue)
  })

  test('what it had is free again once it is stopped', async () => {
    const { world, app, viewer, active, outdial, outplan } = await givenActive('RUN')
    must(await app.campaigns.stop(viewer, active.id))
    await world.advance(31_000)
    must(await app.campaigns.update(viewer, active.id, { outdialId: null }))
    must(await app.outdials.delete(viewer, outdial.id))
    must(await app.outplans.delete(viewer, outplan.id))
  })
})

describe('nextCampaign', () => {
  test('may not be the campaign itself', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const own = inputOf({ id: unknownId, nextCampaignId: unknownId.toUpperCase() })
    await expectRefused(world, ['INVALID input.nextCampaignId'], () => app.campaigns.create(viewer, own))
    const campaign = await givenCampaign(world)
    const update = () => app.campaigns.update(viewer, campaign.id, { nextCampaignId: campaign.id })
    await expectRefused(world, ['INVALID input.nextCampaignId'], update, campaign)
  })

  test('may not lead back, however far around', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const third = await givenCampaign(world)
    const second = await givenCampaign(world, { nextCampaignId: third.id })
    const first = await givenCampaign(world, { nextCampaignId: second.id })
    for (const back of [second, first]) {
      const close = () => app.campaigns.update(viewer, third.id, { nextCampaignId: back.id })
      await expectRefused(world, ['INVALID input.nextCampaignId'], close, third)
    }
    const other = await givenCampaign(world)
    must(await app.campaigns.update(viewer, third.id, { nextCampaignId: other.id }))
  })

  test('may be the next of several', async () => {
    const world = await givenWorld()
    const last = await givenCampaign(world)
    const names = [
      await givenCampaign(world, { nextCampaignId: last.id }),
      await givenCampaign(world, { nextCampaignId: last.id }),
    ]
    expect(names.map((campaign) => campaign.nextCampaignId)).toEqual([last.id, last.id])
  })

  test('that leads in a ring refuses the run', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const second = await givenReady(world, { people: [] })
    const { campaign } = await givenReady(world, { people: [], campaign: { nextCampaignId: second.campaign.id } })
    // No mutation makes a ring: this is what a file of before the rule may hold.
    await world.store.transact('ALL', (tx) => tx.campaigns.update({ ...second.campaign, nextCampaignId: campaign.id }))
    await expectRefused(world, ['INVALID nextCampaignId'], () => app.campaigns.run(viewer, campaign.id), campaign)
  })
})
