import { z } from 'zod'
import { addressTypes } from './address.ts'

/*
 * What an answered call can be asked for, in one form from the action that wants it to the wire of the driver that does it.
 * A new verb is added here, in `factsOfVerbs`, in the action that uses it, and in each driver that can do it.
 */

const text = z.string()
const durationMs = z.number().nonnegative()
export const addressShape = z.object({
  type: z.enum(addressTypes),
  target: text,
  targetName: text,
  name: text,
  detail: text,
})
/** Somebody else who is called, to talk to who is on a call. `legId` was chosen by us. */
const leg = z.object({ legId: text, to: addressShape, from: addressShape, ringTimeoutMs: durationMs })
/** How long each tone sounds, and how long the silence after it lasts, in ms. */
const toneTimes = z.object({ durationMs, intervalMs: durationMs })
const recordingSettings = z.object({
  format: z.enum(['wav']),
  /** Null records until it is stopped, or the call ends. */
  durationMaxMs: durationMs.nullable(),
  /** Whether a tone is heard before the recording begins. */
  beep: z.boolean(),
})
/** What is to be said; `language` is a tag of BCP 47. */
const speechText = z.object({ text, language: text.nullable(), gender: text.nullable() })

export const mediaCommand = z.discriminatedUnion('type', [
  z.object({ type: z.literal('SPEAK'), playbackId: text, speech: speechText }),
  z.object({ type: z.literal('PLAY'), playbackId: text, urls: z.array(text).readonly() }),
  /** A short tone; its end is reported as that of any playback. */
  z.object({ type: z.literal('TONE'), playbackId: text }),
  z.object({ type: z.literal('STOP_PLAYBACK'), playbackId: text }),
  /** The called side may press digits from now on. For switches that have to be told; others report each digit anyway. */
  z.object({ type: z.literal('RECEIVE_DIGITS') }),
  z.object({ type: z.literal('SEND_DIGITS'), requestId: text, digits: text, times: toneTimes }),
  /** Finds out whether a machine has answered. Reported once, as MACHINE. */
  z.object({ type: z.literal('DETECT_MACHINE'), requestId: text }),
  /** Records both sides. Reported once, as RECORDING_ENDED, whatever ends it; before the HANGUP where the call ends it. */
  z.object({ type: z.literal('START_RECORDING'), recordingId: text, settings: recordingSettings }),
  z.object({ type: z.literal('STOP_RECORDING'), recordingId: text }),
  /**
   * At most one request leaves this machine for it. Calls somebody else and, when the leg is answered, connects it to the
   * call: LEG_CONNECTED. The end of the leg, answered or not, leaves the call as it is: LEG_ENDED. The end of the call ends
   * its legs without a report.
   */
  z.object({ type: z.literal('DIAL'), leg }),
  z.object({ type: z.literal('HANG_UP_LEG'), legId: text }),
])

export type MediaCommand = Readonly<z.infer<typeof mediaCommand>>
export type MediaVerb = MediaCommand['type']
/** The command of one verb. */
export type MediaCommandOf<Verb extends MediaVerb> = Extract<MediaCommand, { type: Verb }>
export type Leg = Readonly<z.infer<typeof leg>>
export type ToneTimes = Readonly<z.infer<typeof toneTimes>>
export type RecordingSettings = Readonly<z.infer<typeof recordingSettings>>
export type SpeechText = Readonly<z.infer<typeof speechText>>

interface VerbFacts<Verb extends MediaVerb> {
  /** After "the carrier could not be asked to …". */
  readonly words: string
  /** The id by which a refusal finds what waits for it; null where nothing waits. */
  readonly waiting: ((command: MediaCommandOf<Verb>) => string) | null
}

const factsOfVerbs: { readonly [Verb in MediaVerb]: VerbFacts<Verb> } = {
  SPEAK: { words: 'speak', waiting: ({ playbackId }) => playbackId },
  PLAY: { words: 'play', waiting: ({ playbackId }) => playbackId },
  TONE: { words: 'beep', waiting: ({ playbackId }) => playbackId },
  STOP_PLAYBACK: { words: 'stop a playback', waiting: null },
  RECEIVE_DIGITS: { words: 'receive digits', waiting: null },
  SEND_DIGITS: { words: 'send digits', waiting: ({ requestId }) => requestId },
  DETECT_MACHINE: { words: 'tell a machine from a person', waiting: ({ requestId }) => requestId },
  START_RECORDING: { words: 'record', waiting: ({ recordingId }) => recordingId },
  STOP_RECORDING: { words: 'stop a recording', waiting: null },
  DIAL: { words: 'call somebody else', waiting: ({ leg: { legId } }) => legId },
  HANG_UP_LEG: { words: 'end a leg', waiting: null },
}

export const mediaVerbs = Object.keys(factsOfVerbs) as readonly MediaVerb[]

/** What a driver can do that lacks these. A new verb is so one that every driver has to decide about. */
export function mediaVerbsExcept(...lacking: readonly MediaVerb[]): ReadonlySet<MediaVerb> {
  return new Set(mediaVerbs.filter((verb) => !lacking.includes(verb)))
}

/** What a verb asks for, in words. */
export function wordsOf(verb: MediaVerb): string {
  return factsOfVerbs[verb].words
}

/** The id by which a refusal of this command finds what waits for it; null where nothing waits. */
export function waitingIdOf(command: MediaCommand): string | null {
  const waiting = factsOfVerbs[command.type].waiting as ((command: MediaCommand) => string) | null
  return waiting === null ? null : waiting(command)
}
