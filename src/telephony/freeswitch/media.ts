import { type MediaCommand, mediaVerbsExcept } from '../../domain/media.ts'
import { unreachable } from '../../kernel/assert.ts'
import type { createCalls } from './calls.ts'
import type { createDigits } from './digits.ts'
import type { createLegs } from './legs.ts'
import type { createPlaybacks } from './playbacks.ts'
import type { createRecordings } from './recordings.ts'

export interface MediaOptions {
  readonly calls: ReturnType<typeof createCalls>
  readonly playbacks: ReturnType<typeof createPlaybacks>
  readonly digits: ReturnType<typeof createDigits>
  readonly recordings: ReturnType<typeof createRecordings>
  readonly legs: ReturnType<typeof createLegs>
}

/** FreeSWITCH reports every digit without being asked, and cannot detect machines. */
export const mediaVerbs = mediaVerbsExcept('RECEIVE_DIGITS', 'DETECT_MACHINE')

/** Carries out media commands. */
export function createMedia(options: MediaOptions): (callId: string, command: MediaCommand) => Promise<void> {
  const { calls, playbacks, digits, recordings, legs } = options
  return async (callId, command) => {
    const call = calls.find(callId)
    switch (command.type) {
      case 'SPEAK':
        return playbacks.speak(call, callId, command.playbackId, command.speech)
      case 'PLAY':
        return playbacks.play(call, callId, command.playbackId, command.urls)
      case 'TONE':
        return playbacks.tone(call, callId, command.playbackId)
      case 'STOP_PLAYBACK':
        return playbacks.stop(call, command.playbackId)
      case 'SEND_DIGITS':
        return digits.send(call, command.digits, command.times)
      case 'RECEIVE_DIGITS':
      case 'DETECT_MACHINE':
        return
      case 'START_RECORDING':
        return recordings.start(call, callId, command.recordingId, command.settings)
      case 'STOP_RECORDING':
        return recordings.stop(callId, command.recordingId)
      case 'DIAL':
        return legs.dial(call, callId, command.leg)
      case 'HANG_UP_LEG':
        return legs.hangUp(callId, command.legId)
      default:
        unreachable(command)
    }
  }
}
