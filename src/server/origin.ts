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

/** Whether a WebSocket comes from a page of ours, or from no page at all. Browsers let any page open one to anybody. */
export function isSameOrigin({ origin, host }: IncomingHttpHeaders): boolean {
  if (origin === undefined) return true
  if (!URL.canParse(origin)) return false
  const page = new URL(origin)
  // Read with the page's own protocol, so that a default port is left out on both sides or on none.
  const own = `${page.protocol}//${host}`
  return URL.canParse(own) && new URL(own).host === page.host
}
