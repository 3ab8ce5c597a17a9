import type { Driver, Leg, MediaVerb, RecordingSettings, SpeechText, ToneTimes } from '../../src/telephony/driver.ts'

/** A driver with a method for each media command, so that a test reads as what it asks for. */
export function withMedia<Given extends Driver>(driver: Given) {
  return {
    ...driver,
    speak: (callId: string, playbackId: string, speech: SpeechText) =>
      driver.perform(callId, { type: 'SPEAK', playbackId, speech }),
    play: (callId: string, playbackId: string, urls: readonly string[]) =>
      driver.perform(callId, { type: 'PLAY', playbackId, urls }),
    tone: (callId: string, playbackId: string) => driver.perform(callId, { type: 'TONE', playbackId }),
    stopPlayback: (callId: string, playbackId: string) => driver.perform(callId, { type: 'STOP_PLAYBACK', playbackId }),
    receiveDigits: (callId: string) => driver.perform(callId, { type: 'RECEIVE_DIGITS' }),
    sendDigits: (callId: string, digits: string, times: ToneTimes) =>
      driver.perform(callId, { type: 'SEND_DIGITS', requestId: 'digits', digits, times }),
    detectMachine: (callId: string) => driver.perform(callId, { type: 'DETECT_MACHINE', requestId: 'machine' }),
    startRecording: (callId: string, recordingId: string, settings: RecordingSettings) =>
      driver.perform(callId, { type: 'START_RECORDING', recordingId, settings }),
    stopRecording: (callId: string, recordingId: string) =>
      driver.perform(callId, { type: 'STOP_RECORDING', recordingId }),
    dial: (callId: string, leg: Leg) => driver.perform(callId, { type: 'DIAL', leg }),
    hangupLeg: (callId: string, legId: string) => driver.perform(callId, { type: 'HANG_UP_LEG', legId }),
  }
}

export type MediaDriver = ReturnType<typeof withMedia<Driver>>

/** The verb of each method. */
export const verbOf = {
  speak: 'SPEAK',
  play: 'PLAY',
  tone: 'TONE',
  stopPlayback: 'STOP_PLAYBACK',
  receiveDigits: 'RECEIVE_DIGITS',
  sendDigits: 'SEND_DIGITS',
  detectMachine: 'DETECT_MACHINE',
  startRecording: 'START_RECORDING',
  stopRecording: 'STOP_RECORDING',
  dial: 'DIAL',
  hangupLeg: 'HANG_UP_LEG',
} as const satisfies Partial<Record<keyof MediaDriver, MediaVerb>>
