import type { Address } from './address.ts'
import type { HangupReason } from './campaigncall.ts'

/** A call to place, once. `callId` was chosen by us and is on disk before this is asked. */
export interface OriginateRequest {
  readonly callId: string
  readonly to: Address
  readonly from: Address
  readonly ringTimeoutMs: number
  /** Longest time after the answer. */
  readonly maxDurationMs: number
  /** Which attempt at this destination it is: 1 for the first. */
  readonly tryCount: number
  /** Handed to the carrier with the call; holds at least the id of this installation. */
  readonly variables: Readonly<Record<string, string>>
}

/**
 * What the carrier's own interface says to a request. `Rejected` means provably not placed. Whatever leaves room for a
 * call that exists nevertheless is `Indeterminate`.
 */
export type CarrierAnswer =
  | { readonly type: 'ACCEPTED' }
  | { readonly type: 'REJECTED'; readonly reason: HangupReason; readonly retryAfterMs?: number }
  | { readonly type: 'INDETERMINATE' }

/** What becomes of a request for a call. */
export type OriginateAnswer =
  | CarrierAnswer
  /**
   * It never left this process: its own limits, or its own connections to the carrier, had no room for it. The carrier was
   * not asked, and the target loses nothing by it.
   */
  | { readonly type: 'NOT_SENT'; readonly detail: string }

/** What the carrier knows of a call. */
export type LookupAnswer =
  | { readonly type: 'LIVE'; readonly state: 'RINGING' | 'ANSWERED' }
  | {
      readonly type: 'ENDED'
      readonly reason: HangupReason
      readonly answeredAt: number | null
      readonly endedAt: number
    }
  /** Its record reaches back before our request, and the call is not in it. */
  | { readonly type: 'NOT_SEEN' }
  | { readonly type: 'CANNOT_TELL' }

/** The phone of an agent who is offered a call. */
export interface AgentPhone {
  readonly agentId: string
  readonly extension: string
  readonly address: Address
  readonly ringTimeoutMs: number
}

/** What a call that is played to was answered by. */
export type MachineResult = 'HUMAN' | 'MACHINE' | 'NOT_SURE'

/** One piece of news of a call. Comes late, twice, out of order, of calls nobody knows: that is the engine's to bear. */
export type CallNews = { readonly callId: string; readonly at: number } & (
  | { readonly type: 'RINGING' }
  | { readonly type: 'EARLY_MEDIA' }
  | { readonly type: 'ANSWERED' }
  | { readonly type: 'PLAYBACK_ENDED'; readonly playbackId: string; readonly failed: boolean }
  /** 0 to 9, *, # or A to D. */
  | { readonly type: 'DIGIT'; readonly digit: string }
  | { readonly type: 'MACHINE'; readonly result: MachineResult }
  /** `location` is where it lies: an address, or a path at the switch. `failed`: there is none. */
  | {
      readonly type: 'RECORDING_ENDED'
      readonly recordingId: string
      readonly location: string
      readonly failed: boolean
    }
  /** Whom the leg calls has answered, and is connected. */
  | { readonly type: 'LEG_CONNECTED'; readonly legId: string }
  /** The leg is over; the call goes on. */
  | { readonly type: 'LEG_ENDED'; readonly legId: string; readonly answered: boolean }
  | { readonly type: 'AGENT_CONNECTED'; readonly agentId: string }
  /** The agent's phone rejected the call, or could not be reached. */
  | { readonly type: 'AGENT_MISSED'; readonly agentId: string }
  | { readonly type: 'HANGUP'; readonly reason: HangupReason; readonly by: 'US' | 'THEM'; readonly detail: string }
)
