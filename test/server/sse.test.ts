import { connect, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { RequestError, StorageFailure } from '../../src/kernel/errors.ts'
import { fakeCampaignTransition } from '../graphql/fake-objects.ts'
import { deferred } from '../graphql/fake-stream.ts'
import { bareSubscription, endlessCampaign, liveCampaign, quiet, subscription } from './live-campaign.ts'
import { post, startServer } from './start-server.ts'

const accept = { accept: 'text/event-stream' }

/** A reader of server-sent events: the data of the next one, or of the completion. */
async function follow(url: string, query = subscription) {
  const controller = new AbortController()
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...accept },
    body: JSON.stringify({ query }),
    signal: controller.signal,
  })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  const next = async (): Promise<unknown> => {
    for (;;) {
      const end = text.indexOf('\n\n')
      if (end >= 0) {
        const event = text.slice(0, end)
        text = text.slice(end + 2)
        if (event.startsWith('event: next')) return JSON.parse(event.slice(event.indexOf('data: ') + 6))
        if (event.startsWith('event: complete')) return 'complete'
        continue
      }
      const chunk = await reader?.read()
      if (chunk?.value === undefined) return 'closed'
      text += chunk.value
    }
  }
  return { response, next, leave: () => controller.abort() }
}

/** A connection that has asked for the events and reads nothing. */
function ask(port: number, query = subscription): Socket {
  const body = JSON.stringify({ query })
  const socket = connect(port, '127.0.0.1')
  socket.pause()
  socket.write(
    `POST /graphql HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
  return socket
}

test('events are delivered, each read afresh', async () => {
  const { stream, shown, answers } = liveCampaign()
  const { graphql } = await startServer(answers)
  const { response, next, leave } = await follow(graphql)
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
  stream.push(fakeCampaignTransition({ position: 1, cause: 'a' }))
  expect(await next()).toEqual({
    data: { campaignTransitioned: { cursor: 'cursor-1', cause: 'a', campaign: { name: 'before' } } },
  })
  shown.name = 'after'
  stream.push(fakeCampaignTransition({ position: 2, cause: 'b' }))
  expect(await next()).toEqual({
    data: { campaignTransitioned: { cursor: 'cursor-2', cause: 'b', campaign: { name: 'after' } } },
  })
  leave()
  await stream.returned
})

test('a source that ends completes the response', async () => {
  const { stream, answers } = liveCampaign()
  const { graphql } = await startServer(answers)
  const { next } = await follow(graphql)
  await stream.return?.()
  expect(await next()).toBe('complete')
  expect(await next()).toBe('closed')
})

test('a source that fails is told with its code, and the response completes', async () => {
  const { stream, answers } = liveCampaign()
  const { graphql, lines } = await startServer(answers)
  const { next } = await follow(graphql)
  stream.fail(new RequestError('CURSOR_EXPIRED', 'No longer kept.'))
  expect(await next()).toEqual({ errors: [{ message: 'No longer kept.', extensions: { code: 'CURSOR_EXPIRED' } }] })
  expect(await next()).toBe('complete')
  expect(lines).toEqual([])
})

test('a source that breaks says nothing of why', async () => {
  const { stream, answers } = liveCampaign()
  const { graphql, lines } = await startServer(answers)
  const { next } = await follow(graphql)
  stream.fail(new Error('secret'))
  expect(await next()).toEqual({
    errors: [{ message: 'Internal server error.', extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
  })
  expect(await next()).toBe('complete')
  expect(lines).toHaveLength(1)
})

test('a source that finds the database busy says when to come back', async () => {
  const { stream, answers } = liveCampaign()
  const { graphql } = await startServer(answers)
  const { next } = await follow(graphql)
  stream.fail(new StorageFailure('locked'))
  expect(await next()).toEqual({
    errors: [{ message: expect.any(String), extensions: { code: 'TRY_AGAIN', retryAfterMs: 1000 } }],
  })
  expect(await next()).toBe('complete')
})

test('a subscription that cannot start says why', async () => {
  const { graphql } = await startServer({
    transitions: {
      campaigns: async () => {
        throw new RequestError('BAD_CURSOR', 'Not ours.')
      },
    },
  })
  const { next } = await follow(graphql)
  expect(await next()).toMatchObject({ errors: [{ message: 'Not ours.', extensions: { code: 'BAD_CURSOR' } }] })
  expect(await next()).toBe('complete')
})

test('a client that leaves ends its source, also while that sleeps', async () => {
  const { stream, answers } = liveCampaign()
  const { graphql } = await startServer(answers)
  const { leave } = await follow(graphql)
  await stream.waiting()
  leave()
  await stream.returned
})

test('a client that leaves before its subscription has started leaves nothing behind', async () => {
  const { stream, answers } = liveCampaign()
  const asked = deferred()
  const go = deferred()
  const { port } = await startServer({
    ...answers,
    transitions: {
      campaigns: async () => {
        asked.resolve()
        await go.promise
        return stream
      },
    },
  })
  const socket = ask(port)
  await asked.promise
  const gone = new Promise((resolve) => socket.once('close', resolve))
  socket.destroy()
  await gone
  go.resolve()
  await stream.returned
})

test('a client that does not take events is refused before its source is opened', async () => {
  const { graphql, calls } = await startServer(liveCampaign().answers)
  const answer = await post(graphql, { query: subscription }, { accept: 'application/json' })
  expect(answer.status).toBe(406)
  expect(answer.json()).toEqual({
    errors: [
      {
        message: expect.stringContaining('text/event-stream'),
        extensions: { code: 'BAD_USER_INPUT' },
      },
    ],
  })
  expect(calls).toEqual([])
})

test('a client that stops reading stops its source, until it reads again', async () => {
  const { sent, answers, returned } = endlessCampaign()
  const { port } = await startServer(answers)
  const socket = ask(port, bareSubscription)
  await quiet(sent)
  const stalledAt = sent.count
  expect(stalledAt).toBeGreaterThan(0)
  expect(stalledAt).toBeLessThan(500)
  await new Promise<void>((resolve) => {
    socket.on('data', () => sent.count > stalledAt + 500 && resolve())
    socket.resume()
  })
  socket.destroy()
  await returned
})
