import { describe, expect, test } from 'vitest'
import { givenCampaign, givenOutdial, givenReady, givenTargets, must } from '../support/given.ts'
import { givenWorld } from './support.ts'

describe('an outdial', () => {
  test('is empty, and has what was asked for', async () => {
    const world = await givenWorld()
    const input = { name: ' Spring ', detail: 'all of them', data: '{"a":1}' }
    const outdial = must(await world.app.outdials.create(world.viewer, input))
    expect(outdial).toMatchObject({ ...input, name: 'Spring', targetsIdle: 0, targetsProgressing: 0, targetsDone: 0 })
    expect(await world.app.outdials.byIds(world.viewer, [outdial.id])).toEqual([outdial])
  })

  test('is edited in what is said, and keeps the rest, its counters included', async () => {
    const world = await givenWorld()
    const outdial = await givenOutdial(world)
    await givenTargets(world, outdial.id, [['+12025550100']])
    await world.advance(7)
    const edited = must(await world.app.outdials.update(world.viewer, outdial.id, { data: 'new' }))
    const updatedAt = outdial.updatedAt + 7
    expect(edited).toEqual({ ...outdial, data: 'new', targetsIdle: 1, updatedAt })
    expect(await world.app.outdials.byIds(world.viewer, [outdial.id])).toEqual([edited])
  })

  test('may have the name of another', async () => {
    const world = await givenWorld()
    expect((await givenOutdial(world, 'Same')).name).toBe((await givenOutdial(world, 'Same')).name)
  })

  test('is deleted while only a stopped campaign has it, with its targets', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const { outdial, campaign, targets } = await givenReady(world, { people: [['+12025550100']] })
    expect(must(await app.outdials.delete(viewer, outdial.id)).deletedAt).toBe(world.effects.now())
    expect(await app.campaigns.byOutdialIds(viewer, [outdial.id])).toEqual([campaign])
    const { rows } = await app.outdialTargets.page(viewer, { outdialId: outdial.id })
    expect(rows.map((row) => row.id)).toEqual(targets.map((target) => target.id))
  })

  test('leads to the campaign that it is attached to', async () => {
    const world = await givenWorld()
    const [attached, free] = [await givenOutdial(world), await givenOutdial(world)]
    const campaign = await givenCampaign(world, { outdialId: attached.id })
    const found = await world.app.campaigns.byOutdialIds(world.viewer, [free.id, attached.id.toUpperCase(), 'x'])
    expect(found).toEqual([null, campaign, null])
  })
})
