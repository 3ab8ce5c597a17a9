import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { createApp } from '../../src/app/app.ts'
import { RequestError } from '../../src/kernel/errors.ts'
import { silentLog } from '../../src/kernel/log.ts'
import { createSimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import { createStore } from '../../src/store/sqlite/store.ts'
import { givenCampaign, givenOutdial, givenReady, must } from '../support/given.ts'
import { dump, givenFile, givenWorld, leakOf, wordsOf } from './support.ts'

const options = { defaultCountry: null, callDurationMaxMs: 3_600_000, concurrentCallsMax: 0 }

describe('a database', () => {
  test('keeps its identity when it is opened again: cursors of before are good', async () => {
    const file = givenFile()
    const before = await givenWorld({ file })
    await givenOutdial(before)
    const { campaign } = await givenReady(before, { people: [] })
    must(await before.app.campaigns.run(before.viewer, campaign.id))
    const page = await before.app.outdials.page(before.viewer, { first: 1 })
    const cursors = [page.cursorOf(page.rows[0] as never), before.app.transitions.cursorOf(0)]
    const identity = dump(before).installation
    await before.close()
    const after = await givenWorld({ file, seed: 2 })
    expect(dump(after).installation).toEqual(identity)
    expect((await after.app.outdials.page(after.viewer, { after: cursors[0] })).rows).toHaveLength(1)
    const steps = await after.app.transitions.campaignList(after.viewer, { first: 10, after: cursors[1] })
    expect(steps).toMatchObject([{ campaignId: campaign.id, to: 'RUN' }])
    expect(after.app.transitions.latestPosition()).toBeGreaterThanOrEqual(steps[0]?.position ?? 0)
  })

  test('answers a probe while it is open, and not once it is closed', async () => {
    const effects = createSimulatedEffects()
    const store = createStore({ file: givenFile(), create: true, synchronous: 'OFF' }, effects)
    const app = await createApp(store, effects, silentLog, options)
    await expect(app.probe()).resolves.toMatchObject({ state: 'STOPPED', here: false })
    await store.close()
    await expect(app.probe()).rejects.toThrow()
  })

  test('that is full refuses a mutation with STORAGE_FULL, changes nothing, and serves the next one', async () => {
    let full = false
    const world = await givenWorld({
      onStatement: (sql) => {
        if (full && sql.startsWith('insert into "outdial"'))
          throw new Database.SqliteError('database or disk is full', 'SQLITE_FULL')
      },
    })
    const before = dump(world)
    full = true
    const error = await givenOutdial(world).catch((thrown: unknown) => thrown)
    full = false
    expect(error).toBeInstanceOf(RequestError)
    expect(error).toMatchObject({ code: 'STORAGE_FULL' })
    expect(leakOf((error as RequestError).message)).toBe(null)
    expect(dump(world)).toEqual(before)
    expect((await givenOutdial(world)).deletedAt).toBe(null)
  })
})

describe('two at the same time', () => {
  test('do not get the same name', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const { id: _, ...input } = await givenCampaign(world)
    const create = () => app.campaigns.create(viewer, { ...input, name: 'Wanted' })
    const outcomes = await Promise.all([create(), create(), create()])
    expect(outcomes.map(wordsOf)).toEqual([[], ['TAKEN input.name'], ['TAKEN input.name']])
  })

  test('do not attach the same outdial', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const outdial = await givenOutdial(world)
    const campaigns = [await givenCampaign(world), await givenCampaign(world)]
    const attach = (id: string) => app.campaigns.update(viewer, id, { outdialId: outdial.id })
    const outcomes = await Promise.all(campaigns.map((campaign) => attach(campaign.id)))
    expect(outcomes.map(wordsOf)).toEqual([[], ['IN_USE input.outdialId']])
  })

  test('run and delete one campaign: it is one or the other', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const { campaign } = await givenReady(world, { people: [] })
    const { campaign: other } = await givenReady(world, { people: [] })
    const [run, late] = await Promise.all([
      app.campaigns.run(viewer, campaign.id),
      app.campaigns.delete(viewer, campaign.id),
    ])
    expect([wordsOf(run), wordsOf(late)]).toEqual([[], ['STATE_CONFLICT id']])
    const [gone, tooLate] = await Promise.all([
      app.campaigns.delete(viewer, other.id),
      app.campaigns.run(viewer, other.id),
    ])
    expect([wordsOf(gone), wordsOf(tooLate)]).toEqual([[], ['NOT_FOUND id']])
  })
})
