import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { GraphQLError } from 'graphql'
import { CloseCode, type Context, handleProtocols, MessageType, makeServer, parseMessage } from 'graphql-ws'
import { type WebSocket, WebSocketServer } from 'ws'
import type { ContextSource } from '../graphql/context.ts'
import { codedError } from '../graphql/errors.ts'
import { rememberSource } from '../graphql/exact-variables.ts'
import type { Operation, Operations } from '../graphql/operation.ts'
import type { Effects } from '../kernel/effects.ts'
import { limits } from '../limits.ts'
import { createBackpressure } from './backpressure.ts'
import { countJsonValues } from './json-values.ts'
import { createTexts, type Texts } from './texts.ts'

/** "Try again later" of RFC 6455: clients of graphql-ws connect anew after it. */
const tryAgainLater = 1013
/** "Message too big" of RFC 6455. */
const messageTooBig = 1009
const notReadingReason = 'The client did not read for too long. Reconnect, and resume after your last cursor.'

export interface SocketOptions {
  readonly source: ContextSource
  readonly operations: Operations
  readonly timer: Effects['timer']
}

export interface SocketServer {
  /** Takes over a connection that asked for a WebSocket. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Ends every subscription and asks every client to go, with close code 1001. */
  close(): void
}

/** What graphql-ws is handed of an operation, and hands back: it knows nothing of the rest. */
interface SocketOperation extends Operation {
  readonly signal: AbortSignal
  readonly texts: Texts
}

interface UnderWay {
  readonly id: string
  readonly leaving: AbortController
}

/** What belongs to one socket. */
interface Extra {
  readonly texts: Texts
  /** Operations that are being carried out, by what asked for them. */
  readonly underWay: Map<object, UnderWay>
  /** Null before the greeting. */
  context: SocketContext | null
}

type SocketContext = Context<Record<string, unknown>, Extra>

/** GraphQL over WebSocket: the protocol is graphql-ws's, the socket is ws's, and this is what stands between them. */
export function createSocketServer({ source, operations, timer }: SocketOptions): SocketServer {
  const { log } = source
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.socketMessageBytesReadMax,
    handleProtocols: (protocols) => handleProtocols(protocols),
  })
  const protocol = makeServer<Record<string, unknown>, Extra>({
    onConnect(context) {
      context.extra.context = context
    },
    onSubscribe({ subscriptions, extra }, id, payload) {
      if (Object.keys(subscriptions).length > limits.socketOperationsMax) return [tooManyOperations()]
      const prepared = operations.prepare(payload, source)
      if (Array.isArray(prepared)) return prepared
      const leaving = new AbortController()
      extra.underWay.set(payload, { id, leaving })
      return { ...prepared, signal: leaving.signal, texts: extra.texts } satisfies SocketOperation
    },
    onComplete({ extra }, _id, payload) {
      extra.underWay.delete(payload)
    },
    async execute(args) {
      const { signal, texts, ...operation } = args as unknown as SocketOperation
      const { result, dataText } = await operations.execute(operation, signal)
      // Its id may name another operation by now: graphql-ws would give that one this result.
      if (signal.aborted) return new Promise<never>(() => undefined)
      return dataText === null ? result : { ...result, data: texts.keep(dataText) as never }
    },
    subscribe: (args) => operations.subscribe(args as unknown as SocketOperation),
  })
  const endings = new Map<WebSocket, (code: number, reason: string) => void>()

  function open(socket: WebSocket, connection: Duplex): void {
    const backpressure = createBackpressure(socket, connection, timer, () => {
      log.info({}, 'a WebSocket was closed because its client does not read')
      // Read whenever the client reads again, if it does so before ws cuts the socket.
      socket.close(tryAgainLater, notReadingReason)
      end(tryAgainLater, notReadingReason)
    })
    const extra: Extra = { texts: createTexts(), underWay: new Map(), context: null }
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (data) => backpressure.send(extra.texts.fill(data)),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (listen) => {
          socket.on('message', (data) => {
            const message = String(data)
            if (message.length > limits.socketMessageBytesMax) refuseLarge(message, socket, extra)
            else {
              listen(readMessage(message)).catch((error: unknown) => {
                if (socket.readyState !== socket.OPEN) return
                log.error({ err: error }, 'a message of a WebSocket failed because of a defect')
                socket.close(CloseCode.InternalServerError, 'Internal server error')
              })
              leaveCompleted(extra)
            }
          })
        },
      },
      extra,
    )
    const end = (code: number, reason: string) => {
      if (!endings.delete(socket)) return
      backpressure.stop()
      for (const { leaving } of extra.underWay.values()) leaving.abort()
      closed(code, reason).catch((error: unknown) => log.error({ err: error }, 'a subscription did not end cleanly'))
    }
    endings.set(socket, end)
    socket.on('close', (code, reason) => end(code, String(reason)))
    // ws closes the socket automatically; an error event without a listener would end the process.
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

/** Nobody waits any more for what its client has completed: graphql-ws forgets its id at once. */
function leaveCompleted({ context, underWay }: Extra): void {
  for (const [asked, { id, leaving }] of underWay) {
    if (context === null || id in context.subscriptions) continue
    underWay.delete(asked)
    leaving.abort()
  }
}

/** Reported to the one operation, so that the others of the socket continue. A message that is no operation closes the socket. */
function refuseLarge(message: string, socket: WebSocket, { context }: Extra): void {
  const id = context?.acknowledged ? idOfOperation(message) : null
  if (id === null) {
    socket.close(messageTooBig, 'Message too big')
    return
  }
  const text = `A message has at most ${limits.socketMessageBytesMax} bytes. A request by HTTP may be larger.`
  const payload = [codedError('TOO_LARGE', text)]
  socket.send(JSON.stringify({ id, type: MessageType.Error, payload }))
}

function idOfOperation(message: string): string | null {
  if (countJsonValues(message, limits.requestValuesMax) > limits.requestValuesMax) return null
  try {
    const parsed = parseMessage(message)
    return parsed.type === MessageType.Subscribe ? parsed.id : null
  } catch {
    return null
  }
}

function tooManyOperations(): GraphQLError {
  const { socketOperationsMax: max } = limits
  const message = `A socket runs at most ${max} operations at a time.`
  return codedError('RATE_LIMITED', message, {}, { retryAfterMs: 1000 })
}
