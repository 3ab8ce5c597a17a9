import { dataNamesRead } from '../domain/action.ts'
import type { Campaign } from '../domain/campaign.ts'
import { hasField } from '../domain/variable.ts'
import { cut } from '../kernel/text.ts'
import { limits } from '../limits.ts'
import type { AppContext } from './context.ts'

const namesMax = 100
const nameLengthMax = 100

/**
 * Returns a warning for each data field that the actions name and no target of the list has: it would be expanded to nothing. Reads
 * the list in small batches, so that the engine runs in between, and stops once every field has been found. Of a list with more than
 * limits.missingFieldsRowsMax targets it reads that many, spread evenly over the list.
 */
export async function warnOfMissingFields(context: AppContext, campaign: Campaign): Promise<string[]> {
  const missing = new Set(dataNamesRead(campaign.actions).slice(0, namesMax))
  if (missing.size === 0 || campaign.outdialId === null) return []
  const { count, isWhole } = await searchTargets(context, campaign.customerId, campaign.outdialId, (target) => {
    for (const name of missing) if (hasField(target, name)) missing.delete(name)
    return missing.size > 0
  })
  if (count === 0) return []
  const who = isWhole ? 'no target of the list has' : `none of ${count} targets that were looked at has`
  return [...missing].map((name) => `{{${cut(name, nameLengthMax)}}} will be empty: ${who} such a field in its data.`)
}

/** Reads targets until `look` returns false. Returns how many were read, and whether they were the whole list. */
async function searchTargets(
  { store, effects }: AppContext,
  customerId: string,
  outdialId: string,
  look: (target: { readonly data: string }) => boolean,
): Promise<{ count: number; isWhole: boolean }> {
  const { missingFieldsRowsMax: rowsMax, missingFieldsRowsAtOnce: rowsAtOnce } = limits
  const { outdialTargets } = store.read
  const { first, last } = await outdialTargets.span(customerId, outdialId)
  const outdial = await store.read.outdials.byId(customerId, outdialId)
  const total = outdial === null ? 0 : outdial.targetsIdle + outdial.targetsProgressing + outdial.targetsDone
  const batches = Math.floor(rowsMax / rowsAtOnce)
  // In a longer list the batches are evenly spaced from its first target to its last.
  const distance = total > rowsMax ? (last - first + 1 - rowsAtOnce) / (batches - 1) : 0
  let count = 0
  let after = first - 1
  for (let batch = 1; batch <= batches; batch++) {
    const rows = await outdialTargets.dataAfter(customerId, outdialId, after, rowsAtOnce)
    for (const { data, deletedAt } of rows) {
      if (deletedAt !== null) continue
      count++
      if (!look({ data })) return { count, isWhole: false }
    }
    const end = rows.at(-1)?.position ?? last
    if (end >= last) return { count, isWhole: distance === 0 }
    after = Math.max(end, first - 1 + Math.floor(batch * distance))
    await effects.yieldToLoop()
  }
  return { count, isWhole: false }
}
