import type { HangupReason } from '../domain/campaigncall.ts'
import type { AgentPhone, CallNews, LookupAnswer, OriginateAnswer, OriginateRequest } from '../domain/carrier.ts'

export type { AgentPhone, CallNews, LookupAnswer, OriginateAnswer, OriginateRequest }

/** Who hears what a driver has to tell. None of it may throw. */
export interface DriverListener {
  /** One piece of news of a call, in the order it arrives. */
  news(news: CallNews): void
  /** The carrier can be reached, for the first time or again. What it told in between, if anything, is lost. */
  connected(): void
  /** The carrier cannot be reached any more, or not yet. The driver goes on trying, with growing pauses. `detail` says why. */
  disconnected(detail: string): void
}

/** Every method may be far away: none may be assumed to answer in this process, or at all. */
export interface Driver {
  /** simulator, asterisk or freeswitch. */
  readonly name: string
  /** Begins to connect and to deliver news. A carrier out of reach is no error here: it is told to the listener. */
  start(listener: DriverListener): Promise<void>
  /** Ends the connection; calls in flight go on where the carrier lets them. */
  stop(): Promise<void>
  /**
   * At most one request leaves this machine for it. Not connected, or refused before a byte was sent, is `REJECTED`; rejecting
   * the promise means that nothing is known, as `INDETERMINATE`.
   */
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
