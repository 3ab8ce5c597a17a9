import { z } from 'zod'
import { addressTypes } from '../../domain/address.ts'
import { hangupReasons } from '../../domain/campaigncall.ts'

/** PROTOCOL.md tells of these messages, in this order. A change that an older side cannot read raises the version. */
export const protocolVersion = 1

/** Why a connection was closed. */
export const closeCodes = {
  /** The client ends. */
  normal: 1000,
  /** The carrier ends, and has hung up its calls. */
  goingAway: 1001,
  /** The carrier met a defect, or could not log the request, which was then not acted on. */
  internalError: 1011,
  /** The client does not read what it is told. */
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
const address = z.object({
  type: z.enum(addressTypes),
  target: text,
  targetName: text,
  name: text,
  detail: text,
})

const originateRequest = z.object({
  callId: text,
  to: address,
  from: address,
  ringTimeoutMs: durationMs,
  maxDurationMs: durationMs,
  tryCount: z.int().positive(),
  variables: z.record(text, text),
})
const agentPhone = z.object({ agentId: text, extension: text, address, ringTimeoutMs: durationMs })
const toneTimes = z.object({ durationMs, intervalMs: durationMs })
const recordingSettings = z.object({ format: z.enum(['wav']), durationMaxMs: durationMs.nullable(), beep: z.boolean() })
const leg = z.object({ legId: text, to: address, from: address, ringTimeoutMs: durationMs })
const speech = z.object({ text, language: text.nullable(), gender: text.nullable() })

const hello = z.object({ type: z.literal('HELLO'), version: z.int(), installationId: text.min(1) })

const request = <Type extends string, Shape extends z.core.$ZodLooseShape>(type: Type, shape: Shape) =>
  z.object({ type: z.literal(type), id: z.int().nonnegative(), ...shape })

const clientMessage = z.discriminatedUnion('type', [
  hello,
  request('ORIGINATE', { request: originateRequest }),
  request('LOOKUP', { callId: text }),
  request('LIST', {}),
  request('SPEAK', { callId: text, playbackId: text, speech }),
  request('PLAY', { callId: text, playbackId: text, urls: z.array(text).readonly() }),
  request('TONE', { callId: text, playbackId: text }),
  request('STOP_PLAYBACK', { callId: text, playbackId: text }),
  request('RECEIVE_DIGITS', { callId: text }),
  request('SEND_DIGITS', { callId: text, digits: text, times: toneTimes }),
  request('DETECT_MACHINE', { callId: text }),
  request('START_RECORDING', { callId: text, recordingId: text, settings: recordingSettings }),
  request('STOP_RECORDING', { callId: text, recordingId: text }),
  request('DIAL', { callId: text, leg }),
  request('HANGUP_LEG', { callId: text, legId: text }),
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
  what: z.enum([
    'ORIGINATE',
    'LOOKUP',
    'LIST',
    'SPEAK',
    'PLAY',
    'TONE',
    'STOP_PLAYBACK',
    'RECEIVE_DIGITS',
    'SEND_DIGITS',
    'DETECT_MACHINE',
    'START_RECORDING',
    'STOP_RECORDING',
    'DIAL',
    'HANGUP_LEG',
    'CONNECT',
    'WITHDRAW',
    'HANGUP',
  ]),
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
  SPEAK: done,
  PLAY: done,
  TONE: done,
  STOP_PLAYBACK: done,
  RECEIVE_DIGITS: done,
  SEND_DIGITS: done,
  DETECT_MACHINE: done,
  START_RECORDING: done,
  STOP_RECORDING: done,
  DIAL: done,
  HANGUP_LEG: done,
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
      news('PLAYBACK_ENDED', { playbackId: text, failed: z.boolean() }),
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
