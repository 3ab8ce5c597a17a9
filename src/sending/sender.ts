import type { Sender, Sending, SendingResult } from '../domain/sending.ts'
import { unreachable } from '../kernel/assert.ts'
import type { Effects } from '../kernel/effects.ts'
import type { Log } from '../kernel/log.ts'
import { readFirst } from '../kernel/read-first.ts'
import { createEmails, type Email } from './email.ts'
import { createGateway } from './gateway.ts'
import { createMessages, type Message } from './message.ts'
import { createSendQueue, type SendQueue } from './queue.ts'
import { refused } from './results.ts'
import type { MailServer, MessageServer } from './servers.ts'
import { createWebhooks } from './webhook.ts'

export interface SenderOptions {
  readonly effects: Effects
  readonly log: Log
  /** Null: no mail can be sent. */
  readonly mail: MailServer | null
  /** Null: no message can be sent. */
  readonly messages: MessageServer | null
  /** Signs webhooks, and requests to a gateway of messages; null leaves them unsigned. */
  readonly webhookSecret: string | null
}

const missingMail = 'No mail can be sent here: DIALGRAPH_SMTP_URL is not set.'
const missingMessages = 'No message can be sent here: DIALGRAPH_SMPP_URL is not set.'

/**
 * Sends what actions send: each thing at most once, and each kind apart from the others. What it knows of a thing afterwards is in
 * docs/sending.md. No connection is made before there is something to send.
 */
export function createSender({ log, mail, messages, webhookSecret: secret, ...options }: SenderOptions): Sender {
  const effects = readFirst(options.effects)
  const webhooks = createSendQueue({ channel: createWebhooks({ effects, secret }), effects, log })
  const emails: SendQueue<Email> | null =
    mail && createSendQueue({ channel: createEmails({ server: mail, effects }), effects, log })
  const texts: SendQueue<Message> | null = messages && createSendQueue({ channel: channelOf(messages), effects, log })

  function channelOf(server: MessageServer) {
    return server.type === 'SMPP'
      ? createMessages({ server, effects, log })
      : createGateway({ server, effects, secret })
  }

  function missing(type: Sending['type']): string | null {
    switch (type) {
      case 'WEBHOOK':
        return null
      case 'EMAIL':
        return emails === null ? missingMail : null
      case 'MESSAGE':
        return texts === null ? missingMessages : null
      default:
        return unreachable(type)
    }
  }

  return {
    missing,
    async send(sending): Promise<SendingResult> {
      switch (sending.type) {
        case 'WEBHOOK':
          return webhooks.send(sending)
        case 'EMAIL':
          return emails?.send(sending) ?? refused(missingMail)
        case 'MESSAGE':
          return texts?.send(sending) ?? refused(missingMessages)
        default:
          return unreachable(sending)
      }
    },
    async stop() {
      await Promise.all([webhooks.stop(), emails?.stop(), texts?.stop()])
    },
  }
}
