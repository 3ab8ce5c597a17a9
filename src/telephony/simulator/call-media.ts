import type { Cancel } from '../../kernel/effects.ts'
import type { CallNews } from '../driver.ts'
import { type Call, type Exchange, playbackEnded, recordingEnded, scaledMs } from './call.ts'
import { digitReactionMs, machineDetectionMs } from './distributions.ts'

/*
 * What is heard on a call that was answered, and by whom.
 */

/** Ends a playback before its time. One that has ended is left alone. */
export function stopPlaying({ effects }: Exchange, call: Call, playbackId: string): void {
  const playback = call.playbacks.get(playbackId)
  if (playback === undefined) return
  const { startedAt } = playback
  playback.cancel()
  const cancel = effects.timer(0, () => {
    call.playbacks.delete(playbackId)
    call.tell(playbackEnded(call.id, effects.now(), playbackId, 'INTERRUPTED', startedAt))
  })
  call.playbacks.set(playbackId, { startedAt, cancel })
}

/** A called side that presses digits presses one, each time it is asked for some. */
export function pressDigit(exchange: Exchange, call: Call): void {
  const { digit } = call
  if (digit !== null) react(exchange, call, digitReactionMs, { type: 'DIGIT', digit })
}

/** Listens to who has answered. */
export function findOutMachine(exchange: Exchange, call: Call): void {
  react(exchange, call, machineDetectionMs, { type: 'MACHINE', result: call.isMachine ? 'MACHINE' : 'HUMAN' })
}

type Reaction =
  | Pick<Extract<CallNews, { type: 'DIGIT' }>, 'type' | 'digit'>
  | Pick<Extract<CallNews, { type: 'MACHINE' }>, 'type' | 'result'>

function react(exchange: Exchange, call: Call, afterMs: number, reaction: Reaction): void {
  const { effects } = exchange
  const cancel: Cancel = effects.timer(scaledMs(exchange, afterMs), () => {
    call.reactions.delete(cancel)
    call.tell({ ...reaction, callId: call.id, at: effects.now() })
  })
  call.reactions.add(cancel)
}

/** Records a call until it is stopped, the call ends, or that time is over. */
export function beginRecording(
  exchange: Exchange,
  call: Call,
  recordingId: string,
  durationMaxMs: number | null,
): void {
  if (call.recordings.has(recordingId)) return
  const end = () => tellRecording(exchange, call, recordingId)
  call.recordings.set(recordingId, durationMaxMs === null ? () => {} : exchange.effects.timer(durationMaxMs, end))
}

/** Ends a recording. One that has ended is left alone. */
export function endRecording(exchange: Exchange, call: Call, recordingId: string): void {
  const cancel = call.recordings.get(recordingId)
  if (cancel === undefined) return
  cancel()
  call.recordings.set(
    recordingId,
    exchange.effects.timer(0, () => tellRecording(exchange, call, recordingId)),
  )
}

function tellRecording({ effects }: Exchange, call: Call, recordingId: string): void {
  call.recordings.delete(recordingId)
  call.tell(recordingEnded(call.id, effects.now(), recordingId))
}
