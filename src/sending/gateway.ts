import type { Effects } from '../kernel/effects.ts'
import { createSemaphore } from '../kernel/semaphore.ts'
import { limits } from '../limits.ts'
import { createPoster } from './http.ts'
import type { Message } from './message.ts'
import type { Channel } from './queue.ts'
import type { MessageServer } from './servers.ts'
import { resultOfPost, signedHeaders } from './webhook.ts'

export interface GatewayOptions {
  readonly server: Extract<MessageServer, { type: 'HTTP' }>
  readonly effects: Pick<Effects, 'timer' | 'now'>
  /** Signs each request as a webhook is; null leaves them unsigned. */
  readonly secret: string | null
}

/** Hands messages to a gateway as JSON: {id, from, to, text}. Its answers mean what those to a webhook do. */
export function createGateway({ server, effects, secret }: GatewayOptions): Channel<Message> {
  const all = createSemaphore(limits.sendingsPerEndpointMax)
  const poster = createPoster(effects)
  const authorization: Record<string, string> =
    server.authorization === null ? {} : { authorization: server.authorization }
  return {
    refusal: () => null,
    turns: () => [[all, '']],
    async send({ id, from, to, text }) {
      const body = JSON.stringify({ id, from, to, text })
      const headers = { ...signedHeaders(id, body, effects.now(), secret), ...authorization }
      return resultOfPost(await poster.post({ url: server.url, method: 'POST', headers, body }))
    },
    async close() {
      poster.close()
    },
  }
}
