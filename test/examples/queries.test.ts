import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { givenPath, openApp, runCommand } from '../cli/support.ts'
import { ask, nextOf, openStream } from '../graphql/ask.ts'
import { givenAgents, givenQueue, givenReady, must, scripted } from '../support/given.ts'
import { givenWorld } from '../support/given-world.ts'

const folder = new URL('../../examples/queries/', import.meta.url)
const read = (name: string) => readFileSync(new URL(name, folder), 'utf8')

/** A world in which one call has ended, one talks to an agent and one waits to be tried again, and what asks it. */
async function givenSource() {
  const world = await givenWorld()
  const queue = await givenQueue(world)
  await givenAgents(world, queue.id, [{}, {}, {}])
  const { campaign } = await givenReady(world, {
    people: [[scripted(0)], [scripted(50)], [scripted(1)]],
    campaign: { queueId: queue.id, actions: [{ type: 'TALK', option: { text: 'Hello' } }] },
  })
  const { app, viewer } = world
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const run = async () => {
    must(await app.campaigns.run(viewer, campaign.id))
    await world.advance(10_000)
  }
  return { world, campaign, run, source: { app, viewer, log } }
}

test('every example is asked by a test', () => {
  expect(readdirSync(folder).sort()).toEqual([
    'campaigncalls-live.graphql',
    'campaigns.graphql',
    'outplan-create.graphql',
    'outplan-create.json',
  ])
})

describe('the example', () => {
  test('campaigns.graphql reads campaigns, their calls, and of each call its target and its agent', async () => {
    const { campaign, run, source } = await givenSource()
    await run()
    const { data, errors } = await ask(source, read('campaigns.graphql'))
    expect(errors).toBeUndefined()
    expect(data).toMatchObject({
      latestCursor: expect.any(String),
      campaigns: {
        totalCount: 1,
        nodes: [
          {
            id: campaign.id,
            status: 'RUN',
            dialing: { blockedBy: expect.any(String), message: expect.any(String) },
            stats: { targetsTotal: 3, callsTotal: 3 },
            campaigncalls: {
              nodes: expect.arrayContaining([
                expect.objectContaining({
                  hangupReason: 'BUSY',
                  agent: null,
                  outdialTarget: expect.objectContaining({ status: 'IDLE', nextAttemptAt: expect.any(String) }),
                }),
                expect.objectContaining({
                  status: 'PROGRESSING',
                  agent: expect.objectContaining({ status: 'BUSY', name: expect.any(String) }),
                }),
              ]),
              pageInfo: { hasNextPage: false },
            },
          },
        ],
      },
    })
  })

  test('campaigncalls-live.graphql is sent every step of a campaign that runs', async () => {
    const { campaign, run, source } = await givenSource()
    const stream = await openStream(source, read('campaigncalls-live.graphql'))
    const first = nextOf(stream)
    await run()
    expect(await first).toMatchObject({
      data: {
        campaigncallTransitioned: {
          event: 'CREATED',
          version: 1,
          from: null,
          to: 'DIALING',
          campaigncall: { campaign: { name: campaign.name, stats: { callsDone: expect.any(Number) } } },
        },
      },
    })
    for (const event of ['CREATED', 'CREATED', 'ENDED']) {
      expect(await nextOf(stream)).toMatchObject({ data: { campaigncallTransitioned: { event } } })
    }
    await stream.return()
  })

  test('outplan-create.graphql makes a plan with outplan-create.json', async () => {
    const { source } = await givenSource()
    const { input } = JSON.parse(read('outplan-create.json'))
    const { data, errors } = await ask(source, read('outplan-create.graphql'), { input })
    expect(errors).toBeUndefined()
    const { target } = input.source
    expect(data).toEqual({
      outplanCreate: {
        outplan: {
          id: expect.any(String),
          name: input.name,
          source: { target },
          dialTimeoutMs: input.dialTimeoutMs,
          tryIntervalMs: input.tryIntervalMs,
          maxTryCounts: [2, 1, 0, 0, 0],
        },
        userErrors: [],
      },
    })
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
