import { z } from 'zod'
import { hangupReasons } from '../../domain/campaigncall.ts'
import { addressShape, mediaCommand, mediaVerbs } from '../../domain/media.ts'

/** PROTOCOL.md describes these messages, in this order. A change that an older side cannot read raises the version. */
export const protocolVersion = 3

/** Why a connection was closed. */
export const closeCodes = {
  /** The client ends. */
  normal: 1000,
  /** The carrier ends, and has hung up its calls. */
  goingAway: 1001,
  /** The carrier met a defect, or could not log the request, which was then not acted on. */
  internalError: 1011,
  /** The client does not read what it is sent. */
  slowReader: 1013,
  /** Either side sent what is no message of this protocol, or not at this point. */
  badMessage: 4400,
  versionNotAcceptable: 4406,
  helloTimeout: 4408,
} as const
export type CloseCode = (typeof closeCodes)[keyof typeof closeCodes]

/** One message of a client. The longest is a PLAY: 100 urls of 2000 characters. */
export const clientMessageBytesMax = 1024 * 1024
/** One message of the carrier. The longest is the answer to a LIST. */
export const carrierMessageBytesMax = 16 * 1024 * 1024
/** How long the closing of a connection may take before it is cut. */
export const closeWithinMs = 1000
const text = z.string()
const instant = z.number()
const durationMs = z.number().nonnegative()
const reason = z.enum(hangupReasons)
const originateRequest = z.object({
  callId: text,
  to: addressShape,
  from: addressShape,
  ringTimeoutMs: durationMs,
  maxDurationMs: durationMs,
  tryCount: z.int().positive(),
  variables: z.record(text, text),
})
const agentPhone = z.object({ agentId: text, extension: text, address: addressShape, ringTimeoutMs: durationMs })

const hello = z.object({ type: z.literal('HELLO'), version: z.int(), installationId: text.min(1) })

const request = <Type extends string, Shape extends z.core.$ZodLooseShape>(type: Type, shape: Shape) =>
  z.object({ type: z.literal(type), id: z.int().nonnegative(), ...shape })

const clientMessage = z.discriminatedUnion('type', [
  hello,
  request('ORIGINATE', { request: originateRequest }),
  request('LOOKUP', { callId: text }),
  request('LIST', {}),
  request('PERFORM', { callId: text, command: mediaCommand }),
  request('CONNECT', { callId: text, agent: agentPhone }),
  request('WITHDRAW', { callId: text, agentId: text }),
  request('HANGUP', { callId: text, reason }),
  request('REQUESTS', { after: z.int().nonnegative() }),
])
export type ClientMessage = z.infer<typeof clientMessage>
export type Hello = z.infer<typeof hello>
export type Request = Exclude<ClientMessage, Hello>
export type RequestType = Request['type']

const loggedRequest = z.object({
  /** 1 for the first request of this carrier. */
  position: z.int().positive(),
  at: instant,
  what: z.enum(['ORIGINATE', 'LOOKUP', 'LIST', ...mediaVerbs, 'CONNECT', 'WITHDRAW', 'HANGUP']),
  /** Who asked. */
  installationId: text,
  callId: text.optional(),
  tryCount: z.int().optional(),
  playbackId: text.optional(),
  agentId: text.optional(),
  recordingId: text.optional(),
  legId: text.optional(),
  reason: reason.optional(),
})
/** A request as the carrier remembers it. Numbers are left out: the call id leads to them. */
export type LoggedRequest = Readonly<z.infer<typeof loggedRequest>>

const done = z.null()

/** What the answer to each request looks like. */
export const answers = {
  ORIGINATE: z.discriminatedUnion('type', [
    z.object({ type: z.literal('ACCEPTED') }),
    z.object({ type: z.literal('REJECTED'), reason, retryAfterMs: durationMs.optional() }),
    z.object({ type: z.literal('INDETERMINATE') }),
  ]),
  LOOKUP: z.discriminatedUnion('type', [
    z.object({ type: z.literal('LIVE'), state: z.enum(['RINGING', 'ANSWERED']) }),
    z.object({ type: z.literal('ENDED'), reason, answeredAt: instant.nullable(), endedAt: instant }),
    z.object({ type: z.literal('NOT_SEEN') }),
    z.object({ type: z.literal('CANNOT_TELL') }),
  ]),
  LIST: z.array(text).readonly(),
  PERFORM: done,
  CONNECT: done,
  WITHDRAW: done,
  HANGUP: done,
  REQUESTS: z.object({ entries: z.array(loggedRequest).readonly(), more: z.boolean() }),
} as const satisfies Record<RequestType, z.ZodType>
export type AnswerTo<Type extends RequestType> = z.infer<(typeof answers)[Type]>

const news = <Type extends string, Shape extends z.core.$ZodLooseShape>(type: Type, shape: Shape) =>
  z.object({ type: z.literal(type), callId: text, at: instant, ...shape })

const carrierMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('WELCOME'), version: z.literal(protocolVersion), epoch: text }),
  z.object({ type: z.literal('ANSWER'), id: z.int(), answer: z.unknown() }),
  z.object({
    type: z.literal('NEWS'),
    news: z.discriminatedUnion('type', [
      news('RINGING', {}),
      news('EARLY_MEDIA', {}),
      news('ANSWERED', {}),
      news('PLAYBACK_ENDED', {
        playbackId: text,
        end: z.enum(['PLAYED', 'INTERRUPTED', 'FAILED']),
        playedMs: durationMs,
      }),
      news('DIGIT', { digit: text }),
      news('MACHINE', { result: z.enum(['HUMAN', 'MACHINE', 'NOT_SURE']) }),
      news('RECORDING_ENDED', { recordingId: text, location: text, failed: z.boolean() }),
      news('LEG_CONNECTED', { legId: text }),
      news('LEG_ENDED', { legId: text, answered: z.boolean() }),
      news('AGENT_CONNECTED', { agentId: text }),
      news('AGENT_MISSED', { agentId: text }),
      news('HANGUP', { reason, by: z.enum(['US', 'THEM']), detail: text }),
    ]),
  }),
])
export type CarrierMessage = z.infer<typeof carrierMessage>

/** A message, or what is wrong with the text that should have been one. */
export type Decoded<Message> =
  | { readonly ok: true; readonly message: Message }
  | { readonly ok: false; readonly complaint: string }

/** `data` as the socket hands it over: text comes as bytes too. */
export function decodeClientMessage(data: unknown, isBinary: boolean): Decoded<ClientMessage> {
  return decode(clientMessage, data, isBinary)
}

export function decodeCarrierMessage(data: unknown, isBinary: boolean): Decoded<CarrierMessage> {
  return decode(carrierMessage, data, isBinary)
}

function decode<Message>(schema: z.ZodType<Message>, data: unknown, isBinary: boolean): Decoded<Message> {
  if (isBinary) return { ok: false, complaint: 'a message is text, not bytes' }
  let value: unknown
  try {
    value = JSON.parse(String(data))
  } catch {
    return { ok: false, complaint: 'a message is JSON' }
  }
  const result = schema.safeParse(value)
  return result.success ? { ok: true, message: result.data } : { ok: false, complaint: z.prettifyError(result.error) }
}

export function encode(message: ClientMessage | CarrierMessage): string {
  return JSON.stringify(message)
}
