import { isUntried, type OutdialTargetsResetWhich, reevaluateTarget, resetTarget } from '../domain/outdial-target.ts'
import { present } from '../kernel/assert.ts'
import { limits } from '../limits.ts'
import type { AppContext } from './context.ts'
import { loadOutdial } from './outdials.ts'
import { planOf } from './reevaluation.ts'
import type { Viewer } from './viewer.ts'

/**
 * Resets the targets of a list in batches, one transaction each. Repeating it after a failure is harmless
 * (docs/rules.md#target-reset).
 */
export async function resetList(
  context: AppContext,
  viewer: Viewer,
  outdialId: string,
  which: OutdialTargetsResetWhich,
) {
  const { customerId } = viewer
  const { last, id } = await context.change(viewer, async (unit) => {
    const outdial = await loadOutdial(unit, viewer, outdialId, 'outdialId')
    const { outdialTargets } = await unit.stored()
    const newest = await outdialTargets.list(
      { customerId, outdialId: outdial.id, status: null, address: null, includeDeleted: true },
      { limit: 1, from: null, until: null, forward: false },
    )
    return { last: newest[0]?.position ?? 0, id: outdial.id }
  })
  let resetCount = 0
  for (let after = 0; after < last; ) {
    const batch = await context.change(viewer, async (unit) => {
      const { outdialTargets } = await unit.stored()
      const targets = await outdialTargets.batch(customerId, id, after, limits.batchRowsMax)
      const plan = await planOf(unit, { customerId, id })
      const resets = targets.flatMap((target) => {
        const fresh = target.position > last ? null : resetTarget(target, which, unit.now)
        if (fresh === null) return []
        // Re-evaluated at once: an idle target without a try would otherwise keep its campaign from ending.
        const status = plan === null ? fresh.status : reevaluateTarget(fresh, plan.maxTryCounts)
        return status === target.status && isUntried(target) ? [] : [{ target, fresh: { ...fresh, status } }]
      })
      for (const { target, fresh } of resets) unit.saveTarget(target, fresh)
      if (resets.length > 0) unit.notice('OUTDIAL', customerId, id)
      return { count: resets.length, end: targets.at(-1)?.position ?? last }
    })
    resetCount += batch.count
    after = batch.end
    await context.effects.yieldToLoop()
  }
  const outdial = await context.store.read.outdials.byId(customerId, id)
  return { outdial: present(outdial, 'an outdial that was just reset'), resetCount }
}
