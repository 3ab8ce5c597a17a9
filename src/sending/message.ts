import type { PDU } from 'smpp'
import type { Sending, SendingResult } from '../domain/sending.ts'
import type { Effects } from '../kernel/effects.ts'
import { NotSent } from '../kernel/exchange.ts'
import type { Log } from '../kernel/log.ts'
import { quote } from '../kernel/quote.ts'
import { createSemaphore } from '../kernel/semaphore.ts'
import { limits } from '../limits.ts'
import { createAdaptiveRate } from './adaptive-rate.ts'
import { createMessageLink } from './message-link.ts'
import { type MessageCentre, statusName } from './message-session.ts'
import { countParts, encodeText, type MessagePart, splitText } from './message-text.ts'
import type { Channel } from './queue.ts'
import { describe, refused, taken, unknown } from './results.ts'

export type Message = Extract<Sending, { type: 'MESSAGE' }>

export interface MessagesOptions {
  readonly server: MessageCentre
  readonly effects: Effects
  readonly log: Log
}

/** A number of international form, numbering plan E.164, written without the plus. */
const international = { ton: 1, npi: 1 }
const hasHeaderClass = 0x40
const referencesMax = 256
const success = 0
/** ESME_RTHROTTLED and ESME_RMSGQFUL: not now. What was answered so was not taken, and may be sent again. */
const throttledStatuses = [0x58, 0x14]
const numberPattern = /^\+[0-9]{8,15}$/

/** Hands messages to one message centre by SMPP 3.4. */
export function createMessages({ server, effects, log }: MessagesOptions): Channel<Message> {
  const places = createSemaphore(limits.messagesUnderWayMax)
  const link = createMessageLink({ server, effects, log })
  const pace = createAdaptiveRate({ effects, perSecondMax: limits.messagesPerSecondMax })
  let reference = Math.floor(effects.random() * referencesMax)

  function fieldsOf({ from, to }: Message, { dataCoding, hasHeader }: Omit<MessagePart, 'bytes'>) {
    return {
      ...{ source_addr_ton: international.ton, source_addr_npi: international.npi, source_addr: from.slice(1) },
      ...{ dest_addr_ton: international.ton, dest_addr_npi: international.npi, destination_addr: to.slice(1) },
      ...{ data_coding: dataCoding, esm_class: hasHeader ? hasHeaderClass : 0 },
    }
  }

  /** The part is submitted once; again only after an answer that says that it was not taken. */
  async function submit(fields: Readonly<Record<string, unknown>>, deadlineMs: number): Promise<SendingResult> {
    for (let wasThrottled = false; ; ) {
      if (!(await pace.turn(deadlineMs - effects.monotonic(), wasThrottled)))
        return refused(
          wasThrottled ? 'The message centre took no more in that time.' : 'Its turn did not come in time.',
        )
      const session = await link.session(deadlineMs - effects.monotonic())
      if (session === null) return refused(`The message centre could not be reached: ${link.trouble()}.`)
      const askedAtMs = effects.monotonic()
      try {
        const answer = await session.submit(fields)
        if (!throttledStatuses.includes(answer.command_status)) return resultOf(answer)
        pace.throttled(askedAtMs)
        wasThrottled = true
      } catch (error) {
        if (!(error instanceof NotSent)) return unknown(`It was submitted, and no answer came: ${describe(error)}.`)
      }
    }
  }

  /** What an answer says that is no throttling. */
  function resultOf({ command: kind, command_status: status, message_id: id }: PDU): SendingResult {
    if (status !== success) return refused(`The message centre answered with ${statusName(status)}.`)
    if (kind !== 'submit_sm_resp') return unknown(`The message centre answered with ${kind}.`)
    pace.taken()
    return taken(`The message centre took it as ${quote(id ?? '')}.`)
  }

  return {
    refusal({ from, to, text }) {
      if (![from, to].every((number) => numberPattern.test(number)))
        return 'A message goes from and to an international number.'
      const count = countParts(text)
      return count > limits.messagePartsMax
        ? `The text takes ${count} messages; at most ${limits.messagePartsMax} are sent.`
        : null
    },
    turns: () => [[places, '']],
    async send(message) {
      const deadlineMs = effects.monotonic() + limits.messageWithinMs
      reference = (reference + 1) % referencesMax
      const parts = splitText(message.text, reference)
      if (parts.length > 1 && server.long === 'PAYLOAD') return await submit(payloadFields(message), deadlineMs)
      let result = taken('')
      for (const [index, part] of parts.entries()) {
        result = await submit({ ...fieldsOf(message, part), short_message: part.bytes }, deadlineMs)
        if (result.type === 'TAKEN') continue
        // Neither taken nor refused is true of it, and its beginning must not be sent again.
        return index === 0 ? result : unknown(`${index} of ${parts.length} parts were taken. ${result.detail}`)
      }
      return result
    },
    async close() {
      pace.close()
      link.close()
    },
  }

  function payloadFields(message: Message) {
    const { dataCoding, bytes } = encodeText(message.text)
    return { ...fieldsOf(message, { dataCoding, hasHeader: false }), message_payload: bytes }
  }
}
