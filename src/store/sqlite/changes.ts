import type { Activeflow } from '../../domain/activeflow.ts'
import type { Agent } from '../../domain/agent.ts'
import type { Campaigncall, HangupReason } from '../../domain/campaigncall.ts'
import type { CallTally, TargetTally } from '../../domain/tally.ts'
import type { NewLogEntry } from '../../domain/transition.ts'
import type { CallExecution, LateOutcome } from './activeflows.ts'
import type { TargetChange } from './outdial-targets.ts'
import type { Tables } from './tables.ts'

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

/**
 * Writes changes as sets: the number of statements does not grow with the number of rows. Calls that have ended are
 * written before calls that are added, since a target has at most one call in flight.
 */
export function createApply(tables: Tables) {
  /** Returns the position of the last log entry; null if there is none. */
  return async ({ calls, targets, agents, activeflows, counters, entries }: Changes): Promise<number | null> => {
    await tables.campaigncalls.updateAll(calls.changed)
    await tables.campaigncalls.insertAll(calls.added)
    await tables.outdialTargets.updateAttempts(targets)
    await tables.agents.updateAll(agents)
    await tables.activeflows.insertAll(activeflows.added)
    await tables.activeflows.updateAll(activeflows.changed)
    await tables.activeflows.insertExecutions(activeflows.executions)
    await tables.activeflows.setOutcomes(activeflows.outcomes)
    for (const { customerId, campaignId, tally } of counters.campaigns)
      await tables.campaigns.addTally(customerId, campaignId, tally)
    for (const { customerId, campaignId, reason, count } of counters.reasons)
      await tables.campaigns.addReason(customerId, campaignId, reason, count)
    for (const { customerId, outdialId, tally } of counters.outdials)
      await tables.outdials.add(customerId, outdialId, tally)
    if (counters.unknown > 0) await tables.engines.count({ adopted: 0, unknown: counters.unknown })
    return entries.length === 0 ? null : tables.transitions.append(entries)
  }
}
