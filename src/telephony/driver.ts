import type { HangupReason } from '../domain/campaigncall.ts'
import type { AgentPhone, CallNews, LookupAnswer, OriginateAnswer, OriginateRequest } from '../domain/carrier.ts'

export type { AgentPhone, CallNews, LookupAnswer, OriginateAnswer, OriginateRequest }

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
