/** Many subscribers in a process of their own. What they do is in `SubscribersTask`; asked again, they say what they received. */
import { once } from 'node:events'
import { type Client, createClient } from 'graphql-ws'
import WebSocket from 'ws'
import { sharedClockMs } from './program.ts'

export interface SubscribersTask {
  readonly url: string
  readonly after: string
  /** Subscriber i follows campaign i, modulo, over socket i, modulo. */
  readonly campaignIds: readonly string[]
  readonly sockets: number
  readonly subscribers: number
  /** What is asked of each transition besides its cursor. */
  readonly fields: string
}

/** For each subscriber: the positions of the transitions it received, in their order, and when. */
export interface Received {
  readonly positions: readonly number[]
  readonly atMs: readonly number[]
}

/** The position that a cursor of the log is sealed around: readable to whoever decodes it, as kernel/cursor.ts says. */
function positionOf(cursor: string): number {
  const [, position] = JSON.parse(Buffer.from(cursor, 'base64url').subarray(9).toString())
  return position
}

function connect(url: string): Promise<Client> {
  return new Promise((resolve) => {
    const client = createClient({
      url,
      webSocketImpl: WebSocket,
      lazy: false,
      on: { connected: () => resolve(client) },
    })
  })
}

const [task] = (await once(process, 'message')) as [SubscribersTask]
const clients: Client[] = []
for (let i = 0; i < task.sockets; i++) clients.push(await connect(task.url))
const query = `subscription ($campaignId: ID!, $after: String!) {
  campaigncallTransitioned(campaignId: $campaignId, after: $after) { cursor ${task.fields} } }`
const received = Array.from({ length: task.subscribers }, (_, i) => {
  const own: { positions: number[]; atMs: number[] } = { positions: [], atMs: [] }
  const campaignId = task.campaignIds[i % task.campaignIds.length]
  clients[i % clients.length]?.subscribe<{ campaigncallTransitioned: { cursor: string } }>(
    { query, variables: { campaignId, after: task.after } },
    {
      next({ data, errors }) {
        own.atMs.push(sharedClockMs())
        if (!data) throw new Error(JSON.stringify(errors))
        own.positions.push(positionOf(data.campaigncallTransitioned.cursor))
      },
      error(error) {
        throw error
      },
      complete() {},
    },
  )
  return own
})
process.send?.('subscribed')
await once(process, 'message')
process.send?.(received satisfies Received[])
await once(process, 'disconnect')
for (const client of clients) await client.dispose()
