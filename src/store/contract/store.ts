import type { Activeflow } from '../../domain/activeflow.ts'
import type { Agent } from '../../domain/agent.ts'
import type { Campaigncall, HangupReason } from '../../domain/campaigncall.ts'
import type { CallTally, TargetTally } from '../../domain/tally.ts'
import type { NewLogEntry } from '../../domain/transition.ts'
import type { Activeflows, CallExecution, Campaigncalls, LateOutcome, Recordings } from './campaigncalls.ts'
import type { Campaigns } from './campaigns.ts'
import type { Creations, Engines, Installations } from './installations.ts'
import type { Transitions } from './log.ts'
import type { HighWaterMark } from './mark.ts'
import type { Outdials, OutdialTargets, Outplans, TargetChange } from './outdials.ts'
import type { Agents, Queues } from './queues.ts'
import type { Scope } from './scope.ts'

/*
 * What the program needs of a database, whatever database it is. `sqlite` is the one there is; `test/store/contract-suite.ts`
 * is run over each. Lists are ordered by words and filtered by values; SQL, columns and error codes of a database stay
 * behind this interface.
 */

/** Every table group. */
export interface Tables {
  readonly installations: Installations
  readonly engines: Engines
  readonly creations: Creations
  readonly outplans: Outplans
  readonly outdials: Outdials
  readonly outdialTargets: OutdialTargets
  readonly queues: Queues
  readonly agents: Agents
  readonly campaigns: Campaigns
  readonly campaigncalls: Campaigncalls
  readonly activeflows: Activeflows
  readonly recordings: Recordings
  readonly transitions: Transitions
}

/** The tables inside a transaction. Throws if used after its end. */
export interface Transaction extends Tables {
  /**
   * Runs a step in a savepoint. If it fails, what it wrote is undone and its error is thrown; the transaction
   * continues.
   */
  savepoint<Result>(run: () => Promise<Result>): Promise<Result>
  /**
   * Writes all these changes, which have to be within the scope. Returns the position of the last log entry; null if
   * nothing was logged.
   */
  apply(changes: Changes): Promise<number | null>
}

/** Everything that a transaction changes in calls and what belongs to them, with each object in its newest state. */
export interface Changes {
  readonly calls: {
    /** Their positions are assigned by the store. */
    readonly added: readonly Campaigncall[]
    readonly changed: readonly Campaigncall[]
  }
  readonly targets: readonly TargetChange[]
  readonly agents: readonly Agent[]
  readonly activeflows: {
    readonly added: readonly Activeflow[]
    readonly changed: readonly Activeflow[]
    readonly executions: readonly CallExecution[]
    readonly outcomes: readonly LateOutcome[]
  }
  readonly counters: {
    readonly campaigns: readonly { customerId: string; campaignId: string; tally: CallTally }[]
    readonly reasons: readonly { customerId: string; campaignId: string; reason: HangupReason; count: number }[]
    readonly outdials: readonly { customerId: string; outdialId: string; tally: TargetTally }[]
    /** Calls that ended UNKNOWN, over all campaigns. */
    readonly unknown: number
  }
  /** Appended last, so that their order is that of the commits. */
  readonly entries: readonly NewLogEntry[]
}

export interface Store {
  /** Committed data. Must not be used inside a transaction, whose writes it does not see. */
  readonly read: Tables
  /**
   * Runs one writer at a time, in the order of the calls: everything that the callback writes is committed, or nothing
   * if it throws. The callback awaits nothing but the transaction, has no other effect, and may run again. Refuses a
   * nested transaction; rolls back one that is open for 5 s; retries for 5 s to begin one.
   */
  transact<Result>(scope: Scope, run: (tx: Transaction) => Promise<Result>): Promise<Result>
  /** The mark of how far the log has come, outside the database. */
  readonly mark: HighWaterMark
  close(): Promise<void>
}
