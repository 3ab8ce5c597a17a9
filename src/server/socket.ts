import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { CloseCode, handleProtocols, makeServer } from 'graphql-ws'
import { type WebSocket, WebSocketServer } from 'ws'
import type { ContextSource } from '../graphql/context.ts'
import { execute, type Operation, prepare, subscribe } from '../graphql/operation.ts'
import type { Cancel, Effects } from '../kernel/effects.ts'
import type { Fairness } from '../kernel/fairness.ts'
import { limits } from '../limits.ts'

/** A socket that has not answered one ping by the time of the next is gone, or has stopped reading. */
const pingIntervalMs = 12_000

export interface SocketOptions {
  readonly source: ContextSource
  readonly fairness: Fairness
  readonly timer: Effects['timer']
}

export interface SocketServer {
  /** Takes over a connection that asked for a WebSocket. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Ends every subscription and asks every client to go, with close code 1001. */
  close(): void
}

/** GraphQL over WebSocket: the protocol is graphql-ws's, the socket is ws's, and this is what stands between them. */
export function createSocketServer({ source, fairness, timer }: SocketOptions): SocketServer {
  const { log } = source
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.socketMessageBytesMax,
    handleProtocols: (protocols) => handleProtocols(protocols),
  })
  const protocol = makeServer({
    onSubscribe: (_context, _id, payload) => prepare(payload, source),
    execute: (operation) => execute(operation as Operation),
    subscribe: (operation) => subscribe(operation as Operation, fairness),
  })
  const endings = new Map<WebSocket, (code: number, reason: string) => void>()

  function open(socket: WebSocket): void {
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (data) => sendPatiently(socket, data),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (listen) => {
          socket.on('message', (data) => {
            listen(String(data)).catch((error: unknown) => {
              if (socket.readyState !== socket.OPEN) return
              log.error({ err: error }, 'a message of a WebSocket met a defect')
              socket.close(CloseCode.InternalServerError, 'Internal server error')
            })
          })
        },
      },
      {},
    )
    const end = (code: number, reason: string) => {
      if (!endings.delete(socket)) return
      closed(code, reason).catch((error: unknown) => log.error({ err: error }, 'a subscription did not end cleanly'))
    }
    endings.set(socket, end)
    socket.on('close', (code, reason) => end(code, String(reason)))
    // ws closes the socket by itself; without a listener the process would end with it.
    socket.on('error', (error) => log.debug({ err: error }, 'a WebSocket broke'))
  }

  const pings = createPings(timer)
  return {
    accept(request, socket, head) {
      sockets.handleUpgrade(request, socket, head, (opened) => {
        open(opened)
        pings.watch(opened)
      })
    },
    close() {
      pings.stop()
      for (const socket of sockets.clients) socket.close(1001, 'Going away')
      // At once, and not when the clients have answered: a socket that closes swallows whatever it is sent.
      for (const end of endings.values()) end(1001, 'Going away')
      sockets.close()
    },
  }
}

/**
 * Settles at once while little waits to be sent, else when the bytes have left this process: a client that stops reading
 * stops the events it is sent. To wait for every message would let one event through for each turn of the event loop.
 */
function sendPatiently(socket: WebSocket, data: string): Promise<void> | undefined {
  if (socket.readyState !== socket.OPEN) return
  if (socket.bufferedAmount < limits.socketBufferBytesMax) {
    socket.send(data)
    return
  }
  return new Promise((resolve, reject) => socket.send(data, (error) => (error ? reject(error) : resolve())))
}

/** Asks sockets for a sign of life, again and again, and cuts those that gave none since they were last asked. */
function createPings(timer: Effects['timer']) {
  const watched = new Set<WebSocket>()
  const unanswered = new WeakSet<WebSocket>()
  let cancel: Cancel | null = null
  const look = () => {
    for (const socket of watched) {
      if (unanswered.has(socket)) socket.terminate()
      else if (socket.readyState === socket.OPEN) socket.ping()
      unanswered.add(socket)
    }
    cancel = watched.size === 0 ? null : timer(pingIntervalMs, look, { background: true })
  }
  return {
    watch(socket: WebSocket): void {
      watched.add(socket)
      socket.on('pong', () => unanswered.delete(socket))
      socket.on('close', () => watched.delete(socket))
      cancel ??= timer(pingIntervalMs, look, { background: true })
    },
    stop(): void {
      cancel?.()
    },
  }
}
