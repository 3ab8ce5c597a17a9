import { afterEach, describe, expect, test } from 'vitest'
import { unlimitedCalls } from '../../src/domain/call-rate.ts'
import {
  givenAgents,
  givenCampaign,
  givenOutdial,
  givenQueue,
  givenReady,
  givenTargets,
  must,
  scripted,
} from '../support/given.ts'
import type { WorldOptions } from '../support/world.ts'
import { expectRequestError, givenWorld } from './support.ts'

/** Boards are left before their worlds are closed: they would look once more at what is no longer there. */
const boards: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const leave of boards.splice(0)) await leave()
})

/** A board: when it was told of a change of a campaign. */
async function givenBoard(maxPerSecond = 4, options: WorldOptions & { queueId?: boolean } = {}) {
  const world = await givenWorld(options)
  const { app, viewer, effects } = world
  const queue = await givenQueue(world)
  const campaign = options.queueId ? { queueId: queue.id } : {}
  const ready = await givenReady(world, { people: [[scripted(50)]], plan: { maxTryCounts: [1] }, campaign })
  const stream = await app.transitions.campaignChanges(viewer, ready.campaign.id, maxPerSecond)
  const startedAt = effects.now()
  const told: number[] = []
  const ended = (async () => {
    for await (const id of stream) {
      expect(id).toBe(ready.campaign.id)
      told.push(effects.now() - startedAt)
    }
  })()
  boards.push(async () => {
    await stream.return?.()
    await ended
  })
  await world.settle()
  const rename = async (name: string) => must(await app.campaigns.update(viewer, ready.campaign.id, { name }))
  /** How often the board was told since it was last asked, after a second. */
  const news = async () => {
    await world.advance(1000)
    return told.splice(0).length
  }
  return { world, app, viewer, ...ready, queue, stream, ended, told, rename, news }
}

describe('a board of a campaign', () => {
  test('is told once at the start, and no more while nothing changes', async () => {
    const { told, world } = await givenBoard()
    expect(told).toEqual([0])
    await world.advance(60_000)
    expect(told).toEqual([0])
  })

  test('is told of a change at once when the last one is long past', async () => {
    const { told, world, rename } = await givenBoard()
    await world.advance(5000)
    await rename('Renamed')
    await world.settle()
    expect(told).toEqual([0, 5000])
  })

  test.each([1, 3, 4, 20])(
    'is told at most %s times a second, and of the last state at the end',
    async (maxPerSecond) => {
      const { told, world, rename } = await givenBoard(maxPerSecond)
      for (let i = 0; i < 200; i++) {
        await rename(`Name ${i}`)
        await world.advance(10)
      }
      await world.advance(1000)
      const gaps = told.slice(1).map((at, i) => at - (told[i] ?? 0))
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1000 / maxPerSecond)
      expect(told.length).toBeGreaterThanOrEqual(2 * maxPerSecond)
      expect(told.at(-1)).toBeGreaterThanOrEqual(1990)
    },
  )

  test('is told no oftener when it is slow to ask, and changes happen meanwhile', async () => {
    const world = await givenWorld()
    const { app, viewer, effects } = world
    const campaign = await givenCampaign(world)
    const stream = await app.transitions.campaignChanges(viewer, campaign.id, 4)
    const startedAt = effects.now()
    const told: number[] = []
    for (let i = 0; i < 3; i++) {
      const next = stream.next().then(() => told.push(effects.now() - startedAt))
      await world.run(() => told.length > i)
      await next
      must(await app.campaigns.update(viewer, campaign.id, { name: `Name ${i}` }))
    }
    expect(told).toEqual([0, 250, 500])
  })

  test('is told of changes of the settings, the counters and the dialing report', async () => {
    const { world, app, viewer, campaign, outdial, queue, news, rename } = await givenBoard(4, { queueId: true })
    expect(await news()).toBe(1)
    await rename('Renamed')
    expect(await news()).toBe(1)
    await givenTargets(world, outdial.id, [[scripted(0)]])
    expect(await news()).toBe(1)
    await givenAgents(world, queue.id, [{}])
    expect(await news()).toBeGreaterThan(0)
    must(await app.campaigns.run(viewer, campaign.id))
    expect(await news()).toBe(1)
    app.reportEngine({
      state: 'RUNNING',
      reason: null,
      carrierAvailable: true,
      allowance: unlimitedCalls,
    })
    expect(await news()).toBe(1)
  })

  test('is told of calls as they come and go', async () => {
    const { world, app, viewer, campaign, told } = await givenBoard(20, { startEngine: true })
    must(await app.campaigns.run(viewer, campaign.id))
    await world.run()
    // The start, the run, the call, its end and that of the campaign.
    expect(told.length).toBeGreaterThanOrEqual(3)
    expect(told.at(-1)).toBeGreaterThanOrEqual(1000)
  })

  test('is not told of what happens elsewhere, or changes nothing that it shows', async () => {
    const { world, app, viewer, outplan, news } = await givenBoard()
    expect(await news()).toBe(1)
    await givenCampaign(world)
    await givenTargets(world, (await givenOutdial(world)).id, [[scripted(0)]])
    must(await app.outplans.update(viewer, outplan.id, { name: 'Other words' }))
    app.reader.wakeup.ring()
    expect(await news()).toBe(0)
  })

  test('is told of the deletion', async () => {
    const { app, viewer, campaign, news } = await givenBoard()
    expect(await news()).toBe(1)
    must(await app.campaigns.delete(viewer, campaign.id))
    expect(await news()).toBe(1)
  })

  test('ends at once when it is left in the pause after a change', async () => {
    const { world, stream, ended, told, rename } = await givenBoard(1)
    const leftAt = world.effects.now()
    await rename('Renamed')
    await world.settle()
    expect(told).toEqual([0])
    await stream.return?.()
    await ended
    expect(told).toEqual([0])
    expect(world.effects.now()).toBe(leftAt)
  })

  test.each([0, 21, -1, 1.5, Number.NaN])('cannot be told %s times a second', async (maxPerSecond) => {
    const world = await givenWorld()
    const campaign = await givenCampaign(world)
    const open = () => world.app.transitions.campaignChanges(world.viewer, campaign.id, maxPerSecond)
    await expectRequestError('BAD_USER_INPUT', open)
  })
})
