import type { IncomingHttpHeaders } from 'node:http'
import { isLoopback } from '../kernel/loopback.ts'

/**
 * Whether a request names a host that we answer to. A server that is bound to this machine alone answers to its loopback
 * names only: a foreign page whose name was rebound to 127.0.0.1 would else be of one origin with us. A request without
 * a name, as only HTTP/1.0 has it, is from no browser.
 */
export function isHostAllowed({ host }: IncomingHttpHeaders, boundTo: string): boolean {
  if (host === undefined) return true
  if (!hostPattern.test(host) || !URL.canParse(`http://${host}/`)) return false
  return !isLoopback(boundTo) || isLoopback(new URL(`http://${host}/`).hostname)
}

/** A name or an address, perhaps with a port: nothing that means something else in a URL or in a header. */
const hostPattern = /^([\w.-]+|\[[\da-fA-F:.]+\])(:\d+)?$/

/** Whether a request comes from a page of this very server. */
function isOwnOrigin(origin: string, host: string | undefined): boolean {
  if (!URL.canParse(origin)) return false
  const page = new URL(origin)
  // Read with the page's own protocol, so that a default port is left out on both sides or on none.
  const own = `${page.protocol}//${host}`
  return URL.canParse(own) && new URL(own).host === page.host
}

/** Whether a WebSocket may be opened: by no page at all, or by one of ours or of a listed origin. Browsers let any page try. */
export function maySocketOpen({ origin, host }: IncomingHttpHeaders, allowedOrigins: readonly string[]): boolean {
  return origin === undefined || isOwnOrigin(origin, host) || allowedOrigins.includes(origin)
}

/** Headers that no page may send to another origin without having asked before, which is answered for listed ones only. */
const askedForHeaders = ['apollo-require-preflight', 'x-graphql-yoga-csrf'] as const

/**
 * Whether a request may be carried out. Any page may have a browser send GET requests to anybody, `<img src>` is enough,
 * so what comes from a browser has to show that its page was allowed to: by a header that needs a preflight, by being of
 * our own origin, or of a listed one. Requests of other programs have no Origin header. "null" is that of sandboxed
 * frames and local files of any author.
 */
export function mayAsk(headers: IncomingHttpHeaders, allowedOrigins: readonly string[]): boolean {
  const { origin, host, 'content-type': contentType, 'sec-fetch-site': site } = headers
  if (origin === 'null') return false
  if (isJson(contentType) || askedForHeaders.some((name) => (headers[name] ?? '') !== '')) return true
  if (site === 'same-origin') return true
  if (origin !== undefined) return isOwnOrigin(origin, host) || allowedOrigins.includes(origin)
  return site === undefined
}

/** Whether a content type is JSON, whatever its parameters. */
export function isJson(contentType: string | undefined): boolean {
  const [mediaType = ''] = (contentType ?? '').split(';', 1)
  return mediaType.trim().toLowerCase() === 'application/json'
}
