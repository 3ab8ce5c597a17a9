import { once } from 'node:events'
import { type Client, createClient, type FormattedExecutionResult } from 'graphql-ws'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { RequestError, StorageFailure } from '../../src/kernel/errors.ts'
import { limits } from '../../src/limits.ts'
import { fakePage } from '../graphql/fake-app.ts'
import { fakeCampaign, fakeCampaignTransition } from '../graphql/fake-objects.ts'
import { bareSubscription, endlessCampaign, liveCampaign, quiet, subscription, turn } from './live-campaign.ts'
import { slowDocument, startSlowServer } from './slow-server.ts'
import { post, startServer } from './start-server.ts'

const protocol = 'graphql-transport-ws'

function connectClient(port: number): Client {
  const client = createClient({ url: `ws://127.0.0.1:${port}/graphql`, webSocketImpl: WebSocket, retryAttempts: 0 })
  onTestFinished(() => client.dispose())
  return client
}

/** What comes in for one operation; an error message of the protocol is thrown. */
async function first(
  client: Client,
  query: string,
  variables?: Record<string, unknown>,
): Promise<FormattedExecutionResult<Record<string, unknown>, unknown>> {
  for await (const result of client.iterate({ query, variables })) return result
  throw new Error('nothing came')
}

/** A bare socket, to say what no proper client says. */
async function connectSocket(
  port: number,
  options: { headers?: Record<string, string>; path?: string; protocol?: string } = {},
) {
  const { path = '/graphql', headers } = options
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, options.protocol ?? protocol, { headers })
  onTestFinished(() => socket.terminate())
  const outcome = await Promise.race([
    once(socket, 'open').then(() => 'open'),
    once(socket, 'unexpected-response').then(([, response]) => response.statusCode as number),
  ])
  return {
    socket,
    outcome,
    say: (message: unknown) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
  }
}

async function closeOf(socket: WebSocket): Promise<[number, string]> {
  const [code, reason] = await once(socket, 'close')
  return [code, String(reason)]
}

describe('a client', () => {
  test('is delivered events, each read afresh', async () => {
    const { stream, shown, answers } = liveCampaign()
    const { port } = await startServer(answers)
    const results = connectClient(port).iterate({ query: subscription })
    stream.push(fakeCampaignTransition({ position: 1, cause: 'a' }))
    expect((await results.next()).value).toEqual({
      data: { campaignTransitioned: { cursor: 'cursor-1', cause: 'a', campaign: { name: 'before' } } },
    })
    shown.name = 'after'
    stream.push(fakeCampaignTransition({ position: 2, cause: 'b' }))
    expect((await results.next()).value).toEqual({
      data: { campaignTransitioned: { cursor: 'cursor-2', cause: 'b', campaign: { name: 'after' } } },
    })
    await stream.waiting()
    await results.return?.()
    await stream.returned
  })

  test('may ask queries and mutations as well', async () => {
    const { port } = await startServer({
      campaigns: {
        page: async () => fakePage([fakeCampaign()]),
        run: async () => ({ value: fakeCampaign(), errors: [] }),
      },
    })
    const client = connectClient(port)
    expect(await first(client, '{ campaigns { nodes { name } } }')).toEqual({
      data: { campaigns: { nodes: [{ name: 'Autumn' }] } },
    })
    expect(await first(client, 'mutation { campaignRun(id: "a") { campaign { name } } }')).toEqual({
      data: { campaignRun: { campaign: { name: 'Autumn' } } },
    })
  })

  test.each([
    ['what is no GraphQL', '{', 'GRAPHQL_PARSE_FAILED'],
    ['with more tokens than anybody reads', '{a'.repeat(20_000), 'TOO_COMPLEX'],
    ['for what is not there', '{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ['two things without a choice', 'query A { latestCursor } query B { latestCursor }', 'BAD_USER_INPUT'],
  ])('that asks %s is told, and goes on', async (_what, query, code) => {
    const { port, lines } = await startServer()
    const client = connectClient(port)
    await expect(first(client, query)).rejects.toMatchObject([{ extensions: { code } }])
    expect(await first(client, '{ latestCursor }')).toEqual({ data: { latestCursor: 'cursor-0' } })
    expect(lines).toEqual([])
  })

  test('whose variables do not fit is told, and goes on', async () => {
    const { port } = await startServer()
    const client = connectClient(port)
    const query = 'query ($first: Int) { campaigns(first: $first) { totalCount } }'
    const { errors } = await first(client, query, { first: 'x' })
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
    expect(errors?.[0]?.extensions).not.toHaveProperty('http')
    expect(await first(client, '{ latestCursor }')).toEqual({ data: { latestCursor: 'cursor-0' } })
  })

  test('whose subscription cannot start is told why', async () => {
    const { port } = await startServer({
      transitions: {
        campaigns: async () => {
          throw new RequestError('BAD_USER_INPUT', 'No such campaign.')
        },
      },
    })
    const { errors } = await first(connectClient(port), subscription)
    expect(errors).toMatchObject([{ message: 'No such campaign.', extensions: { code: 'BAD_USER_INPUT' } }])
  })

  test('whose source fails is told with its code, or with nothing but that it was a defect', async () => {
    for (const [error, code, message] of [
      [new RequestError('CURSOR_EXPIRED', 'No longer kept.'), 'CURSOR_EXPIRED', 'No longer kept.'],
      [new Error('secret'), 'INTERNAL_SERVER_ERROR', 'Internal server error.'],
    ] as const) {
      const { stream, answers } = liveCampaign()
      const { port } = await startServer(answers)
      stream.fail(error)
      await expect(first(connectClient(port), subscription)).rejects.toEqual([{ message, extensions: { code } }])
    }
  })

  test('whose source finds the database busy is told when to come back', async () => {
    const { stream, answers } = liveCampaign()
    const { port } = await startServer(answers)
    stream.fail(new StorageFailure('locked'))
    const extensions = { code: 'TRY_AGAIN', retryAfterMs: 1000 }
    await expect(first(connectClient(port), subscription)).rejects.toEqual([
      { message: expect.any(String), extensions },
    ])
  })

  test('that goes ends its sources, also while they sleep', async () => {
    const { stream, answers } = liveCampaign()
    const { port } = await startServer(answers)
    const { socket, say } = await connectSocket(port)
    say({ type: 'connection_init' })
    await once(socket, 'message')
    say({ type: 'subscribe', id: '1', payload: { query: subscription } })
    await stream.waiting()
    socket.terminate()
    await stream.returned
  })

  test('that stops reading stops its source, until it reads again', async () => {
    const { sent, answers, returned } = endlessCampaign()
    const { port } = await startServer(answers)
    const { socket, say } = await connectSocket(port)
    say({ type: 'connection_init' })
    await once(socket, 'message')
    socket.pause()
    say({ type: 'subscribe', id: '1', payload: { query: bareSubscription } })
    await quiet(sent)
    const stalledAt = sent.count
    expect(stalledAt).toBeGreaterThan(0)
    expect(stalledAt).toBeLessThan(500)
    await new Promise<void>((resolve) => {
      socket.on('message', () => sent.count > stalledAt + 500 && resolve())
      socket.resume()
    })
    socket.terminate()
    await returned
  })
})

/** A bare socket that has been greeted, and every message that has come since, by its operation. */
async function greetedSocket(port: number) {
  const { socket, say } = await connectSocket(port)
  say({ type: 'connection_init' })
  await once(socket, 'message')
  const waiting = new Map<string, (message: Message) => void>()
  socket.on('message', (message) => {
    const parsed: Message = JSON.parse(String(message))
    if (parsed.type !== 'complete') waiting.get(parsed.id)?.(parsed)
  })
  return {
    socket,
    say,
    subscribe: (id: string, query: string) => say({ type: 'subscribe', id, payload: { query } }),
    /** The first that comes for an operation, its completion left out. */
    answerTo: (id: string) => new Promise<Message>((resolve) => waiting.set(id, resolve)),
  }
}

interface Message {
  readonly id: string
  readonly type: string
  readonly payload: { readonly data?: unknown; readonly errors?: unknown } & readonly unknown[]
}

const pending = () => new Promise<never>(() => undefined)

describe('what is too much is told of the one operation, and the others of the socket go on', () => {
  const rest = async ({ subscribe, answerTo }: Awaited<ReturnType<typeof greetedSocket>>) => {
    const answered = answerTo('rest')
    subscribe('rest', '{ latestCursor }')
    expect(await answered).toMatchObject({ type: 'next', payload: { data: { latestCursor: 'cursor-0' } } })
  }

  test('an operation that costs too much', async () => {
    const { port, calls } = await startServer()
    const client = await greetedSocket(port)
    for (const query of [
      '{ campaigns(first: 500) { nodes { id campaigncalls(first: 500) { nodes { id } } } } }',
      'subscription { campaignTransitioned { campaign { campaigncalls(first: 500) { nodes { id } } } } }',
    ]) {
      const answered = client.answerTo(query)
      client.subscribe(query, query)
      expect(await answered).toMatchObject({ payload: { errors: [{ extensions: { code: 'TOO_COMPLEX' } }] } })
    }
    expect(calls).toEqual([])
    await rest(client)
  })

  test('a message that is too large, where it says for which operation it was', async () => {
    const { port } = await startServer()
    const client = await greetedSocket(port)
    const answered = client.answerTo('large')
    client.subscribe('large', `{ latestCursor } # ${'x'.repeat(limits.socketMessageBytesMax)}`)
    expect(await answered).toEqual({
      id: 'large',
      type: 'error',
      payload: [{ message: expect.any(String), extensions: { code: 'TOO_LARGE' } }],
    })
    await rest(client)
  })

  test('operations beyond fifty at a time', async () => {
    const { stream, answers } = liveCampaign()
    const { port, argsOf } = await startServer({
      ...answers,
      transitions: { campaigns: async () => ({ ...stream, next: pending }) },
    })
    const client = await greetedSocket(port)
    const refused = client.answerTo('operation 50')
    for (let i = 0; i <= limits.socketOperationsMax; i++) client.subscribe(`operation ${i}`, subscription)
    expect(await refused).toMatchObject({
      type: 'error',
      payload: [{ extensions: { code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) } }],
    })
    expect(argsOf('transitions.campaigns')).toHaveLength(limits.socketOperationsMax)
    client.say({ type: 'complete', id: 'operation 7' })
    await rest(client)
  })
})

describe('a query over a WebSocket', () => {
  async function slow() {
    const server = await startSlowServer()
    const client = await greetedSocket(server.port)
    client.subscribe('1', slowDocument)
    await server.asked
    const { go, lines, plansAsked } = server
    return { ...client, go, lines, plansAsked }
  }

  test('whose client completes it is not carried out further', async () => {
    const { say, subscribe, answerTo, go, plansAsked } = await slow()
    say({ type: 'complete', id: '1' })
    // The same id may be used at once.
    const answered = answerTo('1')
    subscribe('1', '{ latestCursor }')
    expect(await answered).toMatchObject({ payload: { data: { latestCursor: 'cursor-0' } } })
    go.resolve()
    for (let i = 0; i < 20; i++) await turn()
    expect(plansAsked()).toBe(0)
  })

  test('whose client leaves is not carried out further', async () => {
    const { socket, go, plansAsked, lines } = await slow()
    socket.close()
    await once(socket, 'close')
    for (let i = 0; i < 20; i++) await turn()
    go.resolve()
    for (let i = 0; i < 20; i++) await turn()
    expect(plansAsked()).toBe(0)
    expect(lines).toEqual([])
  })

  test('whose client stays is', async () => {
    const { answerTo, go, plansAsked } = await slow()
    const answered = answerTo('1')
    go.resolve()
    expect(await answered).toMatchObject({ payload: { data: { campaigns: { nodes: [{ outplan: null }] } } } })
    expect(plansAsked()).toBe(1)
  })

  test('is answered as by HTTP where the answer is large, each client with its own', async () => {
    const rows = Array.from({ length: 500 }, (_, i) => fakeCampaign({ id: `campaign ${i}`, name: '":"kept text 1"' }))
    const { port, graphql } = await startServer({ campaigns: { page: async () => fakePage(rows) } })
    const query = '{ campaigns(first: 500) { nodes { id name } } missing: campaign(id: "a") { stats { success } } }'
    const byHttp = (await post(graphql, { query })).json()
    const clients = await Promise.all([greetedSocket(port), greetedSocket(port)])
    for (const { answerTo, subscribe } of clients) {
      const answered = answerTo(':"kept text 1"')
      subscribe(':"kept text 1"', query)
      expect((await answered).payload).toEqual(byHttp)
    }
  })
})

describe('refused', () => {
  test.each([
    ['http://elsewhere.example', 403],
    ['http://127.0.0.1:1', 403],
    ['null', 403],
    ['nonsense', 403],
  ])('a page of %s', async (origin, status) => {
    const { port } = await startServer()
    expect((await connectSocket(port, { headers: { origin } })).outcome).toBe(status)
  })

  test('no page of the server itself', async () => {
    const { port } = await startServer()
    const origin = `http://127.0.0.1:${port}`
    expect((await connectSocket(port, { headers: { origin } })).outcome).toBe('open')
  })

  test('a Host that is not ours, though the page is of the same', async () => {
    const { port } = await startServer()
    const headers = { host: 'evil.example', origin: 'http://evil.example' }
    expect((await connectSocket(port, { headers })).outcome).toBe(403)
  })

  test('another path', async () => {
    const { port } = await startServer()
    expect((await connectSocket(port, { path: '/graphql/ws' })).outcome).toBe(404)
  })

  test('another protocol', async () => {
    const { port } = await startServer()
    const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`)
    expect(await closeOf(socket)).toEqual([4406, 'Subprotocol not acceptable'])
  })

  test('a message that is too large', async () => {
    const { port } = await startServer()
    const { socket, say } = await connectSocket(port)
    say({ type: 'ping', payload: { text: 'x'.repeat(limits.socketMessageBytesMax) } })
    expect((await closeOf(socket))[0]).toBe(1009)
  })

  test('a message that is none', async () => {
    const { port } = await startServer()
    const { socket, say } = await connectSocket(port)
    say('{')
    expect(await closeOf(socket)).toEqual([4400, 'Invalid message received'])
  })

  test('an operation before the greeting', async () => {
    const { port } = await startServer()
    const { socket, say } = await connectSocket(port)
    say({ type: 'subscribe', id: '1', payload: { query: '{ latestCursor }' } })
    expect(await closeOf(socket)).toEqual([4401, 'Unauthorized'])
  })

  test('an operation under the id of another', async () => {
    const { answers, stream } = liveCampaign()
    const { port } = await startServer(answers)
    const { socket, say } = await connectSocket(port)
    say({ type: 'connection_init' })
    await once(socket, 'message')
    say({ type: 'subscribe', id: '1', payload: { query: subscription } })
    await stream.waiting()
    say({ type: 'subscribe', id: '1', payload: { query: subscription } })
    expect(await closeOf(socket)).toEqual([4409, 'Subscriber for 1 already exists'])
    await stream.returned
  })
})
