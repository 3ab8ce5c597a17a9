import { assert, unreachable } from '../../kernel/assert.ts'
import type { Cancel, Effects } from '../../kernel/effects.ts'
import { NotSent } from '../../kernel/exchange.ts'
import type { Log } from '../../kernel/log.ts'
import { readFirst } from '../../kernel/read-first.ts'
import type { Driver, DriverListener } from '../driver.ts'
import { outcomeOfFailedRequest } from '../kit/request-errors.ts'
import { type Connection, type Content, openConnection } from './carrier-connection.ts'
import type { AnswerTo, LoggedRequest, RequestType } from './protocol.ts'

export interface RemoteSimulatorOptions {
  /** Where the carrier listens, for example ws://127.0.0.1:4500. */
  readonly url: string
  /** News of its calls is heard and its calls are listed; other installations may use the same carrier. */
  readonly installationId: string
  readonly effects: Pick<Effects, 'timer' | 'monotonic' | 'breathe'>
  readonly log: Log
  /** Pause between two questions for a sign of life. Two without an answer, and the carrier counts as out of reach. */
  readonly heartbeatMs?: number
}

export interface RemoteSimulator extends Driver {
  /** What the carrier was asked by anybody, oldest first, as far back as it remembers. */
  requests(): Promise<readonly LoggedRequest[]>
}

const heartbeatDefaultMs = 2000
const pauseMinMs = 250
const pauseMaxMs = 10_000
/** A connection that lasted so long was a good one: the next pause is short again. */
const steadyMs = 1000

type State =
  | { readonly type: 'NEW' }
  | { readonly type: 'CONNECTING'; readonly connection: Connection }
  | { readonly type: 'CONNECTED'; readonly connection: Connection; readonly epoch: string; readonly sinceMs: number }
  | { readonly type: 'PAUSING'; readonly cancel: Cancel }
  | { readonly type: 'STOPPED' }

/**
 * The driver of a simulated carrier that is a process of its own (`dialgraph simulator`). Either may die without the other:
 * `stop` ends the connection and leaves the calls to the carrier. No request is sent twice, nor after a connection that
 * it was not meant for. While not connected, and when the connection is lost, every method but `originate` rejects.
 */
export function createRemoteSimulator(options: RemoteSimulatorOptions): RemoteSimulator {
  const { url, installationId, log, heartbeatMs = heartbeatDefaultMs } = options
  const effects = readFirst(options.effects)
  let listener: DriverListener | null = null
  let state: State = { type: 'NEW' }
  let pauseMs = pauseMinMs
  /** Why the carrier is out of reach; null while it is not. */
  let trouble: string | null = null
  let stopped: Promise<void> | null = null

  function connect(): void {
    const connection = openConnection({
      ...{ url, installationId, effects, log, heartbeatMs },
      onWelcome(epoch) {
        state = { type: 'CONNECTED', connection, epoch, sinceMs: effects.monotonic() }
        trouble = null
        log.info({ url, epoch }, 'connected to the simulated carrier')
        listener?.connected()
      },
      onNews: (news) => listener?.news(news),
      onLost(detail) {
        if (state.type === 'CONNECTED' && effects.monotonic() - state.sinceMs >= steadyMs) pauseMs = pauseMinMs
        state = { type: 'PAUSING', cancel: effects.timer(pauseMs, connect, { background: true }) }
        pauseMs = Math.min(2 * pauseMs, pauseMaxMs)
        // An attempt that fails as the one before tells nothing new.
        if (detail === trouble) return
        trouble = detail
        log.warn({ url, detail }, 'the simulated carrier is out of reach')
        listener?.disconnected(detail)
      },
    })
    state = { type: 'CONNECTING', connection }
  }

  function ask<Type extends RequestType>(type: Type, content: Content<Type>): Promise<AnswerTo<Type>> {
    if (state.type === 'CONNECTED') return state.connection.ask(type, content)
    return Promise.reject(new NotSent(describe()))
  }

  function describe(): string {
    switch (state.type) {
      case 'NEW':
        return 'simulated carrier, not started'
      case 'CONNECTING':
      case 'PAUSING':
        return `simulated carrier at ${url}, ${trouble === null ? 'not connected yet' : `out of reach: ${trouble}`}`
      case 'CONNECTED':
        return `simulated carrier at ${url}`
      case 'STOPPED':
        return 'simulated carrier, stopped'
      default:
        return unreachable(state)
    }
  }

  async function end(): Promise<void> {
    const last = state
    state = { type: 'STOPPED' }
    if (last.type === 'PAUSING') last.cancel()
    if (last.type === 'CONNECTING' || last.type === 'CONNECTED') await last.connection.close()
  }

  return {
    name: 'simulator',
    async start(heard) {
      assert(state.type === 'NEW', 'a simulator that is started once')
      listener = heard
      connect()
    },
    stop() {
      stopped ??= end()
      return stopped
    },
    originate: (request) => ask('ORIGINATE', { request }).catch(outcomeOfFailedRequest),
    lookup: (callId) => ask('LOOKUP', { callId }),
    list: () => ask('LIST', {}),
    async speak(callId, playbackId, speech) {
      await ask('SPEAK', { callId, playbackId, speech })
    },
    async play(callId, playbackId, urls) {
      await ask('PLAY', { callId, playbackId, urls })
    },
    async tone(callId, playbackId) {
      await ask('TONE', { callId, playbackId })
    },
    async stopPlayback(callId, playbackId) {
      await ask('STOP_PLAYBACK', { callId, playbackId })
    },
    async receiveDigits(callId) {
      await ask('RECEIVE_DIGITS', { callId })
    },
    async sendDigits(callId, digits, times) {
      await ask('SEND_DIGITS', { callId, digits, times })
    },
    async detectMachine(callId) {
      await ask('DETECT_MACHINE', { callId })
    },
    async startRecording(callId, recordingId, settings) {
      await ask('START_RECORDING', { callId, recordingId, settings })
    },
    async stopRecording(callId, recordingId) {
      await ask('STOP_RECORDING', { callId, recordingId })
    },
    async dial(callId, leg) {
      await ask('DIAL', { callId, leg })
    },
    async hangupLeg(callId, legId) {
      await ask('HANGUP_LEG', { callId, legId })
    },
    async connect(callId, agent) {
      await ask('CONNECT', { callId, agent })
    },
    async withdraw(callId, agentId) {
      await ask('WITHDRAW', { callId, agentId })
    },
    async hangup(callId, reason) {
      await ask('HANGUP', { callId, reason })
    },
    async epoch() {
      if (state.type !== 'CONNECTED') throw new NotSent(describe())
      return state.epoch
    },
    health: async () => ({ ok: state.type === 'CONNECTED', detail: describe() }),
    async requests() {
      const all: LoggedRequest[] = []
      for (;;) {
        const { entries, more } = await ask('REQUESTS', { after: all.at(-1)?.position ?? 0 })
        all.push(...entries)
        if (!more) return all
      }
    },
  }
}
