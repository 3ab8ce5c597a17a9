import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { CloseCode, handleProtocols, makeServer } from 'graphql-ws'
import { type WebSocket, WebSocketServer } from 'ws'
import type { ContextSource } from '../graphql/context.ts'
import { rememberSource } from '../graphql/exact-variables.ts'
import { execute, type Operation, prepare, subscribe } from '../graphql/operation.ts'
import type { Effects } from '../kernel/effects.ts'
import type { Fairness } from '../kernel/fairness.ts'
import { limits } from '../limits.ts'
import { createOutflow } from './outflow.ts'

/** "Try again later" of RFC 6455: clients of graphql-ws connect anew after it. */
const tryAgainLater = 1013
const notReadingReason = 'Not read for too long. Try again later, and go on after your last cursor.'

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

  function open(socket: WebSocket, connection: Duplex): void {
    const outflow = createOutflow(socket, connection, timer, () => {
      log.info({}, 'a WebSocket whose client does not read is closed')
      // Read whenever the client reads again, if it does so before ws cuts the socket.
      socket.close(tryAgainLater, notReadingReason)
      end(tryAgainLater, notReadingReason)
    })
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: outflow.send,
        close: (code, reason) => socket.close(code, reason),
        onMessage: (listen) => {
          socket.on('message', (data) => {
            listen(readMessage(String(data))).catch((error: unknown) => {
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
      outflow.stop()
      closed(code, reason).catch((error: unknown) => log.error({ err: error }, 'a subscription did not end cleanly'))
    }
    endings.set(socket, end)
    socket.on('close', (code, reason) => end(code, String(reason)))
    // ws closes the socket by itself; without a listener the process would end with it.
    socket.on('error', (error) => log.debug({ err: error }, 'a WebSocket broke'))
  }

  /**
   * A message, with the text of its variables remembered: JSON.parse loses digits of long numbers. graphql-ws parses texts, and takes
   * what is parsed already as it is; its types do not say so. What is no JSON is left to it.
   */
  function readMessage(text: string): string {
    try {
      const message: { payload?: { variables?: unknown } } = JSON.parse(text)
      rememberSource(message?.payload?.variables, text, ['payload', 'variables'])
      return message as string
    } catch {
      return text
    }
  }

  return {
    accept(request, socket, head) {
      sockets.handleUpgrade(request, socket, head, (opened) => open(opened, socket))
    },
    close() {
      for (const socket of sockets.clients) socket.close(1001, 'Going away')
      // At once, and not when the clients have answered: a socket that closes swallows whatever it is sent.
      for (const end of endings.values()) end(1001, 'Going away')
      sockets.close()
    },
  }
}
