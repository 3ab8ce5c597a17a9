/** Subscribers in a process of their own that count what arrives, and say how long it took them all to have so many. */
import { once } from 'node:events'
import { createClient } from 'graphql-ws'
import WebSocket from 'ws'

export interface ReplayTask {
  readonly url: string
  readonly query: string
  /** Events that each subscriber waits for. */
  readonly events: number
  readonly subscribers: number
}

function follow({ url, query, events }: ReplayTask): Promise<void> {
  return new Promise((resolve, reject) => {
    const client = createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0 })
    let count = 0
    client.subscribe(
      { query },
      {
        next({ errors }) {
          if (errors !== undefined) reject(new Error(JSON.stringify(errors)))
          if (++count !== events) return
          resolve()
          client.dispose()
        },
        error: (error) => (count < events ? reject(error) : undefined),
        complete() {},
      },
    )
  })
}

process.once('disconnect', () => process.exit())
for (;;) {
  const [task] = (await once(process, 'message')) as [ReplayTask]
  const startedAt = performance.now()
  await Promise.all(Array.from({ length: task.subscribers }, () => follow(task)))
  process.send?.(performance.now() - startedAt)
}
