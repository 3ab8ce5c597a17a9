import type { Action } from './action.ts'
import type { Campaigncall, HangupReason } from './campaigncall.ts'
import type { MediaCommand, MediaCommandOf } from './media.ts'
import type { OutdialTarget } from './outdial-target.ts'
import type { Sending } from './sending.ts'
import type { Variables } from './variable.ts'

/** Most steps of one run; then the call is hung up, FAILED (docs/rules.md#actions). */
export const activeflowStepsMax = 1000
/** Steps that a run takes in one go: all calls of a turn wait for each other, and a loop can have every one of the 1000. */
export const activeflowStepsAtOnceMax = 50

/** What the action that is under way waits for. `until` is when it goes on by itself. */
export type Wait =
  /** `requestId` names what the carrier was asked for, so that its refusal finds it. */
  | { readonly type: 'TIME'; readonly until: number; readonly outcome: string; readonly requestId: string | null }
  | { readonly type: 'PLAYBACK'; readonly playbackId: string }
  | { readonly type: 'DIGITS'; readonly until: number; readonly pressed: readonly PressedDigit[] }
  | { readonly type: 'MACHINE'; readonly until: number; readonly requestId: string }
  /** Phones that ring; the first to be answered is connected. */
  | { readonly type: 'LEGS'; readonly until: number; readonly legs: readonly RingingLeg[] }
  | { readonly type: 'LEG'; readonly leg: RingingLeg }
  | { readonly type: 'SENDING'; readonly sendingId: string }
  /** For the others' turn: no action is under way, and that one is next. */
  | { readonly type: 'BREATH'; readonly until: number; readonly nextId: string }

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
  /** The action that is under way, or was last. */
  readonly actionId: string | null
  /** When the action that is under way began; null while none is. */
  readonly actionStartedAt: number | null
  /** Steps taken so far. */
  readonly stepCount: number
  readonly wait: Wait | null
  readonly variables: Variables
  /** How often each GOTO has jumped, by its id. */
  readonly jumpCounts: Readonly<Record<string, number>>
  /** The recording that is under way. */
  readonly recordingId: string | null
  /** Digits up to that time of the carrier's clock have had their effect: an older one is told of once more, or late. */
  readonly digitsHeardUntil: number | null
}

/** One action that was run, or is being run. */
export interface ActionExecution {
  /** 1 for the first. */
  readonly step: number
  readonly actionId: string
  readonly startedAt: number
  readonly endedAt: number | null
  /** What it came to, for a person. */
  readonly outcome: string | null
}

/** What actions ask for: of the carrier, or, SEND, of whoever sends. */
export type ActiveflowRequest =
  | Exclude<MediaCommand, { type: 'START_RECORDING' }>
  /** `step` is that of the action that asks for it. */
  | { readonly type: 'RECORD'; readonly step: number; readonly command: MediaCommandOf<'START_RECORDING'> }
  | { readonly type: 'SEND'; readonly sending: Sending }

/** Where an activeflow is when it can go no further by itself. */
export type FlowOutcome =
  | { readonly type: 'WAITING' }
  | { readonly type: 'JOIN_QUEUE' }
  | { readonly type: 'HANG_UP'; readonly reason: HangupReason }
  /** Nothing more to do, and nobody hangs up: the called side, or the longest duration, ends the call. */
  | { readonly type: 'REST' }

export interface FlowContext {
  readonly actions: readonly Action[]
  readonly call: Campaigncall
  /** Null where no action reads of it. */
  readonly target: OutdialTarget | null
  /** Makes ids of playbacks, legs, recordings and sendings. */
  readonly makeId: () => string
}

export interface ActiveflowDecision {
  readonly flow: Activeflow
  /** Actions that came to their end, and a QUEUE_JOIN that began. */
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

/** A QUEUE_JOIN is run after the last action unless the actions say otherwise (docs/rules.md#campaign-queue-join). */
export function joinsQueueAtEnd(actions: readonly Action[], queueId: string | null): boolean {
  return queueId !== null && !actions.some(({ type }) => type === 'QUEUE_JOIN' || type === 'STOP' || type === 'HANGUP')
}

/** When an activeflow goes on by itself; null when only news can move it. */
export function resumesAt({ status, wait }: Activeflow): number | null {
  return status === 'RUNNING' && wait !== null && 'until' in wait ? wait.until : null
}

/** True when what a stored activeflow waits for has come. */
export function isActiveflowReady(flow: Activeflow, now: number): boolean {
  if (flow.status !== 'RUNNING') return false
  const at = resumesAt(flow)
  return flow.wait === null || (at !== null && at <= now)
}
