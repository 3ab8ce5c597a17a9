import { describeChannel, type FakeChannel, type Fields } from './fake-channel.ts'
import { recordingMs } from './fake-scripts.ts'

/** How long it takes to fetch what has `/slow/` in its path. */
const slowFetchMs = 3000
/** How much sound a frame holds. */
const frameMs = 20

/** What the parts of the fake switch share. */
export interface Stage {
  tellOf(channel: FakeChannel, name: string, extra?: Fields): void
  setState(channel: FakeChannel, state: string): void
  /** Something that the end of the channel prevents. */
  later(channel: FakeChannel, afterMs: number, run: () => void): () => void
  nowMs(): number
  park(channel: FakeChannel): void
  /** This side hangs up; what follows comes that much later. */
  hangUp(channel: FakeChannel, cause: string, afterMs: number): void
}

/** The applications that a channel runs, and what they tell. */
export function createApplications({ tellOf, setState, later, nowMs, park, hangUp }: Stage) {
  function end(channel: FakeChannel, application: string, response: string, data?: string): void {
    if (application === 'playback') channel.known.current_application_response = response
    tellOf(channel, 'CHANNEL_EXECUTE_COMPLETE', {
      ...{ Application: application, 'Application-Response': response },
      ...(data !== undefined && { 'Application-Data': data }),
    })
  }

  function playNext(channel: FakeChannel): void {
    const [path] = channel.playlist
    if (path === undefined) return
    channel.known.current_application = 'playback'
    channel.known.current_application_data = path
    delete channel.known.current_application_response
    tellOf(channel, 'CHANNEL_EXECUTE', { Application: 'playback', 'Application-Data': path })
    const lengthMs = recordingMs(path)
    if (lengthMs === null) {
      end(channel, 'playback', 'FILE NOT FOUND', path)
      channel.playlist.shift()
      playNext(channel)
      return
    }
    function begin(): void {
      const isHeard = channel.fetching !== 'BROKEN_OFF'
      channel.fetching = 'NO'
      channel.playsSinceMs = nowMs()
      tellOf(channel, 'PLAYBACK_START', { 'Playback-File-Path': path ?? '' })
      if (isHeard) channel.cancelPlaying = later(channel, lengthMs ?? 0, () => stop(channel, 'done'))
      else stop(channel, 'break')
    }
    if (path.includes('/slow/')) {
      channel.fetching = 'YES'
      later(channel, slowFetchMs, begin)
    } else begin()
  }

  function stop(channel: FakeChannel, status: 'done' | 'break'): void {
    if (channel.fetching !== 'NO') {
      channel.fetching = 'BROKEN_OFF'
      return
    }
    const path = channel.playlist.shift()
    if (path === undefined) return
    channel.heard.push({ path, ms: nowMs() - channel.playsSinceMs })
    channel.cancelPlaying()
    tellOf(channel, 'PLAYBACK_STOP', { 'Playback-Status': status, 'Playback-File-Path': path })
    end(channel, 'playback', 'FILE PLAYED', path)
    playNext(channel)
  }

  function completeBridge(first: FakeChannel, second: FakeChannel): void {
    if (second.hangupCause !== null) {
      hangUp(first, 'NORMAL_CLEARING', 0)
      return
    }
    first.bridge = { first, second }
    second.bridge = first.bridge
    tellOf(first, 'CHANNEL_EXECUTE', { Application: 'uuid_bridge', 'Application-Data': second.uuid })
    tellOf(second, 'CHANNEL_EXECUTE', { Application: 'uuid_bridge', 'Application-Data': first.uuid })
    setState(second, 'CONSUME_MEDIA')
    tellOf(first, 'CHANNEL_BRIDGE', { 'Bridge-A-Unique-ID': first.uuid, 'Bridge-B-Unique-ID': second.uuid })
    setState(second, 'EXCHANGE_MEDIA')
  }

  /** The response is that of the last application that had one. */
  function endPark(channel: FakeChannel): void {
    const { parked, inParkState } = channel
    channel.parked = false
    channel.inParkState = false
    if (parked && !inParkState) end(channel, 'park', channel.known.current_application_response ?? '_none_')
  }

  /** False where that is not recorded. */
  function stopRecording(channel: FakeChannel, path: string): boolean {
    const recording = channel.recordings.get(path)
    if (recording === undefined) return false
    channel.recordings.delete(path)
    recording.cancel()
    const cause = channel.hangupCause === null ? 'success-maxtime' : 'success-silence'
    const lengthMs = Math.max(0, nowMs() - recording.beganAtMs - recording.lostMs)
    channel.known.record_seconds = String(Math.floor(lengthMs / 1000))
    channel.known.record_completion_cause = cause
    channel.files.push({ path, lengthMs })
    tellOf(channel, 'RECORD_STOP', { 'Record-File-Path': path, 'Record-Completion-Cause': cause })
    return true
  }

  return {
    play(channel: FakeChannel, path: string): void {
      const cancel = later(channel, 201, () => {
        channel.asked.splice(channel.asked.indexOf(cancel), 1)
        if (channel.playlist.push(path) === 1) playNext(channel)
      })
      channel.asked.push(cancel)
    },
    /** What was asked for and is not played yet is forgotten, without a word. */
    stopPlaying(channel: FakeChannel): void {
      for (const cancel of channel.asked.splice(0)) cancel()
      later(channel, 22, () => {
        channel.playlist.splice(1)
        stop(channel, 'break')
      })
    },
    /** False where the file cannot be written. Of one that is recorded already nothing more is begun. */
    startRecording(channel: FakeChannel, path: string, limitSeconds: number): boolean {
      if (/readonly|nosuch/.test(path)) {
        channel.known.record_completion_cause = 'uri-failure'
        return false
      }
      if (channel.recordings.has(path)) return true
      // Whole seconds of the clock: up to one early.
      const cancel =
        limitSeconds > 0 ? later(channel, limitSeconds * 1000 - 930, () => stopRecording(channel, path)) : () => {}
      const lostMs = Number(channel.unshown.get('RECORD_PRE_BUFFER_FRAMES') ?? 25) * frameMs
      channel.recordings.set(path, { beganAtMs: nowMs(), lostMs, cancel })
      tellOf(channel, 'RECORD_START', { 'Record-File-Path': path })
      return true
    },
    stopRecording,
    /** Only what is played now. */
    breakOff: (channel: FakeChannel) => stop(channel, 'break'),
    skip: (channel: FakeChannel) => void later(channel, 22, () => stop(channel, 'break')),
    bridge(first: FakeChannel, second: FakeChannel): void {
      later(first, 23, () => {
        first.other = second
        second.other = first
        second.joinedTo = first
        for (const channel of [first, second]) {
          endPark(channel)
          for (const state of ['HIBERNATE', 'RESET', 'SOFT_EXECUTE']) setState(channel, state)
        }
        later(first, 38, () => completeBridge(first, second))
      })
    },
    /** Whoever is left alone in a bridge is hung up as well, unless it is to be parked. */
    unbridge(channel: FakeChannel): void {
      if (channel.bridge === null) return
      const { first, second } = channel.bridge
      const other = channel === first ? second : first
      first.bridge = null
      second.bridge = null
      other.known.last_bridge_hangup_cause = channel.hangupCause ?? 'NORMAL_CLEARING'
      if (other === second && other.hangupCause === null) hangUp(other, other.known.last_bridge_hangup_cause, 0)
      tellOf(first, 'CHANNEL_UNBRIDGE', { 'Bridge-A-Unique-ID': first.uuid, 'Bridge-B-Unique-ID': second.uuid })
      if (other.hangupCause !== null) return
      if (other.unshown.get('park_after_bridge') === 'true') {
        park(other)
        return
      }
      // As its source has it: whoever is told to hang up after the bridge takes over the cause.
      const takesOver = other.unshown.get('hangup_after_bridge') === 'true'
      if (!takesOver) setState(other, 'EXECUTE')
      hangUp(other, takesOver ? (channel.hangupCause ?? 'NORMAL_CLEARING') : 'NORMAL_CLEARING', 0)
    },
    endRecordings(channel: FakeChannel): void {
      for (const recorded of [...channel.recordings.keys()]) stopRecording(channel, recorded)
    },
    /** The channel has been hung up: the applications that it runs end. */
    endAll(channel: FakeChannel): void {
      const [path] = channel.playlist.splice(0)
      if (path !== undefined) {
        tellOf(channel, 'PLAYBACK_STOP', { 'Playback-Status': 'done', 'Playback-File-Path': path })
        end(channel, 'playback', 'FILE PLAYED', path)
      }
      endPark(channel)
    },
  }
}

/** The events of a channel that no gateway was found for. */
export function unbegun(channel: FakeChannel): readonly Fields[] {
  return (
    [
      ['CHANNEL_DESTROY', 'NONE'],
      ['CHANNEL_STATE', 'DESTROY'],
    ] as const
  ).map(([name, state]) => {
    const fields = describeChannel({ ...channel, state, variables: new Map() }, name)
    delete fields['Caller-Caller-ID-Number']
    delete fields['Caller-Destination-Number']
    return fields
  })
}
