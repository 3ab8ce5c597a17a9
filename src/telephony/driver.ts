import type { HangupReason } from '../domain/campaigncall.ts'
import type {
  AgentPhone,
  CallNews,
  CarrierAnswer,
  Leg,
  LookupAnswer,
  MachineResult,
  OriginateAnswer,
  OriginateRequest,
  RecordingSettings,
  SpeechText,
  ToneTimes,
} from '../domain/carrier.ts'

export type {
  AgentPhone,
  CallNews,
  CarrierAnswer,
  Leg,
  LookupAnswer,
  MachineResult,
  OriginateAnswer,
  OriginateRequest,
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

/** Who hears what a driver has to tell. None of it may throw. */
export interface DriverListener {
  /** One piece of news of a call, in the order it arrives. */
  news(news: CallNews): void
  /** The carrier can be reached, for the first time or again. What it told in between, if anything, is lost. */
  connected(): void
  /** The carrier cannot be reached any more, or not yet. The driver goes on trying, with growing pauses. `detail` says why. */
  disconnected(detail: string): void
}

/**
 * Every method may be far away: none may be assumed to answer in this process, or at all. Some drivers lack what actions ask
 * for: an action that needs it is then over at once, "refused: …".
 */
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
  /**
   * How many requests for calls would leave this machine at once if they were made now: no free connection has to be waited
   * for, and no limit of the trunk is reached. A driver that never makes one wait lacks this.
   */
  readonly room?: () => DriverRoom
  lookup(callId: string): Promise<LookupAnswer>
  /** Ids of the live calls that carry this installation's id. */
  list(): Promise<readonly string[]>
  speak(callId: string, playbackId: string, speech: SpeechText): Promise<void>
  play(callId: string, playbackId: string, urls: readonly string[]): Promise<void>
  /** Plays a short tone; its end is told as that of any playback. */
  readonly tone?: (callId: string, playbackId: string) => Promise<void>
  /** Ends a playback before its time. A driver without it lets it end by itself, and no action waits for that. */
  readonly stopPlayback?: (callId: string, playbackId: string) => Promise<void>
  /**
   * The called side is asked for digits from now on. For switches that have to be told; who hears every digit anyway tells of
   * it as DIGIT and lacks this, which refuses nothing.
   */
  readonly receiveDigits?: (callId: string) => Promise<void>
  /** Sounds digits to the called side. */
  readonly sendDigits?: (callId: string, digits: string, times: ToneTimes) => Promise<void>
  /** Finds out whether a machine has answered. Told once, as MACHINE. */
  readonly detectMachine?: (callId: string) => Promise<void>
  /** Records both sides. Told once, as RECORDING_ENDED, whatever ends it; before the HANGUP where that is the end of the call. */
  readonly startRecording?: (callId: string, recordingId: string, settings: RecordingSettings) => Promise<void>
  readonly stopRecording?: (callId: string, recordingId: string) => Promise<void>
  /**
   * At most one request leaves this machine for it. Calls somebody else and, when the leg is answered, connects it to the
   * call: LEG_CONNECTED. The end of the leg, answered or not, leaves the call as it is: LEG_ENDED. The end of the call ends
   * its legs, without a word. A leg is not among the calls that `list` tells of.
   */
  readonly dial?: (callId: string, leg: Leg) => Promise<void>
  /** Ends a leg, ringing or connected; a driver that has `dial` has this. */
  readonly hangupLeg?: (callId: string, legId: string) => Promise<void>
  /** Rings the agent's phone and joins it to the call when it answers. Either side leaving then ends both. */
  connect(callId: string, agent: AgentPhone): Promise<void>
  /** Stops the ringing of an agent's phone. */
  withdraw(callId: string, agentId: string): Promise<void>
  hangup(callId: string, reason: HangupReason): Promise<void>
  /** Changes when the carrier restarts, and with it forgets its calls. */
  epoch(): Promise<string>
  health(): Promise<{ readonly ok: boolean; readonly detail: string }>
}
