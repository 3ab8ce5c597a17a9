import { Readable } from 'node:stream'
import SmtpConnection, { type SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection'
import type { MailServer } from './servers.ts'

interface Envelope {
  readonly from: string
  readonly to: readonly string[]
}

export interface MailAnswer {
  /** What the server said when it took the mail. */
  readonly response: string
  readonly acceptedCount: number
  readonly rejectedCount: number
}

/** The server answered with that code, and did not take the mail; the message holds its answer. */
export class MailRefused extends Error {
  override name = 'MailRefused'
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** One connection to a mail server; one mail at a time goes over it. */
export interface MailConnection {
  /** Connects and logs in. Rejects with MailRefused, or with another error where the server could not be spoken to. */
  open(): Promise<void>
  /** `onText` is called before the first byte of the text leaves. Rejects like `open`. */
  send(envelope: Envelope, text: Buffer, onText: () => void): Promise<MailAnswer>
  isOpen(): boolean
  sentCount(): number
  /** Sends QUIT and closes the connection. */
  quit(): void
  /** Cuts the connection. The step in progress rejects with `why` as its message. */
  close(why: string): void
}

/**
 * A connection by nodemailer. Its transports are not used: its pool sends a mail again when the connection is lost, and neither
 * says whether the text had left. Its deadlines are longer than ours, which end a conversation by `close`.
 */
export function createMailConnection(server: MailServer): MailConnection {
  const connection = new SmtpConnection(connectionOptions(server))
  let fail: (error: Error) => void = () => {}
  let closedBecause = 'the connection was closed'
  let sentCount = 0

  connection.on('error', (error: Error) => fail(error))
  connection.on('end', () => fail(new Error(closedBecause)))

  /** One step of the conversation: it ends by the callback, or with the connection. */
  function step<Answer>(begin: (done: (error: Error | null | undefined, answer?: Answer) => void) => void) {
    return new Promise<Answer | undefined>((resolve, reject) => {
      fail = (error) => reject(toRefusal(error))
      begin((error, answer) => (error ? fail(error) : resolve(answer)))
    })
  }

  return {
    async open() {
      await step<void>((done) => connection.connect(done))
      const { login } = server
      if (login === null) return
      await step<boolean>((done) => connection.login({ user: login.user, pass: login.password }, done))
    },
    async send({ from, to }, text, onText) {
      // The server asks for the text when it has taken the envelope: only then is the stream read.
      const stream = new Readable({
        read() {
          onText()
          this.push(text)
          this.push(null)
        },
      })
      const answer = await step<{ response: string; accepted: string[]; rejected: string[] }>((done) =>
        connection.send({ from, to: [...to], size: text.length }, stream, done),
      )
      sentCount++
      return {
        response: answer?.response ?? '',
        acceptedCount: answer?.accepted.length ?? 0,
        rejectedCount: answer?.rejected.length ?? 0,
      }
    },
    isOpen: () => !connection.destroyed,
    sentCount: () => sentCount,
    quit() {
      if (!connection.destroyed) connection.quit()
    },
    close(why) {
      closedBecause = why
      connection.close()
    },
  }
}

function connectionOptions({ host, port, encryption }: MailServer): SMTPConnectionOptions {
  return {
    ...{ host, port, logger: false, socketCloseTimeout: 0 },
    secure: encryption === 'SERVER',
    requireTLS: encryption === 'REQUIRED',
    ignoreTLS: encryption === 'NONE',
  }
}

function toRefusal(error: Error & { responseCode?: number }): Error {
  const { responseCode = 0 } = error
  return responseCode >= 400 ? new MailRefused(responseCode, error.message) : error
}
