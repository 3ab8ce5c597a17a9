import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { givenPath, openApp, runCommand } from '../cli/support.ts'
import { ask, nextOf, openStream } from '../graphql/ask.ts'
import { must } from '../support/given.ts'
import { givenWorld } from '../support/given-world.ts'

const folder = new URL('../../examples/queries/', import.meta.url)
const read = (name: string) => readFileSync(new URL(name, folder), 'utf8')

const names = readdirSync(folder).sort()
const log = { debug() {}, info() {}, warn() {}, error() {} }

/** The examples as GraphiQL has them, on a new database; each is asked by its place, from 1. */
async function givenTabs() {
  const world = await givenWorld()
  const { app, viewer } = world
  const source = { app, viewer, log }
  const file = (place: number) => read(names[place - 1] ?? '')
  return {
    world,
    query: (place: number) => ask(source, file(place)),
    follow: (place: number) => openStream(source, file(place)),
  }
}

/** What a mutation says is wrong, over all its fields. */
const errorsOf = (data: Readonly<Record<string, unknown>> | null | undefined) =>
  Object.values(data ?? {}).flatMap((field) => (field as { userErrors?: unknown[] }).userErrors ?? [])

describe('the examples, one after the other on an empty database,', () => {
  test('make a campaign, run it, show it, and follow it and its calls', async () => {
    const { world, query, follow } = await givenTabs()
    const created = await query(1)
    expect([created.errors, errorsOf(created.data)]).toEqual([undefined, []])
    expect(created.data).toMatchObject({
      outdialTargetsAdd: { targets: Array.from({ length: 4 }, () => ({ status: 'IDLE' })) },
      queueAgentsSet: { queue: { agents: [{ name: 'Carla' }, { name: 'Emil' }] } },
      emilIsAvailable: { agent: { status: 'AVAILABLE' } },
      campaignCreate: { campaign: { name: 'Autumn', status: 'STOP' } },
    })
    const run = await query(2)
    expect([run.errors, errorsOf(run.data)]).toEqual([undefined, []])
    expect(run.data).toMatchObject({ campaignRun: { campaign: { status: 'RUN' } } })
    await world.advance(10_000)
    expect(await query(3)).toMatchObject({
      data: {
        campaigns: {
          totalCount: 1,
          nodes: [
            {
              name: 'Autumn',
              status: 'RUN',
              dialing: { blockedBy: expect.any(String), message: expect.any(String) },
              campaigncalls: {
                nodes: [
                  { status: 'DIALING', outdialTarget: { name: 'Zoe Hansen' } },
                  { hangupReason: 'BUSY', outdialTarget: { name: 'Ana Ueda', nextAttemptAt: expect.any(String) } },
                  { hangupReason: 'BUSY', outdialTarget: { name: 'Pedro Weber', status: 'IDLE' } },
                  { status: 'PROGRESSING', outdialTarget: { name: 'Rosa Quist' }, agent: { status: 'BUSY' } },
                ],
              },
            },
          ],
        },
      },
    })
    const campaign = await follow(4)
    expect(await nextOf(campaign)).toMatchObject({
      data: {
        campaignChanged: {
          stats: { targetsTotal: 4, callsDialing: 1, callsProgressing: 1, callsDone: 2 },
          campaigncalls: { nodes: [{ status: 'DIALING' }, {}, {}, { status: 'PROGRESSING' }] },
        },
      },
    })
    await campaign.return()
    const calls = await follow(5)
    // Whoever follows now does not wait long for the first step, although conversations take minutes.
    const seen: unknown[] = []
    void (async () => {
      for await (const event of calls) seen.push(JSON.parse(JSON.stringify(event.data)))
    })()
    await world.advance(20_000)
    expect(seen).toContainEqual({
      campaigncallTransitioned: expect.objectContaining({ event: 'CREATED', from: null, to: 'DIALING' }),
    })
    await calls.return()
  })

  test('show the campaign also when it is over, and can all be sent again', async () => {
    const { world, query, follow } = await givenTabs()
    const created = await query(1)
    await query(2)
    await world.advance(3_600_000)
    expect(await query(3)).toMatchObject({ data: { campaigns: { nodes: [{ status: 'STOP' }] } } })
    const campaign = await follow(4)
    expect(await nextOf(campaign)).toMatchObject({
      data: { campaignChanged: { status: 'STOP', stats: { targetsDone: 4, success: 2 } } },
    })
    await campaign.return()
    const again = await query(1)
    expect([again.errors, errorsOf(again.data)]).toEqual([undefined, []])
    expect(Object.keys(again.data ?? {})).toEqual(Object.keys(created.data ?? {}))
    expect(errorsOf((await query(2)).data)).toEqual([])
    expect(await query(3)).toMatchObject({ data: { campaigns: { totalCount: 1 } } })
  })
})

test('targets.csv is imported without a bad row', async () => {
  const file = givenPath()
  const { app, viewer, close } = await openApp(file, true)
  const outdial = must(await app.outdials.create(viewer, { name: 'A list', detail: '', data: '' }))
  await close()
  const path = fileURLToPath(new URL('../targets.csv', folder))
  expect(await runCommand(['import', outdial.id, path], { DIALGRAPH_DATABASE: file })).toEqual({
    exitCode: 0,
    stdout: '500 targets added, 0 rows not.\n',
    stderr: '',
  })
})
