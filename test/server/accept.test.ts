import { describe, expect, test } from 'vitest'
import { acceptableOf, acceptHeaderOf } from '../../src/server/accept.ts'
import { post, startServer } from './start-server.ts'

const plain = 'application/json'
const typed = 'application/graphql-response+json'

test.each([
  [undefined, plain, true],
  ['*/*', plain, true],
  ['application/*', plain, false],
  [plain, plain, false],
  [typed, typed, false],
  [`${typed}, ${plain};q=0.9`, typed, false],
  [`${plain};q=0.9, ${typed}`, typed, false],
  [`${plain}, ${typed}`, plain, false],
  [`${typed}, */*;q=0.1`, typed, true],
  [`${typed};q=0, */*`, plain, true],
  [`${plain};q=0, */*`, typed, true],
  ['APPLICATION/JSON ; charset="UTF-8"', plain, false],
  ['text/event-stream', null, true],
  [`${typed}, application/graphql+json, ${plain}, text/event-stream, multipart/mixed`, typed, true],
  ['text/event-stream;q=0, */*', plain, false],
  ['text/*', null, true],
  ['application/json; charset=latin1', null, false],
  ['application/json;q=0', null, false],
  ['application/json;q=much', null, false],
  ['text/html', null, false],
  ['', null, false],
])('who accepts %j is answered in %s, and server-sent events: %s', (accept, json, events) => {
  expect(acceptableOf(accept)).toEqual({ json, events })
  const written = acceptHeaderOf({ json, events } as ReturnType<typeof acceptableOf>)
  if (written !== '') expect(acceptableOf(written)).toEqual({ json, events })
})

describe('a client that accepts nothing that there is', () => {
  test.each(['text/html', 'application/json; charset=latin1', 'multipart/mixed'])(
    'is told so as a GraphQL error, before anything is done: %s',
    async (accept) => {
      const { graphql, calls } = await startServer()
      const answer = await post(
        graphql,
        { query: 'mutation { campaignRun(id: "a") { userErrors { code } } }' },
        { accept },
      )
      expect(answer.status).toBe(406)
      expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
      expect(answer.json()).toEqual({
        errors: [{ message: expect.stringContaining(typed), extensions: { code: 'BAD_USER_INPUT' } }],
      })
      expect(calls).toEqual([])
    },
  )
})

describe('a body that cannot be read', () => {
  test.each([plain, typed, '*/*', 'text/event-stream'])('has status 400, also for who accepts %s', async (accept) => {
    const { graphql } = await startServer()
    for (const body of ['', '{', '"{}"', '[]', '{"query": 5}', '{}']) {
      const answer = await post(graphql, body, { accept })
      expect([body, answer.status]).toEqual([body, 400])
      expect(answer.text).toContain('"code":"BAD_USER_INPUT"')
    }
  })

  test.each(['gzip', 'br', 'deflate', 'zstd', 'nonsense', 'gzip, identity'])(
    'because it is compressed has status 415: %s',
    async (encoding) => {
      const { graphql, calls } = await startServer()
      const answer = await post(graphql, { query: '{ latestCursor }' }, { 'content-encoding': encoding })
      expect(answer.status).toBe(415)
      expect(answer.headers['accept-encoding']).toBe('identity')
      expect(answer.json()).toEqual({
        errors: [{ message: 'The body of a request must not be compressed.', extensions: { code: 'BAD_USER_INPUT' } }],
      })
      expect(calls).toEqual([])
    },
  )

  test('is none where it says that it is not compressed', async () => {
    const { graphql } = await startServer()
    const answer = await post(graphql, { query: '{ latestCursor }' }, { 'content-encoding': 'identity' })
    expect(answer.status).toBe(200)
  })
})
