import { describe, expect, test } from 'vitest'
import type { NewLogEntry } from '../../src/domain/transition.ts'
import { givenReady } from '../support/given.ts'
import { givenWorld } from './support.ts'

/** A world whose log is written by the test, and whose reads of it are counted. */
async function given() {
  const statements: string[] = []
  const world = await givenWorld({ onStatement: (sql) => statements.push(sql) })
  const { app, viewer, store } = world
  const { campaign } = await givenReady(world, { people: [] })
  const append = async (count: number, campaignId = campaign.id) => {
    const step = { kind: 'CAMPAIGN', customerId: 'default', at: 1, campaignId, from: 'STOP', to: 'RUN' } as const
    const entries: NewLogEntry[] = Array.from({ length: count }, (_, i) => ({ ...step, cause: `${i}` }))
    app.reader.committed(await store.transact('ALL', (tx) => tx.transitions.append(entries)))
  }
  const open = (after: number, campaignId?: string) =>
    app.transitions.campaigns(viewer, { after: app.transitions.cursorOf(after), campaignId })
  const take = async (stream: AsyncIterator<{ readonly position: number }>, count: number) => {
    const found: number[] = []
    while (found.length < count) found.push((await stream.next()).value.position)
    return found
  }
  /** How often the log was read from the file since it was last asked. */
  const reads = () => {
    const count = statements.filter((sql) => /^select/i.test(sql) && sql.includes('from "transition"')).length
    statements.length = 0
    return count
  }
  reads()
  return { ...world, campaign, append, open, take, reads }
}

describe('readers at the end of the log', () => {
  test('share one look at the file for each commit, however many they are', async () => {
    const { append, open, take, reads, app } = await given()
    const streams = []
    for (let i = 0; i < 20; i++) streams.push(await open(app.transitions.latestPosition()))
    const waiting = streams.map((stream) => take(stream, 3))
    reads()
    await append(3)
    const found = await Promise.all(waiting)
    expect(reads()).toBe(1)
    expect(new Set(found.map((positions) => positions.join())).size).toBe(1)
  })

  test('read nothing while nothing is committed', async () => {
    const { open, reads, app, settle } = await given()
    const stream = await open(app.transitions.latestPosition())
    const next = stream.next()
    await settle()
    reads()
    app.reader.wakeup.ring()
    await settle()
    expect(reads()).toBe(0)
    await stream.return?.()
    expect(await next).toMatchObject({ done: true })
  })

  test('are given what is in memory when they are a little behind', async () => {
    const { append, open, take, reads, app } = await given()
    const start = app.transitions.latestPosition()
    await append(900)
    await take(await open(start), 900)
    reads()
    expect(await take(await open(start + 100), 800)).toHaveLength(800)
    expect(reads()).toBe(0)
  })

  test('do not read a long log that nobody followed', async () => {
    const { append, open, take, reads, app } = await given()
    await append(6000)
    const stream = await open(app.transitions.latestPosition())
    const next = take(stream, 1)
    await append(1)
    expect(await next).toEqual([app.transitions.latestPosition()])
    expect(reads()).toBeLessThanOrEqual(3)
  })
})

describe('a reader that is far behind', () => {
  test('reads the file, a hundred entries at once, and loses nothing', async () => {
    const { append, open, take, reads, app } = await given()
    const start = app.transitions.latestPosition()
    await append(2500)
    await take(await open(start + 2000), 500)
    reads()
    const found = await take(await open(start), 2500)
    expect(found).toEqual(Array.from({ length: 2500 }, (_, i) => start + 1 + i))
    const count = reads()
    expect(count).toBeGreaterThan(10)
    expect(count).toBeLessThanOrEqual(26)
  })

  test('costs the others nothing', async () => {
    const { append, open, take, reads, app } = await given()
    await append(2500)
    const behind = await open(0)
    await take(behind, 10)
    const live = await open(app.transitions.latestPosition())
    const next = take(live, 1)
    reads()
    await append(1)
    expect(await next).toEqual([app.transitions.latestPosition()])
    expect(reads()).toBeLessThanOrEqual(3)
  })

  test('by one commit alone, longer than what is kept in memory, loses nothing', async () => {
    const { append, open, take, settle, app } = await given()
    const start = app.transitions.latestPosition()
    const streams = [await open(start), await open(start)]
    const waiting = streams.map((stream) => take(stream, 1500))
    await settle()
    await append(1500)
    const expected = Array.from({ length: 1500 }, (_, i) => start + 1 + i)
    expect(await Promise.all(waiting)).toEqual([expected, expected])
  })

  test('that falls behind while it does not read goes on where it was', async () => {
    const { append, open, take, app } = await given()
    const start = app.transitions.latestPosition()
    const [slow, fast] = [await open(start), await open(start)]
    await append(10)
    expect(await take(slow, 5)).toHaveLength(5)
    for (let round = 0; round < 6; round++) {
      await append(500)
      await take(fast, round === 0 ? 510 : 500)
    }
    expect(await take(slow, 3005)).toEqual(Array.from({ length: 3005 }, (_, i) => start + 6 + i))
  })

  test('skips what its filter leaves out, without stopping there', async () => {
    const { append, open, take, campaign, app } = await given()
    const start = app.transitions.latestPosition()
    await append(1500, 'another campaign')
    await append(1)
    const stream = await open(start, campaign.id)
    expect(await take(stream, 1)).toEqual([start + 1501])
    const next = take(stream, 1)
    await append(1200, 'another campaign')
    await append(1)
    expect(await next).toEqual([start + 2702])
  })
})
