import { type IncomingMessage, Agent as PlainAgent, request as requestPlainly } from 'node:http'
import { request as requestSecurely, Agent as SecureAgent } from 'node:https'
import type { Effects } from '../../kernel/effects.ts'

/** One request, sent at most once. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below the address of the interface; each part is encoded here. */
  readonly path: readonly string[]
  readonly query?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** How long the answer may take, the connecting included. */
  readonly withinMs?: number
}

export interface HttpAnswer {
  readonly status: number
  /** Undefined where it is no JSON: Asterisk says 404 with a page while it starts. */
  readonly body: unknown
  /** What the other side asked us to wait; null where it did not. */
  readonly retryAfterMs: number | null
}

export interface HttpOptions {
  /** Of the interface, for example http://127.0.0.1:8088/ari. */
  readonly url: string
  readonly username: string
  readonly password: string
  readonly effects: Pick<Effects, 'timer' | 'now'>
}

export interface Http {
  /** Of the interface, in full: without a path it is that of Asterisk's default. */
  readonly url: string
  /** Rejects with NotSent or AnswerLost; every status is an answer. */
  ask(request: HttpRequest): Promise<HttpAnswer>
  /** Cuts what is under way. */
  close(): void
}

/** The request provably did not leave this machine. */
export class NotSent extends Error {
  override name = 'NotSent'
}

/** The request may have been received; its answer never will be. */
export class AnswerLost extends Error {
  override name = 'AnswerLost'
}

/** Asterisk allows 100 sessions by default, those that are kept alive included. */
const socketsMax = 20
/** Well below Asterisk's 15 s: what is written into a connection that the other side is closing is lost. */
const idleSocketMs = 5000
const answerWithinMs = 5000
/** The longest is a list of all channels. */
const answerBytesMax = 16 * 1024 * 1024
const retryAfterMaxMs = 3_600_000

/**
 * A client of the interface on node:http, because a request for a call may go out only once: fetch sends a POST again when it is
 * answered 421, follows a 307 or 308 with it, bounds its connections nowhere, and does not say whether a byte has left.
 */
export function createHttp({ url, username, password, effects }: HttpOptions): Http {
  const base = new URL(url)
  const secure = base.protocol === 'https:'
  const basePath = base.pathname.replace(/\/+$/, '') || '/ari'
  const keepAlive = { keepAlive: true, maxSockets: socketsMax, timeout: idleSocketMs }
  const agent = secure ? new SecureAgent(keepAlive) : new PlainAgent(keepAlive)
  const authorization = basicAuthorization(username, password)

  function ask(asked: HttpRequest): Promise<HttpAnswer> {
    const { method, path, query, body, withinMs = answerWithinMs } = asked
    const encodedPath = `${basePath}/${path.map(encodeURIComponent).join('/')}`
    const text = body === undefined ? null : JSON.stringify(body)
    return new Promise((resolve, reject) => {
      let sent = false
      let answering = false
      const fail = (detail: string) => reject(sent ? new AnswerLost(detail) : new NotSent(detail))
      const request = (secure ? requestSecurely : requestPlainly)({
        ...{ agent, method, host: base.hostname.replace(/^\[|\]$/g, ''), port: base.port || (secure ? 443 : 80) },
        path: query === undefined ? encodedPath : `${encodedPath}?${encodeQuery(query)}`,
        headers: {
          authorization,
          ...(text === null
            ? method !== 'GET' && { 'content-length': 0 }
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
        },
      })
      const cancel = effects.timer(withinMs, () => {
        // Said here, since one that waits for a connection would say nothing until it had one, and is then not sent any more.
        fail(`no answer within ${withinMs} ms`)
        request.destroy()
      })
      request.on('socket', (socket) => {
        if (socket.connecting) {
          socket.once(secure ? 'secureConnect' : 'connect', () => {
            sent = true
          })
        } else sent = true
      })
      request.on('error', (error: NodeJS.ErrnoException) => fail(error.message || (error.code ?? error.name)))
      request.on('close', () => {
        cancel()
        // An answer that has begun to arrive says itself how it ends.
        if (!answering) fail('the connection was closed')
      })
      request.on('response', (response) => {
        answering = true
        read(response, effects.now).then(resolve, (error: Error) => {
          request.destroy()
          fail(error.message)
        })
      })
      request.end(text)
    })
  }

  return { url: `${base.origin}${basePath}`, ask, close: () => agent.destroy() }
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

async function read(response: IncomingMessage, now: () => number): Promise<HttpAnswer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > answerBytesMax) throw new Error(`an answer of more than ${answerBytesMax} bytes`)
    chunks.push(chunk)
  }
  const retryAfter = response.headers['retry-after']
  return {
    status: response.statusCode ?? 0,
    body: parse(Buffer.concat(chunks).toString()),
    retryAfterMs: retryAfter === undefined ? null : parseRetryAfter(retryAfter, now()),
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
