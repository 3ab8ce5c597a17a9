import { describe, expect, test } from 'vitest'
import type { NewLogEntry } from '../../src/domain/transition.ts'
import { RequestError } from '../../src/kernel/errors.ts'
import { limits } from '../../src/limits.ts'
import { givenQueue, givenReady } from '../support/given.ts'
import { pruneAll, prunedThrough } from './pruning-support.ts'
import { givenFile, givenWorld, leakOf } from './support.ts'

type Stream = AsyncIterator<{ readonly position: number }>

/** A world whose log is written by the test: entries that are old enough to be pruned, and others. */
async function given(options: { file?: string; seed?: number } = {}) {
  const world = await givenWorld(options)
  const { app, viewer, store, effects } = world
  const { campaign } = await givenReady(world, { people: [] })
  const append = async (count: number, age: 'old' | 'young' = 'old') => {
    const at = age === 'old' ? 1 : effects.now()
    const step = { kind: 'CAMPAIGN', customerId: 'default', at, campaignId: campaign.id, cause: '' } as const
    const entries = Array.from({ length: count }, (): NewLogEntry => ({ ...step, from: 'STOP', to: 'RUN' }))
    app.reader.committed(await store.transact('ALL', (tx) => tx.transitions.append(entries)))
  }
  await pruneAll(world, { transitionsKeptDays: -1 })
  const start = app.transitions.latestPosition()
  const open = (after: number): Promise<Stream> =>
    app.transitions.campaigns(viewer, { after: app.transitions.cursorOf(after) })
  return { world, app, viewer, campaign, append, start, open }
}

async function take(stream: Stream, count: number): Promise<number[]> {
  const found: number[] = []
  while (found.length < count) found.push((await stream.next()).value.position)
  return found
}

/** What a stream still gives before it fails, and the error. */
async function takeAll(stream: Stream): Promise<{ found: number[]; error: unknown }> {
  const found: number[] = []
  try {
    for (;;) found.push(...(await take(stream, 1)))
  } catch (error) {
    return { found, error }
  }
}

function expectExpired(error: unknown): void {
  expect(error).toBeInstanceOf(RequestError)
  expect(error).toMatchObject({ code: 'CURSOR_EXPIRED' })
  expect(leakOf((error as RequestError).message)).toBe(null)
}

const from = (start: number, count: number) => Array.from({ length: count }, (_, i) => start + 1 + i)

describe('a cursor of before what is kept', () => {
  test('is refused by every stream before its first event, though memory may still have what follows', async () => {
    const { world, app, viewer, append, open, start } = await given()
    await append(10)
    expect(await take(await open(start), 10)).toHaveLength(10)
    await append(5, 'young')
    await pruneAll(world)
    const { transitions } = app
    for (const after of [start, start + 9].map((position) => transitions.cursorOf(position))) {
      for (const name of ['campaigncalls', 'campaigns', 'agents'] as const) {
        expectExpired(await transitions[name](viewer, { after }).catch((error: unknown) => error))
      }
    }
    expect(await take(await open(start + 10), 5)).toEqual(from(start + 10, 5))
  })

  test('is refused by every list, whatever would follow', async () => {
    const { world, app, viewer, campaign, append, start } = await given()
    await append(10)
    await append(5, 'young')
    await pruneAll(world)
    const { transitions } = app
    const list = async (position: number, campaignId: string | null) => {
      const args = { first: 100, after: transitions.cursorOf(position), campaignId }
      return [await transitions.campaignList(viewer, args), await transitions.campaigncallList(viewer, args)]
    }
    for (const position of [0, start, start + 9]) {
      for (const id of [null, campaign.id]) expectExpired(await list(position, id).catch((error: unknown) => error))
    }
    const [steps = []] = await list(start + 10, null)
    expect(steps.map((step) => step.position)).toEqual(from(start + 10, 5))
    const oldest = await transitions.campaignList(viewer, { first: 2 })
    expect(oldest.map((step) => step.position)).toEqual(from(start + 10, 2))
  })
})

describe('a reader that pruning overtakes', () => {
  test('in the middle of a replay is told so, and is given nothing from beyond the gap', async () => {
    const { world, append, open, start } = await given()
    await append(2500)
    await append(500, 'young')
    const stream = await open(start)
    const before = await take(stream, 150)
    await pruneAll(world)
    const { found, error } = await takeAll(stream)
    expectExpired(error)
    expect([...before, ...found]).toEqual(from(start, 200))
  })

  test('by another process of the same file is told so too', async () => {
    const file = givenFile()
    const { append, open, start } = await given({ file })
    await append(2500)
    const stream = await open(start)
    const before = await take(stream, 150)
    await pruneAll(await givenWorld({ file, seed: 2 }))
    const { found, error } = await takeAll(stream)
    expectExpired(error)
    expect([...before, ...found]).toEqual(from(start, 200))
  })

  test('exactly to its place goes on', async () => {
    const { world, append, open, start } = await given()
    await append(1500)
    await append(1100, 'young')
    const stream = await open(start)
    await take(stream, 1500)
    await pruneAll(world)
    expect(await prunedThrough(world)).toBe(start + 1500)
    expect(await take(stream, 1100)).toEqual(from(start + 1500, 1100))
  })

  test('but not the memory that it is given from, goes on', async () => {
    const { world, append, open, start } = await given()
    await append(900)
    await take(await open(start), 900)
    const stream = await open(start + 100)
    await pruneAll(world)
    expect(await take(stream, 800)).toEqual(from(start + 100, 800))
  })
})

describe('a reader at the end of a log that is pruned to nothing', () => {
  test('is given what comes next', async () => {
    const { world, append, open, start } = await given()
    const stream = await open(start)
    await append(10)
    await take(stream, 10)
    await pruneAll(world)
    const next = take(stream, 1)
    await append(1)
    expect(await next).toEqual([start + 11])
  })

  test('which nobody had followed is given what comes next', async () => {
    const { world, app, append, open, start } = await given()
    await append(10)
    await pruneAll(world)
    expect(app.transitions.latestPosition()).toBe(start + 10)
    const stream = await open(start + 10)
    const next = take(stream, 2)
    await world.settle()
    await append(1)
    await append(1, 'young')
    expect(await next).toEqual([start + 11, start + 12])
  })

  test('by another process, is given what a third one writes', async () => {
    const file = givenFile()
    const { world, append, start } = await given({ file })
    const other = await givenWorld({ file, seed: 2 })
    other.app.reader.watchOthers()
    const after = other.app.transitions.cursorOf(start)
    const stream = await other.app.transitions.campaigns(other.viewer, { after })
    await append(3)
    await pruneAll(world)
    await other.advance(limits.otherProcessesLookMs)
    // It was behind when they went: three entries are gone, and it may not act as if they had never been.
    const { found, error } = await takeAll(stream)
    expect(found).toEqual([])
    expectExpired(error)
    const late = await other.app.transitions.campaigns(other.viewer, {})
    const next = take(late, 1)
    await append(1)
    await other.advance(limits.otherProcessesLookMs)
    expect(await next).toEqual([start + 4])
    other.app.reader.stop()
  })
})

test('a reader of the house, who acts on what is new, passes over what is gone', async () => {
  const { world, app, append, start } = await given()
  await append(1500)
  await append(2, 'young')
  await pruneAll(world)
  const gone = await app.reader.read(null, start)
  expect(gone).toEqual({ entries: [], through: start + 1500 })
  const kept = await app.reader.read(null, gone.through)
  expect(kept.entries.map((entry) => entry.position)).toEqual(from(start + 1500, 2))
})

test('the agents of a quiet queue are found in a long log, a span of it at a time', async () => {
  const statements: string[] = []
  const world = await givenWorld({ onStatement: (sql) => statements.push(sql) })
  const { app, viewer, store } = world
  const queue = await givenQueue(world)
  const start = app.transitions.latestPosition()
  const step = { kind: 'AGENT', customerId: 'default', at: 1, agentId: 'agent', from: 'AWAY', to: 'AVAILABLE' } as const
  const append = async (count: number, queueIds: string[]) => {
    const entries = Array.from({ length: count }, (): NewLogEntry => ({ ...step, queueIds }))
    app.reader.committed(await store.transact('ALL', (tx) => tx.transitions.append(entries)))
  }
  const spans = 3
  await append(spans * limits.logSpanMax, ['another queue'])
  await append(1, ['another queue', queue.id])
  await append(limits.logTailEntriesMax, ['another queue'])
  const stream = await app.transitions.agents(viewer, { queueId: queue.id, after: app.transitions.cursorOf(start) })
  statements.length = 0
  expect(await take(stream, 1)).toEqual([start + spans * limits.logSpanMax + 1])
  const reads = statements.filter((sql) => sql.includes('instr('))
  expect(reads.length).toBeGreaterThanOrEqual(spans)
  expect(reads.length).toBeLessThanOrEqual(spans + 1)
})
