import { describe, expect, test } from 'vitest'
import type { Page } from '../../src/app/api.ts'
import type { PageArguments } from '../../src/app/requests.ts'
import { givenAgents, givenOutdial, givenOutplan, givenQueue, givenTargets } from '../support/given.ts'
import { connections, type Row } from './connections.ts'
import { expectRequestError, givenWorld } from './support.ts'

/** The pages of a list, one after the other. */
async function walk(
  page: (args: PageArguments) => Promise<Page<Row>>,
  forward: boolean,
  between?: () => Promise<unknown>,
) {
  const ids: string[] = []
  const flags: boolean[][] = []
  let cursor: string | null = null
  for (;;) {
    const args: PageArguments = forward ? { first: 2, after: cursor } : { last: 2, before: cursor }
    const { rows, cursorOf, hasNextPage, hasPreviousPage }: Page<Row> = await page(args)
    if (forward) ids.push(...rows.map((row) => row.id))
    else ids.unshift(...rows.map((row) => row.id))
    flags.push([hasPreviousPage, hasNextPage])
    const last = rows.at(forward ? -1 : 0)
    if (!(forward ? hasNextPage : hasPreviousPage) || last === undefined) return { ids, flags }
    cursor = cursorOf(last)
    await between?.()
  }
}

describe.each(Object.entries(connections))('the list of %s', (name, connection) => {
  const given = async (count: number) => {
    const world = await givenWorld({ startEngine: name.startsWith('campaigncalls') })
    const made = await connection.make(world, count)
    const ids = async () => (await made.page({ first: 500 })).rows.map((row) => row.id)
    return { world, ...made, ids }
  }

  test('comes whole in pages, forward and back, and says where others follow', async () => {
    const { page, ids } = await given(5)
    const all = await ids()
    expect(all).toHaveLength(5)
    const forward = await walk(page, true)
    expect(forward.ids).toEqual(all)
    expect(forward.flags).toEqual([
      [false, true],
      [true, true],
      [true, false],
    ])
    const back = await walk(page, false)
    expect(back.ids).toEqual(all)
    expect(back.flags).toEqual([
      [true, false],
      [true, true],
      [false, true],
    ])
  })

  test('is in the order of creation', async () => {
    const { page } = await given(4)
    const { rows } = await page({})
    const positions = rows.map((row) => (row as unknown as { position: number }).position)
    const sorted = positions.toSorted((a, b) => (connection.descending ? b - a : a - b))
    expect(positions).toEqual(sorted)
  })

  test('neither repeats nor skips a row while others are added', async () => {
    for (const forward of [true, false]) {
      const { page, more, ids } = await given(4)
      const before = await ids()
      let added = 0
      const walked = await walk(page, forward, () => more(added++ < 2 ? 1 : 0))
      expect(walked.ids.filter((id) => before.includes(id))).toEqual(before)
      expect(new Set(walked.ids).size).toBe(walked.ids.length)
    }
  })

  test('is bounded by cursors on both sides', async () => {
    const { page, ids } = await given(5)
    const all = await ids()
    const { rows, cursorOf } = await page({})
    const [after, before] = [cursorOf(rows[0] as Row), cursorOf(rows[4] as Row)]
    const between = await page({ after, before })
    expect(between.rows.map((row) => row.id)).toEqual(all.slice(1, 4))
    const last = await page({ after, before, last: 2 })
    expect(last.rows.map((row) => row.id)).toEqual(all.slice(2, 4))
    expect([last.hasPreviousPage, last.hasNextPage]).toEqual([true, true])
  })

  test.each<[string, PageArguments]>([
    ['first 0', { first: 0 }],
    ['first −1', { first: -1 }],
    ['first 501', { first: 501 }],
    ['first 1.5', { first: 1.5 }],
    ['last 0', { last: 0 }],
    ['last 501', { last: 501 }],
    ['first with last', { first: 1, last: 1 }],
  ])('refuses %s', async (_, args) => {
    const { page } = await given(0)
    await expectRequestError('BAD_USER_INPUT', () => page(args))
  })

  test('has at most 500 on a page, and takes nulls for what is left out', async () => {
    const { page, ids } = await given(2)
    const nulls = { first: null, last: null, after: null, before: null }
    expect((await page(nulls)).rows.map((row) => row.id)).toEqual(await ids())
    expect((await page({ last: 500 })).rows).toHaveLength(2)
  })

  test('refuses a cursor that was forged, or is of something else', async () => {
    const { world, page, others } = await given(2)
    const { rows, cursorOf } = await page({})
    const cursor = cursorOf(rows[0] as Row)
    const flipped = `${cursor.slice(0, -1)}${cursor.endsWith('A') ? 'B' : 'A'}`
    const bytes = Buffer.from(cursor, 'base64url')
    const reworded = Buffer.concat([bytes.subarray(0, 9), Buffer.from('[1,999]')]).toString('base64url')
    const log = world.app.transitions.cursorOf(1)
    for (const forged of ['', 'x', 'null', '0', flipped, reworded, `${cursor}=`, `${cursor}A`, log]) {
      await expectRequestError('BAD_CURSOR', () => page({ after: forged }))
      await expectRequestError('BAD_CURSOR', () => page({ before: forged }))
    }
    for (const other of others) await expectRequestError('BAD_CURSOR', () => other({ after: cursor }))
    await expectRequestError('BAD_CURSOR', () =>
      world.app.transitions.campaignList(world.viewer, { first: 1, after: cursor }),
    )
    expect((await page({ after: cursor })).rows).toHaveLength(1)
  })

  test('counts only when it is asked to, and then all', async () => {
    const statements: string[] = []
    const world = await givenWorld({
      startEngine: name.startsWith('campaigncalls'),
      onStatement: (sql) => statements.push(sql),
    })
    const { page } = await connection.make(world, 3)
    statements.length = 0
    const found = await page({ first: 1 })
    expect(statements.filter((sql) => sql.includes('count('))).toEqual([])
    expect(await found.totalCount()).toBe(3)
    expect(statements.filter((sql) => sql.includes('count('))).toHaveLength(1)
  })
})

test('a page has 50 rows when nothing else is said', async () => {
  const world = await givenWorld()
  const outdial = await givenOutdial(world)
  await givenTargets(world, outdial.id, Array(51).fill(['+12025550100']))
  const page = await world.app.outdialTargets.page(world.viewer, { outdialId: outdial.id })
  expect([page.rows.length, page.hasNextPage]).toEqual([50, true])
})

test('a cursor of another connection is refused, although both lists are of the same rows', async () => {
  const world = await givenWorld()
  const { app, viewer } = world
  const [outplans, queues] = [app.outplans.page(viewer, {}), app.queues.page(viewer, {})]
  const row = { ...(await givenOutplan(world)), position: 1 }
  const cursor = (await outplans).cursorOf(row)
  await queues
  expect((await app.outplans.page(viewer, { after: cursor })).rows).toEqual([])
  await expectRequestError('BAD_CURSOR', () => app.queues.page(viewer, { after: cursor }))
})

test('a cursor of another database is refused', async () => {
  const [world, other] = [await givenWorld(), await givenWorld({ seed: 2 })]
  await givenAgents(world, (await givenQueue(world)).id, [{}])
  const page = await world.app.agents.page(world.viewer, {})
  const cursor = page.cursorOf(page.rows[0] as never)
  await expectRequestError('BAD_CURSOR', () => other.app.agents.page(other.viewer, { after: cursor }))
  await expectRequestError('BAD_CURSOR', () =>
    other.app.transitions.campaignList(other.viewer, { first: 1, after: world.app.transitions.cursorOf(0) }),
  )
})
