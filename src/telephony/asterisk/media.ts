import { type MediaCommand, type MediaVerb, mediaVerbsExcept, type SpeechText } from '../../domain/media.ts'
import { unreachable } from '../../kernel/assert.ts'
import type { ToneTimes } from '../driver.ts'
import type { AriClient } from './ari.ts'
import type { Calls } from './calls.ts'
import type { Legs } from './legs.ts'
import type { Machines } from './machines.ts'
import type { Mode } from './placing.ts'
import type { Playbacks } from './playbacks.ts'
import type { Recordings } from './recordings.ts'

export interface MediaOptions {
  readonly ari: AriClient
  readonly calls: Calls
  readonly playbacks: Playbacks
  readonly machines: Machines
  readonly recordings: Recordings
  readonly legs: Legs
  /** Renders a text as a recording that Asterisk can fetch. Without it every SPEAK fails. */
  readonly renderSpeech?: ((speech: SpeechText) => Promise<string>) | undefined
}

/** Asterisk reports every digit without being asked, and detects machines in the dialplan only. */
export function mediaVerbsOf(mode: Mode): ReadonlySet<MediaVerb> {
  return mode === 'context' ? mediaVerbsExcept('RECEIVE_DIGITS') : mediaVerbsExcept('RECEIVE_DIGITS', 'DETECT_MACHINE')
}

/** Carries out media commands. */
export function createMedia(options: MediaOptions): (callId: string, command: MediaCommand) => Promise<void> {
  const { ari, calls, playbacks, machines, recordings, legs, renderSpeech } = options

  async function speak(callId: string, playbackId: string, speech: SpeechText): Promise<void> {
    if (renderSpeech === undefined) playbacks.failed(callId, playbackId)
    else await playbacks.playRendered(callId, playbackId, () => renderSpeech(speech))
  }

  async function sendDigits(callId: string, digits: string, { durationMs, intervalMs }: ToneTimes): Promise<void> {
    const query = { dtmf: digits, between: String(intervalMs), duration: String(durationMs) }
    const beforeSending = () => !calls.get(callId)?.asked
    await ari.change({ method: 'POST', path: ['channels', callId, 'dtmf'], query, beforeSending })
  }

  return async (callId, command) => {
    switch (command.type) {
      case 'SPEAK':
        return speak(callId, command.playbackId, command.speech)
      case 'PLAY':
        return playbacks.play(callId, command.playbackId, command.urls)
      case 'TONE':
        return playbacks.tone(callId, command.playbackId)
      case 'STOP_PLAYBACK':
        return playbacks.stop(callId, command.playbackId)
      case 'RECEIVE_DIGITS':
        return
      case 'SEND_DIGITS':
        return sendDigits(callId, command.digits, command.times)
      case 'DETECT_MACHINE':
        return machines.detect(callId)
      case 'START_RECORDING':
        return recordings.start(callId, command.recordingId, command.settings)
      case 'STOP_RECORDING':
        return recordings.stop(command.recordingId)
      case 'DIAL':
        return legs.dial(callId, command.leg)
      case 'HANG_UP_LEG':
        return legs.hangUp(callId, command.legId)
      default:
        unreachable(command)
    }
  }
}
