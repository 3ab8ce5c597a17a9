import { type IncomingMessage, Agent as PlainAgent, request as requestPlainly } from 'node:http'
import { request as requestSecurely, Agent as SecureAgent } from 'node:https'
import type { Effects } from '../../kernel/effects.ts'
import { AnswerLost, NotSent } from '../../kernel/exchange.ts'
import { createRequestQueue } from './request-queue.ts'
import { interfacePath } from './settings.ts'

/** One request, sent at most once. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below the address of the interface; each part is encoded here. */
  readonly path: readonly string[]
  readonly query?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** How long the answer may take, the waiting for a connection and the connecting included. */
  readonly withinMs?: number
  /** How long the request may wait for a connection; `withinMs` where nothing is said. */
  readonly waitsMs?: number
  /** Requests for new calls let all others go first. */
  readonly isNewCall?: boolean
  /** Called when there is a connection, right before the request is sent. False withdraws the request: it is never sent. */
  readonly beforeSending?: () => boolean
}

/** There was no connection for a request in time: too many others were in progress. */
export class NoConnectionFree extends NotSent {
  override name = 'NoConnectionFree'
}

export interface HttpAnswer {
  readonly status: number
  /** Undefined where it is no JSON: Asterisk says 404 with a page while it starts. */
  readonly body: unknown
  /** What the other side asked us to wait; null where it did not. */
  readonly retryAfterMs: number | null
}

/** A request as it goes over the wire, and the callbacks for its outcome: of `answered` and `failed` the first counts. */
export interface WireRequest {
  readonly method: HttpRequest['method']
  /** Encoded, with its query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | number>>
  readonly text: string | null
  /** From now on it may have been received. */
  sent(): void
  answered(answer: WireAnswer): void
  failed(detail: string): void
}

interface WireAnswer {
  readonly status: number
  readonly text: string
  readonly retryAfter: string | undefined
}

/** The way to the other side. */
interface HttpWire {
  /** Sends a request once. Returns how it is cut: it is not sent any more then, unless it has been. */
  send(request: WireRequest): () => void
  /** Aborts requests in progress. */
  close(): void
}

export type OpenHttp = (base: URL) => HttpWire

export interface HttpOptions {
  /** Of the interface, for example http://127.0.0.1:8088/ari. */
  readonly url: string
  readonly username: string
  readonly password: string
  readonly effects: Pick<Effects, 'timer' | 'now'>
  /** Instead of connections of node:http to `url`. */
  readonly openHttp?: OpenHttp | undefined
}

export interface Http {
  /** Of the interface, in full: without a path it is that of Asterisk's default. */
  readonly url: string
  /** Requests for new calls that wait for a connection. */
  readonly newCallsWaiting: number
  /** Requests for new calls that would be sent at once. */
  readonly newCallsRoom: number
  /** Rejects with NotSent or AnswerLost; every status is an answer. */
  ask(request: HttpRequest): Promise<HttpAnswer>
  /** Aborts requests in progress. */
  close(): void
}

/** Asterisk allows 100 sessions by default, those that are kept alive included. */
const socketsMax = 20
/** Requests for calls in progress are not delayed by requests that place calls. */
const newCallSocketsMax = 16
/** Well below Asterisk's 15 s: what is written into a connection that the other side is closing is lost. */
const idleSocketMs = 5000
const answerWithinMs = 5000
/** The longest is a list of all channels. */
const answerBytesMax = 16 * 1024 * 1024
const retryAfterMaxMs = 3_600_000

/** A client of the interface. */
export function createHttp({ url, username, password, effects, openHttp = openNodeHttp }: HttpOptions): Http {
  const base = new URL(url)
  const basePath = base.pathname.replace(/\/+$/, '') || interfacePath
  const wire = openHttp(base)
  const queue = createRequestQueue({ underWayMax: socketsMax, newCallsUnderWayMax: newCallSocketsMax })
  const authorization = basicAuthorization(username, password)

  function ask(asked: HttpRequest): Promise<HttpAnswer> {
    const { withinMs = answerWithinMs, waitsMs = withinMs, isNewCall = false, beforeSending = () => true } = asked
    return new Promise((resolve, reject) => {
      let isSent = false
      let cut = () => {}
      let leave = () => {}
      const end = () => {
        cancelTimer()
        cancelWaiting()
        leave()
      }
      const fail = (detail: string) => {
        end()
        reject(isSent ? new AnswerLost(detail) : new NotSent(detail))
      }
      const cancelTimer = effects.timer(withinMs, () => {
        // Settled before the connection is cut, which may say why it ended.
        fail(`no answer within ${withinMs} ms`)
        cut()
      })
      const cancelWaiting = effects.timer(waitsMs, () => {
        end()
        reject(new NoConnectionFree(`no connection was free within ${waitsMs} ms`))
      })
      leave = queue.enter(isNewCall, (leaveQueue) => {
        leave = leaveQueue
        cancelWaiting()
        if (!beforeSending()) return fail('it was withdrawn')
        cut = wire.send({
          ...wireRequestOf(asked),
          sent() {
            isSent = true
          },
          answered({ status, text, retryAfter }) {
            end()
            const retryAfterMs = retryAfter === undefined ? null : parseRetryAfter(retryAfter, effects.now())
            resolve({ status, body: parse(text), retryAfterMs })
          },
          failed: fail,
        })
      })
    })
  }

  function wireRequestOf({ method, path, query, body }: HttpRequest) {
    const encodedPath = `${basePath}/${path.map(encodeURIComponent).join('/')}`
    const text = body === undefined ? null : JSON.stringify(body)
    return {
      ...{ method, text, path: query === undefined ? encodedPath : `${encodedPath}?${encodeQuery(query)}` },
      headers: {
        authorization,
        ...(text === null
          ? method !== 'GET' && { 'content-length': 0 }
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
      },
    }
  }

  return {
    url: `${base.origin}${basePath}`,
    get newCallsRoom() {
      return queue.newCallsRoom
    },
    get newCallsWaiting() {
      return queue.newCallsWaiting
    },
    ask,
    close: () => wire.close(),
  }
}

/**
 * The way to the other side on node:http, because a request for a call may go out only once: fetch sends a POST again when it
 * is answered 421, follows a 307 or 308 with it, bounds its connections nowhere, and does not say whether a byte has left.
 */
function openNodeHttp(base: URL): HttpWire {
  const secure = base.protocol === 'https:'
  const keepAlive = { keepAlive: true, maxSockets: socketsMax, timeout: idleSocketMs }
  const agent = secure ? new SecureAgent(keepAlive) : new PlainAgent(keepAlive)
  return {
    send({ method, path, headers, text, sent, answered, failed }) {
      let answering = false
      const request = (secure ? requestSecurely : requestPlainly)({
        ...{ agent, method, host: base.hostname.replace(/^\[|\]$/g, ''), port: base.port || (secure ? 443 : 80) },
        ...{ path, headers },
      })
      request.on('socket', (socket) => {
        if (socket.connecting) socket.once(secure ? 'secureConnect' : 'connect', sent)
        else sent()
      })
      request.on('error', (error: NodeJS.ErrnoException) => failed(error.message || (error.code ?? error.name)))
      request.on('close', () => {
        // An answer that has begun to arrive says itself how it ends.
        if (!answering) failed('the connection was closed')
      })
      request.on('response', (response) => {
        answering = true
        read(response).then(answered, (error: Error) => {
          request.destroy()
          failed(error.message)
        })
      })
      request.end(text)
      return () => void request.destroy()
    },
    close: () => agent.destroy(),
  }
}

/** The header that says who asks. */
export function basicAuthorization(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

/** Spaces as %20: Asterisk leaves a plus as it is. */
export function encodeQuery(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&')
}

async function read(response: IncomingMessage): Promise<WireAnswer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > answerBytesMax) throw new Error(`an answer of more than ${answerBytesMax} bytes`)
    chunks.push(chunk)
  }
  return {
    status: response.statusCode ?? 0,
    text: Buffer.concat(chunks).toString(),
    retryAfter: response.headers['retry-after'],
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Seconds or a date (RFC 9110). What is neither, or far off, is not kept as it stands. */
function parseRetryAfter(text: string, nowMs: number): number | null {
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs
  return Number.isNaN(ms) ? null : Math.min(retryAfterMaxMs, Math.max(0, ms))
}
