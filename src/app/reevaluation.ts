import type { Outdial } from '../domain/outdial.ts'
import { reevaluateTarget } from '../domain/outdial-target.ts'
import type { Outplan } from '../domain/outplan.ts'
import { limits } from '../limits.ts'
import type { AppContext } from './context.ts'
import type { Unit } from './unit-of-work.ts'

/**
 * The background pass over a list (docs/rules.md#target-reevaluation): a target with a try left under the current plan
 * becomes IDLE, one without becomes DONE. It goes through the list in batches and stores its position, so that it
 * resumes there after a restart.
 */

/** Requests a pass over a list, from its beginning. The engine sees the change notice and carries it out. */
export async function startReevaluation(unit: Unit, customerId: string, outdialId: string): Promise<void> {
  const outdial = await unit.tx.outdials.byId(customerId, outdialId)
  if (outdial === null) return
  await unit.tx.outdials.update({ ...outdial, reevaluatedPosition: 0 })
  unit.notice('OUTDIAL', customerId, outdialId)
}

/** Re-evaluates one batch of the list that has waited longest. Returns whether there is more to do. */
export function reevaluateBatch(context: AppContext, check: (unit: Unit) => Promise<void>): Promise<boolean> {
  return context.change('ALL', async (unit) => {
    await check(unit)
    const [outdial, ...others] = await unit.tx.outdials.reevaluating(unit.scope, 2)
    if (outdial === undefined || outdial.reevaluatedPosition === null) return false
    const { customerId, id } = outdial
    const [campaign] = await unit.tx.campaigns.byOutdialIds(customerId, [id])
    const outplan = campaign?.outplanId ? await unit.tx.outplans.byId(customerId, campaign.outplanId) : null
    const { outdialTargets } = await unit.stored()
    const targets = outplan
      ? await outdialTargets.batch(customerId, id, outdial.reevaluatedPosition, limits.batchRowsMax)
      : []
    for (const target of targets) {
      const status = reevaluateTarget(target, outplan?.maxTryCounts ?? [])
      if (status !== target.status) unit.saveTarget(target, { ...target, status, updatedAt: unit.now })
    }
    const done = targets.length < limits.batchRowsMax
    await unit.tx.outdials.update({ ...outdial, reevaluatedPosition: done ? null : (targets.at(-1)?.position ?? null) })
    if (done) unit.notice('OUTDIAL', customerId, id)
    return !done || others.length > 0
  })
}

/** The plan by which a list is dialed now; null if no campaign dials it. */
export async function planOf(unit: Unit, outdial: Pick<Outdial, 'customerId' | 'id'>): Promise<Outplan | null> {
  const [campaign] = await unit.tx.campaigns.byOutdialIds(outdial.customerId, [outdial.id])
  return campaign?.outplanId ? unit.tx.outplans.byId(outdial.customerId, campaign.outplanId) : null
}
