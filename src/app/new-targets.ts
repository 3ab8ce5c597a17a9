import type { Outdial } from '../domain/outdial.ts'
import { chooseDestination, type OutdialTarget } from '../domain/outdial-target.ts'
import { planOf } from './reevaluation.ts'
import type { Unit } from './unit-of-work.ts'

type TargetFields = Pick<OutdialTarget, 'name' | 'detail' | 'data' | 'destinations'>

/** A new target: idle, and never tried. */
export function newTarget(
  unit: Unit,
  outdial: Outdial,
  id: string,
  fields: TargetFields,
): Omit<OutdialTarget, 'position'> {
  return {
    ...fields,
    id,
    customerId: outdial.customerId,
    outdialId: outdial.id,
    status: 'IDLE',
    reached: false,
    outcome: null,
    attempt: 0,
    lastAttemptAt: 0,
    lastUnknown: false,
    unplacedInRow: 0,
    failedInRow: 0,
    createdAt: unit.now,
    updatedAt: unit.now,
    deletedAt: null,
  }
}

/**
 * Adds targets to a list, counts them and notifies the engine. A target without a try under the plan is DONE at once.
 */
export async function insertTargets(
  unit: Unit,
  outdial: Outdial,
  targets: readonly Omit<OutdialTarget, 'position'>[],
): Promise<OutdialTarget[]> {
  const plan = await planOf(unit, outdial)
  const { outdialTargets } = await unit.stored()
  const inserted: OutdialTarget[] = []
  for (const target of targets) {
    const status = plan !== null && chooseDestination(target.destinations, plan.maxTryCounts) === null ? 'DONE' : 'IDLE'
    const added = await outdialTargets.insert({ ...target, status })
    unit.countTarget(null, added)
    inserted.push(added)
  }
  if (inserted.length === 0) return inserted
  unit.notice('OUTDIAL', outdial.customerId, outdial.id)
  return inserted
}
