import { z } from 'zod'
import { present } from '../../kernel/assert.ts'
import { isExactNumber } from '../../kernel/json.ts'
import { type AddressType, mayBeDialed } from '../address.ts'
import type { Sending, SendingResult } from '../sending.ts'
import { expandJson, structureOf, textsOf } from '../template.ts'
import { allVariables } from '../variable.ts'
import {
  type ActionContext,
  type ActionResult,
  defineAction,
  type EventContext,
  type EventResult,
  expandText,
  passed,
} from './definition.ts'
import { readable } from './outcomes.ts'
import { fixedUrl, found, nameLengthMax, phoneNumber, spokenLengthMax, text } from './schemas.ts'

const recipientCountMax = 10
const subjectLengthMax = 255
/** The length of a text message of ten parts. */
const messageLengthMax = 1530
const webhookBodyLengthMax = 65_536
const jsonLengthMax = 10_000
const jsonDepthMax = 16

/** Any JSON value of limited depth and size. */
const jsonData = z
  .unknown()
  .superRefine((data, ctx) => {
    if (data === undefined) return
    if (isExactNumber(data)) {
      ctx.addIssue(
        found('INVALID', 'A number that does not fit a double has to be in an object, a list or a text.', data),
      )
    } else if (isDeeper(structureOf(data), jsonDepthMax)) {
      ctx.addIssue(found('LIMIT_EXCEEDED', `This is nested deeper than ${jsonDepthMax} times.`, data))
    } else if (jsonOf(data).length > jsonLengthMax) {
      ctx.addIssue(found('TOO_LONG', `This is longer than ${jsonLengthMax} characters.`, data))
    }
  })
  .optional()

/** The JSON of data, which may be given as its text. */
function jsonOf(data: unknown): string {
  return typeof data === 'string' && structureOf(data) !== data ? data : JSON.stringify(data)
}

function isDeeper(data: unknown, depth: number): boolean {
  if (typeof data !== 'object' || data === null) return false
  return depth === 0 || Object.values(data).some((of) => isDeeper(of, depth - 1))
}

const sentOutcome = 'sent'

/** The outcome of an action that sends. */
export function sendingOutcome({ type, detail }: SendingResult): string {
  return type === 'TAKEN' ? sentOutcome : readable(`${type.toLowerCase()}: ${detail}`)
}

export const isSentOutcome = (outcome: string | null): boolean => outcome === sentOutcome

/**
 * The result of an action that cannot send: a call continues, a FLOW ends as FAILED, since sending is all it does
 * (docs/rules.md#campaign-flow).
 */
function refused(why: string, { context }: ActionContext): ActionResult {
  const outcome = `refused: ${why}`
  if (context.call.referenceType !== 'FLOW') return passed(outcome)
  return { type: 'ENDS', outcome, flowOutcome: { type: 'HANG_UP', reason: 'FAILED' } }
}

/**
 * A sending is stored under an id of its own before it is handed over, so that it is never sent twice
 * (docs/rules.md#campaign-flow).
 */
function send({ context }: ActionContext, sending: (id: string) => Sending): ActionResult {
  const sendingId = context.makeId()
  return {
    type: 'WAITS',
    wait: { type: 'SENDING', sendingId },
    requests: [{ type: 'SEND', sending: sending(sendingId) }],
  }
}

/** A call continues whatever the result; a FLOW ends unless the sending was taken (docs/rules.md#campaign-flow). */
function hearSending(_: unknown, { wait, event, isFlow }: EventContext): EventResult {
  if (wait.type !== 'SENDING' || event.type !== 'SENT' || event.sendingId !== wait.sendingId) return null
  const { result } = event
  const outcome = sendingOutcome(result)
  if (!isFlow || result.type === 'TAKEN') return { type: 'PASSED', outcome }
  return {
    type: 'PASSED',
    outcome,
    flowOutcome: { type: 'HANG_UP', reason: result.type === 'REFUSED' ? 'FAILED' : 'UNKNOWN' },
  }
}

/** The destination of the call, or else the first destination of its target of that type. */
function recipient(type: AddressType, { context }: ActionContext): string | null {
  const { call, target } = context
  if (call.destination.type === type) return call.destination.target
  const { destinations } = present(target, 'the target of what is sent to it')
  const first = [...destinations].sort((a, b) => a.index - b.index).find(({ address }) => address.type === type)
  return first?.address.target ?? null
}

/** Without data, a webhook reports the call and every variable. */
export const webhookSend = defineAction({
  option: z.strictObject({ url: fixedUrl, method: z.enum(['POST', 'PUT']).default('POST'), data: jsonData }),
  needsCall: false,
  sends: 'WEBHOOK',
  aliases: { uri: 'url' },
  // As it is when expanded: a text that is JSON may hide a name behind its escapes.
  texts: ({ data }) => textsOf({ data: structureOf(data) }),
  readsTarget: ({ data }) => data === undefined,
  begin({ url, method, data }, at) {
    const { actionId, flow, context } = at
    const body =
      data === undefined
        ? JSON.stringify({
            ...{ campaigncallId: context.call.id, activeflowId: flow.id, actionId },
            variables: allVariables({ ...context, variables: flow.variables }),
          })
        : expandJson(data, (of) => expandText(of, webhookBodyLengthMax, at))
    if (body.length > webhookBodyLengthMax) return refused('its data is too long with its variables put in', at)
    return send(at, (id) => ({ id, type: 'WEBHOOK', url, method, body }))
  },
  hear: hearSending,
})

export const emailSend = defineAction({
  option: z.strictObject({
    to: z.array(z.email().max(nameLengthMax)).min(1).max(recipientCountMax).optional(),
    subject: text(subjectLengthMax),
    text: text(spokenLengthMax),
  }),
  needsCall: false,
  sends: 'EMAIL',
  aliases: { destinations: 'to', content: 'text' },
  addresses: ['to'],
  texts: ({ subject, text }) => textsOf({ subject, text }),
  readsTarget: ({ to }) => to === undefined,
  begin(option, at) {
    const to = option.to ?? recipient('EMAIL', at)
    if (to === null) return refused('the target has no e-mail address', at)
    // A line break in a value would start another header.
    const subject = expandText(option.subject, subjectLengthMax, at).replace(/[\r\n]+/g, ' ')
    const text = expandText(option.text, spokenLengthMax, at)
    return send(at, (id) => ({ id, type: 'EMAIL', to: typeof to === 'string' ? [to] : to, subject, text }))
  },
  hear: hearSending,
})

export const messageSend = defineAction({
  option: z.strictObject({
    text: text(messageLengthMax),
    to: phoneNumber.optional(),
    source: phoneNumber.optional(),
  }),
  needsCall: false,
  sends: 'MESSAGE',
  aliases: { destinations: 'to' },
  addresses: ['to', 'source'],
  texts: ({ text }) => textsOf({ text }),
  readsTarget: ({ to }) => to === undefined,
  begin(option, at) {
    const { source } = at.context.call
    const to = option.to ?? recipient('TEL', at)
    if (to === null) return refused('the target has no telephone number', at)
    if (!mayBeDialed({ type: 'TEL', target: to }))
      return refused('nothing is sent to a number that is never dialed', at)
    const from = option.source ?? (source.type === 'TEL' ? source.target : null)
    if (from === null) return refused('the outplan has no telephone number to send it from', at)
    const text = expandText(option.text, messageLengthMax, at)
    if (text.trim() === '') return refused('nothing is left to say', at)
    return send(at, (id) => ({ id, type: 'MESSAGE', from, to, text }))
  },
  hear: hearSending,
})
