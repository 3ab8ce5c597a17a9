import { once } from 'node:events'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { post, send, startServer } from './start-server.ts'

const path = `?query=${encodeURIComponent('{ latestCursor }')}`
const data = { data: { latestCursor: 'cursor-0' } }
const listed = 'http://localhost:5173'
const foreign = 'http://elsewhere.example'
const allowedOrigins = [listed]
const json = { 'content-type': 'application/json' }

type Headers = Readonly<Record<string, string>>

describe('a query by GET', () => {
  /** How it is answered, where it comes with these headers. */
  async function answerTo(headers: Headers) {
    const { graphql, calls } = await startServer({}, { allowedOrigins })
    const answer = await send(`${graphql}${path}`, { headers })
    return { answer, calls }
  }

  test.each<[string, Headers]>([
    ['a program, which tells of no origin', {}],
    ['a page of ours', { 'sec-fetch-site': 'same-origin' }],
    ['a page that has asked beforehand, as it has to for JSON', { 'sec-fetch-site': 'cross-site', ...json }],
    ['a page of Apollo Client', { 'sec-fetch-site': 'cross-site', 'apollo-require-preflight': 'true' }],
    ['a page that knows Yoga', { 'sec-fetch-site': 'same-site', 'x-graphql-yoga-csrf': '1' }],
    ['a page of a listed origin', { 'sec-fetch-site': 'same-site', origin: listed }],
    ['an older browser, of a listed origin', { origin: listed }],
  ])('from %s is answered', async (_who, headers) => {
    const { answer } = await answerTo(headers)
    expect([answer.status, answer.json()]).toEqual([200, data])
  })

  test('from a page of ours in an older browser is answered', async () => {
    const { graphql, url } = await startServer()
    expect((await send(`${graphql}${path}`, { headers: { origin: url } })).json()).toEqual(data)
  })

  test.each<[string, Headers]>([
    ['an image of a foreign page', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }],
    ['an image of a page on another port', { 'sec-fetch-site': 'same-site' }],
    ['an image of a page of a listed origin, which it does not name', { 'sec-fetch-site': 'same-site' }],
    ['a link that a person was made to follow', { 'sec-fetch-site': 'none' }],
    ['a foreign page in an older browser', { origin: foreign }],
    ['a page on another port in an older browser', { origin: 'http://127.0.0.1:1' }],
    ['a sandboxed frame', { origin: 'null' }],
    ['a sandboxed frame that says that it has asked', { origin: 'null', ...json, 'apollo-require-preflight': 'true' }],
    ['a page that leaves the header empty', { 'sec-fetch-site': 'cross-site', 'apollo-require-preflight': '' }],
    ['a form', { 'sec-fetch-site': 'cross-site', 'content-type': 'text/plain' }],
  ])('from %s is not carried out', async (_who, headers) => {
    const { answer, calls } = await answerTo(headers)
    expect(answer.status).toBe(403)
    expect(answer.json()).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] })
    expect(calls).toEqual([])
  })
})

test('a subscription by GET is not opened, whoever asks', async () => {
  const { graphql, calls } = await startServer()
  const subscription = encodeURIComponent('subscription { campaignTransitioned { cursor } }')
  for (const headers of [{}, { accept: 'text/event-stream' }, { 'sec-fetch-site': 'same-origin' }]) {
    const answer = await send(`${graphql}?query=${subscription}`, { headers })
    expect(answer.status).toBe(405)
    expect(answer.headers.allow).toBe('POST')
    expect(answer.text).toContain('Send a subscription by POST or over WebSocket.')
  }
  expect(calls).toEqual([])
})

test('a POST from a sandboxed frame is not carried out', async () => {
  const { graphql, calls } = await startServer({}, { allowedOrigins })
  const answer = await post(graphql, { query: '{ latestCursor }' }, { origin: 'null' })
  expect(answer.status).toBe(403)
  expect(calls).toEqual([])
})

describe('a page of another origin', () => {
  const cors = (headers: object) =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('access-control')))

  test('that is listed may ask, and read the answer, without credentials', async () => {
    const { graphql } = await startServer({}, { allowedOrigins })
    const asked = { origin: listed, 'access-control-request-method': 'POST' }
    const preflight = await send(graphql, { method: 'OPTIONS', headers: asked })
    expect([preflight.status, preflight.text]).toEqual([204, ''])
    expect(cors(preflight.headers)).toEqual({
      'access-control-allow-origin': listed,
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'content-type, accept, apollo-require-preflight, x-graphql-yoga-csrf',
      'access-control-expose-headers': 'dialgraph-cost, retry-after',
      'access-control-max-age': '7200',
    })
    const answer = await post(graphql, { query: '{ latestCursor }' }, { origin: listed })
    expect(answer.json()).toEqual(data)
    expect(answer.headers).toMatchObject({ 'access-control-allow-origin': listed, 'dialgraph-cost': '1' })
    expect(answer.headers.vary).toMatch(/\borigin\b/i)
    const refused = await post(graphql, 'no JSON', { origin: listed })
    expect(cors(refused.headers)).toMatchObject({ 'access-control-allow-origin': listed })
  })

  test.each([
    foreign,
    'http://localhost:5174',
    'https://localhost:5173',
    'http://localhost:5173.elsewhere.example',
    'null',
  ])('that is not listed is given no leave: %s', async (origin) => {
    const { graphql } = await startServer({}, { allowedOrigins })
    const headers = { origin, 'access-control-request-method': 'POST' }
    const preflight = await send(graphql, { method: 'OPTIONS', headers })
    expect(preflight.status).toBe(405)
    expect(cors(preflight.headers)).toEqual({})
    const answer = await post(graphql, { query: '{ latestCursor }' }, { origin })
    expect(cors(answer.headers)).toEqual({})
    expect(answer.headers.vary).toMatch(/\borigin\b/i)
  })

  test('is given no leave where none is listed', async () => {
    const { graphql } = await startServer()
    const answer = await post(graphql, { query: '{ latestCursor }' }, { origin: listed })
    expect(cors(answer.headers)).toEqual({})
  })

  test('that is listed is given none under a foreign Host: a name that was rebound would be of one origin with us', async () => {
    const { graphql } = await startServer({}, { allowedOrigins: [foreign] })
    const answer = await post(graphql, { query: '{ latestCursor }' }, { origin: foreign, host: 'elsewhere.example' })
    expect([answer.status, cors(answer.headers)]).toEqual([403, {}])
  })

  test.each([
    [listed, 'open'],
    [foreign, 403],
    ['http://localhost:5174', 403],
    ['null', 403],
  ])('opens a WebSocket where it is listed: %s', async (origin, outcome) => {
    const { port } = await startServer({}, { allowedOrigins })
    const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws', { headers: { origin } })
    onTestFinished(() => socket.terminate())
    const found = await Promise.race([
      once(socket, 'open').then(() => 'open'),
      once(socket, 'unexpected-response').then(([, response]) => response.statusCode as number),
    ])
    expect(found).toBe(outcome)
  })
})
