import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { WebSocketServer } from 'ws'
import { StartError } from '../../kernel/errors.ts'
import type { Log } from '../../kernel/log.ts'
import type { CallNews } from '../driver.ts'
import { createCallOwners } from './call-owners.ts'
import { type CarrierOptions, createCarrier } from './carrier.ts'
import { type Session, serveClient } from './carrier-session.ts'
import { clientMessageBytesMax, closeCodes, encode } from './protocol.ts'
import type { RequestLog } from './request-log.ts'

export interface CarrierServerOptions extends Omit<CarrierOptions, 'report'> {
  readonly log: Log
  /** Address or name to bind to. There is no authentication: any client that reaches it can place simulated calls. */
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly requestLog: RequestLog
}

export interface CarrierServer {
  /** Listens. Throws a StartError when it cannot. */
  start(): Promise<{ readonly url: string }>
  /** Hangs up every call, tells so, and asks every client to go. Settles when all is closed; who does not go is cut off. */
  stop(): Promise<void>
}

/** After this time without traffic TCP probes a connection, which detects a peer that vanished without closing it. */
const keepAliveMs = 30_000

/**
 * The simulated carrier behind a socket. It outlives the dialers that use it: when their connections end, their calls continue,
 * and news without a connected client is lost, as with a switch.
 */
export function createCarrierServer({ log, host, port, requestLog, ...options }: CarrierServerOptions): CarrierServer {
  const { effects } = options
  const sessions = new Set<Session>()
  const carrier = createCarrier({ ...options, report })
  const owners = createCallOwners({ live: () => carrier.list() })
  const sockets = new WebSocketServer({ noServer: true, maxPayload: clientMessageBytesMax })
  const server = createServer((_request, response) => {
    response.writeHead(426, { 'content-type': 'text/plain' }).end('This is a simulated carrier; it speaks WebSocket.\n')
  })
  let stopped: Promise<void> | null = null

  /** To every dialer of the installation whose call it is: one that has taken over hears it, and so does the one before. */
  function report(news: CallNews): void {
    const installationId = owners.of(news.callId)
    let encoded: string | null = null
    for (const session of sessions) {
      if (session.installationId !== installationId) continue
      encoded ??= encode({ type: 'NEWS', news })
      session.send(encoded)
    }
  }

  function accept(request: IncomingMessage, socket: Socket, head: Buffer): void {
    // Any page that a browser shows may open a WebSocket to this machine, but not without saying where it comes from.
    const status = request.headers.origin !== undefined ? 403 : stopped !== null ? 503 : null
    if (status !== null) {
      turnAway(socket, status)
      return
    }
    socket.setKeepAlive(true, keepAliveMs)
    sockets.handleUpgrade(request, socket, head, (opened) => {
      const session = serveClient({ effects, log, carrier, owners, requestLog }, opened)
      sessions.add(session)
      opened.on('close', () => sessions.delete(session))
    })
  }

  async function close(): Promise<void> {
    if (!server.listening) return
    carrier.stop()
    for (const session of sessions) session.close(closeCodes.goingAway, 'Going away')
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeAllConnections()
    await new Promise<void>((resolve) => sockets.close(() => resolve()))
    await closed
  }

  server.on('upgrade', (request, socket, head) => accept(request, socket as Socket, head))
  return {
    start: async () => ({ url: await listen(server, host, port, log) }),
    stop() {
      stopped ??= close()
      return stopped
    },
  }
}

function turnAway(socket: Socket, status: number): void {
  socket.on('error', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () =>
    socket.destroy(),
  )
}

function listen(server: Server, host: string, port: number, log: Log): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(new StartError(`Cannot listen on ${host}:${port}: ${error.message}`, 78))
    server.once('error', fail)
    server.listen(port, host, () => {
      server.off('error', fail)
      server.on('error', (error) => log.error({ error }, 'a connection could not be accepted'))
      const { address, family, port: taken } = server.address() as AddressInfo
      resolve(`ws://${family === 'IPv6' ? `[${address}]` : address}:${taken}`)
    })
  })
}
