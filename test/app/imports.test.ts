import { describe, expect, test } from 'vitest'
import { roleOf } from '../../src/app/import-columns.ts'
import type { ImportRow } from '../../src/app/imports.ts'
import { Refusal } from '../../src/kernel/errors.ts'
import { givenOutdial, must, tel } from '../support/given.ts'
import { dump, givenWorld, leakOf, stranger, unknownId } from './support.ts'

/** Rows of a file, the first on line 2. */
const rowsOf = (...values: Record<string, string>[]): ImportRow[] =>
  values.map((of, i) => ({ line: i + 2, values: of }))

async function imported(rows: readonly ImportRow[], defaultCountry: string | null = null) {
  const world = await givenWorld({ app: { defaultCountry } })
  const outdial = await givenOutdial(world)
  const result = await world.app.imports.add(world.viewer, outdial.id, rows)
  for (const issue of result.issues) expect(leakOf(issue.message)).toBe(null)
  const { rows: targets } = await world.app.outdialTargets.page(world.viewer, { outdialId: outdial.id })
  const [counted] = await world.app.outdials.byIds(world.viewer, [outdial.id])
  expect(counted?.targetsIdle).toBe(result.added)
  expect(targets).toHaveLength(result.added)
  return { world, outdial, result, targets }
}

describe('a row', () => {
  test('becomes a target, with what its columns say', async () => {
    const { targets, result } = await imported(
      rowsOf({
        name: ' Ada ',
        detail: 'home',
        data: 'x',
        destination: '+1 202 555 0100',
        destination_2: '+12025550102',
      }),
    )
    expect(result).toEqual({ added: 1, issues: [] })
    expect(targets).toMatchObject([{ name: 'Ada', detail: 'home', data: 'x', status: 'IDLE' }])
    expect(targets[0]?.destinations.map((of) => [of.index, of.address])).toEqual([
      [0, tel('+12025550100')],
      [2, tel('+12025550102')],
    ])
  })

  test.each([
    ['destination', 0],
    ['phone', 0],
    ['phone_number', 0],
    ['destination_0', 0],
    ['destination_4', 4],
    ['Phone Number', 0],
    ['Destination-3', 3],
    ['DESTINATION', 0],
  ])('has its destination of column %s at index %s', (column, index) => {
    expect(roleOf(column)).toEqual({ type: 'DESTINATION', index })
  })

  test.each(['destination_5', 'mobile', 'phone 2'])('has no destination of column %s', (column) => {
    expect(roleOf(column)).toEqual({ type: 'DATA' })
  })

  test('keeps the names of its columns as they are written', async () => {
    const { targets } = await imported(
      rowsOf({
        Name: 'Ada',
        PHONE: '+12025550100',
        FirstName: 'A',
        firstname: 'a',
        'Zip Code': '02138',
        'Record ID': '98765432109876543',
      }),
    )
    expect(targets).toMatchObject([
      { name: 'Ada', data: '{"FirstName":"A","firstname":"a","Zip Code":"02138","Record ID":"98765432109876543"}' },
    ])
  })

  test.each(['DNC', 'dnc', 'DNCL', 'Do Not Call', 'do-not-call', 'DO_NOT_CONTACT'])(
    'whose status is %s is not added',
    async (status) => {
      const rows = rowsOf(
        { phone: '+12025550100', 'Lead Status': status },
        { phone: '+12025550101', 'Lead Status': 'New' },
      )
      const { result, targets } = await imported(rows)
      expect(result.issues).toMatchObject([{ line: 2, column: 'Lead Status' }])
      expect(targets.map((target) => target.data)).toEqual(['{"Lead Status":"New"}'])
    },
  )

  test('with a text that cannot be stored is reported with its column', async () => {
    const good = { phone: '+12025550100' }
    const { result } = await imported(
      rowsOf(
        { ...good, Name: 'a\0b' },
        { ...good, detail: '\ud83d' },
        { ...good, data: '\u001b' },
        { ...good, City: 'Ro\u0007me' },
        { phone: 'sip:a\u0001@example.com' },
        { ...good, City: 'Rome\n\tRM \u{1f600}' },
      ),
    )
    expect(result.added).toBe(1)
    expect(result.issues.map(({ line, column }) => [line, column])).toEqual([
      [2, 'Name'],
      [3, 'detail'],
      [4, 'data'],
      [5, 'City'],
      [6, 'phone'],
    ])
  })

  test('keeps the columns that nobody knows as data, unless it has data of its own', async () => {
    const { targets } = await imported(
      rowsOf({ phone: '+12025550100', city: 'Rome', plan: 'A' }, { phone: '+12025550100', city: 'Rome', data: 'own' }),
    )
    expect(targets.map((target) => target.data)).toEqual(['{"city":"Rome","plan":"A"}', 'own'])
  })

  test('takes SIP and e-mail addresses for what they are', async () => {
    const { targets } = await imported(rowsOf({ destination: 'sip:ada@example.com', destination_1: 'ada@example.com' }))
    expect(targets[0]?.destinations.map((of) => of.address.type)).toEqual(['SIP', 'EMAIL'])
  })

  test('has its national number understood with a default country', async () => {
    const row = rowsOf({ phone: '(202) 555-0100' })
    expect((await imported(row, 'US')).targets[0]?.destinations[0]?.address.target).toBe('+12025550100')
    expect((await imported(row)).result.issues).toHaveLength(1)
  })

  test('that is bad is told of with its line and column, and the good ones are added', async () => {
    const { result, targets } = await imported(
      rowsOf(
        { name: 'good', phone: '+12025550100' },
        { name: 'letters', phone: 'call me' },
        { name: 'nowhere', phone: ' ' },
        { name: 'a'.repeat(256), phone: '+12025550100' },
        { name: 'second', destination: '+12025550100', destination_1: '911' },
        { name: 'data', phone: '+12025550100', data: 'a'.repeat(10_001) },
        { name: 'other columns', phone: '+12025550100', notes: 'a'.repeat(10_001) },
        { name: 'last', phone: '+12025550101' },
      ),
    )
    expect(targets.map((target) => target.name)).toEqual(['good', 'last'])
    expect(result.added).toBe(2)
    expect(result.issues.map(({ line, column }) => [line, column])).toEqual([
      [3, 'phone'],
      [4, null],
      [5, 'name'],
      [6, 'destination_1'],
      [7, 'data'],
      [8, 'data'],
    ])
  })

  test('that says one destination twice is told of, and the others are added', async () => {
    const { result } = await imported(
      rowsOf(
        { phone: '+12025550100', destination: '+12025550101' },
        { phone: '+12025550100', destination: '' },
        { destination_0: '+12025550100', phone_number: '+12025550100' },
      ),
    )
    expect(result.added).toBe(1)
    expect(result.issues).toMatchObject([
      { line: 2, column: 'destination' },
      { line: 4, column: 'phone_number' },
    ])
  })
})

describe('a batch of rows', () => {
  test('without a good one changes nothing', async () => {
    const world = await givenWorld()
    const outdial = await givenOutdial(world)
    const before = dump(world)
    const result = await world.app.imports.add(world.viewer, outdial.id, rowsOf({ phone: 'x' }))
    expect(result).toMatchObject({ added: 0, issues: [{ line: 2 }] })
    expect(dump(world)).toEqual(before)
  })

  test('for a list that is not there is refused', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const [outdial, deleted] = [await givenOutdial(world), await givenOutdial(world)]
    must(await app.outdials.delete(viewer, deleted.id))
    const before = dump(world)
    for (const [by, id] of [
      [viewer, unknownId],
      [viewer, 'x'],
      [viewer, deleted.id],
      [stranger, outdial.id],
    ] as const) {
      const refused = { errors: [{ code: 'NOT_FOUND', field: ['outdialId'] }] }
      await expect(app.imports.add(by, id, rowsOf({ phone: '+12025550100' }))).rejects.toMatchObject(refused)
      await expect(app.imports.check(by, id)).rejects.toMatchObject(refused)
      await expect(app.imports.check(by, id)).rejects.toBeInstanceOf(Refusal)
    }
    await expect(app.imports.check(viewer, outdial.id)).resolves.toBeUndefined()
    expect(dump(world)).toEqual(before)
  })
})
