import { assert, unreachable } from './assert.ts'
import type { Cancel, Effects } from './effects.ts'

export interface ReconnectingOptions {
  /** The peer in messages, for example "Asterisk". */
  readonly peer: string
  /** Where the peer is reached; without a password, since it is printed. */
  readonly address: string
  readonly effects: Pick<Effects, 'timer' | 'monotonic'>
  /** Longest pause between two attempts, in ms; 10 s when omitted. The first pause is 250 ms, and each one doubles. */
  readonly pauseMaxMs?: number
  /** A connection that lasted this long, in ms, makes the next pause short again; 1 s when omitted. */
  readonly steadyMs?: number
  /** Opens a connection. Its outcome is reported by `connected` or `lost`, not before this has returned. */
  connect(): void
  /** Called when the reason for having no connection differs from the one before. */
  outOfReach(detail: string): void
}

/** When to connect again. The connection itself belongs to the caller. */
export interface Reconnecting {
  readonly isConnected: boolean
  /** Why there is no connection; null while there is one, and before the first attempt has failed. */
  readonly trouble: string | null
  /** Makes the first attempt. To be called once. */
  start(): void
  /** The connection is usable. */
  connected(): void
  /** The connection has ended, or was not made. The next attempt follows after a pause: its own one, unless another is given. */
  lost(detail: string, pauseMs?: number): void
  /** No attempt is made until `resume`. */
  suspend(): void
  /** Reports why there is no connection. */
  report(detail: string): void
  /** Makes an attempt now, if suspended. */
  resume(): void
  /** Ends all attempts. */
  stop(): void
  /** The peer and the state of the connection, for a person. */
  describe(): string
}

const pauseMinMs = 250

type State =
  | { readonly type: 'NEW' }
  | { readonly type: 'CONNECTING' }
  | { readonly type: 'CONNECTED'; readonly sinceMs: number }
  | { readonly type: 'PAUSING'; readonly cancel: Cancel }
  | { readonly type: 'SUSPENDED' }
  | { readonly type: 'STOPPED' }

export function createReconnecting(options: ReconnectingOptions): Reconnecting {
  const { peer, address, effects, pauseMaxMs = 10_000, steadyMs = 1000 } = options
  let state: State = { type: 'NEW' }
  let nextPauseMs = pauseMinMs
  let trouble: string | null = null

  function attempt(): void {
    state = { type: 'CONNECTING' }
    options.connect()
  }

  function leave(next: State): void {
    if (state.type === 'PAUSING') state.cancel()
    if (state.type === 'CONNECTED' && effects.monotonic() - state.sinceMs >= steadyMs) nextPauseMs = pauseMinMs
    state = next
  }

  function report(detail: string): void {
    // An attempt that fails as the one before is no news.
    if (detail === trouble) return
    trouble = detail
    options.outOfReach(detail)
  }

  function describe(): string {
    switch (state.type) {
      case 'NEW':
        return `${peer}, not started`
      case 'CONNECTING':
      case 'PAUSING':
      case 'SUSPENDED':
        return `${peer} at ${address}, ${trouble === null ? 'not connected yet' : `out of reach: ${trouble}`}`
      case 'CONNECTED':
        return `${peer} at ${address}`
      case 'STOPPED':
        return `${peer}, stopped`
      default:
        return unreachable(state)
    }
  }

  return {
    get isConnected() {
      return state.type === 'CONNECTED'
    },
    get trouble() {
      return trouble
    },
    start() {
      assert(state.type === 'NEW', 'a connection that is started once')
      attempt()
    },
    connected() {
      if (state.type !== 'CONNECTING') return
      state = { type: 'CONNECTED', sinceMs: effects.monotonic() }
      trouble = null
    },
    lost(detail, pauseMs) {
      if (state.type === 'STOPPED') return
      leave({ type: 'SUSPENDED' })
      state = { type: 'PAUSING', cancel: effects.timer(pauseMs ?? nextPauseMs, attempt, { background: true }) }
      nextPauseMs = Math.min(2 * nextPauseMs, pauseMaxMs)
      report(detail)
    },
    suspend() {
      if (state.type !== 'STOPPED') leave({ type: 'SUSPENDED' })
    },
    report,
    resume() {
      if (state.type === 'SUSPENDED') attempt()
    },
    stop() {
      leave({ type: 'STOPPED' })
    },
    describe,
  }
}
