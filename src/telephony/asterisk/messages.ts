import { z } from 'zod'

const text = z.string()

const channel = z.object({
  id: text,
  /** PJSIP/trunk-0000002a: the technology, the endpoint, and a number that only rises. */
  name: text,
  /** Down, Ring, Ringing, Up and others. */
  state: text,
  dialplan: z.object({ app_name: text.optional(), app_data: text.optional() }).optional(),
  /** Only what ari.conf asks for. */
  channelvars: z.record(text, text).optional(),
})
/** A channel as Asterisk shows it. */
export type Channel = z.infer<typeof channel>

const ofChannel = { channel }
/** Not in every release. */
const techCause = z.number().optional()

const playback = z.object({ id: text, target_uri: text, state: text })
const recording = z.object({ name: text })

const event = z.discriminatedUnion('type', [
  z.object({ type: z.literal('Dial'), dialstatus: text, peer: channel }),
  z.object({ type: z.literal('ChannelStateChange'), ...ofChannel }),
  z.object({ type: z.literal('StasisStart'), args: z.array(text).default([]), ...ofChannel }),
  z.object({ type: z.literal('StasisEnd'), ...ofChannel }),
  z.object({ type: z.literal('ChannelDtmfReceived'), digit: text, ...ofChannel }),
  z.object({ type: z.literal('ChannelHangupRequest'), soft: z.boolean().optional(), ...ofChannel }),
  z.object({
    type: z.literal('ChannelDestroyed'),
    cause: z.number(),
    cause_txt: text.optional(),
    tech_cause: techCause,
    ...ofChannel,
  }),
  z.object({ type: z.literal('PlaybackStarted'), playback }),
  z.object({ type: z.literal('PlaybackFinished'), playback }),
  z.object({ type: z.literal('RecordingFinished'), recording }),
  z.object({ type: z.literal('RecordingFailed'), recording }),
  z.object({ type: z.literal('ApplicationReplaced') }),
])
/** What Asterisk tells and the driver listens to. */
export type AriEvent = z.infer<typeof event>
export type PlaybackEvent = Extract<AriEvent, { type: 'PlaybackStarted' | 'PlaybackFinished' }>
/** An event that is about a channel. */
export type ChannelEvent = Exclude<
  AriEvent,
  { type: PlaybackEvent['type'] | 'RecordingFinished' | 'RecordingFailed' | 'ApplicationReplaced' }
>

/** The only events that are subscribed to: Asterisk has many more for each call. */
export const heardEvents = [
  ...(['Dial', 'ChannelStateChange', 'StasisStart', 'StasisEnd', 'ChannelDtmfReceived'] as const),
  ...(['ChannelHangupRequest', 'ChannelDestroyed', 'PlaybackStarted', 'PlaybackFinished'] as const),
  ...(['RecordingFinished', 'RecordingFailed', 'ApplicationReplaced'] as const),
] satisfies readonly AriEvent['type'][]
const heardTypes: ReadonlySet<unknown> = new Set(heardEvents)

/** An event, or null for one that is of no interest, or what is wrong with the text that should have been one. */
export type Decoded =
  | { readonly ok: true; readonly event: AriEvent | null }
  | { readonly ok: false; readonly complaint: string }

/** Fields that are not known are ignored, and so are events that are not known. */
export function decodeEvent(received: string): Decoded {
  let value: unknown
  try {
    value = JSON.parse(received)
  } catch {
    return { ok: false, complaint: 'it is no JSON' }
  }
  if (typeof value !== 'object' || value === null || !('type' in value))
    return { ok: false, complaint: 'it has no type' }
  if (!heardTypes.has(value.type)) return { ok: true, event: null }
  const result = event.safeParse(value)
  return result.success ? { ok: true, event: result.data } : { ok: false, complaint: z.prettifyError(result.error) }
}

/** The channel that an event is about. */
export function channelOf(of: ChannelEvent): Channel {
  return of.type === 'Dial' ? of.peer : of.channel
}

const channels = z.array(channel)
const application = z.object({ channel_ids: z.array(text) })
const info = z.object({
  system: z.object({ entity_id: text.optional() }).optional(),
  status: z.object({ startup_time: text }),
})
const variable = z.object({ value: text })
const bridge = z.object({ id: text, name: text, channels: z.array(text) })
const bridges = z.array(bridge)
const playbackAnswer = z.object({ id: text })

/** Answers of the interface, by what they are about. */
export const answers = {
  channel,
  channels,
  application,
  info,
  variable,
  bridge,
  bridges,
  playback: playbackAnswer,
  recording,
}
