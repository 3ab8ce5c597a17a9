import type { HangupReason } from '../../domain/campaigncall.ts'
import { type MediaCommand, type MediaCommandOf, mediaVerbsExcept } from '../../domain/media.ts'
import { assert, unreachable } from '../../kernel/assert.ts'
import type { Effects } from '../../kernel/effects.ts'
import { createRandom, type Random } from '../../kernel/random.ts'
import type { AgentPhone, CallNews, CarrierAnswer, Leg, LookupAnswer, OriginateRequest } from '../driver.ts'
import { answerOfEnded, createCallHistory, type EndedCall } from '../kit/call-history.ts'
import {
  beginCall,
  type Call,
  type Exchange,
  endCall,
  playToCall,
  ringAgent,
  type SilentCall,
  scaledMs,
  withdrawAgent,
} from './call.ts'
import { dialLeg, hangUpLeg } from './call-legs.ts'
import { beginRecording, endRecording, findOutMachine, pressDigit, stopPlaying } from './call-media.ts'
import { recordingsMs, speechMs, toneMs } from './distributions.ts'
import { createReordering } from './reordering.ts'
import { type CallFate, digitOf, fateOf, isMachine } from './script.ts'

export interface CarrierOptions {
  readonly effects: Effects
  /** The same seed and the same requests give the same calls. */
  readonly seed: number
  /** 1 to 1000: divides ring, talk and speech times and the ring timeout, not the longest duration. */
  readonly speed: number
  /** Share of unscripted calls that a person answers, 0 to 1. */
  readonly answerRate: number
  /** Hears the news, each out of a timer and never out of a request; only `stop` tells at once. */
  readonly report: (news: CallNews) => void
}

/**
 * The simulated carrier itself (docs/rules.md#simulated-carrier). It answers at once: whatever distance there is to it belongs
 * to its edge.
 */
export interface Carrier {
  /** Made once: another carrier has another one. */
  readonly epoch: string
  readonly stopped: boolean
  originate(request: OriginateRequest): CarrierAnswer
  lookup(callId: string): LookupAnswer
  list(): readonly string[]
  /** Does something with an answered call. For any other, what waits for it is reported as failed. */
  perform(callId: string, command: MediaCommand): void
  connect(callId: string, agent: AgentPhone): void
  withdraw(callId: string, agentId: string): void
  hangup(callId: string, reason: HangupReason): void
  /** Hangs up every call and takes no other. */
  stop(): void
}

/** Longer than anyone of the script talks, so that the hangup can overtake the answer. */
const newsHoldMs = 6000

interface State extends Exchange {
  readonly answerRate: number
  readonly random: Random
  readonly report: (news: CallNews) => void
  stopped: boolean
}

/** Everything that a call can be asked for. */
export const simulatedVerbs = mediaVerbsExcept()

/** Builds a carrier. Speeds and rates out of their bounds are a defect. */
export function createCarrier({ effects, seed, speed, answerRate, report }: CarrierOptions): Carrier {
  assert(speed >= 1 && speed <= 1000, `a speed from 1 to 1000, got ${speed}`)
  assert(answerRate >= 0 && answerRate <= 1, `an answer rate from 0 to 1, got ${answerRate}`)
  const live = new Map<string, Call>()
  const records = createCallHistory<EndedCall | SilentCall>({ effects, sinceMs: effects.now() })
  const state: State = {
    ...{ effects, speed, answerRate, report, live, records },
    random: createRandom(seed),
    stopped: false,
  }
  return {
    epoch: effects.id(),
    get stopped() {
      return state.stopped
    },
    originate: (request) => originate(state, request),
    lookup: (callId) => lookup(state, callId),
    list: () => [...live.keys()],
    perform: (callId, command) => perform(state, callId, command),
    connect(callId, agent) {
      const call = answeredCall(state, callId, { type: 'AGENT_MISSED', agentId: agent.agentId })
      if (call !== null) ringAgent(state, call, agent)
    },
    withdraw(callId, agentId) {
      const call = live.get(callId)
      if (call !== undefined) withdrawAgent(call, agentId)
    },
    hangup(callId, reason) {
      const call = live.get(callId)
      if (call !== undefined) effects.timer(0, () => endCall(state, call, reason, 'US'))
    },
    stop() {
      state.stopped = true
      for (const call of [...live.values()]) {
        endCall(state, call, call.state === 'ANSWERED' ? 'NORMAL' : 'CANCEL', 'US')
      }
    },
  }
}

function originate(state: State, request: OriginateRequest): CarrierAnswer {
  const { live, records, answerRate } = state
  const { callId, to, tryCount, ringTimeoutMs } = request
  if (state.stopped) return { type: 'REJECTED', reason: 'FAILED' }
  if (live.has(callId) || records.find(callId)?.type === 'SILENT') return { type: 'INDETERMINATE' }
  // Each call draws from a stream of its own: what agents do to one call leaves the others as they are.
  const random = createRandom(state.random() * 2 ** 32)
  const fate = fateOf({ target: to.target, tryCount, ringTimeoutMs, answerRate, random })
  if (fate.type === 'SILENT') {
    records.add({ type: 'SILENT', callId })
  } else {
    const call = newCall(state, request, fate, random)
    live.set(callId, call)
    beginCall(state, call)
  }
  return { type: 'ACCEPTED' }
}

function newCall(state: State, request: OriginateRequest, fate: CallFate, random: Random): Call {
  const { effects, report } = state
  const disordered = fate.type === 'ANSWERED' && fate.disordered
  const holdMs = scaledMs(state, newsHoldMs)
  return {
    id: request.callId,
    fate,
    maxDurationMs: request.maxDurationMs,
    random,
    tell: disordered ? createReordering({ effects, random, holdMs, deliver: report }) : report,
    isMachine: isMachine(request.to.target),
    digit: digitOf(request.to.target),
    playbacks: new Map(),
    reactions: new Set(),
    recordings: new Map(),
    legs: new Map(),
    ringingAgents: new Map(),
    state: 'RINGING',
    answeredAt: null,
    durationEndsAtMs: Infinity,
    agentId: null,
    cancelNext: () => {},
  }
}

function lookup({ live, records }: State, callId: string): LookupAnswer {
  const call = live.get(callId)
  if (call !== undefined) return { type: 'LIVE', state: call.state === 'ANSWERED' ? 'ANSWERED' : 'RINGING' }
  const record = records.find(callId)
  if (record === undefined) return { type: records.reachesBackTo(callId) ? 'NOT_SEEN' : 'CANNOT_TELL' }
  return record.type === 'SILENT' ? { type: 'CANNOT_TELL' } : answerOfEnded(record)
}

type Refusal =
  | { readonly type: 'PLAYBACK_ENDED'; readonly playbackId: string; readonly end: 'FAILED'; readonly playedMs: 0 }
  | { readonly type: 'AGENT_MISSED'; readonly agentId: string }
  | {
      readonly type: 'RECORDING_ENDED'
      readonly recordingId: string
      readonly location: string
      readonly failed: true
    }
  | { readonly type: 'LEG_ENDED'; readonly legId: string; readonly answered: false }

function perform(state: State, callId: string, command: MediaCommand): void {
  switch (command.type) {
    case 'SPEAK':
      play(state, callId, command.playbackId, speechMs(command.speech.text))
      break
    case 'PLAY':
      play(state, callId, command.playbackId, recordingsMs(command.urls.length))
      break
    case 'TONE':
      play(state, callId, command.playbackId, toneMs)
      break
    case 'STOP_PLAYBACK':
      withAnswered(state, callId, (call) => stopPlaying(state, call, command.playbackId))
      break
    case 'RECEIVE_DIGITS':
      withAnswered(state, callId, (call) => pressDigit(state, call))
      break
    case 'SEND_DIGITS':
      // Nobody there reacts to tones.
      break
    case 'DETECT_MACHINE':
      withAnswered(state, callId, (call) => findOutMachine(state, call))
      break
    case 'START_RECORDING':
      startRecording(state, callId, command)
      break
    case 'STOP_RECORDING':
      withAnswered(state, callId, (call) => endRecording(state, call, command.recordingId))
      break
    case 'DIAL':
      dial(state, callId, command.leg)
      break
    case 'HANG_UP_LEG':
      withAnswered(state, callId, (call) => hangUpLeg(state, call, command.legId))
      break
    default:
      unreachable(command)
  }
}

/** `durationMs` is that of speed 1. */
function play(state: State, callId: string, playbackId: string, durationMs: number): void {
  const call = answeredCall(state, callId, { type: 'PLAYBACK_ENDED', playbackId, end: 'FAILED', playedMs: 0 })
  if (call !== null) playToCall(state, call, playbackId, durationMs)
}

function startRecording(
  state: State,
  callId: string,
  { recordingId, settings }: MediaCommandOf<'START_RECORDING'>,
): void {
  const call = answeredCall(state, callId, { type: 'RECORDING_ENDED', recordingId, location: '', failed: true })
  if (call !== null) beginRecording(state, call, recordingId, settings.durationMaxMs)
}

function dial(state: State, callId: string, leg: Leg): void {
  const call = answeredCall(state, callId, { type: 'LEG_ENDED', legId: leg.legId, answered: false })
  if (call !== null) dialLeg(state, call, leg, state.answerRate)
}

/** Applies `run` to a call that was answered. Does nothing for any other id, and reports nothing. */
function withAnswered({ live }: State, callId: string, run: (call: Call) => void): void {
  const call = live.get(callId)
  if (call?.state === 'ANSWERED') run(call)
}

/** The call, if it is one that was answered; otherwise null, and the refusal is on its way. */
function answeredCall(state: State, callId: string, refusal: Refusal): Call | null {
  const { effects, live, records, report } = state
  const call = live.get(callId)
  if (call?.state === 'ANSWERED') return call
  if (state.stopped || records.find(callId)?.type === 'SILENT') return null
  const tell = call?.tell ?? report
  effects.timer(0, () => {
    if (!state.stopped) tell({ ...refusal, callId, at: effects.now() })
  })
  return null
}
