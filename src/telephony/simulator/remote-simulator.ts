import type { Effects } from '../../kernel/effects.ts'
import { NotSent } from '../../kernel/exchange.ts'
import type { Log } from '../../kernel/log.ts'
import { readFirst } from '../../kernel/read-first.ts'
import { createReconnecting } from '../../kernel/reconnecting.ts'
import type { Driver, DriverListener } from '../driver.ts'
import { outcomeOfFailedRequest } from '../kit/request-errors.ts'
import { simulatedVerbs } from './carrier.ts'
import { type Connection, type Content, openConnection } from './carrier-connection.ts'
import type { AnswerTo, LoggedRequest, RequestType } from './protocol.ts'

export interface RemoteSimulatorOptions {
  /** Where the carrier listens, for example ws://127.0.0.1:4500. */
  readonly url: string
  /** Only calls of this installation are reported and listed; other installations may use the same carrier. */
  readonly installationId: string
  readonly effects: Pick<Effects, 'timer' | 'monotonic' | 'yieldToLoop'>
  readonly log: Log
  /** Interval between heartbeats, in ms. After two without an answer the carrier counts as unreachable. */
  readonly heartbeatMs?: number
}

export interface RemoteSimulator extends Driver {
  /** What the carrier was asked by anybody, oldest first, as far back as it remembers. */
  requests(): Promise<readonly LoggedRequest[]>
}

const heartbeatDefaultMs = 2000
/**
 * The driver of a simulated carrier that is a process of its own (`dialgraph simulator`). Either may die without the other:
 * `stop` ends the connection and leaves the calls to the carrier. No request is sent twice, nor after a connection that
 * it was not meant for. While not connected, and when the connection is lost, every method but `originate` rejects.
 */
export function createRemoteSimulator(options: RemoteSimulatorOptions): RemoteSimulator {
  const { url, installationId, log, heartbeatMs = heartbeatDefaultMs } = options
  const effects = readFirst(options.effects)
  let listener: DriverListener | null = null
  let connection: Connection | null = null
  /** Of the carrier that is connected. */
  let epoch = ''
  let stopped: Promise<void> | null = null
  const reconnecting = createReconnecting({
    ...{ peer: 'simulated carrier', address: url, effects, connect },
    outOfReach(detail) {
      log.warn({ url, detail }, 'the simulated carrier is out of reach')
      listener?.disconnected(detail)
    },
  })
  const { describe } = reconnecting

  function connect(): void {
    connection = openConnection({
      ...{ url, installationId, effects, log, heartbeatMs },
      onWelcome(told) {
        epoch = told
        reconnecting.connected()
        log.info({ url, epoch }, 'connected to the simulated carrier')
        listener?.connected()
      },
      onNews: (news) => listener?.news(news),
      onLost(detail) {
        connection = null
        reconnecting.lost(detail)
      },
    })
  }

  function ask<Type extends RequestType>(type: Type, content: Content<Type>): Promise<AnswerTo<Type>> {
    if (connection !== null && reconnecting.isConnected) return connection.ask(type, content)
    return Promise.reject(new NotSent(describe()))
  }

  async function end(): Promise<void> {
    reconnecting.stop()
    await connection?.close()
  }

  return {
    name: 'simulator',
    async start(heard) {
      listener = heard
      reconnecting.start()
    },
    stop() {
      stopped ??= end()
      return stopped
    },
    originate: (request) => ask('ORIGINATE', { request }).catch(outcomeOfFailedRequest),
    lookup: (callId) => ask('LOOKUP', { callId }),
    list: () => ask('LIST', {}),
    capabilities: simulatedVerbs,
    async perform(callId, command) {
      await ask('PERFORM', { callId, command })
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
      if (!reconnecting.isConnected) throw new NotSent(describe())
      return epoch
    },
    health: async () => ({ ok: reconnecting.isConnected, detail: describe() }),
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
