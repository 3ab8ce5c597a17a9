import { domainToASCII } from 'node:url'
import MailComposer from 'nodemailer/lib/mail-composer'
import type { Sending, SendingResult } from '../domain/sending.ts'
import type { Cancel, Effects } from '../kernel/effects.ts'
import { quote } from '../kernel/quote.ts'
import { createSemaphore } from '../kernel/semaphore.ts'
import { limits } from '../limits.ts'
import { createMailConnection, type MailAnswer, type MailConnection, MailRefused } from './mail-connection.ts'
import type { Channel } from './queue.ts'
import { describe, refused, taken, unknown } from './results.ts'
import { isMailAddress, type MailServer } from './servers.ts'

export type Email = Extract<Sending, { type: 'EMAIL' }>

export interface EmailOptions {
  readonly server: MailServer
  readonly effects: Pick<Effects, 'timer' | 'now'>
}

/** A server that says this ends the connection, whatever was asked (RFC 5321 4.2.1). */
const closingCode = 421

/** Hands mails to one server, over a few connections that are kept while there is something to send. */
export function createEmails({ server, effects }: EmailOptions): Channel<Email> {
  const places = createSemaphore(limits.mailConnectionsMax)
  const open = new Set<MailConnection>()
  const idle: { readonly connection: MailConnection; readonly cancel: Cancel }[] = []
  let isClosed = false

  /** A connection that was used before and seems to be open still. */
  function takeIdle(): MailConnection | null {
    const { connection, cancel } = idle.pop() ?? {}
    if (connection === undefined) return null
    cancel?.()
    if (connection.isOpen()) return connection
    open.delete(connection)
    return takeIdle()
  }

  function keep(connection: MailConnection): void {
    if (connection.sentCount() >= limits.mailsPerConnectionMax) {
      part(connection)
      return
    }
    const end = () => {
      idle.splice(idle.indexOf(entry), 1)
      part(connection)
    }
    const entry = { connection, cancel: effects.timer(limits.mailConnectionIdleMs, end, { background: true }) }
    idle.push(entry)
  }

  function part(connection: MailConnection): void {
    connection.quit()
    effects.timer(limits.farewellMs, () => drop(connection, 'it did not answer the farewell'), { background: true })
  }

  function drop(connection: MailConnection, why: string): void {
    open.delete(connection)
    connection.close(why)
  }

  /** `isStale`: an idle connection turned out to be dead, and nothing of the mail can have been taken. */
  async function converse(mail: Email, text: Buffer, connection: MailConnection, isReused: boolean) {
    let hasTextLeft = false
    try {
      if (!isReused) await connection.open()
      const envelope = { from: toAscii(server.from.address), to: mail.to.map(toAscii) }
      const answer = await connection.send(envelope, text, () => {
        hasTextLeft = true
      })
      keep(connection)
      return { result: resultOfAnswer(answer), isStale: false }
    } catch (error) {
      drop(connection, describe(error))
      const isClosing = !(error instanceof MailRefused) || error.code === closingCode
      return { result: resultOfFailure(error, hasTextLeft), isStale: isReused && isClosing && !hasTextLeft }
    }
  }

  return {
    refusal: ({ to, subject }) => refusal(to, subject),
    turns: () => [[places, '']],
    async send(mail) {
      const text = await compose(mail, server, effects.now())
      let current: MailConnection | null = null
      let isLate = false
      const cancel = effects.timer(limits.mailWithinMs, () => {
        isLate = true
        if (current) drop(current, `no answer within ${limits.mailWithinMs} ms`)
      })
      try {
        for (;;) {
          const used = takeIdle()
          current = used ?? createMailConnection(server)
          open.add(current)
          if (isClosed) drop(current, 'the program ends')
          const { result, isStale } = await converse(mail, text, current, used !== null)
          if (!isStale || isLate || isClosed) return result
        }
      } finally {
        cancel()
      }
    },
    async close() {
      isClosed = true
      for (const { cancel } of idle.splice(0)) cancel()
      for (const connection of open) drop(connection, 'the program ends')
    },
  }
}

/** The address with the domain as it stands in the DNS; a local part of other letters is for the server to take or refuse. */
function toAscii(address: string): string {
  const domainAt = address.lastIndexOf('@') + 1
  const domain = address.slice(domainAt)
  return address.slice(0, domainAt) + (domainToASCII(domain) || domain)
}

/** Why a mail cannot go out. A line break would end a header or a command and begin one of the writer's own. */
function refusal(to: readonly string[], subject: string): string | null {
  if (to.length === 0) return 'The mail has no recipient.'
  const index = to.findIndex((address) => !isMailAddress(address))
  if (index >= 0) return `Recipient ${index + 1} of ${to.length} is not a plain mail address.`
  return /\p{Cc}/u.test(subject) ? 'The subject of a mail is one line, without control characters.' : null
}

/** The mail as it is sent: plain text in UTF-8. Its Message-ID is that of the sending, so that a receiver can see doubles. */
function compose({ id, to, subject, text }: Email, { from }: MailServer, nowMs: number): Promise<Buffer> {
  const domain = from.address.slice(from.address.lastIndexOf('@') + 1)
  return new MailComposer({
    ...{ from, to: to.map((address) => ({ name: '', address })), subject, text },
    ...{ messageId: `<${id}@${domain}>`, date: new Date(nowMs) },
    ...{ disableFileAccess: true, disableUrlAccess: true },
  })
    .compile()
    .build()
}

function resultOfAnswer({ response, acceptedCount, rejectedCount }: MailAnswer): SendingResult {
  if (rejectedCount === 0) return taken(`The mail server answered: ${quote(response)}`)
  // Neither taken nor refused is true of it, and it must not be sent again to those who have it.
  const count = acceptedCount + rejectedCount
  return unknown(`The mail server took it for ${acceptedCount} of ${count} recipients and refused the others.`)
}

/** Without an answer the mail is lost to us once its text has begun to leave: the server may have had its end. */
function resultOfFailure(error: unknown, hasTextLeft: boolean): SendingResult {
  if (error instanceof MailRefused) return refused(`The mail server refused it: ${quote(error.message)}`)
  return hasTextLeft
    ? unknown(`The mail was sent, and no answer came: ${describe(error)}.`)
    : refused(`The mail server could not be reached: ${describe(error)}.`)
}
