import type { HangupReason } from '../domain/campaigncall.ts'
import type {
  AgentPhone,
  CallNews,
  CarrierAnswer,
  LookupAnswer,
  MachineResult,
  OriginateAnswer,
  OriginateRequest,
  PlaybackEnd,
} from '../domain/carrier.ts'
import type { Leg, MediaCommand, MediaVerb, RecordingSettings, SpeechText, ToneTimes } from '../domain/media.ts'

export type {
  AgentPhone,
  CallNews,
  CarrierAnswer,
  Leg,
  LookupAnswer,
  MachineResult,
  MediaVerb,
  OriginateAnswer,
  OriginateRequest,
  PlaybackEnd,
  RecordingSettings,
  SpeechText,
  ToneTimes,
}

export interface DriverRoom {
  /** 0 or more; Infinity without a limit. */
  readonly calls: number
  /** When to ask again where there is no room, in ms; an answer to a request is a reason to ask as well. */
  readonly againInMs: number
}

/** Receives what a driver reports. None of its methods may throw. */
export interface DriverListener {
  /** One piece of news of a call, in the order it arrives. */
  news(news: CallNews): void
  /** The carrier can be reached, for the first time or again. News from the time in between is lost. */
  connected(): void
  /** The carrier cannot be reached any more, or not yet. The driver keeps trying, with growing pauses. `detail` says why. */
  disconnected(detail: string): void
}

/**
 * Every method may be far away: none may be assumed to answer in this process, or at all.
 */
export interface Driver {
  /** simulator, asterisk or freeswitch. */
  readonly name: string
  /** Begins to connect and to deliver news. A carrier out of reach is not an error here: the listener is notified. */
  start(listener: DriverListener): Promise<void>
  /** Ends the connection; calls in flight continue if the carrier keeps them. */
  stop(): Promise<void>
  /**
   * At most one request leaves this machine for it. Not connected, or refused before a byte was sent, is `REJECTED`; rejecting
   * the promise means that nothing is known, as `INDETERMINATE`.
   */
  originate(request: OriginateRequest): Promise<OriginateAnswer>
  /**
   * How many requests for calls would leave this machine at once if they were made now: no free connection has to be waited
   * for, and no limit of the trunk is reached. A driver that never makes one wait lacks this.
   */
  readonly room?: () => DriverRoom
  lookup(callId: string): Promise<LookupAnswer>
  /** Ids of the live calls that carry this installation's id. */
  list(): Promise<readonly string[]>
  /** The verbs that `perform` carries out. An action that needs another one is over at once, "refused: …". */
  readonly capabilities: ReadonlySet<MediaVerb>
  /** Does something with an answered call. What comes of it is reported as news. */
  perform(callId: string, command: MediaCommand): Promise<void>
  /** Rings the agent's phone and joins it to the call when it answers. Either side leaving then ends both. */
  connect(callId: string, agent: AgentPhone): Promise<void>
  /** Stops the ringing of an agent's phone. */
  withdraw(callId: string, agentId: string): Promise<void>
  hangup(callId: string, reason: HangupReason): Promise<void>
  /** Changes when the carrier restarts, and with it forgets its calls. */
  epoch(): Promise<string>
  health(): Promise<{ readonly ok: boolean; readonly detail: string }>
}
