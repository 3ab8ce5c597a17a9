import { expect, test } from 'vitest'
import type { Page } from '../../src/app/api.ts'
import { givenOutdial, givenRunning, givenTargets, scripted } from '../support/given.ts'
import { expectRequestError, givenWorld } from './support.ts'

const shown = ({ rows, hasNextPage, hasPreviousPage }: Page<{ readonly id: string }>) => ({
  ids: rows.map((row) => row.id),
  hasNextPage,
  hasPreviousPage,
})

test('pages of several campaigns are those that each has by itself', async () => {
  const world = await givenWorld({ startEngine: true })
  const { app, viewer } = world
  const ids: string[] = []
  for (const count of [3, 0, 5, 1]) {
    const people = Array.from({ length: count }, (_, i) => [scripted(i)])
    ids.push((await givenRunning(world, { people, plan: { maxTryCounts: [1] } })).campaign.id)
  }
  await world.settle()
  const unknown = '01890000-0000-7000-8000-00000000dead'
  const asked = [
    { first: 2 },
    { last: 2 },
    { first: 50, filter: { status: ['DIALING' as const, 'PROGRESSING' as const] } },
    { first: 2, filter: { status: ['DONE' as const] } },
    { first: 2, filter: { campaignId: ids[2] ?? '' } },
  ]
  for (const orderBy of ['CREATED_AT_ASC', 'CREATED_AT_DESC'] as const) {
    for (const args of asked) {
      const parents = { parent: 'campaignId' as const, ids: [...ids, unknown] }
      const pages = await app.campaigncalls.pagesWithin(viewer, parents, { ...args, orderBy })
      const alone = []
      for (const campaignId of parents.ids)
        alone.push(await app.campaigncalls.page(viewer, { ...args, orderBy, within: { campaignId } }))
      expect(pages.map(shown)).toEqual(alone.map(shown))
      expect(await Promise.all(pages.map((page) => page.totalCount()))).toEqual(
        await Promise.all(alone.map((page) => page.totalCount())),
      )
    }
  }
})

test('a cursor of one list is refused for the others', async () => {
  const world = await givenWorld()
  const { app, viewer } = world
  const [one, two] = [await givenOutdial(world), await givenOutdial(world)]
  for (const { id } of [one, two]) await givenTargets(world, id, [[scripted(1)], [scripted(2)]])
  const [page] = await app.outdialTargets.pagesWithin(viewer, [one.id], { first: 1 })
  const after = page === undefined ? '' : page.cursorOf(page.rows[0] as never)
  const [next] = await app.outdialTargets.pagesWithin(viewer, [one.id], { first: 1, after })
  expect(next?.rows).toHaveLength(1)
  await expectRequestError('BAD_CURSOR', () => app.outdialTargets.pagesWithin(viewer, [one.id, two.id], { after }))
})

test('pages of the targets of several lists are those that each has by itself, with their destinations', async () => {
  const world = await givenWorld()
  const { app, viewer } = world
  const ids: string[] = []
  for (const count of [2, 0, 4]) {
    const { id } = await givenOutdial(world)
    await givenTargets(
      world,
      id,
      Array.from({ length: count }, (_, i) => [scripted(i), null, scripted(i + 50)]),
    )
    ids.push(id)
  }
  for (const args of [{ first: 3 }, { last: 3 }, { filter: { status: ['IDLE' as const], includeDeleted: true } }]) {
    const pages = await app.outdialTargets.pagesWithin(viewer, ids, args)
    for (const [i, outdialId] of ids.entries()) {
      const alone = await app.outdialTargets.page(viewer, { ...args, outdialId })
      expect(pages[i]?.rows).toEqual(alone.rows)
    }
  }
})
