import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AppApi } from '../app/api.ts'
import type { Log } from '../kernel/log.ts'
import { limits } from '../limits.ts'
import type { Graphiql } from './graphiql.ts'
import { isHostAllowed } from './origin.ts'
import { sendGraphqlError, sendJson } from './respond.ts'

export const graphqlPath = '/graphql'

export interface HandlerOptions {
  readonly app: AppApi
  readonly log: Log
  /** The address that the server is bound to. */
  readonly host: string
  readonly graphql: (request: IncomingMessage, response: ServerResponse) => unknown
  readonly graphiql: Graphiql | null
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
    sendJson(response, 403, { error: 'This server does not answer to the name in the Host header.' })
    return
  }
  const path = pathOf(request)
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  if (path === graphqlPath) await answerGraphql(request, response, options)
  else if (path === '/health' && isRead) sendJson(response, 200, { status: 'ok' })
  else if (path === '/ready' && isRead) await answerReady(response, options)
  else if (!options.serveSpeech?.(request, response))
    sendJson(response, 404, { error: `Nothing is here. The API is at ${graphqlPath}.` })
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
  const { graphiql, graphql } = options
  switch (request.method) {
    case 'GET':
      if (graphiql !== null && request.headers.accept?.includes('text/html')) await graphiql.send(request, response)
      else await graphql(request, response)
      return
    case 'POST':
      if (refusePost(request, response)) return
      await graphql(request, response)
      return
    default:
      sendGraphqlError(response, 405, 'BAD_USER_INPUT', 'GraphQL is asked by GET or POST.', { allow: 'GET, POST' })
  }
}

/** Any page may send a form, or plain text, to anybody without asking; JSON it may not. So nothing but JSON is read. */
function refusePost({ headers }: IncomingMessage, response: ServerResponse): boolean {
  const [mediaType = ''] = (headers['content-type'] ?? '').split(';', 1)
  if (mediaType.trim().toLowerCase() !== 'application/json') {
    sendGraphqlError(response, 415, 'BAD_USER_INPUT', 'The content-type of a POST must be application/json.')
    return true
  }
  // Yoga knows it in lower case and without a space only.
  headers['content-type'] = 'application/json'
  if (Number(headers['content-length'] ?? 0) > limits.requestBytesMax) {
    // The connection is closed, or the rest of the body would have to be read.
    sendGraphqlError(response, 413, 'BAD_USER_INPUT', bodyTooLargeMessage, { connection: 'close' })
    return true
  }
  return false
}

export const bodyTooLargeMessage = `The body of a request is at most ${limits.requestBytesMax} bytes.`
