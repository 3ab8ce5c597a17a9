import type { Cancel, Effects } from '../../kernel/effects.ts'
import type { Log } from '../../kernel/log.ts'
import type { CallNews, RecordingSettings } from '../driver.ts'
import type { AriClient } from './ari.ts'
import { type AuxiliaryChannels, isIn } from './auxiliary-channels.ts'
import type { Call, Calls } from './calls.ts'
import { type AriEvent, type Channel, channelOf } from './messages.ts'

export interface RecordingsOptions {
  readonly ari: AriClient
  readonly calls: Calls
  readonly effects: Pick<Effects, 'now' | 'timer'>
  readonly log: Log
  /** The address of ARI without a password, because it is part of the reported location of a recording. */
  readonly url: string
  readonly app: string
  tell(news: CallNews): void
  /** Sounds a short tone on the call. Settles when it is over. */
  beep(callId: string, playbackId: string): Promise<void>
  /** Ends that tone, or lets it not begin. */
  stopBeep(callId: string, playbackId: string): Promise<void>
}

/** Recordings of calls, each made of a channel of its own that hears both sides of the call. */
export interface Recordings extends AuxiliaryChannels {
  start(callId: string, recordingId: string, settings: RecordingSettings): Promise<void>
  /** One that has ended is left alone. */
  stop(recordingId: string): Promise<void>
  hearEnd(event: Extract<AriEvent, { type: 'RecordingFinished' | 'RecordingFailed' }>): void
  /** What is recorded of the call has ended with it. */
  callEnds(call: Call): void
}

interface Recording {
  /** Its name at Asterisk, too. */
  readonly id: string
  readonly call: Call
  /** An ended recording is remembered for as long as its call, so that its end is reported once. */
  state: 'PREPARING' | 'RECORDING' | 'ENDED'
  isBeeping: boolean
  /** Its channel has entered the application. */
  arrived: (inStasis: boolean) => void
}

const channelPattern = /^(.+?)\.recording\.(.+)$/
/** What tells these channels from calls in the application. */
const appArgs = 'recording'
const arrivesWithinMs = 5000
/** By how much Asterisk's own limit is longer than ours, which is kept to the millisecond. */
const safetyNetMs = 1000

/**
 * Asterisk records what a channel hears and nothing that it is played, plays nothing to it meanwhile and joins it to nobody: so it is
 * not the call that is recorded but one that listens to it. It ends with the call, and its recording with it.
 */
export function createRecordings(options: RecordingsOptions): Recordings {
  const { ari, calls, effects, log, url, app, tell, beep, stopBeep } = options
  const recordings = new Map<string, Recording>()

  function end(recording: Recording, failed: boolean): void {
    const { id, call, state } = recording
    if (state === 'ENDED') return
    recording.state = 'ENDED'
    recording.arrived(false)
    const location = failed ? '' : `${url}/recordings/stored/${encodeURIComponent(id)}/file`
    tell({ type: 'RECORDING_ENDED', callId: call.id, at: effects.now(), recordingId: id, location, failed })
  }

  function letGo({ id, call }: Pick<Recording, 'id' | 'call'>): Promise<void> {
    return ari.tryToRemove('end a recording', ['channels', channelIdOf(call.id, id)])
  }

  function add(call: Call, id: string, state: Recording['state']): Recording {
    const recording: Recording = { id, call, state, isBeeping: false, arrived: () => {} }
    recordings.set(id, recording)
    return recording
  }

  async function announce(recording: Recording): Promise<void> {
    recording.isBeeping = true
    await beep(recording.call.id, beepIdOf(recording))
    recording.isBeeping = false
  }

  /** Asterisk refuses to record a channel that is not in the application yet. */
  function whenArrived(recording: Recording): Promise<boolean> {
    return new Promise((resolve) => {
      const cancel: Cancel = effects.timer(arrivesWithinMs, () => recording.arrived(false))
      recording.arrived = (inStasis) => {
        cancel()
        resolve(inStasis)
      }
    })
  }

  async function begin(recording: Recording, { format, durationMaxMs }: RecordingSettings): Promise<boolean> {
    const { id, call } = recording
    const channelId = channelIdOf(call.id, id)
    const arrived = whenArrived(recording)
    const query = { spy: 'both', app, appArgs }
    const beforeSending = () => isPreparing(recording)
    const { status } = await ari.ask({
      ...{ method: 'POST', path: ['channels', call.id, 'snoop', channelId], query, beforeSending },
    })
    if (status !== 200 || !(await arrived)) return false
    const maxDurationSeconds = durationMaxMs === null ? 0 : Math.ceil((durationMaxMs + safetyNetMs) / 1000)
    const answer = await ari.ask({
      ...{ method: 'POST', path: ['channels', channelId, 'record'] },
      query: { name: id, format, maxDurationSeconds: String(maxDurationSeconds), ifExists: 'fail' },
      beforeSending,
    })
    return answer.status === 201
  }

  /** What Asterisk has kept of one whose end was not heard. */
  async function findOut(recording: Recording): Promise<void> {
    end(recording, (await ari.get('recording', ['recordings', 'stored', recording.id])) === null)
  }

  /** One that an earlier process has begun. It may have ended before Asterisk was asked to record. */
  async function adopt(call: Call, id: string): Promise<void> {
    const recording = add(call, id, 'RECORDING')
    if ((await ari.get('recording', ['recordings', 'live', id])) !== null) return
    await findOut(recording)
    await letGo(recording)
  }

  async function see(channel: Channel): Promise<void> {
    const { callId, recordingId } = partsOf(channel.id)
    const call = calls.get(callId)
    const recording = recordings.get(recordingId)
    if (call === undefined || !isIn(app, appArgs, channel)) return
    if (recording === undefined) await adopt(call, recordingId)
    // Either it is there although it was released, or its arrival was missed.
    else if (recording.state === 'ENDED') await letGo(recording)
    else recording.arrived(true)
  }

  return {
    async start(callId, recordingId, settings) {
      const call = calls.get(callId)
      if (!call?.answered) {
        const refusal = { type: 'RECORDING_ENDED', callId, recordingId, location: '', failed: true } as const
        return tell({ ...refusal, at: effects.now() })
      }
      if (recordings.has(recordingId)) return
      const recording = add(call, recordingId, 'PREPARING')
      if (settings.beep) await announce(recording)
      if (!isPreparing(recording)) return
      const isRecording = await begin(recording, settings).catch((error: unknown) => {
        if (isPreparing(recording)) log.warn({ error, callId, recordingId }, 'a recording could not be begun')
        return false
      })
      if (isRecording && isPreparing(recording)) {
        recording.state = 'RECORDING'
        if (settings.durationMaxMs === null) return
        call.cancels.push(effects.timer(settings.durationMaxMs, () => void letGo(recording)))
        return
      }
      end(recording, true)
      await letGo(recording)
    },
    async stop(recordingId) {
      const recording = recordings.get(recordingId)
      if (recording === undefined || recording.state === 'ENDED') return
      // Nothing was recorded yet.
      if (recording.state === 'PREPARING') end(recording, true)
      if (recording.isBeeping) return stopBeep(recording.call.id, beepIdOf(recording))
      await ari.remove(['channels', channelIdOf(recording.call.id, recordingId)])
    },
    hearEnd({ type, recording: { name } }) {
      const recording = recordings.get(name)
      if (recording === undefined) return
      end(recording, type === 'RecordingFailed')
      // Its snoop channel would otherwise keep listening.
      void letGo(recording)
    },
    callEnds(call) {
      for (const recording of [...recordings.values()]) {
        if (recording.call !== call) continue
        end(recording, recording.state !== 'RECORDING')
        recordings.delete(recording.id)
      }
    },
    owns: (channelId) => channelPattern.test(channelId),
    hear(event) {
      const { recordingId } = partsOf(channelOf(event).id)
      const recording = recordings.get(recordingId)
      if (event.type === 'StasisStart') recording?.arrived(true)
      // Of a running recording whose end was missed.
      else if (event.type === 'ChannelDestroyed' && recording !== undefined)
        end(recording, recording.state !== 'RECORDING')
    },
    known: () => new Set([...recordings.values()].filter(({ state }) => state === 'RECORDING').map(channelIdOfOne)),
    async compare(channels, before) {
      const live = new Set(channels.map((channel) => channel.id))
      const isGone = (recording: Recording) =>
        before.has(channelIdOfOne(recording)) && !live.has(channelIdOfOne(recording)) && recording.state !== 'ENDED'
      await Promise.all([...recordings.values()].filter(isGone).map(findOut))
      await Promise.all(channels.filter((channel) => channelPattern.test(channel.id)).map(see))
    },
  }
}

/** Asked of one that others change while it is waited for. */
function isPreparing(recording: Recording): boolean {
  return recording.state === 'PREPARING'
}

function beepIdOf({ id }: Recording): string {
  return `${id}.beep`
}

function channelIdOf(callId: string, recordingId: string): string {
  return `${callId}.recording.${recordingId}`
}

function channelIdOfOne({ id, call }: Recording): string {
  return channelIdOf(call.id, id)
}

function partsOf(channelId: string): { readonly callId: string; readonly recordingId: string } {
  const [, callId = '', recordingId = ''] = channelPattern.exec(channelId) ?? []
  return { callId, recordingId }
}
