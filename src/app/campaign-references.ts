import { sendingTypeOf } from '../domain/action.ts'
import { type Campaign, hasCampaignRing } from '../domain/campaign.ts'
import { Refusal, refuse, type UserError } from '../kernel/errors.ts'
import type { AppOptions } from './context.ts'
import { startReevaluation } from './reevaluation.ts'
import type { Unit } from './unit-of-work.ts'

type Unplaced = Omit<Campaign, 'position'>

const whileActive = ['outdialId', 'outplanId', 'queueId'] as const

/** Calls of a campaign that are in flight. */
export async function inFlightOf(unit: Unit, campaign: Pick<Campaign, 'customerId' | 'id'>): Promise<number> {
  const { campaigns } = await unit.stored()
  const [tally] = await campaigns.tallies(campaign.customerId, [campaign.id])
  return tally ? tally.callsDialing + tally.callsProgressing : 0
}

/**
 * Refuses references that do not exist, belong to another customer, or cannot change now
 * (docs/rules.md#campaign-states, docs/rules.md#campaign-edits).
 */
export async function checkReferences(unit: Unit, before: Campaign | null, after: Unplaced): Promise<void> {
  const errors: UserError[] = []
  const changed = (name: 'outplanId' | 'outdialId' | 'queueId' | 'nextCampaignId') =>
    after[name] !== (before?.[name] ?? null)
  if (before !== null && before.status !== 'STOP') {
    for (const name of whileActive.filter(changed)) {
      errors.push({
        code: 'IN_USE',
        field: ['input', name],
        message: `This cannot be changed while the campaign "${before.name}" is not stopped.`,
      })
    }
  }
  if (after.type === 'FLOW' && after.queueId !== null) {
    errors.push({
      code: 'INVALID',
      field: ['input', 'queueId'],
      message: 'A FLOW campaign makes no calls, so it cannot have a queue.',
    })
  }
  if (errors.length > 0) throw new Refusal(errors)
  const missing = await findMissing(unit, after)
  for (const { name, noun } of missing) {
    if (changed(name)) errors.push({ code: 'NOT_FOUND', field: ['input', name], message: `There is no such ${noun}.` })
  }
  if (errors.length > 0) throw new Refusal(errors)
  if (changed('nextCampaignId') && (await isRing(unit, after))) {
    refuse('INVALID', ['input', 'nextCampaignId'], 'The chain of next campaigns would contain a campaign twice.')
  }
}

/**
 * Refuses to run a campaign that lacks something (docs/rules.md#campaign-states): BLANK, NOT_FOUND or INVALID at the
 * campaign's own field. If this installation cannot carry out its actions, the error is a STATE_CONFLICT, since the
 * campaign itself is complete.
 */
export async function checkRunnable(unit: Unit, campaign: Campaign, options: Capabilities): Promise<void> {
  const errors: UserError[] = []
  if (campaign.outplanId === null)
    errors.push({ code: 'BLANK', field: ['outplanId'], message: 'The campaign has no outplan.' })
  if (campaign.outdialId === null)
    errors.push({ code: 'BLANK', field: ['outdialId'], message: 'The campaign has no outdial.' })
  for (const { name, noun } of await findMissing(unit, campaign)) {
    if (name !== 'nextCampaignId')
      errors.push({ code: 'NOT_FOUND', field: [name], message: `The ${noun} was deleted.` })
  }
  if (errors.length === 0 && (await isRing(unit, campaign))) {
    errors.push({
      code: 'INVALID',
      field: ['nextCampaignId'],
      message: 'The chain of next campaigns would contain a campaign twice.',
    })
  }
  for (const message of missingCapabilities(campaign, options)) {
    errors.push({ code: 'STATE_CONFLICT', field: ['actions'], message })
  }
  if (errors.length > 0) throw new Refusal(errors)
}

type Capabilities = Pick<AppOptions, 'sendingUnavailableReason' | 'speechUnavailableReason'>

/** Why this installation cannot carry out the actions of a campaign: one sentence for each missing capability. */
function missingCapabilities(
  { actions }: Campaign,
  { sendingUnavailableReason, speechUnavailableReason }: Capabilities,
): Set<string> {
  const reasons = actions.map(({ type }) => {
    const sent = sendingTypeOf(type)
    if (sent !== null) return sendingUnavailableReason?.(sent)
    return type === 'TALK' ? speechUnavailableReason?.() : null
  })
  return new Set(reasons.flatMap((reason) => reason ?? []))
}

/** References of a campaign to objects that do not exist or were deleted. */
async function findMissing({ tx }: Unit, campaign: Unplaced) {
  const { customerId, outplanId, outdialId, queueId, nextCampaignId } = campaign
  const gone = async (
    id: string | null,
    load: (customerId: string, id: string) => Promise<{ deletedAt: number | null } | null>,
  ) => {
    if (id === null) return false
    const found = await load(customerId, id)
    return found === null || found.deletedAt !== null
  }
  const references = [
    { name: 'outplanId' as const, noun: 'outplan', missing: await gone(outplanId, tx.outplans.byId) },
    { name: 'outdialId' as const, noun: 'outdial', missing: await gone(outdialId, tx.outdials.byId) },
    { name: 'queueId' as const, noun: 'queue', missing: await gone(queueId, tx.queues.byId) },
    { name: 'nextCampaignId' as const, noun: 'campaign', missing: await gone(nextCampaignId, tx.campaigns.byId) },
  ]
  return references.filter((reference) => reference.missing)
}

async function isRing({ tx }: Unit, campaign: Unplaced): Promise<boolean> {
  const next = new Map<string, string | null>([[campaign.id, campaign.nextCampaignId]])
  for (let id = campaign.nextCampaignId; id !== null && !next.has(id); id = next.get(id) ?? null) {
    const found = await tx.campaigns.byId(campaign.customerId, id)
    next.set(id, found?.nextCampaignId ?? null)
  }
  return hasCampaignRing(campaign.id, (id) => next.get(id) ?? null)
}

/** Re-evaluates the list of a campaign whose outdial or outplan was changed (docs/rules.md#target-reevaluation). */
export async function reevaluateAttached(unit: Unit, before: Campaign | null, after: Campaign): Promise<void> {
  const changed = after.outdialId !== (before?.outdialId ?? null) || after.outplanId !== (before?.outplanId ?? null)
  if (changed && after.outdialId !== null && after.outplanId !== null) {
    await startReevaluation(unit, after.customerId, after.outdialId)
  }
}
