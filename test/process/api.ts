import { type Client, createClient } from 'graphql-ws'
import { WebSocket } from 'ws'

/** Asks the API of a program; throws where it answers with errors. */
// biome-ignore lint/suspicious/noExplicitAny: a test says of each answer what it looks like.
export async function ask(url: string, query: string, variables: Record<string, unknown> = {}): Promise<any> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: JSON.stringify({ query, variables }),
  })
  const { data, errors } = (await response.json()) as { data?: unknown; errors?: readonly unknown[] }
  if (errors !== undefined) throw Object.assign(new Error(JSON.stringify(errors)), { errors })
  return data
}

/** Runs a campaign; throws what is wrong with it, if anything is. */
export async function runCampaign(url: string, id: string): Promise<void> {
  const query = 'mutation ($id: ID!) { campaignRun(id: $id) { userErrors { message } } }'
  const { campaignRun } = await ask(url, query, { id })
  if (campaignRun.userErrors.length > 0) throw new Error(JSON.stringify(campaignRun.userErrors))
}

export interface EngineSeen {
  readonly state: string
  readonly reason: string | null
  readonly here: boolean
  readonly term: number
  readonly unknown: number
}

export async function engineAt(url: string): Promise<EngineSeen> {
  return (await ask(url, '{ engine { state reason here term unknown } }')).engine
}

/** The status of /ready, and what it says. */
export async function readyAt(url: string): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await fetch(`${url}/ready`, { headers: { connection: 'close' } })
  return { status: response.status, body: await response.json() }
}

function connectTo(url: string): Client {
  return createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
  })
}

/** A step of a call, as a subscriber receives it. */
export interface Received {
  readonly callId: string
  readonly version: number
  readonly event: string
}

/** Somebody who follows every call over many lives of the program, from the cursor of what came last. */
export interface Follower {
  readonly received: readonly Received[]
  follow(url: string): Following
  /** Settles when so many steps have come; rejects when the connection ends before. */
  until(count: number): Promise<void>
  /** Settles when one that matches has come, later than so many others; rejects when the connection ends before. */
  untilSome(matches: (step: Received) => boolean, after: number): Promise<void>
}

interface Following {
  /** Settles when the connection is made, or cannot be. */
  readonly connected: Promise<void>
  /** Settles once the connection has ended, however it did; rejects where the cursor is refused. */
  readonly ended: Promise<void>
}

const followQuery = `subscription ($after: String) {
  campaigncallTransitioned(after: $after) { cursor version event campaigncall { id } }
}`

interface Step {
  readonly cursor: string
  readonly version: number
  readonly event: string
  readonly campaigncall: { readonly id: string }
}

/** `after` is where it begins: the latestCursor of before the first call. */
export function createFollower(after: string): Follower {
  const received: Received[] = []
  const looks = new Set<() => void>()
  let cursor = after
  let isConnected = false

  function lookAll(): void {
    for (const look of looks) look()
  }

  function untilTrue(isTrue: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const isDone = isTrue()
        if (!isDone && isConnected) return
        looks.delete(look)
        if (isDone) resolve()
        else reject(new Error(`the stream ended after ${received.length} steps`))
      }
      looks.add(look)
      look()
    })
  }

  async function receive(client: Client): Promise<void> {
    const steps = client.iterate<{ campaigncallTransitioned: Step }>({
      query: followQuery,
      variables: { after: cursor },
    })
    for await (const { data, errors } of steps) {
      if (errors !== undefined || !data) throw errors
      const { cursor: next, version, event, campaigncall } = data.campaigncallTransitioned
      received.push({ callId: campaigncall.id, version, event })
      cursor = next
      lookAll()
    }
  }

  return {
    received,
    follow(url) {
      const client = connectTo(url)
      isConnected = true
      const acknowledged = new Promise<void>((resolve) => client.on('connected', () => resolve()))
      const ended = receive(client)
        .catch((error: unknown) => {
          // GraphQL's own errors come as an array. All else is the connection of a program that was killed.
          if (Array.isArray(error)) throw new Error(JSON.stringify(error))
        })
        .finally(() => {
          isConnected = false
          lookAll()
          return client.dispose()
        })
      return { connected: Promise.race([acknowledged, ended]), ended }
    },
    until: (count) => untilTrue(() => received.length >= count),
    untilSome(matches, after) {
      let place = after
      return untilTrue(() => {
        while (place < received.length) if (matches(received[place++] as Received)) return true
        return false
      })
    },
  }
}

/** Settles when the campaign has come to that status, from the cursor on. Rejects when the connection ends before. */
export async function untilCampaign(url: string, { id, status, after }: { id: string; status: string; after: string }) {
  const client = connectTo(url)
  const query = `subscription ($id: ID!, $after: String) {
    campaignTransitioned(campaignId: $id, after: $after) { to }
  }`
  try {
    const steps = client.iterate<{ campaignTransitioned: { to: string } }>({ query, variables: { id, after } })
    for await (const { data, errors } of steps) {
      if (errors !== undefined) throw new Error(JSON.stringify(errors))
      if (data?.campaignTransitioned.to === status) return
    }
    throw new Error(`the stream ended before the campaign was ${status}`)
  } finally {
    await client.dispose()
  }
}
