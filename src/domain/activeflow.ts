import type { Campaigncall, HangupReason } from './campaigncall.ts'
import type { MediaCommand, MediaCommandOf } from './media.ts'
import type { OutdialTarget } from './outdial-target.ts'
import type { Sending } from './sending.ts'
import type { Variables } from './variable.ts'

/** Most steps of one run; then the call is hung up as FAILED (docs/rules.md#actions). */
export const activeflowStepsMax = 1000
/** Steps of a run in one tick, which blocks all other calls: a loop can take all of its 1000 steps at once. */
export const activeflowStepsAtOnceMax = 50

/** What the current action waits for. `until` is when it resumes automatically. */
export type Wait =
  /** `requestId` names the request to the carrier, so that its refusal can be matched. */
  | { readonly type: 'TIME'; readonly until: number; readonly outcome: string; readonly requestId: string | null }
  | { readonly type: 'PLAYBACK'; readonly playbackId: string }
  | { readonly type: 'DIGITS'; readonly until: number; readonly pressed: readonly PressedDigit[] }
  | { readonly type: 'MACHINE'; readonly until: number; readonly requestId: string }
  /** Phones that ring; the first to answer is connected. */
  | { readonly type: 'LEGS'; readonly until: number; readonly legs: readonly RingingLeg[] }
  | { readonly type: 'LEG'; readonly leg: RingingLeg }
  | { readonly type: 'SENDING'; readonly sendingId: string }
  /** Lets other calls proceed: no action is running, and `nextId` is next. */
  | { readonly type: 'YIELD'; readonly until: number; readonly nextId: string }

/** In the order in which they were pressed. */
export interface PressedDigit {
  readonly digit: string
  readonly at: number
}

export interface RingingLeg {
  readonly legId: string
  readonly number: string
}

/** The run of a campaign's actions for one campaigncall, as it is stored between its steps. */
export interface Activeflow {
  readonly id: string
  readonly customerId: string
  readonly campaigncallId: string
  readonly status: 'RUNNING' | 'ENDED'
  /** The current action, or the last one. */
  readonly actionId: string | null
  /** When the current action started; null if none is running. */
  readonly actionStartedAt: number | null
  /** Steps taken so far. */
  readonly stepCount: number
  readonly wait: Wait | null
  readonly variables: Variables
  /** How often each GOTO has jumped, by its id. */
  readonly jumpCounts: Readonly<Record<string, number>>
  /** The current recording. */
  readonly recordingId: string | null
  /** The carrier's time of the last digit that took effect: an older digit is a repeat, or late. */
  readonly digitsHeardUntil: number | null
}

/** One action that was executed, or is being executed. */
export interface ActionExecution {
  /** 1 for the first. */
  readonly step: number
  readonly actionId: string
  readonly startedAt: number
  readonly endedAt: number | null
  /** The outcome, for a person. */
  readonly outcome: string | null
}

/** Requests of actions: to the carrier or, for SEND, to the sender. */
export type ActiveflowRequest =
  | Exclude<MediaCommand, { type: 'START_RECORDING' }>
  /** `step` is that of the action that asks for it. */
  | { readonly type: 'RECORD'; readonly step: number; readonly command: MediaCommandOf<'START_RECORDING'> }
  | { readonly type: 'SEND'; readonly sending: Sending }

/** What a run of actions comes to when it stops advancing. */
export type FlowOutcome =
  | { readonly type: 'WAITING' }
  | { readonly type: 'JOIN_QUEUE' }
  | { readonly type: 'HANG_UP'; readonly reason: HangupReason }
  /** Nothing more to do, and we do not hang up: the called side, or the longest duration, ends the call. */
  | { readonly type: 'REST' }

/** The call that actions run on. */
export interface CallContext {
  readonly call: Campaigncall
  /** Null if no action reads it. */
  readonly target: OutdialTarget | null
  /** Makes ids of playbacks, legs, recordings and sendings. */
  readonly makeId: () => string
}

export interface ActiveflowDecision {
  readonly flow: Activeflow
  /** Actions that have ended, and a QUEUE_JOIN that has started. */
  readonly executions: readonly ActionExecution[]
  /** In this order. */
  readonly requests: readonly ActiveflowRequest[]
  readonly flowOutcome: FlowOutcome
}

/** The activeflow of a call that was just answered. */
export function newActiveflow(call: Campaigncall): Activeflow {
  return {
    id: call.activeflowId,
    customerId: call.customerId,
    campaigncallId: call.id,
    status: 'RUNNING',
    actionId: null,
    actionStartedAt: null,
    stepCount: 0,
    wait: null,
    variables: {},
    jumpCounts: {},
    recordingId: null,
    digitsHeardUntil: null,
  }
}

/** A QUEUE_JOIN follows the last action, unless the actions say otherwise (docs/rules.md#campaign-queue-join). */
export function joinsQueueAtEnd(actions: readonly { readonly type: string }[], queueId: string | null): boolean {
  return queueId !== null && !actions.some(({ type }) => type === 'QUEUE_JOIN' || type === 'STOP' || type === 'HANGUP')
}

/** When an activeflow resumes automatically; null when only an event resumes it. */
export function resumesAt({ status, wait }: Activeflow): number | null {
  return status === 'RUNNING' && wait !== null && 'until' in wait ? wait.until : null
}

/** True when a stored activeflow can advance: its wait is over, or it does not wait. */
export function isActiveflowReady(flow: Activeflow, now: number): boolean {
  if (flow.status !== 'RUNNING') return false
  const at = resumesAt(flow)
  return flow.wait === null || (at !== null && at <= now)
}
