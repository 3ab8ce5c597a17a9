import { q850 } from './fake-scripts.ts'

/** An event as its JSON holds it. */
export type Fields = Record<string, string>

export interface NewChannel {
  readonly uuid: string
  readonly number: string
  readonly callerId: string
  readonly variables: ReadonlyMap<string, string>
  readonly jobId: string
  readonly createdAtMs: number
}

interface RecordingUnderWay {
  readonly beganAtMs: number
  /** What stays in the buffer that the switch reads ahead, and is not in the file in the end. */
  readonly lostMs: number
  readonly cancel: () => void
}

/** A channel of the fake switch: what its events say of it. */
export interface FakeChannel extends NewChannel {
  /** Without CS_. */
  state: string
  callState: 'DOWN' | 'RINGING' | 'EARLY' | 'ACTIVE' | 'HANGUP'
  answerState: 'ringing' | 'early' | 'answered' | 'hangup'
  answeredAtMs: number | null
  hangupCause: string | null
  /** Its originate has not come to its end yet. */
  jobUnderWay: boolean
  parked: boolean
  /** It is parked by its state and not by an application, as after a bridge. */
  inParkState: boolean
  /** Channel variables that the switch sets by and by. */
  readonly known: Fields
  /** The same, of those that the transcripts do not show, and those that are set by a command. */
  readonly unshown: Map<string, string>
  /** The channel that it was joined to last. */
  other: FakeChannel | null
  /** The same, for one that was named second when it was joined. */
  joinedTo: FakeChannel | null
  /** While it is joined to another: the one that was named first, and the other. */
  bridge: { readonly first: FakeChannel; readonly second: FakeChannel } | null
  /** Recordings to be played; the first is being played. */
  readonly playlist: string[]
  playsSinceMs: number
  /** What was heard on it, and for how long. */
  readonly heard: { readonly path: string; readonly ms: number }[]
  /** What was recorded. */
  readonly files: { readonly path: string; readonly lengthMs: number }[]
  cancelPlaying: () => void
  /** The first on the list is being fetched; BROKEN_OFF where it is not to be heard once it is there. */
  fetching: 'NO' | 'YES' | 'BROKEN_OFF'
  /** Those that are to be played and are not on the list yet, by how to forget them. */
  readonly asked: (() => void)[]
  /** What is recorded, by the paths of the files. */
  readonly recordings: Map<string, RecordingUnderWay>
  readonly cancels: (() => void)[]
}

export function newChannel(options: NewChannel): FakeChannel {
  return {
    ...options,
    ...{ state: 'NONE', callState: 'DOWN', answerState: 'ringing', answeredAtMs: null, hangupCause: null },
    ...{
      jobUnderWay: true,
      parked: false,
      inParkState: false,
      known: {},
      unshown: new Map(),
      other: null,
      joinedTo: null,
      bridge: null,
      playlist: [],
      playsSinceMs: 0,
      heard: [],
    },
    ...{ files: [], cancelPlaying: () => {}, fetching: 'NO', asked: [], recordings: new Map(), cancels: [] },
  }
}

/** Events that say all that is known of a channel; the others hold the headers alone. */
const brief: ReadonlySet<string> = new Set(['CHANNEL_OUTGOING', 'CHANNEL_STATE', 'CHANNEL_CALLSTATE', 'DTMF'])
/** Variables that the transcripts do not show: the recorder left them out. */
const hidden = /^(origination_|originate_|ignore_early_media$|execute_on_answer$|park_timeout$|playback_terminators$)/
/** Of those that a command sets, the ones that are ours. */
const ours = /^(dialgraph_|(park|hangup)_after_bridge$)/

/** The fields of an event of a channel as it is now. */
export function describeChannel(channel: FakeChannel, name: string, extra: Fields = {}): Fields {
  const { uuid, number, callerId, variables, state, callState, answerState, hangupCause, other, known } = channel
  const fields: Fields = {
    'Event-Name': name,
    'Unique-ID': uuid,
    'Channel-State': `CS_${state}`,
    'Channel-Call-State': callState,
    'Answer-State': answerState,
    'Call-Direction': 'outbound',
  }
  if (hangupCause !== null) fields['Hangup-Cause'] = hangupCause
  if (!brief.has(name)) {
    for (const [variable, value] of Object.entries(known)) fields[`variable_${variable}`] = value
    for (const [variable, value] of variables) if (!hidden.test(variable)) fields[`variable_${variable}`] = value
    for (const [variable, value] of channel.unshown) if (ours.test(variable)) fields[`variable_${variable}`] = value
  }
  // Once it is executed, a channel that was called counts as the caller; one that was joined to another is called by that.
  const isExecuted = 'current_application' in known && known.current_application !== 'sched_hangup'
  fields['Caller-Caller-ID-Number'] = channel.joinedTo?.number ?? (isExecuted ? number : callerId)
  fields['Caller-Destination-Number'] = number
  if (other !== null) fields['Other-Leg-Unique-ID'] = other.uuid
  return { ...fields, ...extra }
}

/** What is known of a channel once it reports. */
export function reportOf(channel: FakeChannel, nowMs: number): Fields {
  const seconds = (fromMs: number | null) =>
    String(fromMs === null ? 0 : Math.floor(nowMs / 1000) - Math.floor(fromMs / 1000))
  const cause = channel.hangupCause ?? 'NORMAL_CLEARING'
  return {
    hangup_cause: cause,
    hangup_cause_q850: String(q850[cause] ?? 16),
    billsec: seconds(channel.answeredAtMs),
    progresssec: '0',
    duration: seconds(channel.createdAtMs),
    waitsec: '0',
  }
}

/** A row of `show channels as json`, as far as the transcripts show it, and its state. */
export function listChannel(channel: FakeChannel): Fields {
  const { uuid, number, createdAtMs, state, callState, known } = channel
  const isRunning = 'current_application' in known
  return {
    uuid,
    direction: 'outbound',
    created: new Date(createdAtMs).toISOString().slice(0, 19).replace('T', ' '),
    created_epoch: String(Math.floor(createdAtMs / 1000)),
    name: `sofia/external/${number}`,
    state: `CS_${state}`,
    cid_name: isRunning ? 'Outbound Call' : '',
    cid_num: isRunning ? number : channel.callerId,
    ip_addr: '',
    dest: number,
    application: known.current_application ?? '',
    application_data: '',
    dialplan: '',
    context: 'default',
    read_codec: 'PCMU',
    read_rate: '8000',
    read_bit_rate: '64000',
    callstate: callState,
  }
}
