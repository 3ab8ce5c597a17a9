import { describe, expect, test } from 'vitest'
import type { OutdialTargetInput } from '../../src/app/requests.ts'
import { givenOutdial, givenReady, givenTargets, must, tel } from '../support/given.ts'
import type { World } from '../support/world.ts'
import { expectRefused, givenAttempts, givenWorld, reevaluateAll } from './support.ts'

const targetOf = (...numbers: (string | null)[]): OutdialTargetInput => ({
  ...{ name: '', detail: '', data: '' },
  destinations: numbers.map((number) => (number === null ? null : tel(number))),
})
const person = targetOf('+12025550100')

async function reload({ app, viewer }: World, id: string) {
  const [target] = await app.outdialTargets.byIds(viewer, [id])
  if (!target) throw new Error('there is no such target')
  return target
}

async function countsOf({ app, viewer }: World, outdialId: string) {
  const [outdial] = await app.outdials.byIds(viewer, [outdialId])
  return [outdial?.targetsIdle, outdial?.targetsProgressing, outdial?.targetsDone]
}

describe('targets that are added', () => {
  test('are idle, in their order, with their destinations at their indexes, and counted', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const outdial = await givenOutdial(world)
    const texts = { name: 'Ada', detail: 'home', data: '{"a":1}' }
    const people = [{ ...targetOf(null, '+12025550100', null, '+12025550101'), ...texts }, person]
    const added = must(await app.outdialTargets.add(viewer, outdial.id, people))
    expect(added.targets?.map((target) => [target.name, target.status, target.outdialId])).toEqual([
      ['Ada', 'IDLE', outdial.id],
      ['', 'IDLE', outdial.id],
    ])
    expect(added.targets?.[0]).toMatchObject(texts)
    expect(added.targets?.[0]?.destinations).toEqual([
      { index: 1, address: tel('+12025550100'), tryCount: 0, unusable: false },
      { index: 3, address: tel('+12025550101'), tryCount: 0, unusable: false },
    ])
    expect(added.outdial.targetsIdle).toBe(2)
    expect(await countsOf(world, outdial.id)).toEqual([2, 0, 0])
    const ids = added.targets?.map((target) => target.id) ?? []
    expect(await app.outdialTargets.byIds(viewer, ids)).toEqual(added.targets)
  })

  test('can be 1000 at once, and not one more', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const outdial = await givenOutdial(world)
    const many = Array.from({ length: 1001 }, () => person)
    const stands = { outdial, targets: null }
    await expectRefused(
      world,
      ['LIMIT_EXCEEDED targets'],
      () => app.outdialTargets.add(viewer, outdial.id, many),
      stands,
    )
    expect(must(await app.outdialTargets.add(viewer, outdial.id, many.slice(1))).targets).toHaveLength(1000)
    expect(await countsOf(world, outdial.id)).toEqual([1000, 0, 0])
  })

  test('can be none', async () => {
    const world = await givenWorld()
    const outdial = await givenOutdial(world)
    expect(must(await world.app.outdialTargets.add(world.viewer, outdial.id, []))).toEqual({ outdial, targets: [] })
  })

  test.each<[string, Partial<OutdialTargetInput>, string]>([
    ['no destination', { destinations: [] }, 'BLANK destinations'],
    ['nulls for destinations', { destinations: [null, null] }, 'BLANK destinations'],
    ['six destinations', { destinations: Array(6).fill(tel('+12025550100')) }, 'LIMIT_EXCEEDED destinations'],
    ['a name of 256 characters', { name: 'a'.repeat(256) }, 'TOO_LONG name'],
    ['a detail of 2001 characters', { detail: 'a'.repeat(2001) }, 'TOO_LONG detail'],
    ['data of 10001 characters', { data: 'a'.repeat(10_001) }, 'TOO_LONG data'],
    ['an id that is none', { id: 'ada' }, 'INVALID id'],
    [
      'an address with a detail too long',
      { destinations: [{ ...tel('+12025550100'), detail: 'a'.repeat(2001) }] },
      'TOO_LONG destinations.0.detail',
    ],
  ])('are refused, all of them, for %s', async (_, changes, error) => {
    const world = await givenWorld()
    const { app, viewer } = world
    const outdial = await givenOutdial(world)
    const add = () => app.outdialTargets.add(viewer, outdial.id, [person, { ...person, ...changes }])
    await expectRefused(world, [error.replace(' ', ' targets.1.')], add, { outdial, targets: null })
  })

  test('may have five destinations, and texts as long as can be', async () => {
    const world = await givenWorld()
    const outdial = await givenOutdial(world)
    const texts = { name: 'a'.repeat(255), detail: 'a'.repeat(2000), data: 'a'.repeat(10_000) }
    const full = { ...targetOf(...[0, 1, 2, 3, 4].map((i) => `+1202555010${i}`)), ...texts }
    const { targets } = must(await world.app.outdialTargets.add(world.viewer, outdial.id, [full]))
    expect(targets?.[0]?.destinations.map((of) => of.index)).toEqual([0, 1, 2, 3, 4])
  })

  test('without a try under the plan are done at once', async () => {
    const world = await givenWorld()
    const { outdial } = await givenReady(world, { people: [], plan: { maxTryCounts: [1] } })
    await reevaluateAll(world)
    const [dialable, never] = await givenTargets(world, outdial.id, [['+12025550100'], [null, '+12025550101']])
    expect(never?.status).toBe('DONE')
    expect((await reload(world, never?.id ?? '')).status).toBe('DONE')
    expect((await reload(world, dialable?.id ?? '')).status).toBe('IDLE')
    expect(await countsOf(world, outdial.id)).toEqual([1, 0, 1])
  })
})

describe('a target that is edited', () => {
  async function givenTried() {
    const world = await givenWorld()
    const { app, viewer } = world
    const ready = await givenReady(world, {
      people: [['+12025550100', '+12025550101']],
      plan: { maxTryCounts: [3, 3] },
    })
    await reevaluateAll(world)
    const [tried] = await givenAttempts(world, ready.targets, 'BUSY')
    if (!tried) throw new Error('no target')
    return { ...ready, world, app, viewer, tried }
  }

  test('keeps the tries of addresses that stay, and starts changed ones at 0', async () => {
    const { app, viewer, tried } = await givenTried()
    const named = { ...tel('+1 202 555 0100'), name: 'home' }
    const same = must(await app.outdialTargets.update(viewer, tried.id, { destinations: [named, tel('+12025550109')] }))
    expect(same.destinations).toEqual([
      { index: 0, address: { ...named, target: '+12025550100' }, tryCount: 1, unusable: false },
      { index: 1, address: tel('+12025550109'), tryCount: 0, unusable: false },
    ])
    const changed = must(await app.outdialTargets.update(viewer, tried.id, { destinations: [tel('+12025550108')] }))
    expect(changed.destinations).toEqual([{ index: 0, address: tel('+12025550108'), tryCount: 0, unusable: false }])
  })

  test('starts an address that moves to another index at 0', async () => {
    const { app, viewer, tried } = await givenTried()
    const moved = must(await app.outdialTargets.update(viewer, tried.id, { destinations: [null, tel('+12025550100')] }))
    expect(moved.destinations.map((of) => [of.index, of.tryCount])).toEqual([[1, 0]])
  })

  test('is not tried by being edited', async () => {
    const { world, app, viewer, tried } = await givenTried()
    await world.advance(1000)
    const { lastAttemptAt, attempt } = must(await app.outdialTargets.update(viewer, tried.id, { name: 'Ada' }))
    expect([lastAttemptAt, attempt]).toEqual([tried.lastAttemptAt, tried.attempt])
  })

  test('keeps what is left out, destinations with all that is known of them', async () => {
    const { world, app, viewer, tried } = await givenTried()
    await givenAttempts(world, [tried], 'INVALID_NUMBER')
    const before = await reload(world, tried.id)
    expect(before.destinations[0]).toMatchObject({ tryCount: 2, unusable: true })
    const updated = must(await app.outdialTargets.update(viewer, tried.id, { data: 'new' }))
    expect(updated).toEqual({ ...before, data: 'new', updatedAt: updated.updatedAt })
    expect(await reload(world, tried.id)).toEqual(updated)
  })

  test('can be dialed again when an address of it, known not to exist, is changed', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const { targets } = await givenReady(world, { people: [['+12025550100']] })
    const [dead] = await givenAttempts(world, targets, 'INVALID_NUMBER')
    expect(dead).toMatchObject({ status: 'DONE', reached: false })
    const id = dead?.id ?? ''
    const same = must(await app.outdialTargets.update(viewer, id, { destinations: [tel('+12025550100')] }))
    expect(same.status).toBe('DONE')
    const other = must(await app.outdialTargets.update(viewer, id, { destinations: [tel('+12025550101')] }))
    expect(other).toMatchObject({ status: 'IDLE', destinations: [{ tryCount: 0, unusable: false }] })
  })

  test('is re-evaluated at once by the plan of its list, and counted', async () => {
    const { world, app, viewer, tried, outdial } = await givenTried()
    const update = (destinations: Parameters<typeof tel>[0][]) =>
      app.outdialTargets.update(viewer, tried.id, { destinations: [null, null, ...destinations.map(tel)] })
    expect(must(await update(['+12025550100'])).status).toBe('DONE')
    expect(await countsOf(world, outdial.id)).toEqual([0, 0, 1])
    const back = await app.outdialTargets.update(viewer, tried.id, { destinations: [tel('+12025550100')] })
    expect(must(back).status).toBe('IDLE')
    expect(await countsOf(world, outdial.id)).toEqual([1, 0, 0])
  })

  test('stays done once it was reached, whatever its address', async () => {
    const { world, app, viewer, tried } = await givenTried()
    const [reached] = await givenAttempts(world, [tried], 'NORMAL')
    const outcome = await app.outdialTargets.update(viewer, reached?.id ?? '', { destinations: [tel('+12025550107')] })
    expect(must(outcome)).toMatchObject({ status: 'DONE', reached: true })
  })

  test.each<[string, object, string]>([
    ['an explicit null for the name', { name: null }, 'BLANK name'],
    ['an explicit null for the detail', { detail: null }, 'BLANK detail'],
    ['an explicit null for the data', { data: null }, 'BLANK data'],
    ['an explicit null for the destinations', { destinations: null }, 'BLANK destinations'],
    ['nulls for destinations', { destinations: [null] }, 'BLANK destinations'],
    ['no destination', { destinations: [] }, 'BLANK destinations'],
    ['six destinations', { destinations: Array(6).fill(null) }, 'LIMIT_EXCEEDED destinations'],
    ['letters for a number', { destinations: [null, tel('abc')] }, 'INVALID destinations.1.target'],
    ['a name of 256 characters', { name: 'a'.repeat(256) }, 'TOO_LONG name'],
  ])('refuses %s', async (_, changes, error) => {
    const { world, app, viewer, tried } = await givenTried()
    const stands = await reload(world, tried.id)
    const errors = [error.replace(' ', ' input.')]
    await expectRefused(world, errors, () => app.outdialTargets.update(viewer, tried.id, changes), stands)
  })
})
