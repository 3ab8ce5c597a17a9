import { request as requestPlainly } from 'node:http'
import { request as requestSecurely } from 'node:https'
import type { Effects } from '../kernel/effects.ts'
import { limits } from '../limits.ts'
import { describe } from './results.ts'

/** One request, sent at most once. */
export interface Post {
  /** http or https, without user and password. */
  readonly url: URL
  readonly method: 'POST' | 'PUT'
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export type PostOutcome =
  | { readonly type: 'ANSWERED'; readonly status: number }
  /** The request provably did not leave this machine. */
  | { readonly type: 'NOT_SENT'; readonly detail: string }
  /** The request may have been received; its answer never will be. */
  | { readonly type: 'LOST'; readonly detail: string }

export interface Poster {
  /** Never rejects. */
  post(post: Post): Promise<PostOutcome>
  /** Aborts requests in progress. */
  close(): void
}

/**
 * Sends requests, and takes in their answers without looking at the bodies. On node:http, because a request may go out only once:
 * fetch sends a POST again when it is answered 421 and does not say whether a byte has left. Each request has a connection of
 * its own: what is written into one that the other side is just closing would be lost, and nobody could tell.
 */
export function createPoster(effects: Pick<Effects, 'timer'>): Poster {
  const underWay = new Set<(detail: string) => void>()

  function post({ url, method, headers, body }: Post): Promise<PostOutcome> {
    const secure = url.protocol === 'https:'
    return new Promise((resolve) => {
      let connected = false
      let status: number | null = null
      const request = (secure ? requestSecurely : requestPlainly)(url, {
        ...{ agent: false, method },
        headers: { 'user-agent': 'dialgraph', ...headers, 'content-length': Buffer.byteLength(body) },
      })
      const finish = (detail: string) => {
        cancel()
        underWay.delete(finish)
        if (status !== null) resolve({ type: 'ANSWERED', status })
        else resolve({ type: connected ? 'LOST' : 'NOT_SENT', detail })
        request.destroy()
      }
      const late = `no answer within ${limits.sendingWithinMs} ms`
      const cancel = effects.timer(limits.sendingWithinMs, () => finish(late))
      underWay.add(finish)
      request.on('socket', (socket) =>
        socket.once(secure ? 'secureConnect' : 'connect', () => {
          connected = true
        }),
      )
      request.on('error', (error) => finish(describe(error)))
      request.on('close', () => finish('the connection was closed'))
      request.on('response', (response) => {
        status = response.statusCode ?? 0
        let bytes = 0
        // Read to its end where that is near: some receivers give up what they do when a client leaves early.
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length
          if (bytes > limits.sendingAnswerBytesMax) finish('the answer is long')
        })
        response.on('error', (error) => finish(describe(error)))
        response.on('end', () => finish('the answer has ended'))
      })
      request.end(body)
    })
  }

  return {
    post,
    close() {
      for (const finish of underWay) finish('the program ends')
    },
  }
}
