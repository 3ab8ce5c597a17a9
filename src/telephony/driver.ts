import type { Address } from '../domain/address.ts'
import type { HangupReason } from '../domain/campaigncall.ts'

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
export type OriginateAnswer =
  | { readonly type: 'ACCEPTED' }
  | { readonly type: 'REJECTED'; readonly reason: HangupReason; readonly retryAfterMs?: number }
  | { readonly type: 'INDETERMINATE' }

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

/** One piece of news of a call. Comes late, twice, out of order, of calls nobody knows: that is the engine's to bear. */
export type CallNews = { readonly callId: string; readonly at: number } & (
  | { readonly type: 'RINGING' }
  | { readonly type: 'EARLY_MEDIA' }
  | { readonly type: 'ANSWERED' }
  | { readonly type: 'PLAYBACK_ENDED'; readonly playbackId: string; readonly failed: boolean }
  | { readonly type: 'DIGIT'; readonly digit: string }
  | { readonly type: 'AGENT_CONNECTED'; readonly agentId: string }
  /** The agent's phone rejected the call, or could not be reached. */
  | { readonly type: 'AGENT_MISSED'; readonly agentId: string }
  | { readonly type: 'HANGUP'; readonly reason: HangupReason; readonly by: 'US' | 'THEM'; readonly detail: string }
)

/** Every method may be far away: none may be assumed to answer in this process, or at all. */
export interface Driver {
  /** simulator, asterisk or freeswitch. */
  readonly name: string
  /** Begins to deliver news, in the order it arrives. */
  start(listener: (news: CallNews) => void): Promise<void>
  /** Ends the connection; calls in flight go on where the carrier lets them. */
  stop(): Promise<void>
  originate(request: OriginateRequest): Promise<OriginateAnswer>
  lookup(callId: string): Promise<LookupAnswer>
  /** Ids of the live calls that carry this installation's id. */
  list(): Promise<readonly string[]>
  speak(
    callId: string,
    playbackId: string,
    speech: { text: string; language: string | null; gender: string | null },
  ): Promise<void>
  play(callId: string, playbackId: string, urls: readonly string[]): Promise<void>
  /** Rings the agent's phone and joins it to the call when it answers. Either side leaving then ends both. */
  connect(callId: string, agent: AgentPhone): Promise<void>
  /** Stops the ringing of an agent's phone. */
  withdraw(callId: string, agentId: string): Promise<void>
  hangup(callId: string, reason: HangupReason): Promise<void>
  /** Changes when the carrier restarts, and with it forgets its calls. */
  epoch(): Promise<string>
  health(): Promise<{ readonly ok: boolean; readonly detail: string }>
}
