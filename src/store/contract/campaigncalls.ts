import type { ActionExecution, Activeflow } from '../../domain/activeflow.ts'
import type { Campaigncall, CampaigncallResult, CampaigncallStatus, HangupReason } from '../../domain/campaigncall.ts'
import type { Recording } from '../../domain/recording.ts'
import type { PageWindow, Reads } from './pages.ts'
import type { Scope } from './scope.ts'

export interface CampaigncallListFilter {
  readonly customerId: string
  readonly campaignId: string | null
  readonly outdialId: string | null
  readonly queueId: string | null
  readonly outdialTargetId: string | null
  readonly agentId: string | null
  readonly status: readonly CampaigncallStatus[] | null
  readonly result: CampaigncallResult | null
  readonly hangupReason: readonly HangupReason[] | null
  /** Both exclusive. */
  readonly createdAfter: number | null
  readonly createdBefore: number | null
}
/** The pacing input of the calls of a pool of queues. */
export interface PoolCounts {
  /** D: calls that are dialing. */
  readonly dialing: number
  /** W: answered calls without a reserved agent and without an end request. */
  readonly unserved: number
}
/** What calls are listed under. */
export type CallParent = 'campaignId' | 'outdialTargetId'

/** Attempts, in flight and done. */
export interface Campaigncalls {
  byId(customerId: string, id: string): Promise<Campaigncall | null>
  byIds(customerId: string, ids: readonly string[], reads?: Reads<Campaigncall>): Promise<(Campaigncall | null)[]>
  /** The store assigns their positions, in the order of the calls. Throws UniqueConflict. */
  insertAll(calls: readonly Campaigncall[]): Promise<void>
  /** Writes the columns of calls that can change. */
  updateAll(calls: readonly Campaigncall[]): Promise<void>
  list(
    filter: CampaigncallListFilter,
    descending: boolean,
    window: PageWindow,
    reads?: Reads<Campaigncall>,
  ): Promise<Campaigncall[]>
  /** The same page of the calls of each parent; the parent in the filter itself is the first of them. */
  listOfEach(
    parent: CallParent,
    ids: readonly string[],
    filter: CampaigncallListFilter,
    descending: boolean,
    window: PageWindow,
    reads?: Reads<Campaigncall>,
  ): Promise<Campaigncall[][]>
  count(filter: CampaigncallListFilter): Promise<number>
  /** By the carrier's ids. Unknown ids are omitted. */
  byReferenceIds(scope: Scope, ids: readonly string[]): Promise<Campaigncall[]>
  /** Every call in flight, oldest first. */
  inFlight(scope: Scope): Promise<Campaigncall[]>
  /** Calls with a due timeout, the earliest first. */
  due(scope: Scope, now: number, limit: number): Promise<Campaigncall[]>
  /** When the next timeout of a call is due; null without a timeout. */
  nextDueAt(scope: Scope): Promise<number | null>
  /** Calls of a queue that wait for an agent, the longest waiting first. */
  waiting(customerId: string, queueId: string, limit: number): Promise<Campaigncall[]>
  /** Makes every call that waits in a queue due: its wait timeout was edited. */
  wakeWaiting(customerId: string, queueId: string, now: number): Promise<void>
  /** In the order of the pools. */
  poolCounts(customerId: string, poolIds: readonly string[]): Promise<PoolCounts[]>
  countInFlight(scope: Scope): Promise<number>
}

/** The call, and the customer it belongs to. */
export interface CallKey {
  readonly customerId: string
  readonly campaigncallId: string
}
/** An executed action with its call. */
export interface CallExecution extends CallKey, ActionExecution {}
/** The outcome of an executed action of a call, found by its step. */
export interface LateOutcome extends CallKey {
  readonly step: number
  readonly outcome: string
}
/** A sending that was recorded and has no known result. */
export interface OpenSending extends CallKey {
  readonly sendingId: string
}

/** Activeflows, one for each answered call, and their executed actions. */
export interface Activeflows {
  /** In the order of the calls, null for a call without actions. */
  ofCalls(customerId: string, campaigncallIds: readonly string[]): Promise<(Activeflow | null)[]>
  /** In the order of the ids, null where the customer has none. */
  byIds(customerId: string, ids: readonly string[]): Promise<(Activeflow | null)[]>
  insertAll(flows: readonly Activeflow[]): Promise<void>
  updateAll(flows: readonly Activeflow[]): Promise<void>
  /** Of the calls in flight. */
  openSendings(scope: Scope): Promise<OpenSending[]>
  insertExecutions(executions: readonly CallExecution[]): Promise<void>
  /** Sets the outcomes of ended actions that become known later. */
  setOutcomes(outcomes: readonly LateOutcome[]): Promise<void>
  /** The executed actions of each call, in order. */
  executions(customerId: string, campaigncallIds: readonly string[]): Promise<ActionExecution[][]>
}

/** Recordings of calls, and their locations. */
export interface Recordings {
  byId(customerId: string, campaigncallId: string, id: string): Promise<Recording | null>
  /** Of each call, oldest first. */
  ofCalls(customerId: string, campaigncallIds: readonly string[]): Promise<Recording[][]>
  insert(value: Recording): Promise<void>
  update(value: Recording): Promise<void>
  remove(recording: Recording): Promise<void>
}
