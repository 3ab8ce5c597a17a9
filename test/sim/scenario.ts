import type { ActionInput } from '../../src/app/requests.ts'
import type { QueueStrategy } from '../../src/domain/queue.ts'
import type { CrashPlace } from '../support/mortal-effects.ts'

/*
 * What a seed stands for: a workload and the faults that it meets, as plain data. Numbers that name something (a campaign,
 * a target, a call) are taken modulo how many there are, so that a scenario stays sound when steps are left out of it.
 */

/** The last two digits of a scripted number, -1 for one that chance decides about, SIP, or null for an empty index. */
export type Destination = number | 'SIP' | null
export type Person = readonly Destination[]

export interface PlanSettings {
  readonly maxTryCounts: readonly number[]
  readonly tryIntervalMs: number
  readonly dialTimeoutMs: number
}

export interface PacedSettings {
  readonly pacing: 'SERVICE_LEVEL' | 'RATIO'
  readonly serviceLevel: number
  readonly ratio: number
  readonly concurrentCallsMax: number | null
  readonly endHandle: 'STOP' | 'CONTINUE'
}

export interface CampaignPlan extends PacedSettings {
  readonly type: 'CALL' | 'FLOW'
  readonly queue: number | null
  readonly actions: readonly ActionInput[]
  readonly plan: PlanSettings
  readonly people: readonly Person[]
  /** Runs the campaign that was made before it when it ends. */
  readonly followed: boolean
  readonly runs: boolean
}

export interface QueuePlan {
  readonly strategy: QueueStrategy
  readonly waitTimeoutMs: number
  readonly agentRingMs: number
}

export interface AgentPlan {
  /** Bit by bit: in which queues. */
  readonly queues: number
  /** The end of the extension: 98 rejects, 99 never answers. */
  readonly ending: '00' | '98' | '99'
  readonly wrapUpMs: number
  readonly available: boolean
}

export interface SubscriberPlan {
  readonly kind: 'CAMPAIGNCALL' | 'CAMPAIGN' | 'AGENT'
  /** Which campaign or queue alone; null for all. */
  readonly which: number | null
  /** From the beginning of the log, or from its own start. */
  readonly fromStart: boolean
  /** How long it takes for each entry at most; 0 for one that is always ready. */
  readonly slownessMs: number
  /** The share of entries after which its connection breaks. */
  readonly breaks: number
}

/** Shares of what goes wrong between us and the carrier. */
export interface FaultRates {
  readonly newsLost: number
  readonly newsDoubled: number
  readonly newsLate: number
  /** News that nobody asked for: of unknown calls, of another time, with words that nobody knows. */
  readonly nonsense: number
  /** The request arrives, and its answer does not. */
  readonly answerLost: number
  /** The request does not arrive, and nobody says so. */
  readonly requestLost: number
  /** The request is on its way for seconds. */
  readonly requestLate: number
  readonly rejected: number
  /** Commands to a call (hang up, speak, ring) that come to nothing. */
  readonly commandLost: number
  readonly lookupFailed: number
  /** Answers to callers that are lost, so that they ask again. */
  readonly callerAnswerLost: number
}

/** By `dialgraph backup`; the file with its -wal; the file alone. */
type CopyKind = 'BACKUP' | 'FILES' | 'FILE_ALONE'

export type Step =
  | { readonly do: 'PASS'; readonly ms: number }
  /** The process dies at a crash point, or after that time at the latest, and another one is started. */
  | {
      readonly do: 'DIE'
      readonly place: CrashPlace
      readonly withinMs: number
      readonly pauseMs: number
      /** A crash point of the next process, counted from its start. */
      readonly again: CrashPlace | null
    }
  | { readonly do: 'RETIRE'; readonly pauseMs: number }
  /** The process stands still at a crash point, and time goes on without it. */
  | { readonly do: 'STALL'; readonly place: CrashPlace; readonly ms: number }
  /**
   * The process is stopped for so long, as by SIGSTOP, and the world goes on: now, or when it lets others have the event loop for
   * the n-th time from now on. Another process may take over meanwhile.
   */
  | {
      readonly do: 'PAUSE'
      readonly ms: number
      readonly breath: number | null
      readonly takeOverAfterMs: number | null
    }
  /** A process without an engine answers callers beside the one that dials, until that time or a crash point of it. */
  | { readonly do: 'ACCOMPANY'; readonly ms: number; readonly place: CrashPlace | null }
  /** The database is copied, and after a while the copy is started elsewhere, with the same carrier. */
  | { readonly do: 'COPY'; readonly how: CopyKind; readonly afterMs: number; readonly livesMs: number }
  /** The clock of the machine is set, and set back or accepted after that time. */
  | { readonly do: 'JUMP'; readonly ms: number; readonly settledAfterMs: number; readonly accepted: boolean }
  | { readonly do: 'OUTAGE'; readonly ms: number }
  | { readonly do: 'CARRIER_RESTART'; readonly downMs: number }
  | { readonly do: 'RUN' | 'STOP' | 'REMOVE' | 'HANG_UP'; readonly which: number }
  | { readonly do: 'ADD'; readonly which: number; readonly people: readonly Person[] }
  | { readonly do: 'RESET'; readonly which: number; readonly reset: 'ALL' | 'FAILED' | 'SUCCEEDED' }
  | { readonly do: 'DELETE'; readonly which: number; readonly target: number }
  | { readonly do: 'MOVE'; readonly which: number; readonly target: number; readonly person: Person }
  | { readonly do: 'PLAN'; readonly which: number; readonly plan: PlanSettings }
  | { readonly do: 'PACE'; readonly which: number; readonly paced: PacedSettings }
  /** Another plan, another queue, another successor: refused while the campaign runs. */
  | {
      readonly do: 'EXCHANGE'
      readonly which: number
      readonly other: number
      readonly what: 'PLAN' | 'QUEUE' | 'NEXT'
    }
  | { readonly do: 'AGENT'; readonly which: number; readonly status: 'AVAILABLE' | 'AWAY' | 'OFFLINE' }
  | { readonly do: 'AGENT_EDIT'; readonly which: number; readonly wrapUpMs: number }
  /** `agents` says bit by bit who is in the queue, `turned` who comes first. */
  | { readonly do: 'MEMBERS'; readonly which: number; readonly agents: number; readonly turned: number }
  | { readonly do: 'QUEUE'; readonly which: number; readonly queue: QueuePlan }

export interface Scenario {
  readonly seed: number
  readonly concurrentCallsMax: number
  readonly callsPerSecond: number
  /** How far the carrier's clock is ahead of ours. */
  readonly carrierAheadMs: number
  readonly rates: FaultRates
  /** Nothing is lost or late: what can happen must have happened whenever nothing is left to happen. */
  readonly calm: boolean
  readonly queues: readonly QueuePlan[]
  readonly agents: readonly AgentPlan[]
  readonly campaigns: readonly CampaignPlan[]
  readonly subscribers: readonly SubscriberPlan[]
  /** Steps that are not `alone` are taken together with the next, as by several callers at once. */
  readonly steps: readonly { readonly step: Step; readonly alone: boolean }[]
  /** At the end every agent is made available, so that more comes to its end. */
  readonly allHandsAtEnd: boolean
}
