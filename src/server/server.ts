import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { AppApi } from '../app/api.ts'
import { localViewer } from '../app/viewer.ts'
import { createOperations } from '../graphql/operation.ts'
import type { Effects } from '../kernel/effects.ts'
import { StartError } from '../kernel/errors.ts'
import type { Log } from '../kernel/log.ts'
import { trackConnections } from './connections.ts'
import { createGraphiql } from './graphiql.ts'
import { createHandler, graphqlPath, pathOf } from './handler.ts'
import { isHostAllowed, maySocketOpen } from './origin.ts'
import { createPostHandler } from './post.ts'
import { createSocketServer } from './socket.ts'
import { createGraphqlOverHttp } from './yoga.ts'

export interface ServerOptions {
  readonly app: AppApi
  readonly effects: Pick<Effects, 'timer' | 'yieldToLoop' | 'monotonic'>
  readonly log: Log
  /** Address or name to bind to. Bound to loopback, the server answers to loopback names only. */
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** Whether a browser that opens /graphql is given GraphiQL. */
  readonly graphiql: boolean
  /** Origins whose pages may ask, besides our own: `http://localhost:5173`. */
  readonly allowedOrigins?: readonly string[]
  /** Answers a request for a spoken text, for a switch on this machine; false for any other. */
  readonly serveSpeech?: (request: IncomingMessage, response: ServerResponse) => boolean
  /** How long stop() lets requests run and clients answer before it cuts them off. */
  readonly stopWithinMs?: number
}

export interface ServerHandle {
  /** Listens. Throws a StartError when it cannot. */
  start(): Promise<{ readonly url: string }>
  /** Final. Accepts nothing more, ends subscriptions, lets requests finish within the bound. Settles when all is closed. */
  stop(): Promise<void>
}

const stopWithinMsDefault = 5000

/** The API over HTTP and WebSocket, GraphiQL, and what an operator asks: /health (alive), /ready (can serve). */
export function createServer(options: ServerOptions): ServerHandle {
  const { app, effects, log, host, allowedOrigins = [] } = options
  const source = { app, log, viewer: localViewer }
  const { timer } = effects
  const operations = createOperations({ effects })
  const streams = new Map<ServerResponse, () => void>()
  let stopping = false

  const yoga = createGraphqlOverHttp({ source, operations, timer, track: trackStream })
  const post = createPostHandler({ source, operations, otherwise: (request, response) => yoga(request, response) })
  const sockets = createSocketServer({ source, operations, timer })
  const handle = createHandler({
    app,
    log,
    host,
    graphql: (request, response) => (request.method === 'POST' ? post(request, response) : yoga(request, response)),
    graphiql: options.graphiql ? createGraphiql() : null,
    allowedOrigins,
    serveSpeech: options.serveSpeech,
    isStopping: () => stopping,
  })
  const server = createHttpServer((request, response) => {
    if (stopping) response.setHeader('connection', 'close')
    handle(request, response)
  })
  const connections = trackConnections(server)
  server.on('upgrade', (request, socket, head) => {
    const status = refusalOfUpgrade(request)
    if (status === null) sockets.accept(request, socket, head)
    else refuseUpgrade(socket, status)
  })

  function refusalOfUpgrade(request: IncomingMessage): number | null {
    if (stopping) return 503
    if (pathOf(request) !== graphqlPath) return 404
    return isHostAllowed(request.headers, host) && maySocketOpen(request.headers, allowedOrigins) ? null : 403
  }

  /** A stream ends with its response, however that ends, and when the server stops. */
  function trackStream(response: ServerResponse, end: () => void): void {
    const endOnce = () => {
      if (streams.delete(response)) end()
    }
    streams.set(response, end)
    if (response.closed || stopping) endOnce()
    else response.once('close', endOnce)
  }

  async function close(): Promise<void> {
    if (!server.listening) return
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    sockets.close()
    for (const end of streams.values()) end()
    connections.closeWhenIdle()
    const cancel = timer(options.stopWithinMs ?? stopWithinMsDefault, () => {
      log.warn({}, 'connections that did not end in time were cut')
      connections.cut()
    })
    await closed
    cancel()
  }

  let stopped: Promise<void> | null = null
  return {
    start: async () => ({ url: await listen(server, options) }),
    stop() {
      stopping = true
      stopped ??= close()
      return stopped
    },
  }
}

function refuseUpgrade(socket: Duplex, status: number): void {
  socket.on('error', () => socket.destroy())
  const answer = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`
  // Not left half open: the client may never close its side.
  socket.end(answer, () => socket.destroy())
}

function listen(server: Server, { host, port, log }: ServerOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(new StartError(`Cannot listen on ${host}:${port}: ${error.message}`, 78))
    server.once('error', fail)
    server.listen(port, host, () => {
      server.off('error', fail)
      // A connection that could not be accepted, for want of file descriptors: the others are served.
      server.on('error', (error) => log.error({ err: error }, 'a connection could not be accepted'))
      const { address, family, port: taken } = server.address() as AddressInfo
      resolve(`http://${family === 'IPv6' ? `[${address}]` : address}:${taken}`)
    })
  })
}
