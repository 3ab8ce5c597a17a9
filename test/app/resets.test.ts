import { describe, expect, test } from 'vitest'
import type { OutdialTarget } from '../../src/domain/outdial-target.ts'
import { givenCampaign, givenOutdial, givenReady, givenTargets, must, scripted } from '../support/given.ts'
import type { World } from '../support/world.ts'
import { expectRefused, givenAttempts, givenWorld, reevaluateAll, unknownId } from './support.ts'

const people = (count: number) => Array.from({ length: count }, (_, i) => [`+1202${String(5550000 + i)}`])

/** Targets of a list as they are now, deleted ones included. */
async function targetsOf({ app, viewer }: World, outdialId: string): Promise<OutdialTarget[]> {
  const filter = { includeDeleted: true }
  const page = await app.outdialTargets.page(viewer, { outdialId, filter, first: 500 })
  return [...page.rows]
}

/** A list with one target that was never tried, one that failed, one that was reached, and one of which nothing is known. */
async function givenMixed() {
  const world = await givenWorld()
  const ready = await givenReady(world, { people: people(4), plan: { maxTryCounts: [1], tryIntervalMs: 1000 } })
  await reevaluateAll(world)
  const [, failed, reached, unknown] = ready.targets as [OutdialTarget, OutdialTarget, OutdialTarget, OutdialTarget]
  await givenAttempts(world, [failed], 'BUSY', [1])
  await givenAttempts(world, [reached], 'NORMAL', [1])
  await givenAttempts(world, [unknown], 'UNKNOWN', [1])
  await world.advance(5000)
  const reset = async (which: 'FAILED' | 'SUCCEEDED' | 'ALL') =>
    must(await world.app.outdialTargets.reset(world.viewer, ready.outdial.id, which))
  const statuses = async () => (await targetsOf(world, ready.outdial.id)).map((target) => target.status)
  return { world, ...ready, reset, statuses }
}

describe('a reset', () => {
  test('of FAILED targets is of those that were tried and never reached', async () => {
    const { reset, statuses } = await givenMixed()
    expect(await statuses()).toEqual(['IDLE', 'DONE', 'DONE', 'DONE'])
    const { outdial, resetCount } = await reset('FAILED')
    expect(resetCount).toBe(2)
    expect(outdial).toMatchObject({ targetsIdle: 3, targetsProgressing: 0, targetsDone: 1 })
    expect(await statuses()).toEqual(['IDLE', 'IDLE', 'DONE', 'IDLE'])
  })

  test('of SUCCEEDED targets is of those that were reached', async () => {
    const { reset, statuses } = await givenMixed()
    expect((await reset('SUCCEEDED')).resetCount).toBe(1)
    expect(await statuses()).toEqual(['IDLE', 'DONE', 'IDLE', 'DONE'])
  })

  test('of ALL targets is of all, and counts those that it changed', async () => {
    const { reset, statuses } = await givenMixed()
    expect((await reset('ALL')).resetCount).toBe(3)
    expect(await statuses()).toEqual(['IDLE', 'IDLE', 'IDLE', 'IDLE'])
  })

  test('sets try counts to 0 and forgets success, but not when the target was last tried', async () => {
    const { world, outdial, reset } = await givenMixed()
    const before = await targetsOf(world, outdial.id)
    await reset('ALL')
    const after = await targetsOf(world, outdial.id)
    for (const [i, target] of after.entries()) {
      const { lastAttemptAt, lastUnknown, attempt } = before[i] as OutdialTarget
      expect(target).toMatchObject({ lastAttemptAt, lastUnknown, attempt, reached: false, outcome: null })
      expect(target.destinations.map((of) => of.tryCount)).toEqual([0])
    }
    expect(after.map((target) => target.lastAttemptAt > 0)).toEqual([false, true, true, true])
  })

  test('keeps the 15 minutes after an end that is not known', async () => {
    const { world, outdial, reset } = await givenMixed()
    await reset('FAILED')
    const targets = await targetsOf(world, outdial.id)
    const endedAt = targets[3]?.lastAttemptAt ?? 0
    expect(await world.app.outdialTargets.nextAttemptAt(world.viewer, targets)).toEqual([
      null,
      null,
      null,
      endedAt + 15 * 60_000,
    ])
  })

  test('makes an address that does not exist usable again', async () => {
    const world = await givenWorld()
    const { targets, outdial } = await givenReady(world, { people: people(1) })
    const [dead] = await givenAttempts(world, targets, 'INVALID_NUMBER')
    expect(dead).toMatchObject({ status: 'DONE', destinations: [{ unusable: true }] })
    must(await world.app.outdialTargets.reset(world.viewer, outdial.id, 'FAILED'))
    const [target] = await targetsOf(world, outdial.id)
    expect(target).toMatchObject({ status: 'IDLE', destinations: [{ unusable: false, tryCount: 0 }] })
  })

  test('that is repeated changes nothing more', async () => {
    const { reset } = await givenMixed()
    await reset('ALL')
    for (const which of ['ALL', 'FAILED', 'SUCCEEDED'] as const) expect((await reset(which)).resetCount).toBe(0)
  })

  test('counts as failed only what was tried since the last reset', async () => {
    const { world, outdial, reset } = await givenMixed()
    await reset('ALL')
    const [first] = await targetsOf(world, outdial.id)
    await givenAttempts(world, [first as OutdialTarget], 'BUSY', [3])
    expect((await reset('FAILED')).resetCount).toBe(1)
  })

  test('leaves alone whom a call is in flight for, and who is deleted', async () => {
    const world = await givenWorld({ startEngine: true })
    const { app, viewer } = world
    const { campaign, outdial, targets } = await givenReady(world, { people: [[scripted(60)], [scripted(61)]] })
    must(await app.campaigns.update(viewer, campaign.id, { concurrentCallsMax: 1 }))
    await givenAttempts(world, targets.slice(1), 'BUSY')
    must(await app.outdialTargets.delete(viewer, targets[1]?.id ?? ''))
    must(await app.campaigns.run(viewer, campaign.id))
    await world.advance(100)
    expect(must(await app.outdialTargets.reset(viewer, outdial.id, 'ALL')).resetCount).toBe(0)
    expect((await targetsOf(world, outdial.id)).map((target) => target.destinations[0]?.tryCount)).toEqual([1, 1])
  })

  test('goes through a long list in batches of 500, each a transaction of its own', async () => {
    const commits: string[] = []
    const world = await givenWorld({ onStatement: (sql) => sql === 'COMMIT' && commits.push(sql) })
    const outdial = await givenOutdial(world)
    const numbers = people(1100)
    const targets = [
      ...(await givenTargets(world, outdial.id, numbers.slice(0, 700))),
      ...(await givenTargets(world, outdial.id, numbers.slice(700))),
    ]
    await givenAttempts(world, targets, 'BUSY', [1])
    commits.length = 0
    const { resetCount, outdial: after } = must(
      await world.app.outdialTargets.reset(world.viewer, outdial.id, 'FAILED'),
    )
    expect(resetCount).toBe(1100)
    expect(after).toMatchObject({ targetsIdle: 1100, targetsDone: 0 })
    // One to begin, three batches.
    expect(commits).toHaveLength(4)
  })

  test('leaves alone what is added while it is under way', async () => {
    const world = await givenWorld()
    const outdial = await givenOutdial(world)
    const targets = await givenTargets(world, outdial.id, people(501))
    await givenAttempts(world, targets, 'BUSY', [1])
    const resetting = world.app.outdialTargets.reset(world.viewer, outdial.id, 'FAILED')
    const late = await givenAttempts(world, await givenTargets(world, outdial.id, [['+12025559999']]), 'BUSY', [1])
    expect(must(await resetting).resetCount).toBe(501)
    const [after] = await world.app.outdialTargets.byIds(
      world.viewer,
      late.map((target) => target.id),
    )
    expect(after?.status).toBe('DONE')
  })

  test('of a list that is not there is NOT_FOUND', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const outdial = await givenOutdial(world)
    must(await app.outdials.delete(viewer, outdial.id))
    for (const id of [outdial.id, unknownId]) {
      await expectRefused(world, ['NOT_FOUND outdialId'], () => app.outdialTargets.reset(viewer, id, 'ALL'))
    }
  })

  test('is followed by a pass that sets whoever has no try under the plan back to done', async () => {
    const world = await givenWorld()
    const { outdial } = await givenReady(world, {
      people: [[null, '+12025550100'], ['+12025550101']],
      plan: { maxTryCounts: [1] },
    })
    await reevaluateAll(world)
    const statuses = async () => (await targetsOf(world, outdial.id)).map((target) => target.status)
    expect(await statuses()).toEqual(['DONE', 'IDLE'])
    must(await world.app.outdialTargets.reset(world.viewer, outdial.id, 'ALL'))
    await reevaluateAll(world)
    expect(await statuses()).toEqual(['DONE', 'IDLE'])
  })
})

describe('the background pass', () => {
  const given = async (plan: number[]) => {
    const world = await givenWorld()
    const ready = await givenReady(world, { people: people(3), plan: { maxTryCounts: plan } })
    await reevaluateAll(world)
    const statuses = async () => (await targetsOf(world, ready.outdial.id)).map((target) => target.status)
    const setCounts = async (maxTryCounts: number[]) =>
      must(await world.app.outplans.update(world.viewer, ready.outplan.id, { maxTryCounts }))
    return { world, ...ready, statuses, setCounts }
  }

  test('after more tries lets whoever was not reached be dialed again', async () => {
    const { world, targets, statuses, setCounts } = await given([1])
    await givenAttempts(world, targets.slice(0, 1), 'BUSY', [1])
    await givenAttempts(world, targets.slice(1, 2), 'NORMAL', [1])
    expect(await statuses()).toEqual(['DONE', 'DONE', 'IDLE'])
    await setCounts([2])
    expect(await statuses()).toEqual(['DONE', 'DONE', 'IDLE'])
    await reevaluateAll(world)
    expect(await statuses()).toEqual(['IDLE', 'DONE', 'IDLE'])
  })

  test('after fewer tries sets whoever has none left to done, and counts it', async () => {
    const { world, outdial, targets, statuses, setCounts } = await given([3])
    await givenAttempts(world, targets.slice(0, 2), 'BUSY', [3])
    await setCounts([1])
    await reevaluateAll(world)
    expect(await statuses()).toEqual(['DONE', 'DONE', 'IDLE'])
    const [list] = await world.app.outdials.byIds(world.viewer, [outdial.id])
    expect(list).toMatchObject({ targetsIdle: 1, targetsDone: 2, reevaluatedPosition: null })
  })

  test('is not asked for by an edit that leaves the counts as they are', async () => {
    const { world, outplan, outdial } = await given([1])
    const edit = { maxTryCounts: [1, 0], tryIntervalMs: 5, name: 'Edited' }
    must(await world.app.outplans.update(world.viewer, outplan.id, edit))
    const [list] = await world.app.outdials.byIds(world.viewer, [outdial.id])
    expect(list?.reevaluatedPosition).toBe(null)
  })

  test('follows when a list, or another plan, is attached', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const outdial = await givenOutdial(world)
    await givenTargets(world, outdial.id, [[null, '+12025550100']])
    const first = await givenReady(world, { people: [], plan: { maxTryCounts: [1] } })
    const second = await givenReady(world, { people: [], plan: { maxTryCounts: [0, 1] } })
    const campaign = await givenCampaign(world, { outdialId: outdial.id })
    const status = async () => (await targetsOf(world, outdial.id))[0]?.status
    for (const [outplan, expected] of [
      [first.outplan, 'DONE'],
      [second.outplan, 'IDLE'],
    ] as const) {
      must(await app.campaigns.update(viewer, campaign.id, { outplanId: outplan.id }))
      await reevaluateAll(world)
      expect(await status()).toBe(expected)
    }
  })

  test('goes through a long list in batches of 500', async () => {
    const world = await givenWorld()
    const { outdial, outplan } = await givenReady(world, { people: people(1000), plan: { maxTryCounts: [0, 1] } })
    const stored = async () => (await world.app.outdials.byIds(world.viewer, [outdial.id]))[0]
    expect(await world.app.ticks.reevaluate()).toBe(true)
    expect(await stored()).toMatchObject({ targetsIdle: 500, targetsDone: 500 })
    await reevaluateAll(world)
    expect(await stored()).toMatchObject({ targetsIdle: 0, targetsDone: 1000, reevaluatedPosition: null })
    expect(outplan.maxTryCounts).toEqual([0, 1, 0, 0, 0])
  })
})
