import { describe, expect, test } from 'vitest'
import { givenCampaign, givenOutplan, givenReady, must, tel } from '../support/given.ts'
import { givenWorld } from './support.ts'

describe('an outplan', () => {
  test('has what was asked for, and five try counts', async () => {
    const world = await givenWorld()
    const source = { ...tel('+1 202 555 0199'), name: 'Shop' }
    const outplan = await givenOutplan(world, { name: ' Patient ', detail: 'slow', source, maxTryCounts: [2, 1] })
    expect(outplan).toMatchObject({ name: 'Patient', detail: 'slow', maxTryCounts: [2, 1, 0, 0, 0], deletedAt: null })
    expect(outplan.source).toEqual({ ...source, target: '+12025550199' })
    expect(await world.app.outplans.byIds(world.viewer, [outplan.id])).toEqual([outplan])
  })

  test('is edited in what is said, and keeps the rest', async () => {
    const world = await givenWorld()
    const outplan = await givenOutplan(world, { maxTryCounts: [2, 1] })
    await world.advance(7)
    const changes = { tryIntervalMs: 5, maxTryCounts: [0, 3] }
    const edited = must(await world.app.outplans.update(world.viewer, outplan.id, changes))
    const updatedAt = outplan.updatedAt + 7
    expect(edited).toEqual({ ...outplan, tryIntervalMs: 5, maxTryCounts: [0, 3, 0, 0, 0], updatedAt })
    expect(await world.app.outplans.byIds(world.viewer, [outplan.id])).toEqual([edited])
  })

  test('may be edited while campaigns dial by it, and by several of them', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const { campaign, outplan } = await givenReady(world, { people: [] })
    await givenCampaign(world, { outplanId: outplan.id })
    must(await app.campaigns.run(viewer, campaign.id))
    expect(must(await app.outplans.update(viewer, outplan.id, { dialTimeoutMs: 1000 })).dialTimeoutMs).toBe(1000)
  })

  test('is deleted while only stopped campaigns have it', async () => {
    const world = await givenWorld()
    const { outplan } = await givenReady(world, { people: [] })
    expect(must(await world.app.outplans.delete(world.viewer, outplan.id)).deletedAt).toBe(world.effects.now())
  })
})

test('objects come in the order of their ids, as often as they are asked for', async () => {
  const world = await givenWorld()
  const [first, second] = [await givenOutplan(world), await givenOutplan(world)]
  const ids = [second.id, 'x', first.id.toUpperCase(), second.id]
  expect(await world.app.outplans.byIds(world.viewer, ids)).toEqual([second, null, first, second])
  expect(await world.app.outplans.byIds(world.viewer, [])).toEqual([])
})
