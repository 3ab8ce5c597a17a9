import type { Cancel, Effects } from '../../../src/kernel/effects.ts'
import type { FakeChannel, Json } from './fake-model.ts'
import type { FakeWire } from './fake-wire.ts'

/** One that is being made. While a channel is recorded, nothing else is done with it. */
export interface FakeRecording {
  readonly name: string
  readonly format: string
  readonly channel: FakeChannel
  readonly startedAt: number
  state: 'queued' | 'recording' | 'done' | 'failed'
  cancel: Cancel
}

export interface FakeRecordingsOptions {
  readonly effects: Pick<Effects, 'now'>
  readonly wire: FakeWire
  after(channel: FakeChannel, delayMs: number, run: () => void): Cancel
  /** The channel is free for what was asked of it meanwhile. */
  onFree(channel: FakeChannel): void
}

/** What Asterisk says of one that is being made. */
export function recordingSnapshot({ name, format, channel, state }: FakeRecording): Json {
  return { name, format, state, target_uri: `channel:${channel.id}` }
}

/** Recordings of channels: what they hear themselves. */
export function createFakeRecordings({ effects, wire, after, onFree }: FakeRecordingsOptions) {
  const live = new Map<string, FakeRecording>()
  const stored = new Map<string, Pick<FakeRecording, 'name' | 'format'>>()

  function finish(recording: FakeRecording): void {
    const { name, format, channel, startedAt } = recording
    if (!live.delete(name)) return
    recording.cancel()
    recording.state = 'done'
    channel.recording = null
    stored.set(name, { name, format })
    const duration = Math.floor((effects.now() - startedAt) / 1000)
    wire.tell('RecordingFinished', channel, { recording: { ...recordingSnapshot(recording), duration } })
    onFree(channel)
  }

  function begin(recording: FakeRecording, maxDurationSeconds: number): void {
    const { channel } = recording
    if (channel.bridge !== null) {
      live.delete(recording.name)
      channel.recording = null
      recording.state = 'failed'
      wire.tell('RecordingFailed', channel, { recording: recordingSnapshot(recording) })
      return
    }
    recording.state = 'recording'
    wire.tell('RecordingStarted', channel, { recording: recordingSnapshot(recording) })
    if (maxDurationSeconds > 0) recording.cancel = after(channel, maxDurationSeconds * 1000, () => finish(recording))
  }

  return {
    ...{ live, stored, finish },
    record(channel: FakeChannel, name: string, format: string, maxDurationSeconds: number): FakeRecording {
      const startedAt = effects.now()
      const recording: FakeRecording = { name, format, channel, startedAt, state: 'queued', cancel: () => {} }
      live.set(name, recording)
      channel.recording = recording
      recording.cancel = after(channel, 0, () => begin(recording, maxDurationSeconds))
      return recording
    },
    /** The channel has ended, and what is recorded of it. */
    cutOff({ recording }: FakeChannel) {
      if (recording !== null) finish(recording)
    },
  }
}
