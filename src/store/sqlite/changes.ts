import { assert } from '../../kernel/assert.ts'
import type { Scope } from '../contract/scope.ts'
import type { Changes, Tables } from '../contract/store.ts'

/**
 * Writes changes as sets: the number of statements does not grow with the number of rows. Calls that have ended are
 * written before calls that are added, since a target has at most one call in flight.
 */
export function createApply(tables: Tables) {
  /** Returns the position of the last log entry; null if nothing was logged. */
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

/** What a customer asks for changes nothing of another customer, whatever the use case does. */
export function assertWithin(scope: Scope, { calls, targets, agents, activeflows, counters, entries }: Changes): void {
  if (scope === 'ALL') return
  const changed: (readonly { readonly customerId: string }[])[] = [
    ...[calls.added, calls.changed, targets.map(({ after }) => after), agents, activeflows.added, activeflows.changed],
    ...[activeflows.executions, activeflows.outcomes, counters.campaigns, counters.reasons, counters.outdials, entries],
  ]
  for (const { customerId } of changed.flat())
    assert(customerId === scope.customerId, `a transaction to change nothing of another customer than its own`)
}
