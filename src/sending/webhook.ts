import { createHmac } from 'node:crypto'
import type { Sending, SendingResult } from '../domain/sending.ts'
import type { Effects } from '../kernel/effects.ts'
import { createSemaphore } from '../kernel/semaphore.ts'
import { limits } from '../limits.ts'
import { createPoster, type Post, type PostOutcome } from './http.ts'
import type { Channel } from './queue.ts'
import { refused, taken, unknown } from './results.ts'

export type Webhook = Extract<Sending, { type: 'WEBHOOK' }>

export interface WebhookOptions {
  readonly effects: Pick<Effects, 'timer' | 'now'>
  /** Signs each request; null leaves them unsigned. */
  readonly secret: string | null
}

/** Redirects that say: not here. After the others nobody knows whether the request was acted on before. */
const elsewhereStatuses = [301, 307, 308]

/** Sends JSON to whatever address the operator has given. */
export function createWebhooks({ effects, secret }: WebhookOptions): Channel<Webhook> {
  const endpoints = createSemaphore(limits.sendingsPerEndpointMax)
  const hosts = createSemaphore(limits.sendingsPerHostMax)
  const all = createSemaphore(limits.sendingsUnderWayMax)
  const poster = createPoster(effects)
  return {
    refusal({ url: text }) {
      if (!URL.canParse(text)) return 'The address of the webhook is not valid.'
      const url = new URL(text)
      if (!['http:', 'https:'].includes(url.protocol))
        return 'The address of a webhook begins with http:// or https://.'
      // Who may read the actions may read the address: it is no place for a password.
      if (url.username !== '' || url.password !== '') return 'The address of a webhook holds no user and no password.'
      return null
    },
    turns({ url: text }) {
      const { origin, pathname } = new URL(text)
      // Narrow before wide: who waits for a slow endpoint takes no place of the others.
      return [
        [endpoints, origin + pathname],
        [hosts, origin],
        [all, ''],
      ]
    },
    async send({ id, url, method, body }) {
      const request: Post = { url: new URL(url), method, headers: signedHeaders(id, body, effects.now(), secret), body }
      return resultOfPost(await poster.post(request))
    },
    async close() {
      poster.close()
    },
  }
}

/** The headers of Standard Webhooks: the id is that of the sending, so that a receiver can see what came twice. */
export function signedHeaders(id: string, body: string, nowMs: number, secret: string | null): Record<string, string> {
  const timestamp = String(Math.floor(nowMs / 1000))
  const headers = { 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': timestamp }
  if (secret === null) return headers
  const signature = createHmac('sha256', signingKey(secret)).update(`${id}.${timestamp}.${body}`).digest('base64')
  return { ...headers, 'webhook-signature': `v1,${signature}` }
}

/** After `whsec_` the key is written in base64, as the standard has it; any other text is the key itself. */
function signingKey(secret: string): Buffer {
  const prefix = 'whsec_'
  return secret.startsWith(prefix) ? Buffer.from(secret.slice(prefix.length), 'base64') : Buffer.from(secret)
}

/** What is known of a request after that. A 5xx is no refusal: the receiver may have acted before it failed. */
export function resultOfPost(outcome: PostOutcome): SendingResult {
  if (outcome.type === 'NOT_SENT') return refused(`The receiver could not be reached: ${outcome.detail}.`)
  if (outcome.type === 'LOST') return unknown(`The request was sent, and no answer came: ${outcome.detail}.`)
  const { status } = outcome
  if (status >= 200 && status < 300) return taken(`The receiver answered ${status}.`)
  if (elsewhereStatuses.includes(status)) return refused(`The receiver answered ${status}: redirects are not followed.`)
  if (status >= 400 && status < 500) return refused(`The receiver answered ${status}.`)
  return unknown(`The receiver answered ${status}: whether it has acted is not known.`)
}
