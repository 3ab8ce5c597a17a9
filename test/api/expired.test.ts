import { once } from 'node:events'
import { afterEach, describe, expect, test } from 'vitest'
import WebSocket from 'ws'
import type { NewLogEntry } from '../../src/domain/transition.ts'
import { limits } from '../../src/limits.ts'
import { pruneAll } from '../app/pruning-support.ts'
import { leakOf } from '../app/support.ts'
import { quiet } from '../server/live-campaign.ts'
import { givenReady } from '../support/given.ts'
import { type Answer, createServedWorld, type ServedWorld } from './served-world.ts'

type Event = Answer<{ campaignTransitioned: { cursor: string } }>

interface Message {
  readonly type: string
  readonly payload?: Event | Answer['errors']
}

const worlds = new Set<ServedWorld>()

afterEach(async () => {
  for (const world of worlds) await world.close()
  worlds.clear()
})

/** A served world with so many old steps of a campaign in its log, after `start`. */
async function given(count: number, cause = '') {
  const reads = { count: 0 }
  const world = await createServedWorld({ startEngine: false, onStatement: () => reads.count++ })
  worlds.add(world)
  const { app, store } = world
  const { campaign } = await givenReady(world, { people: [] })
  // What is young stands in the way of what is old, and it begins with the notices of the creations.
  await pruneAll(world, { transitionsKeptDays: -1 })
  const start = app.transitions.latestPosition()
  const step = { kind: 'CAMPAIGN', customerId: 'default', at: 1, campaignId: campaign.id, cause } as const
  const entries = Array.from({ length: count }, (): NewLogEntry => ({ ...step, from: 'STOP', to: 'RUN' }))
  app.reader.committed(await store.transact('ALL', (tx) => tx.transitions.append(entries)))
  return { world, app, start, reads, cursorOf: (position: number) => app.transitions.cursorOf(position) }
}

const subscription = (after: string) => `subscription { campaignTransitioned(after: "${after}") { cursor cause } }`

/** What a whole server-sent stream said. Comments stand between its events. */
function readEvents(text: string) {
  const events = text.split('\n\n').filter((event) => event.startsWith('event: '))
  const data = events.filter((event) => event.startsWith('event: next\n'))
  const answers = data.map((event) => JSON.parse(event.slice('event: next\ndata: '.length)) as Event)
  return { answers, isComplete: events.at(-1)?.startsWith('event: complete\n') ?? false }
}

function expectExpired(errors: Answer['errors']): void {
  expect(errors?.map((error) => error.extensions?.code)).toEqual(['CURSOR_EXPIRED'])
  expect(leakOf(errors?.[0]?.message ?? '')).toBe(null)
}

describe('a cursor of before what is kept', () => {
  test('ends a subscription over a WebSocket with its one event, and the socket goes on', async () => {
    const { world, start, cursorOf } = await given(10)
    await pruneAll(world)
    const client = await world.connect()
    const events = client.iterate({ query: subscription(cursorOf(start)) })
    expectExpired((await events.next()).value?.errors as Answer['errors'])
    expect(await events.next()).toMatchObject({ done: true })
    const asked = client.iterate({ query: '{ latestCursor }' })
    expect((await asked.next()).value).toEqual({ data: { latestCursor: cursorOf(start + 10) } })
  })

  test('ends a server-sent stream with its one event', async () => {
    const { world, start, cursorOf } = await given(10)
    await pruneAll(world)
    const response = await fetch(`${world.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: subscription(cursorOf(start)) }),
    })
    const { answers, isComplete } = readEvents(await response.text())
    expect(answers).toHaveLength(1)
    expectExpired(answers[0]?.errors)
    expect(isComplete).toBe(true)
  })

  test.each(['campaignTransitions', 'campaigncallTransitions'])('is an error of %s', async (list) => {
    const { world, start, cursorOf } = await given(10)
    await pruneAll(world)
    const ask = (after: string) => world.ask(`{ ${list}(after: "${after}") { cursor } }`)
    expectExpired((await ask(cursorOf(start + 9))).errors)
    expect(await ask(cursorOf(start + 10))).toEqual({ data: { [list]: [] } })
  })
})

describe('a subscriber that reads slowly, overtaken by pruning', () => {
  /** Large, so that the server waits before it has come to those that it has in memory. */
  const count = limits.logTailEntriesMax + 2000
  const cause = 'x'.repeat(10_000)

  test('is given what was read before, then the error, and nothing from beyond the gap', async () => {
    const { world, start, reads, cursorOf } = await given(count, cause)
    const socket = new WebSocket(`${world.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
    await once(socket, 'open')
    socket.send(JSON.stringify({ type: 'connection_init' }))
    await once(socket, 'message')
    const cursors: string[] = []
    const ended = new Promise<Message>((resolve) => {
      const listen = (data: unknown) => {
        const message = JSON.parse(String(data)) as Message
        const { payload } = message
        if (payload && 'data' in payload) cursors.push(payload.data?.campaignTransitioned.cursor ?? '')
        else resolve(message)
        if (message.type !== 'next') socket.off('message', listen)
      }
      socket.on('message', listen)
    })
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: subscription(cursorOf(start)) } }))
    socket.pause()
    await quiet(reads)
    await pruneAll(world)
    socket.resume()
    const { type, payload } = await ended
    expect(type).toBe('error')
    expectExpired(payload as Answer['errors'])
    expect(cursors.length).toBeGreaterThan(0)
    expect(cursors.length).toBeLessThan(count)
    expect(cursors).toEqual(cursors.map((_, i) => cursorOf(start + 1 + i)))
    socket.send(JSON.stringify({ id: '2', type: 'subscribe', payload: { query: '{ latestCursor }' } }))
    const [answer] = await once(socket, 'message')
    expect(JSON.parse(String(answer))).toMatchObject({ id: '2', type: 'next' })
    socket.terminate()
  })

  test('over a server-sent stream is told the same', async () => {
    const { world, start, reads, cursorOf } = await given(count, cause)
    const response = await fetch(`${world.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: subscription(cursorOf(start)) }),
    })
    await quiet(reads)
    await pruneAll(world)
    const { answers, isComplete } = readEvents(await response.text())
    expectExpired(answers.at(-1)?.errors)
    const cursors = answers.slice(0, -1).map((answer) => answer.data?.campaignTransitioned.cursor)
    expect(cursors.length).toBeGreaterThan(0)
    expect(cursors.length).toBeLessThan(count)
    expect(cursors).toEqual(cursors.map((_, i) => cursorOf(start + 1 + i)))
    expect(isComplete).toBe(true)
  })
})
