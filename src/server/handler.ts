import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { AppApi } from '../app/api.ts'
import type { ErrorCode } from '../graphql/errors.ts'
import type { Log } from '../kernel/log.ts'
import { limits } from '../limits.ts'
import { acceptableOf, acceptHeaderOf } from './accept.ts'
import { allowOrigin, answerPreflight } from './cors.ts'
import type { Graphiql } from './graphiql.ts'
import { isHostAllowed, isJson, mayAsk } from './origin.ts'
import { sendGraphqlError, sendJson } from './respond.ts'

export const graphqlPath = '/graphql'

export interface HandlerOptions {
  readonly app: AppApi
  readonly log: Log
  /** The address that the server is bound to. */
  readonly host: string
  readonly graphql: (request: IncomingMessage, response: ServerResponse) => unknown
  readonly graphiql: Graphiql | null
  /** Origins whose pages may ask, besides our own. */
  readonly allowedOrigins: readonly string[]
  /** Answers a request for a spoken text; false for any other. */
  readonly serveSpeech?: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined
  readonly isStopping: () => boolean
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** The path of a request, without its query. */
export function pathOf({ url = '/' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? '/'
}

/** Every request that is no WebSocket. */
export function createHandler(options: HandlerOptions): Handler {
  return (request, response) => {
    route(request, response, options).catch((error: unknown) => {
      options.log.error({ err: error, path: pathOf(request) }, 'a request could not be answered')
      if (response.headersSent) response.destroy()
      else sendGraphqlError(response, 500, 'INTERNAL_SERVER_ERROR', 'Internal server error.')
    })
  }
}

async function route(request: IncomingMessage, response: ServerResponse, options: HandlerOptions): Promise<void> {
  if (!isHostAllowed(request.headers, options.host)) {
    sendJson(response, 403, { error: 'This server does not accept requests for the name in the Host header.' })
    return
  }
  const path = pathOf(request)
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  if (path === graphqlPath) await answerGraphql(request, response, options)
  else if (path === '/health' && isRead) sendJson(response, 200, { status: 'ok' })
  else if (path === '/ready' && isRead) await answerReady(response, options)
  else if (!options.serveSpeech?.(request, response))
    sendJson(response, 404, { error: `There is nothing at this path. The API is at ${graphqlPath}.` })
}

async function answerReady(response: ServerResponse, { app, log, isStopping }: HandlerOptions): Promise<void> {
  if (isStopping()) {
    sendJson(response, 503, { status: 'stopping' })
    return
  }
  try {
    const { here, state, reason } = await app.probe()
    // Of an engine in another process, that one's readiness tells.
    const isHalted = here && state === 'HALTED'
    sendJson(response, isHalted ? 503 : 200, { status: isHalted ? 'halted' : 'ready', engine: { state, reason } })
  } catch (error) {
    log.warn({ err: error }, 'not ready: the probe failed')
    sendJson(response, 503, { status: 'unavailable' })
  }
}

async function answerGraphql(request: IncomingMessage, response: ServerResponse, options: HandlerOptions) {
  const { graphiql, graphql, allowedOrigins } = options
  allowOrigin(request, response, allowedOrigins)
  if (answerPreflight(request, response, allowedOrigins)) return
  const isPage = request.method === 'GET' && request.headers.accept?.includes('text/html')
  if (isPage && graphiql !== null) await graphiql.send(request, response)
  else if (!refuse(request, response, allowedOrigins)) await graphql(request, response)
}

/** Refuses what is not a request for GraphQL, or may not be made; and writes the headers of others so that Yoga knows them. */
function refuse(request: IncomingMessage, response: ServerResponse, allowedOrigins: readonly string[]): boolean {
  const { headers, method } = request
  const refusal =
    refusalOfMethod(method) ??
    (method === 'POST' ? refusalOfBody(headers) : null) ??
    (mayAsk(headers, allowedOrigins) ? null : foreignPage) ??
    refusalOfAccept(headers)
  if (refusal === null) return false
  const { status, code = 'BAD_USER_INPUT', message, headers: more = {} } = refusal
  sendGraphqlError(response, status, code, message, more)
  return true
}

interface RefusedRequest {
  readonly status: number
  readonly code?: ErrorCode
  readonly message: string
  readonly headers?: OutgoingHttpHeaders
}

const foreignPage: RefusedRequest = {
  status: 403,
  code: 'FORBIDDEN',
  message:
    'The request comes from a page of another origin. List the origin in DIALGRAPH_ALLOWED_ORIGINS, and send the content-type application/json.',
}

function refusalOfMethod(method: string | undefined): RefusedRequest | null {
  if (method === 'GET' || method === 'POST') return null
  return { status: 405, message: 'Send GraphQL requests by GET or POST.', headers: { allow: 'GET, POST' } }
}

/** Any page may send a form, or plain text, to anybody without asking; JSON it may not. So nothing but JSON is read. */
function refusalOfBody(headers: IncomingHttpHeaders): RefusedRequest | null {
  if (!isJson(headers['content-type'])) {
    return { status: 415, message: 'The content-type of a POST must be application/json.' }
  }
  // Yoga knows it in lower case and without a space only.
  headers['content-type'] = 'application/json'
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity'
  // None is undone: a few kilobytes may stand for gigabytes.
  if (encoding !== 'identity') {
    const message = 'The body of a request must not be compressed.'
    return { status: 415, message, headers: { 'accept-encoding': 'identity' } }
  }
  if (Number(headers['content-length'] ?? 0) > limits.requestBytesMax) {
    // The connection is closed, or the rest of the body would have to be read.
    return { status: 413, code: 'TOO_LARGE', message: bodyTooLargeMessage, headers: { connection: 'close' } }
  }
  return null
}

function refusalOfAccept(headers: IncomingHttpHeaders): RefusedRequest | null {
  const acceptable = acceptableOf(headers.accept)
  headers.accept = acceptHeaderOf(acceptable)
  if (headers.accept !== '') return null
  const message =
    'The available media types are application/json, application/graphql-response+json and text/event-stream.'
  return { status: 406, message }
}

export const bodyTooLargeMessage = `The body of a request has at most ${limits.requestBytesMax} bytes.`
