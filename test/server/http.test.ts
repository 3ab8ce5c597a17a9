import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { RequestError, StorageFailure } from '../../src/kernel/errors.ts'
import { limits } from '../../src/limits.ts'
import { anEngine, fakePage } from '../graphql/fake-app.ts'
import { fakeCampaign } from '../graphql/fake-objects.ts'
import { post, send, startServer } from './start-server.ts'

const campaigns = { page: async () => fakePage([fakeCampaign()]), run: async () => ({ value: null, errors: [] }) }
const query = '{ campaigns { nodes { name } } }'
const data = { campaigns: { nodes: [{ name: 'Autumn' }] } }
const coded = (code: string, message: unknown = expect.any(String)) => ({ errors: [{ message, extensions: { code } }] })
const badInput = coded('BAD_USER_INPUT')

describe('a query', () => {
  test('is answered by POST', async () => {
    const { graphql } = await startServer({ campaigns })
    const answer = await post(graphql, { query })
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/json; charset=utf-8' } })
    expect(answer.json()).toEqual({ data })
  })

  test('is answered by GET', async () => {
    const { graphql } = await startServer({ campaigns })
    const variables = encodeURIComponent('{"first": 1}')
    const asked = encodeURIComponent('query ($first: Int) { campaigns(first: $first) { nodes { name } } }')
    const answer = await send(`${graphql}?query=${asked}&variables=${variables}`)
    expect(answer.json()).toEqual({ data })
  })

  test('that meets a defect says nothing of it', async () => {
    const { graphql, lines } = await startServer({
      campaigns: {
        page: async () => {
          throw new Error('SELECT * FROM secret')
        },
      },
    })
    const answer = await post(graphql, { query })
    expect(answer.json()).toMatchObject({ data: null, ...coded('INTERNAL_SERVER_ERROR', 'Internal server error.') })
    expect(answer.text).not.toMatch(/secret|stack/)
    expect(lines).toHaveLength(1)
  })

  test.each(['application/json', 'application/graphql-response+json'])(
    'that finds the database busy is answered with 503 and Retry-After, as %s',
    async (accept) => {
      const page = async () => {
        throw new StorageFailure('locked')
      }
      const { graphql } = await startServer({ campaigns: { ...campaigns, page } })
      const answer = await post(graphql, { query }, { accept })
      expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' } })
      const extensions = { code: 'TRY_AGAIN', retryAfterMs: 1000 }
      expect(answer.json()).toEqual({
        data: null,
        errors: [{ message: expect.any(String), path: ['campaigns'], locations: [{ line: 1, column: 3 }], extensions }],
      })
    },
  )

  test('that finds the database busy in a part of it is answered with the rest', async () => {
    const byIds = async () => {
      throw new StorageFailure('locked')
    }
    const { graphql } = await startServer({ campaigns: { ...campaigns, byIds } })
    const answer = await post(graphql, { query: '{ campaigns { nodes { name } } campaign(id: "a") { id } }' })
    expect(answer).toMatchObject({ status: 200 })
    expect(answer.headers['retry-after']).toBeUndefined()
    expect(answer.json()).toMatchObject({ data, errors: [{ extensions: { code: 'TRY_AGAIN', retryAfterMs: 1000 } }] })
  })

  test('with a RequestError carries its code', async () => {
    const { graphql } = await startServer({
      campaigns: {
        page: async () => {
          throw new RequestError('BAD_CURSOR', 'Another list.')
        },
      },
    })
    expect((await post(graphql, { query })).json()).toMatchObject({
      data: null,
      ...coded('BAD_CURSOR', 'Another list.'),
    })
  })
})

test('what an operation costs is told in a header', async () => {
  const { graphql } = await startServer({ campaigns })
  expect((await post(graphql, { query })).headers['dialgraph-cost']).toBe('56')
})

test('a large answer is written as a small one is, errors included', async () => {
  const rows = Array.from({ length: 300 }, (_, i) =>
    fakeCampaign({ id: `${i}`, name: `Çampaign "${i}" \u2028`, outplanId: 'a' }),
  )
  const { graphql } = await startServer({
    campaigns: { page: async () => fakePage(rows) },
    outplans: {
      byIds: async () => {
        throw new RequestError('BAD_USER_INPUT', 'Not now.')
      },
    },
  })
  const answer = await post(graphql, {
    query: '{ campaigns(first: 300) { nodes { id name } } outplan(id: "a") { id } }',
  })
  expect(answer.status).toBe(200)
  expect(answer.json()).toEqual({
    errors: [
      {
        message: 'Not now.',
        locations: [{ line: 1, column: 47 }],
        path: ['outplan'],
        extensions: { code: 'BAD_USER_INPUT' },
      },
    ],
    data: { campaigns: { nodes: rows.map(({ id, name }) => ({ id, name })) }, outplan: null },
  })
  expect(Number(answer.headers['content-length'])).toBe(answer.body.length)
})

test.each(['application/json; charset=utf-8', 'Application/JSON', 'application/json ;charset=utf-8'])(
  '%s is JSON',
  async (contentType) => {
    const { graphql } = await startServer({ campaigns })
    expect((await post(graphql, { query }, { 'content-type': contentType })).json()).toEqual({ data })
  },
)

describe('a request that makes no sense has a code of ours', () => {
  const accept = 'application/graphql-response+json'
  test.each([
    ['syntax', { query: '{' }, 'GRAPHQL_PARSE_FAILED'],
    ['more tokens than anybody reads', { query: '{a'.repeat(20_000) }, 'TOO_COMPLEX'],
    ['an unknown field', { query: '{ nothing }' }, 'GRAPHQL_VALIDATION_FAILED'],
    [
      'a subscription that may be skipped',
      { query: 'subscription ($on: Boolean!) { campaignTransitioned @skip(if: $on) { cursor } }' },
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'a variable of another type',
      { query: 'query ($a: Int) { campaigns(first: $a) { totalCount } }', variables: { a: 'x' } },
      'BAD_USER_INPUT',
    ],
    ['an operation that is not there', { query, operationName: 'B' }, 'BAD_USER_INPUT'],
    ['no query', {}, 'BAD_USER_INPUT'],
    ['an unknown parameter', { query, colour: 1 }, 'BAD_USER_INPUT'],
    ['variables that are no object', { query, variables: 5 }, 'BAD_USER_INPUT'],
    ['a batch', [{ query }], 'BAD_USER_INPUT'],
    ['a number', 5, 'BAD_USER_INPUT'],
    ['null', null, 'BAD_USER_INPUT'],
    ['no JSON', '{"query":', 'BAD_USER_INPUT'],
    ['nothing', '', 'BAD_USER_INPUT'],
  ])('%s', async (_what, body, code) => {
    const { graphql, lines } = await startServer({ campaigns })
    const answer = await post(graphql, body, { accept })
    expect(answer.json()).toMatchObject({ errors: [{ extensions: { code } }] })
    expect(answer.status).toBe(400)
    expect(lines).toEqual([])
  })

  test('variables in a URL that are no JSON', async () => {
    const { graphql, lines } = await startServer({ campaigns })
    const answer = await send(`${graphql}?query=${encodeURIComponent(query)}&variables={`)
    expect(answer.status).toBe(400)
    expect(answer.json()).toMatchObject(badInput)
    expect(lines).toEqual([])
  })
})

describe('refused', () => {
  test('a mutation by GET, before it does anything', async () => {
    const { graphql, calls } = await startServer({ campaigns })
    const mutation = encodeURIComponent('mutation { campaignRun(id: "a") { userErrors { code } } }')
    const answer = await send(`${graphql}?query=${mutation}`)
    expect(answer.status).toBe(405)
    expect(answer.json()).toMatchObject(badInput)
    expect(calls).toEqual([])
    const sent = await post(graphql, { query: decodeURIComponent(mutation) })
    expect(sent.json()).toEqual({ data: { campaignRun: { userErrors: [] } } })
  })

  test.each([
    ['a form', 'application/x-www-form-urlencoded', 'query=%7BlatestCursor%7D'],
    [
      'a multipart form',
      'multipart/form-data; boundary=x',
      '--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n{"query":"{latestCursor}"}\r\n--x--',
    ],
    ['plain text', 'text/plain', '{"query":"{latestCursor}"}'],
    ['graphql', 'application/graphql', '{latestCursor}'],
    ['no content type', undefined, '{"query":"{latestCursor}"}'],
  ])('%s', async (_what, contentType, body) => {
    const { graphql, calls } = await startServer()
    const headers = contentType === undefined ? {} : { 'content-type': contentType }
    const answer = await send(graphql, { method: 'POST', headers, body })
    expect(answer.status).toBe(415)
    expect(answer.json()).toEqual(coded('BAD_USER_INPUT', 'The content-type of a POST must be application/json.'))
    expect(calls).toEqual([])
  })

  test.each(['PUT', 'DELETE', 'OPTIONS', 'HEAD'])('%s', async (method) => {
    const { graphql } = await startServer()
    const answer = await send(graphql, { method, headers: { origin: 'http://elsewhere.example' } })
    expect(answer.status).toBe(405)
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  })

  test.each([
    ['with its length told', (body: string) => ({ body, headers: { 'content-length': body.length } })],
    ['in chunks', (body: string) => ({ body: [body.slice(0, 1000), body.slice(1000)], headers: {} })],
  ])('a body that is too large, %s', async (_how, shape) => {
    const { graphql, calls, url } = await startServer()
    const { body, headers } = shape(
      JSON.stringify({ query: `{ latestCursor } # ${'x'.repeat(limits.requestBytesMax)}` }),
    )
    const answer = await send(graphql, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    })
    expect(answer.status).toBe(413)
    expect(answer.json()).toEqual(
      coded('TOO_LARGE', `The body of a request has at most ${limits.requestBytesMax} bytes.`),
    )
    expect(calls).toEqual([])
    expect((await send(`${url}/health`)).status).toBe(200)
  })

  test('no body that is just within the limit', async () => {
    const { graphql } = await startServer()
    const start = '{ latestCursor } # '
    const rest = limits.requestBytesMax - JSON.stringify({ query: start }).length
    const answer = await post(graphql, { query: start + 'x'.repeat(rest) })
    expect(answer.json()).toEqual({ data: { latestCursor: 'cursor-0' } })
  })
})

describe('the Host header', () => {
  test.each([
    'evil.example',
    'evil.example:4000',
    '10.0.0.1',
    '[',
    'a b',
    'localhost/@evil',
    'localhost#',
    'localhost;x',
    'user@localhost',
    'localhost.evil.example',
  ])('%s is not answered to', async (host) => {
    const { url, calls } = await startServer()
    for (const path of ['/graphql?query={latestCursor}', '/health']) {
      const answer = await send(url + path, { headers: { host } })
      expect(answer.status).toBe(403)
      expect(answer.json()).toHaveProperty('error')
    }
    expect(calls).toEqual([])
  })

  test.each(['localhost', 'localhost:1', 'LOCALHOST', '127.0.0.1', '[::1]:4000', '127.0.0.2'])(
    '%s is answered to',
    async (host) => {
      const { url } = await startServer()
      expect((await send(`${url}/health`, { headers: { host } })).status).toBe(200)
    },
  )

  test('may be missing, as in HTTP/1.0', async () => {
    const { port } = await startServer({ campaigns })
    const socket = connect(port, '127.0.0.1')
    socket.end(`GET /graphql?query=${encodeURIComponent(query)} HTTP/1.0\r\n\r\n`)
    expect(await text(socket)).toContain(JSON.stringify({ data }))
  })

  test('may be any name where the server is bound to more than this machine', async () => {
    const { port } = await startServer({}, { host: '0.0.0.0' })
    const url = `http://127.0.0.1:${port}/health`
    expect((await send(url, { headers: { host: 'dialer.example' } })).status).toBe(200)
    expect((await send(url, { headers: { host: '[' } })).status).toBe(403)
  })
})

describe('around the API', () => {
  test('foreign pages are given no leave', async () => {
    const { graphql } = await startServer({ campaigns })
    const answer = await post(graphql, { query }, { origin: 'http://elsewhere.example' })
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  })

  test('/health says that the process is alive', async () => {
    const { url, calls } = await startServer()
    const answer = await send(`${url}/health?x=1`)
    expect([answer.status, answer.json()]).toEqual([200, { status: 'ok' }])
    expect(calls).toEqual([])
  })

  test('/ready says whether the database answers', async () => {
    let broken = false
    const { url, lines } = await startServer({
      probe: async () => {
        if (broken) throw new RequestError('STORAGE_FULL', 'The disk is full.')
        return anEngine
      },
    })
    const ready = await send(`${url}/ready`)
    expect([ready.status, ready.json()]).toEqual([200, { status: 'ready', engine: { state: 'RUNNING', reason: null } }])
    broken = true
    const unready = await send(`${url}/ready`)
    expect([unready.status, unready.json()]).toEqual([503, { status: 'unavailable' }])
    expect(lines).toMatchObject([{ level: 'warn' }])
  })

  test('/ready fails for an engine that stopped itself in this process, and says why', async () => {
    let here = true
    const { url } = await startServer({
      probe: async () => ({ ...anEngine, here, state: 'HALTED', reason: 'A clock.' }),
    })
    const halted = await send(`${url}/ready`)
    const engine = { state: 'HALTED', reason: 'A clock.' }
    expect([halted.status, halted.json()]).toEqual([503, { status: 'halted', engine }])
    here = false
    const elsewhere = await send(`${url}/ready`)
    expect([elsewhere.status, elsewhere.json()]).toEqual([200, { status: 'ready', engine }])
  })

  test.each(['/', '/graphql/', '/graphql/x', '/graphiql', '/favicon.ico', '//graphql', '/health/'])(
    '%s is not there',
    async (path) => {
      const { url } = await startServer()
      const answer = await send(url + path, { headers: { accept: 'text/html' } })
      expect([answer.status, answer.json()]).toEqual([
        404,
        { error: 'There is nothing at this path. The API is at /graphql.' },
      ])
    },
  )

  test('a request target that is no path breaks nothing', async () => {
    const { port } = await startServer()
    const socket = connect(port, '127.0.0.1')
    socket.end('GET http://evil.example/graphql HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 404 /)
  })

  test('GraphiQL is not there when it is off', async () => {
    const { graphql } = await startServer()
    const answer = await send(graphql, { headers: { accept: 'text/html' } })
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.text).not.toContain('<html')
  })
})
