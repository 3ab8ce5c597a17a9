import { inTime } from '../kernel/deadline.ts'
import type { Effects } from '../kernel/effects.ts'
import type { Log } from '../kernel/log.ts'
import { createReconnecting } from '../kernel/reconnecting.ts'
import { type MessageCentre, type MessageSession, openMessageSession } from './message-session.ts'

export interface MessageLinkOptions {
  readonly server: MessageCentre
  readonly effects: Pick<Effects, 'timer' | 'monotonic'>
  readonly log: Log
}

/** Keeps a session with the message centre, from the first time one is asked for. */
export interface MessageLink {
  /** A session that is bound, or null if none is within that time. */
  session(withinMs: number): Promise<MessageSession | null>
  /** Why no session is bound. */
  trouble(): string
  close(): void
}

const pauseMaxMs = 30_000
const steadyMs = 10_000

/** Connects again with growing pauses, and says in the log when that begins and when it succeeds. */
export function createMessageLink({ server, effects, log }: MessageLinkOptions): MessageLink {
  const { host, port } = server
  const waiting = new Set<(session: MessageSession | null) => void>()
  let session: MessageSession | null = null
  let state: 'NEW' | 'STARTED' | 'CLOSED' = 'NEW'
  const reconnecting = createReconnecting({
    ...{ peer: 'message centre', address: `${host}:${port}`, effects, pauseMaxMs, steadyMs, connect },
    outOfReach: (detail) => log.warn({ host, port, detail }, 'the message centre is out of reach'),
  })

  function connect(): void {
    const opened = openMessageSession({
      ...{ server, effects },
      onBound() {
        reconnecting.connected()
        log.info({ host, port }, 'bound to the message centre')
        for (const resolve of waiting) resolve(opened)
      },
      onLost(detail) {
        session = null
        reconnecting.lost(detail)
      },
    })
    session = opened
  }

  return {
    async session(withinMs) {
      if (state === 'CLOSED') return null
      if (reconnecting.isConnected) return session
      if (state === 'NEW') {
        state = 'STARTED'
        reconnecting.start()
      }
      let resolve: (session: MessageSession | null) => void = () => {}
      const bound = new Promise<MessageSession | null>((settle) => {
        resolve = settle
      })
      waiting.add(resolve)
      try {
        return await inTime(effects, bound, withinMs)
      } finally {
        waiting.delete(resolve)
      }
    },
    trouble: () => reconnecting.trouble ?? 'not connected yet',
    close() {
      state = 'CLOSED'
      reconnecting.stop()
      session?.close()
      for (const resolve of waiting) resolve(null)
    },
  }
}
