import { describe, expect, test } from 'vitest'
import type { LogEntry, NewLogEntry } from '../../src/domain/transition.ts'
import { givenAgent, givenAgents, givenQueue, givenReady, must, scripted } from '../support/given.ts'
import type { World } from '../support/world.ts'
import { expectRequestError, givenWorld, stranger, unknownId } from './support.ts'

type Stream<Entry> = AsyncIterableIterator<Entry>

/** Everything that a stream gives until it is ended. */
function follow<Entry>(stream: Stream<Entry>) {
  const seen: Entry[] = []
  const ended = (async () => {
    for await (const entry of stream) seen.push(entry)
  })()
  return {
    seen,
    async end() {
      await stream.return?.()
      await ended
      return seen
    },
  }
}

/** Entries of the log as if somebody had made them, one commit. */
async function append({ app, store }: World, entries: readonly NewLogEntry[]) {
  app.reader.committed(await store.transact('ALL', (tx) => tx.transitions.append(entries)))
}

const campaignSteps = (campaignId: string, count: number): NewLogEntry[] =>
  Array.from({ length: count }, (_, i) => ({
    ...{ kind: 'CAMPAIGN', customerId: 'default', at: 1, campaignId, cause: `Step ${i}.` },
    ...(i % 2 === 0 ? { from: 'STOP', to: 'RUN' } : { from: 'RUN', to: 'STOP' }),
  })) as NewLogEntry[]

const positions = (entries: readonly LogEntry[]) => entries.map((entry) => entry.position)

/** A world in which two campaigns dial; a step is some time of theirs. */
async function givenBusy() {
  const world = await givenWorld({ startEngine: true })
  const { app, viewer } = world
  const people = [0, 1, 50, 51, 60].map((dd) => [scripted(dd)])
  const plan = { maxTryCounts: [3], tryIntervalMs: 1000 }
  const [first, second] = [await givenReady(world, { people, plan }), await givenReady(world, { people, plan })]
  for (const { campaign } of [first, second]) must(await app.campaigns.run(viewer, campaign.id))
  const all = () => app.transitions.campaigncallList(viewer, { first: 500 })
  return { world, app, viewer, first: first.campaign, second: second.campaign, all }
}

describe('a stream', () => {
  test('without a cursor begins where the log is when it is opened', async () => {
    const { world, app, viewer, all } = await givenBusy()
    await world.advance(1000)
    const before = (await all()).length
    expect(before).toBeGreaterThan(0)
    const stream = follow(await app.transitions.campaigncalls(viewer, {}))
    await world.run()
    expect(await stream.end()).toEqual((await all()).slice(before))
  })

  test('opened at any moment of a run replays what was, then goes on live, without a gap or a repeat', async () => {
    const { world, app, viewer, all } = await givenBusy()
    const streams: { after: number; stream: ReturnType<typeof follow<LogEntry>> }[] = []
    for (let moment = 0; moment < 12; moment++) {
      const latest = app.transitions.latestPosition()
      for (const after of [0, Math.floor(latest / 2), latest]) {
        const opened = await app.transitions.campaigncalls(viewer, { after: app.transitions.cursorOf(after) })
        streams.push({ after, stream: follow<LogEntry>(opened) })
      }
      await world.advance(700)
    }
    await world.run()
    const log = await all()
    expect(log.length).toBeGreaterThan(20)
    expect(positions(log)).toEqual(positions(log).toSorted((a, b) => a - b))
    for (const { after, stream } of streams) {
      expect(await stream.end()).toEqual(log.filter((entry) => entry.position > after))
    }
  })

  test('of one campaign is of that campaign alone', async () => {
    const { world, app, viewer, first, second, all } = await givenBusy()
    const after = app.transitions.cursorOf(0)
    const of = async (id: string) => follow(await app.transitions.campaigncalls(viewer, { campaignId: id, after }))
    const streams = [await of(first.id), await of(second.id.toUpperCase())]
    await world.run()
    const log = await all()
    for (const [i, { id }] of [first, second].entries()) {
      expect(await streams[i]?.end()).toEqual(log.filter((entry) => entry.campaignId === id))
    }
  })

  test('of campaigns tells of their steps', async () => {
    const { world, app, viewer, first } = await givenBusy()
    const all = follow(await app.transitions.campaigns(viewer, { after: app.transitions.cursorOf(0) }))
    const one = follow(await app.transitions.campaigns(viewer, { campaignId: first.id }))
    await world.run()
    expect((await all.end()).map((step) => step.to).toSorted()).toEqual(['RUN', 'RUN', 'STOP', 'STOP'])
    expect(await one.end()).toMatchObject([{ campaignId: first.id, from: 'RUN', to: 'STOP' }])
  })

  test('of the agents of a queue is of those who were in it at that moment', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const queue = await givenQueue(world)
    const [agent] = await givenAgents(world, queue.id, [{}], 'OFFLINE')
    const other = await givenAgent(world)
    const all = follow(await app.transitions.agents(viewer, {}))
    const own = follow(await app.transitions.agents(viewer, { queueId: queue.id.toUpperCase() }))
    const set = async (id: string | undefined, status: 'AVAILABLE' | 'AWAY') =>
      must(await app.agents.setStatus(viewer, id ?? '', status))
    await set(agent?.id, 'AVAILABLE')
    await set(other.id, 'AVAILABLE')
    must(await app.queues.setAgents(viewer, queue.id, [other.id]))
    await set(agent?.id, 'AWAY')
    await set(other.id, 'AWAY')
    await world.settle()
    const seen = [agent?.id, other.id, agent?.id, other.id]
    expect((await all.end()).map((step) => step.agentId)).toEqual(seen)
    expect((await own.end()).map((step) => [step.agentId, step.to])).toEqual([
      [agent?.id, 'AVAILABLE'],
      [other.id, 'AWAY'],
    ])
    const replay = follow(
      await app.transitions.agents(viewer, { queueId: queue.id, after: app.transitions.cursorOf(0) }),
    )
    await world.settle()
    expect((await replay.end()).map((step) => step.agentId)).toEqual([agent?.id, other.id])
  })

  test('shows nothing of another customer', async () => {
    const { world, app } = await givenBusy()
    const streams = [
      follow(await app.transitions.campaigncalls(stranger, { after: app.transitions.cursorOf(0) })),
      follow(await app.transitions.campaigns(stranger, { after: app.transitions.cursorOf(0) })),
    ]
    await world.run()
    for (const stream of streams) expect(await stream.end()).toEqual([])
  })

  test('of a deleted campaign can be replayed', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const { campaign } = await givenReady(world, { people: [] })
    must(await app.campaigns.run(viewer, campaign.id))
    must(await app.campaigns.stop(viewer, campaign.id))
    must(await app.campaigns.delete(viewer, campaign.id))
    const stream = follow(
      await app.transitions.campaigns(viewer, { campaignId: campaign.id, after: app.transitions.cursorOf(0) }),
    )
    await world.settle()
    expect((await stream.end()).map((step) => step.to)).toEqual(['RUN', 'STOP'])
  })
})

describe('the end of a stream', () => {
  const given = async () => {
    const { app, viewer, ...world } = await givenWorld()
    const { campaign } = await givenReady({ app, viewer, ...world }, { people: [] })
    return { world, app, viewer, campaign }
  }

  test('comes at once when it is asked for, also while the stream sleeps', async () => {
    const { world, app, viewer, campaign } = await given()
    const streams: Stream<unknown>[] = [
      await app.transitions.campaigncalls(viewer, {}),
      await app.transitions.campaigns(viewer, {}),
      await app.transitions.agents(viewer, {}),
      await app.transitions.campaignChanges(viewer, campaign.id, 4),
    ]
    await streams[3]?.next()
    const sleeping = streams.map((stream) => stream.next())
    await world.settle()
    const now = world.effects.now()
    for (const stream of streams) expect(await stream.return?.()).toEqual({ value: undefined, done: true })
    for (const next of sleeping) expect(await next).toEqual({ value: undefined, done: true })
    expect(world.effects.now()).toBe(now)
  })

  test('is final: nothing comes after it, whatever happens', async () => {
    const { app, viewer, campaign } = await given()
    for (const stream of [
      await app.transitions.campaigns(viewer, { after: app.transitions.cursorOf(0) }),
      await app.transitions.campaignChanges(viewer, campaign.id, 4),
    ]) {
      await stream.return?.()
      must(await app.campaigns.run(viewer, campaign.id))
      must(await app.campaigns.stop(viewer, campaign.id))
      expect(await stream.next()).toEqual({ value: undefined, done: true })
    }
  })
})

describe('a cursor of the log', () => {
  test.each(['campaigncalls', 'campaigns', 'agents'] as const)('that was forged is refused by %s', async (name) => {
    const world = await givenWorld()
    const { app, viewer } = world
    const cursor = app.transitions.cursorOf(1)
    const { campaign } = await givenReady(world, { people: [] })
    const page = await app.campaigns.page(viewer, { orderBy: 'CREATED_AT_ASC' })
    const other = await givenWorld({ seed: 7 })
    const forgeries = [
      '',
      '1',
      `${cursor}A`,
      cursor.slice(1),
      page.cursorOf(campaign),
      other.app.transitions.cursorOf(1),
    ]
    for (const after of forgeries) {
      await expectRequestError('BAD_CURSOR', () => app.transitions[name](viewer, { after }))
    }
    const genuine = await app.transitions[name](viewer, { after: cursor })
    expect(await genuine.return?.()).toMatchObject({ done: true })
  })

  test('of one kind of transitions is good for all', async () => {
    const { world, app, viewer, all } = await givenBusy()
    await world.run()
    const [entry] = await all()
    const after = app.transitions.cursorOf(entry?.position ?? 0)
    const stream = follow(await app.transitions.campaigns(viewer, { after }))
    await world.settle()
    expect((await stream.end()).map((step) => step.to)).toEqual(['STOP', 'STOP'])
  })
})

describe('a list of transitions', () => {
  test('without a cursor begins at the oldest, and goes on from the last of it', async () => {
    const { world, app, viewer, first, all } = await givenBusy()
    await world.run()
    const log = (await all()).filter((entry) => entry.campaignId === first.id)
    const list = (after: string | null) =>
      app.transitions.campaigncallList(viewer, { first: 4, campaignId: first.id, after })
    const page = await list(null)
    expect(page).toEqual(log.slice(0, 4))
    expect(await list(app.transitions.cursorOf(page[3]?.position ?? 0))).toEqual(log.slice(4, 8))
    expect(await list(app.transitions.cursorOf(log.at(-1)?.position ?? 0))).toEqual([])
  })

  test.each([0, -1, 501, 1.5])('refuses %s for how many', async (first) => {
    const { app, viewer } = await givenWorld()
    await expectRequestError('BAD_USER_INPUT', () => app.transitions.campaigncallList(viewer, { first }))
    await expectRequestError('BAD_USER_INPUT', () => app.transitions.campaignList(viewer, { first }))
    await expectRequestError('BAD_USER_INPUT', () => app.transitions.latestOfCampaigns(viewer, [unknownId], first))
  })

  test('refuses a forged cursor', async () => {
    const { app, viewer } = await givenWorld()
    await expectRequestError('BAD_CURSOR', () => app.transitions.campaigncallList(viewer, { first: 1, after: 'x' }))
    await expectRequestError('BAD_CURSOR', () => app.transitions.campaignList(viewer, { first: 1, after: 'x' }))
  })

  test('of the latest of each campaign is oldest first', async () => {
    const world = await givenWorld()
    const { app, viewer } = world
    const { campaign } = await givenReady(world, { people: [] })
    await append(world, campaignSteps(campaign.id, 30))
    const [latest = [], none] = await app.transitions.latestOfCampaigns(
      viewer,
      [campaign.id.toUpperCase(), unknownId],
      2,
    )
    expect(latest.map((step) => step.cause)).toEqual(['Step 28.', 'Step 29.'])
    expect(none).toEqual([])
  })
})
