import type { HangupReason } from '../../domain/campaigncall.ts'
import type { PlaybackEnd } from '../../domain/carrier.ts'
import type { Cancel, Effects } from '../../kernel/effects.ts'
import type { Random } from '../../kernel/random.ts'
import type { AgentPhone, CallNews } from '../driver.ts'
import type { CallHistory, EndedCall } from '../kit/call-history.ts'
import { agentReactionMs, drawTalkMs } from './distributions.ts'
import type { CallFate } from './script.ts'

/** A call that was accepted, and of which nothing is ever heard again. */
export interface SilentCall {
  readonly type: 'SILENT'
  readonly callId: string
}

/** What the calls of one carrier share. */
export interface Exchange {
  readonly effects: Effects
  /** Divides ring, talk and speech times. */
  readonly speed: number
  readonly live: Map<string, Call>
  readonly records: CallHistory<EndedCall | SilentCall>
}

/** Something that is played to a call. */
interface Playback {
  readonly startedAt: number
  readonly cancel: Cancel
}

/** A call that the carrier has taken. Nothing of it may be awaited: it is moved on by one timer at a time. */
export interface Call {
  readonly id: string
  readonly fate: CallFate
  readonly maxDurationMs: number
  readonly random: Random
  /** Where its news goes. Only ever called out of a timer, or while the carrier stops. */
  readonly tell: (news: CallNews) => void
  /** Whether a machine has answered. */
  readonly isMachine: boolean
  /** What the called side presses when it is asked for digits; null for nothing. */
  readonly digit: string | null
  readonly playbacks: Map<string, Playback>
  /** Timers of what the called side, or a listener, will do next. */
  readonly reactions: Set<Cancel>
  readonly recordings: Map<string, Cancel>
  readonly legs: Map<string, CallLeg>
  readonly ringingAgents: Map<string, Cancel>
  state: 'RINGING' | 'ANSWERED' | 'ENDED'
  answeredAt: number | null
  /** When the longest duration is over, on the monotonic clock. */
  durationEndsAtMs: number
  /** The agent whom the caller talks to. */
  agentId: string | null
  cancelNext: Cancel
}

/** Somebody else who is called for the call. */
export interface CallLeg {
  state: 'RINGING' | 'CONNECTED'
  cancelNext: Cancel
}

/** A time of speed 1 as this carrier keeps it, in whole ms. */
export function scaledMs(exchange: Exchange, durationMs: number): number {
  return Math.ceil(durationMs / exchange.speed)
}

/** Begins the life of a call that was just accepted. */
export function beginCall(exchange: Exchange, call: Call): void {
  const { effects } = exchange
  const { fate } = call
  const goOn = () => {
    if (fate.type === 'ANSWERED') answerCall(exchange, call, fate.talkMs)
    else endCall(exchange, call, fate.reason, fate.by)
  }
  const afterMs = scaledMs(exchange, fate.afterMs)
  if (fate.type === 'UNANSWERED' && !fate.rings) {
    call.cancelNext = effects.timer(afterMs, goOn)
    return
  }
  call.cancelNext = effects.timer(0, () => {
    call.cancelNext = effects.timer(afterMs, goOn)
    call.tell({ type: 'RINGING', callId: call.id, at: effects.now() })
  })
}

function answerCall(exchange: Exchange, call: Call, talkMs: number): void {
  const { effects } = exchange
  call.state = 'ANSWERED'
  call.answeredAt = effects.now()
  call.durationEndsAtMs = effects.monotonic() + call.maxDurationMs
  talk(exchange, call, talkMs)
  call.tell({ type: 'ANSWERED', callId: call.id, at: call.answeredAt })
}

/** Lets the called side talk for that long from now on and then hang up, or us at the end of the longest duration. */
export function talk(exchange: Exchange, call: Call, talkMs: number): void {
  const { effects } = exchange
  const ownMs = scaledMs(exchange, talkMs)
  const leftMs = Math.max(0, call.durationEndsAtMs - effects.monotonic())
  call.cancelNext =
    ownMs <= leftMs
      ? effects.timer(ownMs, () => endCall(exchange, call, 'NORMAL', 'THEM'))
      : effects.timer(leftMs, () => endCall(exchange, call, 'TIMEOUT', 'US'))
}

/** Ends a call; of one that has ended already there is no news. */
export function endCall(exchange: Exchange, call: Call, reason: HangupReason, by: 'US' | 'THEM'): void {
  if (call.state === 'ENDED') return
  const endedAt = exchange.effects.now()
  const { id: callId, answeredAt } = call
  const playbacks = [...call.playbacks]
  call.state = 'ENDED'
  call.cancelNext()
  const recordingIds = [...call.recordings.keys()]
  for (const [, { cancel }] of playbacks) cancel()
  for (const cancel of call.ringingAgents.values()) cancel()
  for (const cancel of [...call.reactions, ...call.recordings.values()]) cancel()
  for (const leg of call.legs.values()) leg.cancelNext()
  for (const left of [call.playbacks, call.ringingAgents, call.reactions, call.recordings, call.legs]) left.clear()
  // Recorded before the end is reported: a listener may look the call up, or use its id again, at once.
  exchange.live.delete(callId)
  exchange.records.add({ type: 'ENDED', callId, reason, answeredAt, endedAt })
  for (const [playbackId, { startedAt }] of playbacks) {
    call.tell(playbackEnded(callId, endedAt, playbackId, 'FAILED', startedAt))
  }
  for (const recordingId of recordingIds) call.tell(recordingEnded(callId, endedAt, recordingId))
  const detail = by === 'US' ? 'hung up by our side' : 'hung up by the called side or the network'
  call.tell({ type: 'HANGUP', callId, at: endedAt, reason, by, detail })
}

export function playbackEnded(
  callId: string,
  at: number,
  playbackId: string,
  end: PlaybackEnd,
  startedAt: number,
): CallNews {
  return { type: 'PLAYBACK_ENDED', callId, at, playbackId, end, playedMs: Math.max(0, at - startedAt) }
}

/** The news that a recording has ended well. */
export function recordingEnded(callId: string, at: number, recordingId: string): CallNews {
  return { type: 'RECORDING_ENDED', callId, at, recordingId, location: `simulated:${recordingId}.wav`, failed: false }
}

/** Plays something of that length, in ms at speed 1, to the side that answered. One with this id that is already playing continues. */
export function playToCall(exchange: Exchange, call: Call, playbackId: string, durationMs: number): void {
  const { effects } = exchange
  if (call.playbacks.has(playbackId)) return
  const startedAt = effects.now()
  const cancel = effects.timer(scaledMs(exchange, durationMs), () => {
    call.playbacks.delete(playbackId)
    call.tell(playbackEnded(call.id, effects.now(), playbackId, 'PLAYED', startedAt))
  })
  call.playbacks.set(playbackId, { startedAt, cancel })
}

/**
 * Rings an agent's phone for an answered call. One whose extension ends in 99 never answers, in 98 rejects. A
 * phone that rings already keeps ringing, and none rings for a call that an agent has.
 */
export function ringAgent(exchange: Exchange, call: Call, agent: AgentPhone): void {
  const { effects } = exchange
  const { agentId, extension } = agent
  if (call.agentId !== null || call.ringingAgents.has(agentId)) return
  const reactionMs = scaledMs(exchange, agentReactionMs)
  let cancel: Cancel = () => {}
  if (extension.endsWith('98')) {
    cancel = effects.timer(reactionMs, () => {
      call.ringingAgents.delete(agentId)
      call.tell({ type: 'AGENT_MISSED', callId: call.id, at: effects.now(), agentId })
    })
  } else if (!extension.endsWith('99')) {
    cancel = effects.timer(reactionMs, () => joinAgent(exchange, call, agentId))
  }
  call.ringingAgents.set(agentId, cancel)
}

/** The first agent to answer has the call: the other phones fall silent without news (docs/rules.md#queue-strategies). */
function joinAgent(exchange: Exchange, call: Call, agentId: string): void {
  for (const cancel of call.ringingAgents.values()) cancel()
  call.ringingAgents.clear()
  call.agentId = agentId
  call.cancelNext()
  talk(exchange, call, drawTalkMs(call.random))
  call.tell({ type: 'AGENT_CONNECTED', callId: call.id, at: exchange.effects.now(), agentId })
}

/** Stops an agent's phone from ringing; one that does not ring is left alone. */
export function withdrawAgent(call: Call, agentId: string): void {
  call.ringingAgents.get(agentId)?.()
  call.ringingAgents.delete(agentId)
}
