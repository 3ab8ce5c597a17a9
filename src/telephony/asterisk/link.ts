import type { Cancel, Effects } from '../../kernel/effects.ts'
import type { Log } from '../../kernel/log.ts'
import { createReconnecting } from '../../kernel/reconnecting.ts'
import { type EventSocket, type Loss, type OpenSocket, openEventSocket } from './socket.ts'

export interface LinkOptions {
  /** The address of ARI without a password, because it is part of messages. */
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

/** What a new connection waits for, besides the pause between two attempts. */
type Waiting =
  /** Asterisk answers requests, and not that for the connection. */
  | { readonly type: 'UNANSWERED'; readonly asteriskStartedAt: string; readonly untilMs: number }
  | { readonly type: 'REPLACED' }

const lookEveryMs = 30_000
const freeLookEveryMs = 10_000
const restartLookEveryMs = 10_000
const unansweredPauseMinMs = 10_000
const unansweredPauseMaxMs = 600_000
/**
 * Each request that Asterisk does not answer occupies one of its 100 HTTP sessions until it is restarted: after this number
 * the link only waits for a restart.
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
  let socket: EventSocket | null = null
  let waiting: Waiting | null = null
  let cancelTimer: Cancel = () => {}
  /** Requests for a connection that Asterisk has left unanswered since it was started. */
  let unansweredCount = 0
  let stopped: Promise<void> | null = null
  const reconnecting = createReconnecting({
    ...{ peer: 'Asterisk', address: url, effects, connect },
    outOfReach(detail) {
      log.warn({ url, detail }, 'Asterisk is out of reach')
      options.disconnected(detail)
    },
  })

  function after(delayMs: number, run: () => void): void {
    cancelTimer()
    cancelTimer = effects.timer(delayMs, run, { background: true })
  }

  function connect(): void {
    waiting = null
    const own = openEventSocket({
      ...{ url: socketUrl, authorization, effects, heartbeatMs, openSocket: options.openSocket },
      onOpen: () => void prepare(own),
      onMessage: options.onMessage,
      onLost: lost,
    })
    socket = own
  }

  async function prepare(own: EventSocket): Promise<void> {
    try {
      await options.prepare()
    } catch (error) {
      if (socket !== own) return
      void own.close()
      lost({ detail: error instanceof Error ? error.message : String(error), unanswered: false })
      return
    }
    if (socket !== own) return
    reconnecting.connected()
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
    cancelTimer()
    socket = null
    reconnecting.suspend()
    options.lost()
    if (unanswered) void findOutWhy(detail)
    else reconnecting.lost(detail)
  }

  /** Nothing was answered: the whole of Asterisk may be out of reach, or this part of it hangs. */
  async function findOutWhy(detail: string): Promise<void> {
    const asteriskStartedAt = await options.startedAt().catch(() => null)
    if (stopped !== null) return
    if (asteriskStartedAt === null) return reconnecting.lost(detail)
    const waitsMs = Math.min(unansweredPauseMaxMs, unansweredPauseMinMs * 2 ** unansweredCount)
    unansweredCount++
    waiting = { type: 'UNANSWERED', asteriskStartedAt, untilMs: effects.monotonic() + waitsMs }
    after(restartLookEveryMs, () => void lookForRestart())
    reconnecting.report(unansweredDetail)
  }

  async function lookForRestart(): Promise<void> {
    const unanswered = waiting
    if (unanswered?.type !== 'UNANSWERED') return
    const startedAt = await options.startedAt().catch(() => null)
    if (waiting !== unanswered) return
    const isAnother = startedAt !== null && startedAt !== unanswered.asteriskStartedAt
    if (isAnother) unansweredCount = 0
    const mayAsk = unansweredCount < unansweredMax && effects.monotonic() >= unanswered.untilMs
    if (isAnother || mayAsk) reconnecting.resume()
    else after(restartLookEveryMs, () => void lookForRestart())
  }

  /** The client that took the application over keeps it: two clients that take turns would lose every call. */
  async function waitUntilFree(): Promise<void> {
    const isFree = await options.isFree().catch(() => false)
    if (waiting?.type !== 'REPLACED') return
    if (isFree) reconnecting.resume()
    else after(freeLookEveryMs, () => void waitUntilFree())
  }

  async function end(): Promise<void> {
    cancelTimer()
    reconnecting.stop()
    const last = socket
    socket = null
    waiting = null
    await last?.close()
  }

  return {
    get isConnected() {
      return reconnecting.isConnected
    },
    start: reconnecting.start,
    replaced() {
      if (socket === null) return
      void socket.close()
      socket = null
      waiting = { type: 'REPLACED' }
      reconnecting.suspend()
      after(freeLookEveryMs, () => void waitUntilFree())
      reconnecting.report(takenOver)
    },
    stop() {
      stopped ??= end()
      return stopped
    },
    describe: reconnecting.describe,
  }
}
