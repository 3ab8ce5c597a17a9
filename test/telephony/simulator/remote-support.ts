import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { Effects } from '../../../src/kernel/effects.ts'
import type { Log } from '../../../src/kernel/log.ts'
import { createSimulatedEffects } from '../../../src/kernel/simulated-effects.ts'
import type { CallNews, DriverListener } from '../../../src/telephony/driver.ts'
import { type CarrierServerOptions, createCarrierServer } from '../../../src/telephony/simulator/carrier-server.ts'
import { createRemoteSimulator } from '../../../src/telephony/simulator/remote-simulator.ts'
import { createRequestLog } from '../../../src/telephony/simulator/request-log.ts'
import { withMedia } from '../../support/media.ts'

/** What happens, in order, for a test to look back at and to wait for. */
export function createTape<Entry>() {
  const entries: Entry[] = []
  const waiting = new Set<() => void>()
  return {
    entries,
    push(entry: Entry) {
      entries.push(entry)
      for (const look of [...waiting]) look()
    },
    /** The first entry that matches, once it is there. */
    find: (matches: (entry: Entry) => boolean) =>
      new Promise<Entry>((resolve) => {
        const look = () => {
          const found = entries.find(matches)
          if (found === undefined) return
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
      }),
    /** Settles when there are so many. */
    count: (count: number) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (entries.length < count) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
  }
}

interface LogEntry {
  readonly level: 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

export function createTapedLog() {
  const said = createTape<LogEntry>()
  const write = (level: LogEntry['level']) => (fields: LogEntry['fields'], message: string) =>
    said.push({ level, message, fields })
  const log: Log = { debug() {}, info: write('info'), warn: write('warn'), error: write('error') }
  return { log, said }
}

export type CarrierOptions = Partial<Omit<CarrierServerOptions, 'effects' | 'log'>> & { readonly startsAtMs?: number }

/** A carrier that listens on loopback, in this process, on a clock that only the test moves. */
export async function startCarrier({ startsAtMs, ...options }: CarrierOptions = {}) {
  const effects = createSimulatedEffects(startsAtMs === undefined ? {} : { startsAtMs })
  const { log, said } = createTapedLog()
  const requestLog = createRequestLog({ effects, file: null })
  const noted = createTape<string>()
  const server = createCarrierServer({
    ...{ effects, log, host: '127.0.0.1', port: 0, seed: 1, speed: 1, answerRate: 0.3 },
    requestLog: {
      ...requestLog,
      note(request, installationId) {
        requestLog.note(request, installationId)
        noted.push(request.type)
      },
    },
    ...options,
  })
  const { url } = await server.start()
  async function stop() {
    const stopped = server.stop()
    // Who does not answer the goodbye is cut off.
    void effects.advance(1000)
    await stopped
  }
  onTestFinished(stop)
  return {
    effects,
    url,
    port: Number(new URL(url).port),
    said,
    noted,
    stop,
    requests: () => requestLog.after(0).entries,
  }
}

export interface DispatcherOptions {
  readonly installationId?: string
  /** Real ones, where the test wants the driver to live by the real clock. */
  readonly effects?: Effects
  readonly heartbeatMs?: number
  /** Hears everything too. */
  readonly listener?: DriverListener
}

/** A dialer's end: the driver, what it was told, in words, and the news it heard. */
export function startDialer(url: string, options: DispatcherOptions = {}) {
  const simulated = createSimulatedEffects()
  const { installationId = 'one', effects = simulated, heartbeatMs, listener } = options
  const told = createTape<string>()
  const heard: CallNews[] = []
  const { log, said } = createTapedLog()
  const driver = withMedia(
    createRemoteSimulator({ url, installationId, effects, log, ...(heartbeatMs && { heartbeatMs }) }),
  )
  // Settles at once, whatever becomes of the connection.
  void driver.start({
    news(news) {
      heard.push(news)
      listener?.news(news)
      told.push(`${news.callId} ${news.type}`)
    },
    connected() {
      listener?.connected()
      told.push('connected')
    },
    disconnected(detail) {
      listener?.disconnected(detail)
      told.push(`disconnected: ${detail}`)
    },
  })
  onTestFinished(async () => {
    const stopped = driver.stop()
    void simulated.advance(1000)
    await stopped
  })
  return {
    driver,
    told,
    heard,
    said,
    /** Moves the driver's clock, unless it lives by the real one. */
    advance: (durationMs: number) => simulated.advance(durationMs),
    until: (word: string) => told.find((entry) => entry === word || entry.startsWith(`${word}:`)),
  }
}

/** A dialer that has been greeted. */
export async function connectDialer(url: string, options: DispatcherOptions = {}) {
  const dialer = startDialer(url, options)
  await dialer.until('connected')
  return dialer
}

/** A client that says what the test has it say. */
export async function connectRaw(url: string, options: { origin?: string } = {}) {
  const socket = new WebSocket(url, options)
  const received = createTape<unknown>()
  socket.on('message', (data) => received.push(JSON.parse(String(data))))
  let failure: string | null = null
  socket.on('error', (error) => {
    failure = error.message
  })
  const closed = new Promise<readonly [code: number, reason: string]>((resolve) => {
    socket.on('close', (code, reason) => resolve([code, String(reason)]))
  })
  onTestFinished(() => socket.terminate())
  await Promise.race([new Promise((resolve) => socket.on('open', resolve)), closed])
  return {
    socket,
    received,
    /** Why there is no connection, if there is none. */
    failure: failure as string | null,
    /** Settles with the close code and its reason. */
    closed,
    say: (message: unknown) => socket.send(JSON.stringify(message)),
  }
}

/** A carrier that says what the test has it say: each connection is handed over as it comes. */
export async function startFakeCarrier(serve: (socket: WebSocket) => void, options: { autoPong?: boolean } = {}) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, ...options })
  await once(server, 'listening')
  server.on('connection', serve)
  onTestFinished(() => {
    for (const socket of server.clients) socket.terminate()
    server.close()
  })
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** A cable between a dialer and a carrier that can be cut, with what is on its way. */
export async function startCable(url: string) {
  const target = { host: '127.0.0.1', port: Number(new URL(url).port) }
  const sockets = new Set<Socket>()
  let muted = false
  const server = createServer((near) => {
    const far = connect(target)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => sockets.delete(socket))
    }
    near.on('data', (data) => far.write(data))
    far.on('data', (data) => {
      if (!muted) near.write(data)
    })
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = () => {
    for (const socket of sockets) socket.destroy()
    muted = false
  }
  onTestFinished(() => {
    cut()
    server.close()
  })
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Nothing that the carrier says arrives any more, until the cable has been cut. */
    mute() {
      muted = true
    },
    /** Ends the connections that there are; new ones get through. */
    cut,
  }
}
