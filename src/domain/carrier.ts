import type { Address } from './address.ts'
import type { HangupReason } from './campaigncall.ts'

/** A call to place, once. `callId` is ours and was stored before the request. */
export interface OriginateRequest {
  readonly callId: string
  readonly to: Address
  readonly from: Address
  readonly ringTimeoutMs: number
  /** Longest time after the answer. */
  readonly maxDurationMs: number
  /** Number of this try of the destination: 1 for the first. */
  readonly tryCount: number
  /** Passed to the carrier with the call; contains at least the id of this installation. */
  readonly variables: Readonly<Record<string, string>>
}

/**
 * The carrier's answer to an originate request. `Rejected` means provably not placed. Any answer that leaves room for
 * an existing call is `Indeterminate`.
 */
export type CarrierAnswer =
  | { readonly type: 'ACCEPTED' }
  | { readonly type: 'REJECTED'; readonly reason: HangupReason; readonly retryAfterMs?: number | undefined }
  | { readonly type: 'INDETERMINATE' }

/** The result of an originate request. */
export type OriginateAnswer =
  | CarrierAnswer
  /**
   * The request never left this process: its own limits, or its connections to the carrier, had no room for it. The
   * carrier was not asked, and the target loses no try.
   */
  | { readonly type: 'NOT_SENT'; readonly detail: string }

/** The carrier's answer to a look-up. */
export type LookupAnswer =
  | { readonly type: 'LIVE'; readonly state: 'RINGING' | 'ANSWERED' }
  | {
      readonly type: 'ENDED'
      readonly reason: HangupReason
      readonly answeredAt: number | null
      readonly endedAt: number
    }
  /** The carrier's records reach back before our request and do not contain the call. */
  | { readonly type: 'NOT_SEEN' }
  | { readonly type: 'CANNOT_TELL' }

/** The phone of an agent who is offered a call. */
export interface AgentPhone {
  readonly agentId: string
  readonly extension: string
  readonly address: Address
  readonly ringTimeoutMs: number
}

/** Result of answering machine detection. */
export type MachineResult = 'HUMAN' | 'MACHINE' | 'NOT_SURE'

/**
 * How a playback ended: played to its end; stopped before that because it was asked to be; or not played to its end,
 * because it could not be or the call has ended.
 */
export type PlaybackEnd = 'PLAYED' | 'INTERRUPTED' | 'FAILED'

/** One piece of news of a call. The engine expects news that is late, repeated, out of order or about unknown calls. */
export type CallNews = { readonly callId: string; readonly at: number } & (
  | { readonly type: 'RINGING' }
  | { readonly type: 'EARLY_MEDIA' }
  | { readonly type: 'ANSWERED' }
  /** `playedMs`: how much of it the call has heard, as far as the carrier has reported it; 0 if it never began. */
  | {
      readonly type: 'PLAYBACK_ENDED'
      readonly playbackId: string
      readonly end: PlaybackEnd
      readonly playedMs: number
    }
  /** 0 to 9, *, # or A to D. */
  | { readonly type: 'DIGIT'; readonly digit: string }
  | { readonly type: 'MACHINE'; readonly result: MachineResult }
  /** `location` is an address, or a path at the switch. `failed`: there is no recording. */
  | {
      readonly type: 'RECORDING_ENDED'
      readonly recordingId: string
      readonly location: string
      readonly failed: boolean
    }
  /** The leg was answered and is connected. */
  | { readonly type: 'LEG_CONNECTED'; readonly legId: string }
  /** The leg has ended; the call continues. */
  | { readonly type: 'LEG_ENDED'; readonly legId: string; readonly answered: boolean }
  | { readonly type: 'AGENT_CONNECTED'; readonly agentId: string }
  /** The agent's phone rejected the call, or could not be reached. */
  | { readonly type: 'AGENT_MISSED'; readonly agentId: string }
  | { readonly type: 'HANGUP'; readonly reason: HangupReason; readonly by: 'US' | 'THEM'; readonly detail: string }
)
