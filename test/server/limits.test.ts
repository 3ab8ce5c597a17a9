import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { turn } from './live-campaign.ts'
import { slowDocument, startSlowServer } from './slow-server.ts'
import { post, startServer } from './start-server.ts'

describe('a query that takes its time', () => {
  const slowQuery = { query: slowDocument }

  test('is not carried out further once its client has gone', async () => {
    const { port, asked, go, plansAsked } = await startSlowServer()
    const body = JSON.stringify(slowQuery)
    const socket = connect(port, '127.0.0.1')
    socket.write(
      `POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    await asked
    socket.destroy()
    await once(socket, 'close')
    for (let i = 0; i < 50; i++) await turn()
    go.resolve()
    for (let i = 0; i < 50; i++) await turn()
    expect(plansAsked()).toBe(0)
  })

  test('is carried out for a client that waits', async () => {
    const { graphql, asked, go, plansAsked } = await startSlowServer()
    const answer = post(graphql, slowQuery)
    await asked
    go.resolve()
    expect((await answer).json()).toEqual({ data: { campaigns: { nodes: [{ outplan: null }] } } })
    expect(plansAsked()).toBe(1)
  })
})

describe('a query that costs too much', () => {
  const tooMuch = '{ campaigns(first: 500) { nodes { id campaigncalls(first: 500) { nodes { id } } } } }'

  test('is refused before anything is read, with what it costs and what the limit is', async () => {
    const { graphql, calls } = await startServer()
    for (const [accept, status] of [
      ['application/json', 200],
      ['application/graphql-response+json', 400],
    ]) {
      const answer = await post(graphql, { query: tooMuch }, { accept: String(accept) })
      expect(answer.status).toBe(status)
      const extensions = { code: 'TOO_COMPLEX', cost: 275_601, limit: 20_000 }
      expect(answer.json()).toEqual({ errors: [{ message: expect.any(String), extensions }] })
    }
    expect(calls).toEqual([])
  })

  test('as server-sent events is refused likewise', async () => {
    const { graphql, calls } = await startServer()
    const query = 'subscription { campaignTransitioned { campaign { campaigncalls(first: 500) { nodes { id } } } } }'
    const answer = await post(graphql, { query }, { accept: 'text/event-stream' })
    expect(answer.text).toContain('"code":"TOO_COMPLEX","cost":553,"limit":500')
    expect(calls).toEqual([])
  })
})
