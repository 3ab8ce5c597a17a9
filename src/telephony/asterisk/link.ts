import { assert, unreachable } from '../../kernel/assert.ts'
import type { Cancel, Effects } from '../../kernel/effects.ts'
import type { Log } from '../../kernel/log.ts'
import { type EventSocket, type Loss, type OpenSocket, openEventSocket } from './socket.ts'

export interface LinkOptions {
  /** Of the interface, without a password: it is said in words. */
  readonly url: string
  readonly socketUrl: string
  readonly authorization: string
  readonly effects: Pick<Effects, 'timer' | 'monotonic'>
  readonly log: Log
  readonly heartbeatMs: number
  /** Instead of a WebSocket over the network. */
  readonly openSocket?: OpenSocket | undefined
  onMessage(text: string): void
  /** Does what has to be done before the connection can be used. Rejects where it cannot be. */
  prepare(): Promise<void>
  /** Looks from time to time whether what is known is still so. */
  look(): Promise<void>
  /** Whether nobody has the application any more. */
  isFree(): Promise<boolean>
  /** When Asterisk was started, as its interface for requests says it. Rejects where that does not answer either. */
  startedAt(): Promise<string>
  /** A connection has ended, or was not made. */
  lost(): void
  connected(): void
  disconnected(detail: string): void
}

/** The connection for events, made again and again. */
export interface Link {
  readonly isConnected: boolean
  start(): void
  /** Another client has our application. */
  replaced(): void
  stop(): Promise<void>
  describe(): string
}

type State =
  | { readonly type: 'NEW' }
  | { readonly type: 'CONNECTING'; readonly socket: EventSocket }
  /** Connected, and finding out what has happened meanwhile. */
  | { readonly type: 'PREPARING'; readonly socket: EventSocket }
  | { readonly type: 'CONNECTED'; readonly socket: EventSocket; readonly sinceMs: number }
  | { readonly type: 'PAUSING' }
  /** Asterisk answers requests, and not that for the connection. */
  | { readonly type: 'UNANSWERED'; readonly asteriskStartedAt: string; readonly untilMs: number }
  | { readonly type: 'REPLACED' }
  | { readonly type: 'STOPPED' }

const pauseMinMs = 250
const pauseMaxMs = 10_000
/** A connection that lasted so long was a good one: the next pause is short again. */
const steadyMs = 1000
const lookEveryMs = 30_000
const freeLookEveryMs = 10_000
const restartLookEveryMs = 10_000
const unansweredPauseMinMs = 10_000
const unansweredPauseMaxMs = 600_000
/**
 * Each request that Asterisk does not answer keeps one of its HTTP sessions, 100 in all, until it is restarted: after so many only a restart
 * is waited for.
 */
const unansweredMax = 10
const unansweredDetail =
  'Asterisk answers requests, but has not answered the one for the connection for its events: it hangs, and has to be restarted, which ends its calls'
const takenOver = 'another client has taken over the application'

/**
 * Keeps a connection. What fails is tried again after 250 ms, 500 ms and so on up to 10 s; what is not answered at all, although Asterisk
 * answers requests, after 10 s, 20 s and so on up to 10 min, and at once when Asterisk was started anew.
 */
export function createLink(options: LinkOptions): Link {
  const { url, socketUrl, authorization, effects, log, heartbeatMs } = options
  let state: State = { type: 'NEW' }
  let cancelTimer: Cancel = () => {}
  let pauseMs = pauseMinMs
  /** Requests for a connection that Asterisk has left unanswered since it was started. */
  let unansweredCount = 0
  /** Why Asterisk is out of reach; null while it is not. */
  let trouble: string | null = null
  let stopped: Promise<void> | null = null

  /** The next thing that is to happen by itself. */
  function after(delayMs: number, run: () => void): void {
    cancelTimer()
    cancelTimer = effects.timer(delayMs, run, { background: true })
  }

  function connect(): void {
    const socket = openEventSocket({
      ...{ url: socketUrl, authorization, effects, heartbeatMs, openSocket: options.openSocket },
      onOpen: () => void prepare(socket),
      onMessage: options.onMessage,
      onLost: lost,
    })
    state = { type: 'CONNECTING', socket }
  }

  async function prepare(socket: EventSocket): Promise<void> {
    const preparing: State = { type: 'PREPARING', socket }
    state = preparing
    try {
      await options.prepare()
    } catch (error) {
      if (state !== preparing) return
      void socket.close()
      lost({ detail: error instanceof Error ? error.message : String(error), unanswered: false })
      return
    }
    if (state !== preparing) return
    state = { type: 'CONNECTED', socket, sinceMs: effects.monotonic() }
    trouble = null
    unansweredCount = 0
    log.info({ url }, 'connected to Asterisk')
    after(lookEveryMs, look)
    options.connected()
  }

  function look(): void {
    options.look().catch((error: unknown) => log.warn({ error }, 'what lives at Asterisk could not be found out'))
    after(lookEveryMs, look)
  }

  function lost({ detail, unanswered }: Loss): void {
    if (state.type === 'CONNECTED' && effects.monotonic() - state.sinceMs >= steadyMs) pauseMs = pauseMinMs
    const pausing: State = { type: 'PAUSING' }
    state = pausing
    after(pauseMs, connect)
    pauseMs = Math.min(2 * pauseMs, pauseMaxMs)
    options.lost()
    if (unanswered) void findOutWhy(pausing, detail)
    else tellTrouble(detail)
  }

  /** Nothing was answered: the whole of Asterisk may be out of reach, or this part of it hangs. */
  async function findOutWhy(pausing: State, detail: string): Promise<void> {
    cancelTimer()
    const asteriskStartedAt = await options.startedAt().catch(() => null)
    if (state !== pausing) return
    if (asteriskStartedAt === null) {
      after(pauseMs, connect)
      return tellTrouble(detail)
    }
    const waitsMs = Math.min(unansweredPauseMaxMs, unansweredPauseMinMs * 2 ** unansweredCount)
    unansweredCount++
    state = { type: 'UNANSWERED', asteriskStartedAt, untilMs: effects.monotonic() + waitsMs }
    after(restartLookEveryMs, () => void lookForRestart())
    tellTrouble(unansweredDetail)
  }

  async function lookForRestart(): Promise<void> {
    const waiting = state
    if (waiting.type !== 'UNANSWERED') return
    const startedAt = await options.startedAt().catch(() => null)
    if (state !== waiting) return
    const isAnother = startedAt !== null && startedAt !== waiting.asteriskStartedAt
    if (isAnother) unansweredCount = 0
    const mayAsk = unansweredCount < unansweredMax && effects.monotonic() >= waiting.untilMs
    if (isAnother || mayAsk) connect()
    else after(restartLookEveryMs, () => void lookForRestart())
  }

  function tellTrouble(detail: string): void {
    // An attempt that fails as the one before tells nothing new.
    if (detail === trouble) return
    trouble = detail
    log.warn({ url, detail }, 'Asterisk is out of reach')
    options.disconnected(detail)
  }

  /** Whoever took it over keeps it: to take it back would be a fight that no call survives. */
  async function waitUntilFree(): Promise<void> {
    const isFree = await options.isFree().catch(() => false)
    if (state.type !== 'REPLACED') return
    if (isFree) connect()
    else after(freeLookEveryMs, () => void waitUntilFree())
  }

  async function end(): Promise<void> {
    const last = state
    state = { type: 'STOPPED' }
    cancelTimer()
    if ('socket' in last) await last.socket.close()
  }

  function describe(): string {
    switch (state.type) {
      case 'NEW':
        return 'Asterisk, not started'
      case 'CONNECTING':
      case 'PREPARING':
      case 'PAUSING':
      case 'UNANSWERED':
      case 'REPLACED':
        return `Asterisk at ${url}, ${trouble === null ? 'not connected yet' : `out of reach: ${trouble}`}`
      case 'CONNECTED':
        return `Asterisk at ${url}`
      case 'STOPPED':
        return 'Asterisk, stopped'
      default:
        return unreachable(state)
    }
  }

  return {
    get isConnected() {
      return state.type === 'CONNECTED'
    },
    start() {
      assert(state.type === 'NEW', 'a driver that is started once')
      connect()
    },
    replaced() {
      if (!('socket' in state)) return
      void state.socket.close()
      state = { type: 'REPLACED' }
      after(freeLookEveryMs, () => void waitUntilFree())
      tellTrouble(takenOver)
    },
    stop() {
      stopped ??= end()
      return stopped
    },
    describe,
  }
}
