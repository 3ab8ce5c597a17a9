import { type OutdialTargetsResetWhich, resetTarget } from '../domain/outdial-target.ts'
import { present } from '../kernel/assert.ts'
import { limits } from '../limits.ts'
import type { AppContext } from './context.ts'
import { planOf, startJudging } from './judging.ts'
import { loadOutdial } from './outdials.ts'
import type { Viewer } from './viewer.ts'

/** Goes through the list in portions, each a transaction: repeating it after a failure is harmless (behaviour 2.5). */
export async function resetList(
  context: AppContext,
  viewer: Viewer,
  outdialId: string,
  which: OutdialTargetsResetWhich,
) {
  const { customerId } = viewer
  const { last, id } = await context.change(async (unit) => {
    const outdial = await loadOutdial(unit, viewer, outdialId, 'outdialId')
    const newest = await unit.tx.outdialTargets.list(
      { customerId, outdialId: outdial.id, status: null, address: null, includeDeleted: true },
      { limit: 1, from: null, until: null, forward: false },
    )
    return { last: newest[0]?.position ?? 0, id: outdial.id }
  })
  let resetCount = 0
  for (let after = 0; after < last; ) {
    const portion = await context.change(async (unit) => {
      const targets = await unit.tx.outdialTargets.portion(customerId, id, after, limits.portionRowsMax)
      const resets = targets.flatMap((target) => {
        const fresh = target.position > last ? null : resetTarget(target, which, unit.now)
        return fresh === null ? [] : [{ target, fresh }]
      })
      for (const { target, fresh } of resets) await unit.saveTarget(target, fresh)
      if (resets.length > 0) unit.notice('OUTDIAL', customerId, id)
      return { count: resets.length, end: targets.at(-1)?.position ?? last }
    })
    resetCount += portion.count
    after = portion.end
    await context.effects.breathe()
  }
  const outdial = await context.change(async (unit) => {
    if (resetCount > 0 && (await planOf(unit, { customerId, id })) !== null) await startJudging(unit, customerId, id)
    return present(await unit.tx.outdials.byId(customerId, id), 'an outdial that was just reset')
  })
  return { outdial, resetCount }
}
