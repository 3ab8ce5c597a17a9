import { inTime } from '../kernel/deadline.ts'
import type { Cancel, Effects } from '../kernel/effects.ts'
import type { Log } from '../kernel/log.ts'
import { type MessageCentre, type MessageSession, openMessageSession } from './message-session.ts'

export interface MessageLinkOptions {
  readonly server: MessageCentre
  readonly effects: Pick<Effects, 'timer' | 'monotonic'>
  readonly log: Log
}

/** Keeps a session with the message centre, from the first time one is asked for. */
export interface MessageLink {
  /** A session that is bound, or null when there is none within that time. */
  session(withinMs: number): Promise<MessageSession | null>
  /** Why there is none. */
  trouble(): string
  close(): void
}

const pauseMinMs = 250
const pauseMaxMs = 30_000
/** A session that lasted so long was a good one: the next pause is short again. */
const steadyMs = 10_000

type State =
  | { readonly type: 'NEW' }
  | { readonly type: 'BINDING'; readonly session: MessageSession }
  | { readonly type: 'BOUND'; readonly session: MessageSession; readonly sinceMs: number }
  | { readonly type: 'PAUSING'; readonly cancel: Cancel }
  | { readonly type: 'CLOSED' }

/** Connects again with growing pauses, and says in the log when that begins and when it succeeds. */
export function createMessageLink({ server, effects, log }: MessageLinkOptions): MessageLink {
  const { host, port } = server
  const waiting = new Set<(session: MessageSession | null) => void>()
  let state: State = { type: 'NEW' }
  let pauseMs = pauseMinMs
  let trouble = 'not connected yet'
  let isKnown = false

  function connect(): void {
    const session = openMessageSession({
      ...{ server, effects },
      onBound() {
        state = { type: 'BOUND', session, sinceMs: effects.monotonic() }
        isKnown = false
        log.info({ host, port }, 'bound to the message centre')
        for (const resolve of waiting) resolve(session)
      },
      onLost(detail) {
        if (state.type === 'BOUND' && effects.monotonic() - state.sinceMs >= steadyMs) pauseMs = pauseMinMs
        state = { type: 'PAUSING', cancel: effects.timer(pauseMs, connect, { background: true }) }
        pauseMs = Math.min(2 * pauseMs, pauseMaxMs)
        // An attempt that fails as the one before tells nothing new.
        if (isKnown && detail === trouble) return
        isKnown = true
        trouble = detail
        log.warn({ host, port, detail }, 'the message centre is out of reach')
      },
    })
    state = { type: 'BINDING', session }
  }

  return {
    async session(withinMs) {
      if (state.type === 'BOUND') return state.session
      if (state.type === 'CLOSED') return null
      if (state.type === 'NEW') connect()
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
    trouble: () => trouble,
    close() {
      if (state.type === 'PAUSING') state.cancel()
      if (state.type === 'BINDING' || state.type === 'BOUND') state.session.close()
      state = { type: 'CLOSED' }
      for (const resolve of waiting) resolve(null)
    },
  }
}
