import { type Client, createClient } from 'graphql-ws'
import WebSocket from 'ws'
import { silentLog } from '../../src/kernel/log.ts'
import { createServer } from '../../src/server/server.ts'
import { createWorld, type WorldOptions } from '../support/world.ts'

export type Data = Record<string, unknown>

export interface Answer<Shape = Data> {
  readonly data?: Shape | null
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[]
}

/** A whole system on a simulated clock, served over real sockets. */
export async function createServedWorld(options: WorldOptions = {}) {
  const world = await createWorld(options)
  const { app, effects } = world
  const server = createServer({ app, effects, log: silentLog, host: '127.0.0.1', port: 0, graphiql: false })
  const { url } = await server.start()
  const clients: Client[] = []
  return {
    ...world,
    url,
    /** One operation over HTTP. */
    async ask<Shape = Data>(query: string, variables?: Data): Promise<Answer<Shape>> {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
      })
      return (await response.json()) as Answer<Shape>
    },
    /** The data of an operation that has no errors. */
    async must<Shape = Data>(query: string, variables?: Data): Promise<Shape> {
      const { data, errors } = await this.ask<Shape>(query, variables)
      if (errors || !data) throw new Error(JSON.stringify(errors))
      return data
    },
    /** A client of graphql-ws, connected. */
    async connect(): Promise<Client> {
      return new Promise((resolve, reject) => {
        const client = createClient({
          url: `${url.replace('http', 'ws')}/graphql`,
          webSocketImpl: WebSocket,
          lazy: false,
          retryAttempts: 0,
          onNonLazyError: reject,
          on: { connected: () => resolve(client) },
        })
        clients.push(client)
      })
    },
    async close() {
      for (const client of clients) await client.dispose()
      const stopped = server.stop()
      await effects.settle()
      await stopped
      await world.close()
    },
  }
}

export type ServedWorld = Awaited<ReturnType<typeof createServedWorld>>
