import type { IncomingMessage, ServerResponse } from 'node:http'

const methods = 'GET, POST'
const requestHeaders = 'content-type, accept, apollo-require-preflight, x-graphql-yoga-csrf'
const responseHeaders = 'dialgraph-cost, retry-after'
/** How long a browser may remember a preflight, in seconds: two hours are the most that any does. */
const rememberedSeconds = '7200'

/** Lets pages of the listed origins read the answer. Never with credentials: there are no cookies to be sent. */
export function allowOrigin(
  request: IncomingMessage,
  response: ServerResponse,
  allowedOrigins: readonly string[],
): void {
  if (allowedOrigins.length === 0) return
  response.setHeader('vary', 'origin')
  const { origin } = request.headers
  if (origin === undefined || !allowedOrigins.includes(origin)) return
  response.setHeader('access-control-allow-origin', origin)
  response.setHeader('access-control-expose-headers', responseHeaders)
}

/** Answers a browser that asks beforehand whether a page of a listed origin may ask. False for any other request. */
export function answerPreflight(
  request: IncomingMessage,
  response: ServerResponse,
  allowedOrigins: readonly string[],
): boolean {
  const { origin, 'access-control-request-method': method } = request.headers
  if (request.method !== 'OPTIONS' || method === undefined) return false
  if (origin === undefined || !allowedOrigins.includes(origin)) return false
  response.writeHead(204, {
    'access-control-allow-methods': methods,
    'access-control-allow-headers': requestHeaders,
    'access-control-max-age': rememberedSeconds,
  })
  response.end()
  return true
}
