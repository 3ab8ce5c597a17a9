import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { limits } from '../../src/limits.ts'
import { givenReady, must, tel } from '../support/given.ts'
import { action } from '../support/given-actions.ts'
import type { World } from '../support/world.ts'
import { givenWorld } from './support.ts'

const talk = (text: string) => action('TALK', { text })

/** A campaign whose actions are these, and whose targets have that data. */
async function given(world: World, texts: readonly string[], data: readonly string[]) {
  const { campaign, outdial } = await givenReady(world, { people: [], campaign: { actions: texts.map(talk) } })
  const { app, viewer } = world
  for (let start = 0; start < data.length; start += limits.targetsPerAddMax) {
    const targets = data
      .slice(start, start + limits.targetsPerAddMax)
      .map((of) => ({ name: '', detail: '', data: of, destinations: [tel('+12025550100')] }))
    must(await app.outdialTargets.add(viewer, outdial.id, targets))
  }
  return { campaign, outdial, run: async () => (await app.campaigns.run(viewer, campaign.id)).warnings }
}

const empty = (name: string) => `{{${name}}} will be empty: no target of the list has such a field in its data.`

test('a campaign whose actions name a field that no target has runs, and warns of it each time', async () => {
  const world = await givenWorld()
  const texts = [
    '{{target.data.firstname}} {{target.data.City}}',
    '{{target.data["Zip Code"]}}{{target.data.firstname}}',
  ]
  const { campaign, run } = await given(world, texts, ['{"FirstName":"Ann","City":"Rome"}', '', 'plain'])
  const warnings = [empty('target.data.firstname'), empty('target.data["Zip Code"]')]
  expect(await run()).toEqual(warnings)
  expect(await run()).toEqual(warnings)
  const [now] = await world.app.campaigns.byIds(world.viewer, [campaign.id])
  expect(now?.status).toBe('RUN')
  expect(world.complaints).toMatchObject(
    Array(2).fill({ level: 'warn', fields: { campaignId: campaign.id, warnings } }),
  )
})

test('nothing is said of a field that one target has, of other variables, and of an empty list', async () => {
  const world = await givenWorld()
  const one = await given(world, ['{{target.data.city}} {{target.name}} {{call.id}}'], ['', '{"x":1}', '{"city":""}'])
  expect(await one.run()).toBeUndefined()
  const none = await given(world, ['{{target.data.city}}'], [])
  expect(await none.run()).toBeUndefined()
  const silent = await given(world, ['Hello'], ['{}'])
  expect(await silent.run()).toBeUndefined()
  expect(world.complaints).toEqual([])
})

test('a column of a file is a field under the name that the file has for it', async () => {
  const world = await givenWorld()
  const { outdial, run } = await given(
    world,
    ['{{target.data.FirstName}} {{target.data["Zip Code"]}} {{target.data.firstname}}'],
    [],
  )
  const rows = [{ line: 2, values: { phone: '+12025550101', FirstName: 'Ann', 'Zip Code': '02138' } }]
  expect(await world.app.imports.add(world.viewer, outdial.id, rows)).toMatchObject({ added: 1 })
  expect(await run()).toEqual([empty('target.data.firstname')])
})

test('a target that was deleted has no fields any more', async () => {
  const world = await givenWorld()
  const { outdial, run } = await given(world, ['{{target.data.city}}'], ['{"city":"Rome"}', '{}'])
  const { rows } = await world.app.outdialTargets.page(world.viewer, { outdialId: outdial.id })
  must(await world.app.outdialTargets.delete(world.viewer, rows[0]?.id ?? ''))
  expect(await run()).toEqual([empty('target.data.city')])
})

test('a list is looked through from its first target to its last, in small batches', async () => {
  const statements: string[] = []
  const world = await givenWorld({ onStatement: (sql) => statements.push(sql) })
  const count = 3 * limits.missingFieldsRowsAtOnce + 1
  const data = Array.from({ length: count }, (_, i) => (i === count - 1 ? '{"city":"Rome"}' : '{"x":1}'))
  const { run } = await given(world, ['{{target.data.city}}'], data)
  const reads = () => statements.filter((sql) => /^select "position", "data", "deleted_at"/i.test(sql)).length
  statements.length = 0
  expect(await run()).toBeUndefined()
  expect(reads()).toBe(4)
})

test('of a list that is longer than is looked through, targets all over it are looked at', async () => {
  const world = await givenWorld()
  const { missingFieldsRowsMax: rowsMax, missingFieldsRowsAtOnce: rowsAtOnce } = limits
  const { run } = await given(world, ['{{target.data.city}}{{target.data.town}}{{target.data.village}}'], [])
  const database = new Database(world.file)
  const count = 3 * rowsMax
  // A second import, whose columns have other names, at the very end.
  database
    .prepare(
      `with recursive n (i) as (select 1 union all select i + 1 from n where i < ${count})
      insert into outdial_target (customer_id, id, outdial_id, name, detail, data, status, created_at, updated_at)
      select customer_id, 't' || i, id, '', '', iif(i > ${count - rowsAtOnce}, '{"city":1}', '{"town":1}'), 'IDLE', 0, 0
      from n, outdial`,
    )
    .run()
  database.prepare('update outdial_counter set targets_idle = ?').run(count)
  database.close()
  expect(await run()).toEqual([
    `{{target.data.village}} will be empty: none of ${rowsMax} targets that were looked at has such a field in its data.`,
  ])
})

test('names beyond counting are not looked for one by one', async () => {
  const world = await givenWorld()
  const text = Array.from({ length: 400 }, (_, i) => `{{target.data.${i}}}`).join('')
  const { run } = await given(world, [text, `{{target.data.${'x'.repeat(9000)}}}`], ['{}'])
  expect(await run()).toHaveLength(100)
})
