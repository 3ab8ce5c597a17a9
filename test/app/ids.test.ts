import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AppApi, Outcome, Page } from '../../src/app/api.ts'
import type { Viewer } from '../../src/app/viewer.ts'
import { RequestError } from '../../src/kernel/errors.ts'
import { givenAgents, givenCampaign, givenQueue, givenReady, must, scripted, tel } from '../support/given.ts'
import { createWorld } from '../support/world.ts'
import { dump, givenWorld, leakOf, stranger, unknownId, wordsOf, zeroUuid } from './support.ts'

/** One id of each kind. */
interface Ids {
  readonly campaign: string
  readonly outdial: string
  readonly target: string
  readonly outplan: string
  readonly queue: string
  readonly agent: string
  readonly call: string
  readonly flow: string
}

type Ask = (app: AppApi, viewer: Viewer, ids: Ids) => Promise<unknown>

/** A mutation, in one word each; null for its object. */
async function words(asked: Promise<Outcome<unknown>>) {
  const outcome = await asked
  return { errors: wordsOf(outcome), value: outcome.value }
}

async function shown(asked: Promise<Page<unknown>>) {
  const page = await asked
  return { rows: page.rows, total: await page.totalCount() }
}

/** What a request that makes no sense fails with. Streams that are opened are closed again. */
async function failure(asked: Promise<AsyncIterableIterator<unknown>>) {
  try {
    await (await asked).return?.()
    return 'opened'
  } catch (error) {
    if (!(error instanceof RequestError)) throw error
    expect(leakOf(error.message)).toBe(null)
    return error.code
  }
}

const settings = { type: 'CALL', pacing: 'SERVICE_LEVEL', serviceLevel: 100, ratio: 100, endHandle: 'STOP' } as const
const campaignInput = { ...settings, name: 'Fresh', detail: '', actions: [] }
const targetInput = { name: '', detail: '', data: '', destinations: [tel('+12025550100')] }
const notFound = (...paths: string[]) => ({ errors: paths.map((path) => `NOT_FOUND ${path}`), value: null })
const nothing = { rows: [], total: 0 }
const noStats = {
  ...{ callsTotal: 0, callsDialing: 0, callsProgressing: 0, success: 0, fail: 0, answered: 0, abandoned: 0 },
  ...{ targetsIdle: 0, targetsProgressing: 0, targetsDone: 0, hangupReasons: [] },
}
const references = ['outplanId', 'outdialId', 'queueId', 'nextCampaignId'] as const
const refer = (ids: Ids) => ({
  outplanId: ids.outplan,
  outdialId: ids.outdial,
  queueId: ids.queue,
  nextCampaignId: ids.campaign,
})

/** Every function that is handed an id, and its answer when there is nothing of that id. */
const asks: Record<string, readonly [Ask, unknown]> = {
  'campaigns.create': [
    (app, viewer, ids) => words(app.campaigns.create(viewer, { ...campaignInput, ...refer(ids) })),
    notFound(...references.map((name) => `input.${name}`)),
  ],
  'campaigns.update': [
    (app, viewer, ids) => words(app.campaigns.update(viewer, ids.campaign, { detail: 'x' })),
    notFound('id'),
  ],
  'campaigns.delete': [(app, viewer, ids) => words(app.campaigns.delete(viewer, ids.campaign)), notFound('id')],
  'campaigns.run': [(app, viewer, ids) => words(app.campaigns.run(viewer, ids.campaign)), notFound('id')],
  'campaigns.stop': [(app, viewer, ids) => words(app.campaigns.stop(viewer, ids.campaign)), notFound('id')],
  'campaigns.byIds': [(app, viewer, ids) => app.campaigns.byIds(viewer, [ids.campaign]), [null]],
  'campaigns.byOutdialIds': [(app, viewer, ids) => app.campaigns.byOutdialIds(viewer, [ids.outdial]), [null]],
  'campaigns.page': [
    async (app, viewer, ids) => [
      await shown(
        app.campaigns.page(viewer, { orderBy: 'NAME_ASC', filter: { outdialId: ids.outdial, includeDeleted: true } }),
      ),
      await shown(
        app.campaigns.page(viewer, { orderBy: 'NAME_ASC', filter: { queueId: ids.queue, includeDeleted: true } }),
      ),
    ],
    [nothing, nothing],
  ],
  'campaigns.stats': [(app, viewer, ids) => app.campaigns.stats(viewer, [ids.campaign]), [noStats]],
  'outdials.update': [
    (app, viewer, ids) => words(app.outdials.update(viewer, ids.outdial, { detail: 'x' })),
    notFound('id'),
  ],
  'outdials.delete': [(app, viewer, ids) => words(app.outdials.delete(viewer, ids.outdial)), notFound('id')],
  'outdials.byIds': [(app, viewer, ids) => app.outdials.byIds(viewer, [ids.outdial]), [null]],
  'outdialTargets.add': [
    (app, viewer, ids) => words(app.outdialTargets.add(viewer, ids.outdial, [targetInput])),
    notFound('outdialId'),
  ],
  'outdialTargets.update': [
    (app, viewer, ids) => words(app.outdialTargets.update(viewer, ids.target, { name: 'x' })),
    notFound('id'),
  ],
  'outdialTargets.delete': [(app, viewer, ids) => words(app.outdialTargets.delete(viewer, ids.target)), notFound('id')],
  'outdialTargets.reset': [
    (app, viewer, ids) => words(app.outdialTargets.reset(viewer, ids.outdial, 'ALL')),
    notFound('outdialId'),
  ],
  'outdialTargets.byIds': [(app, viewer, ids) => app.outdialTargets.byIds(viewer, [ids.target]), [null]],
  'outdialTargets.page': [
    (app, viewer, ids) =>
      shown(app.outdialTargets.page(viewer, { outdialId: ids.outdial, filter: { includeDeleted: true } })),
    nothing,
  ],
  'outdialTargets.pagesWithin': [
    async (app, viewer, ids) => {
      const pages = await app.outdialTargets.pagesWithin(viewer, [ids.outdial, ids.outdial], {
        filter: { includeDeleted: true },
      })
      return Promise.all(pages.map((page) => shown(Promise.resolve(page))))
    },
    [nothing, nothing],
  ],
  'outplans.update': [
    (app, viewer, ids) => words(app.outplans.update(viewer, ids.outplan, { detail: 'x' })),
    notFound('id'),
  ],
  'outplans.delete': [(app, viewer, ids) => words(app.outplans.delete(viewer, ids.outplan)), notFound('id')],
  'outplans.byIds': [(app, viewer, ids) => app.outplans.byIds(viewer, [ids.outplan]), [null]],
  'queues.update': [(app, viewer, ids) => words(app.queues.update(viewer, ids.queue, { detail: 'x' })), notFound('id')],
  'queues.delete': [(app, viewer, ids) => words(app.queues.delete(viewer, ids.queue)), notFound('id')],
  'queues.setAgents': [
    (app, viewer, ids) => words(app.queues.setAgents(viewer, ids.queue, [ids.agent])),
    notFound('queueId'),
  ],
  'queues.byIds': [(app, viewer, ids) => app.queues.byIds(viewer, [ids.queue]), [null]],
  'queues.agents': [(app, viewer, ids) => app.queues.agents(viewer, [ids.queue]), [[]]],
  'queues.availableAgents': [
    async (app, viewer, ids) => {
      // Counted before the engine can reserve the agent.
      await app.agents.setStatus(viewer, ids.agent, 'AVAILABLE')
      return app.queues.availableAgents(viewer, [ids.queue])
    },
    [0],
  ],
  'queues.waitingCalls': [(app, viewer, ids) => app.queues.waitingCalls(viewer, [ids.queue]), [0]],
  'agents.update': [(app, viewer, ids) => words(app.agents.update(viewer, ids.agent, { detail: 'x' })), notFound('id')],
  'agents.delete': [(app, viewer, ids) => words(app.agents.delete(viewer, ids.agent)), notFound('id')],
  'agents.setStatus': [(app, viewer, ids) => words(app.agents.setStatus(viewer, ids.agent, 'AWAY')), notFound('id')],
  'agents.byIds': [(app, viewer, ids) => app.agents.byIds(viewer, [ids.agent]), [null]],
  'agents.page': [(app, viewer, ids) => shown(app.agents.page(viewer, { filter: { queueId: ids.queue } })), nothing],
  'agents.queues': [(app, viewer, ids) => app.agents.queues(viewer, [ids.agent]), [[]]],
  'campaigncalls.hangup': [(app, viewer, ids) => words(app.campaigncalls.hangup(viewer, ids.call)), notFound('id')],
  'campaigncalls.byIds': [(app, viewer, ids) => app.campaigncalls.byIds(viewer, [ids.call]), [null]],
  'campaigncalls.page': [
    async (app, viewer, ids) => {
      const filters = [
        { filter: { campaignId: ids.campaign } },
        { filter: { outdialId: ids.outdial } },
        { filter: { outdialTargetId: ids.target } },
        { within: { campaignId: ids.campaign } },
        { within: { outdialTargetId: ids.target } },
      ]
      const pages = []
      for (const of of filters)
        pages.push(await shown(app.campaigncalls.page(viewer, { orderBy: 'CREATED_AT_ASC', ...of })))
      return pages
    },
    [nothing, nothing, nothing, nothing, nothing],
  ],
  'campaigncalls.pagesWithin': [
    async (app, viewer, ids) => {
      const parents = { parent: 'campaignId' as const, ids: [ids.campaign, ids.campaign] }
      const pages = await app.campaigncalls.pagesWithin(viewer, parents, { orderBy: 'CREATED_AT_ASC' })
      return Promise.all(pages.map((page) => shown(Promise.resolve(page))))
    },
    [nothing, nothing],
  ],
  'activeflows.recordings': [(app, viewer, ids) => app.activeflows.recordings(viewer, [ids.call]), [[]]],
  'campaigncalls.transitions': [(app, viewer, ids) => app.campaigncalls.transitions(viewer, [ids.call]), [[]]],
  'transitions.campaigncallList': [
    (app, viewer, ids) => app.transitions.campaigncallList(viewer, { first: 10, campaignId: ids.campaign }),
    [],
  ],
  'transitions.campaignList': [
    (app, viewer, ids) => app.transitions.campaignList(viewer, { first: 10, campaignId: ids.campaign }),
    [],
  ],
  'transitions.latestOfCampaigns': [
    (app, viewer, ids) => app.transitions.latestOfCampaigns(viewer, [ids.campaign], 10),
    [[]],
  ],
  'transitions.campaigncalls': [
    (app, viewer, ids) => failure(app.transitions.campaigncalls(viewer, { campaignId: ids.campaign })),
    'BAD_USER_INPUT',
  ],
  'transitions.campaigns': [
    (app, viewer, ids) => failure(app.transitions.campaigns(viewer, { campaignId: ids.campaign })),
    'BAD_USER_INPUT',
  ],
  'transitions.agents': [
    (app, viewer, ids) => failure(app.transitions.agents(viewer, { queueId: ids.queue })),
    'BAD_USER_INPUT',
  ],
  'transitions.campaignChanges': [
    (app, viewer, ids) => failure(app.transitions.campaignChanges(viewer, ids.campaign, 4)),
    'BAD_USER_INPUT',
  ],
  'activeflows.byIds': [(app, viewer, ids) => app.activeflows.byIds(viewer, [ids.flow]), [null]],
  'nodes.byIds': [(app, viewer, ids) => app.nodes.byIds(viewer, Object.values(ids)), Array(8).fill(null)],
}

/** Functions that are handed no id of the caller's: whole objects, positions, or nothing that could be another's. */
const withoutIds = [
  'engines.get',
  'activeflows.details',
  'engines.resume',
  ...['campaigns.dialing', 'outdialTargets.nextAttemptAt', 'transitions.latestPosition', 'transitions.cursorOf'],
  ...['outdials.create', 'outplans.create', 'queues.create', 'agents.create'],
  ...['outdials.page', 'outplans.page', 'queues.page'],
]

/** One of everything, a call in flight included, and another list and campaign that are free. */
async function given(make = givenWorld) {
  const world = await make({ startEngine: true })
  const { app, viewer } = world
  const queue = await givenQueue(world)
  const [agent] = await givenAgents(world, queue.id, [{}])
  const campaign = {
    queueId: queue.id,
    actions: [{ type: 'RECORDING_START' as const }, { type: 'QUEUE_JOIN' as const }],
  }
  const ready = await givenReady(world, { people: [[scripted(99)]], campaign })
  must(await app.campaigns.run(viewer, ready.campaign.id))
  await world.advance(100)
  const calls = await app.campaigncalls.page(viewer, { orderBy: 'CREATED_AT_ASC' })
  const ids: Ids = {
    campaign: ready.campaign.id,
    outdial: ready.outdial.id,
    target: ready.targets[0]?.id ?? '',
    outplan: ready.outplan.id,
    queue: queue.id,
    agent: agent?.id ?? '',
    call: calls.rows[0]?.id ?? '',
    flow: calls.rows[0]?.activeflowId ?? '',
  }
  expect(Object.values(ids)).not.toContain('')
  // Answered, and waiting for whoever is no longer there.
  must(await app.agents.setStatus(viewer, ids.agent, 'OFFLINE'))
  await world.advance(5000)
  return { world, app, viewer, ids }
}

const all = (ids: Ids, id: string) => Object.fromEntries(Object.keys(ids).map((kind) => [kind, id])) as unknown as Ids

test('every function of the house is asked for ids here, or is handed none', async () => {
  const { app } = await givenWorld()
  const functions = Object.entries(app).flatMap(([noun, of]) =>
    ['imports', 'ticks', 'terms', 'clock', 'reader', 'pruning'].includes(noun) || typeof of !== 'object'
      ? []
      : Object.keys(of).map((name) => `${noun}.${name}`),
  )
  expect([...Object.keys(asks), ...withoutIds].toSorted()).toEqual(functions.toSorted())
})

/** Shared by those who change nothing. */
let unchanged: Awaited<ReturnType<typeof given>>
beforeAll(async () => {
  unchanged = await given(createWorld)
})
afterAll(() => unchanged.world.close())

describe.each(Object.entries(asks))('%s', (_, [ask, answer]) => {
  test('answers the same for an id that is unknown, malformed or of another customer', async () => {
    const { world, app, viewer, ids } = unchanged
    const before = dump(world)
    expect(await ask(app, stranger, ids)).toEqual(answer)
    for (const id of [unknownId, 'x', '', "' or '1'='1", ids.campaign.slice(1), `${ids.campaign} `, '\u0000']) {
      expect(await ask(app, viewer, all(ids, id)), id).toEqual(answer)
    }
    expect(dump(world)).toEqual(before)
  })

  test('answers otherwise for an id that there is, in capitals too', async () => {
    const { app, viewer, ids } = await given()
    const capitals = Object.entries(ids).map(([kind, id]) => [kind, id.toUpperCase()])
    const found = await ask(app, viewer, Object.fromEntries(capitals))
    expect(found).not.toEqual(answer)
    // Of several answers, each.
    if (Array.isArray(found)) {
      for (const [i, one] of found.entries()) expect(one).not.toEqual((answer as unknown[])[i])
    }
  })
})

test('the zero UUID is nothing that can be found', async () => {
  const { world } = await given()
  const { app, viewer } = world
  expect(await app.nodes.byIds(viewer, [zeroUuid])).toEqual([null])
  expect(await words(app.campaigns.run(viewer, zeroUuid))).toEqual(notFound('id'))
})

test('agents of another customer, or that do not exist, are not put into a queue', async () => {
  const { world, app, viewer, ids } = await given()
  const theirs = must(await app.agents.create(stranger, { name: 'Theirs', detail: '', extension: '1', wrapUpMs: 0 }))
  const before = dump(world)
  const set = words(app.queues.setAgents(viewer, ids.queue, [ids.agent, theirs.id, unknownId, 'x']))
  expect(await set).toEqual(notFound('agentIds.1', 'agentIds.2', 'agentIds.3'))
  expect(dump(world)).toEqual(before)
})

test('lists show nothing of another customer', async () => {
  const { world, app } = await given()
  await givenCampaign(world)
  const pages = [
    app.campaigns.page(stranger, { orderBy: 'CREATED_AT_ASC', filter: { includeDeleted: true } }),
    app.outdials.page(stranger, { filter: { includeDeleted: true } }),
    app.outplans.page(stranger, {}),
    app.queues.page(stranger, {}),
    app.agents.page(stranger, {}),
    app.campaigncalls.page(stranger, { orderBy: 'CREATED_AT_ASC' }),
  ]
  for (const page of pages) expect(await shown(page)).toEqual(nothing)
  expect(await app.transitions.campaigncallList(stranger, { first: 10 })).toEqual([])
  expect(await app.transitions.campaignList(stranger, { first: 10 })).toEqual([])
})
