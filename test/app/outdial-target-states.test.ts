import { describe, expect, test } from 'vitest'
import {
  givenCampaign,
  givenOutdial,
  givenOutplan,
  givenReady,
  givenTargets,
  must,
  scripted,
  tel,
} from '../support/given.ts'
import type { World } from '../support/world.ts'
import { expectRefused, givenAttempts, givenWorld } from './support.ts'

async function reload({ app, viewer }: World, id: string) {
  const [target] = await app.outdialTargets.byIds(viewer, [id])
  if (!target) throw new Error('there is no such target')
  return target
}

async function countsOf({ app, viewer }: World, outdialId: string) {
  const [outdial] = await app.outdials.byIds(viewer, [outdialId])
  return [outdial?.targetsIdle, outdial?.targetsProgressing, outdial?.targetsDone]
}

describe('a target with a call in flight', () => {
  async function givenInFlight() {
    const world = await givenWorld({ startEngine: true })
    const { campaign, targets } = await givenReady(world, { people: [[scripted(60)]] })
    must(await world.app.campaigns.run(world.viewer, campaign.id))
    await world.advance(100)
    const target = await reload(world, targets[0]?.id ?? '')
    expect(target.status).toBe('PROGRESSING')
    return { world, target, campaign, ...world }
  }

  test('keeps its destinations, and can be edited otherwise', async () => {
    const { world, app, viewer, target } = await givenInFlight()
    const update = () => app.outdialTargets.update(viewer, target.id, { destinations: [tel('+12025550107')] })
    await expectRefused(world, ['STATE_CONFLICT input.destinations'], update, target)
    const named = must(await app.outdialTargets.update(viewer, target.id, { name: 'Ada' }))
    expect(named).toMatchObject({ name: 'Ada', status: 'PROGRESSING' })
  })

  test('cannot be deleted until the call has ended', async () => {
    const { world, app, viewer, target, campaign } = await givenInFlight()
    await expectRefused(world, ['STATE_CONFLICT id'], () => app.outdialTargets.delete(viewer, target.id), target)
    must(await app.campaigns.stop(viewer, campaign.id))
    await world.advance(31_000)
    expect(must(await app.outdialTargets.delete(viewer, target.id)).deletedAt).toBe(world.effects.now())
  })
})

describe('a target that is deleted', () => {
  test('counts no more, and is not dialed', async () => {
    const world = await givenWorld({ startEngine: true })
    const { app, viewer } = world
    const { campaign, outdial, targets } = await givenReady(world, { people: [[scripted(60)], [scripted(61)]] })
    must(await app.outdialTargets.delete(viewer, targets[0]?.id ?? ''))
    expect(await countsOf(world, outdial.id)).toEqual([1, 0, 0])
    must(await app.campaigns.run(viewer, campaign.id))
    await world.advance(100)
    const calls = await app.campaigncalls.page(viewer, { orderBy: 'CREATED_AT_ASC' })
    expect(calls.rows.map((call) => call.outdialTargetId)).toEqual([targets[1]?.id])
  })
})

describe('when a target is due again', () => {
  test('is the interval after its last attempt, and null when that is over or will never be', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const plan = { maxTryCounts: [2], tryIntervalMs: 60_000 }
    const people = [1, 2, 3, 4].map((i) => [`+1202555010${i}`])
    const { targets } = await givenReady(world, { people, plan })
    const [fresh, busy, unknown, reached] = targets as [
      (typeof targets)[0],
      (typeof targets)[0],
      (typeof targets)[0],
      (typeof targets)[0],
    ]
    await givenAttempts(world, [busy], 'BUSY')
    await givenAttempts(world, [unknown], 'UNKNOWN')
    await givenAttempts(world, [reached], 'NORMAL')
    const endedAt = world.effects.now()
    const times = async () =>
      app.outdialTargets.nextAttemptAt(
        viewer,
        await Promise.all([fresh, busy, unknown, reached].map((of) => reload(world, of.id))),
      )
    expect(await times()).toEqual([null, endedAt + 60_000, endedAt + 900_000, null])
    await world.advance(59_999)
    expect((await times())[1]).toBe(endedAt + 60_000)
    await world.advance(1)
    expect((await times())[1]).toBe(null)
  })

  test('is not known without a plan', async () => {
    const world = await givenWorld()
    const outdial = await givenOutdial(world)
    const targets = await givenAttempts(world, await givenTargets(world, outdial.id, [['+12025550100']]), 'BUSY')
    expect(await world.app.outdialTargets.nextAttemptAt(world.viewer, targets)).toEqual([null])
    const outplan = await givenOutplan(world)
    await givenCampaign(world, { outdialId: outdial.id, outplanId: outplan.id })
    expect(await world.app.outdialTargets.nextAttemptAt(world.viewer, targets)).toEqual([
      world.effects.now() + outplan.tryIntervalMs,
    ])
  })
})
