import { z } from 'zod'
import {
  type Campaign,
  campaignEndHandles,
  campaignTypes,
  decideCampaign,
  pacingMethods,
  ratios,
} from '../domain/campaign.ts'
import { emptyCallTally } from '../domain/tally.ts'
import { isStorageFailure, refuse } from '../kernel/errors.ts'
import { limits } from '../limits.ts'
import { UniqueConflict } from '../store/contract/errors.ts'
import type { Campaigns } from './api.ts'
import { actionsSchema, completeActions, refuseActions } from './campaign-actions.ts'
import { checkReferences, checkRunnable, inFlightOf, reevaluateAttached } from './campaign-references.ts'
import { type AppContext, attempt } from './context.ts'
import { createRepeatably } from './creations.ts'
import { reportCampaigns } from './dialing.ts'
import {
  chosenId,
  detailText,
  filterText,
  finding,
  type Given,
  nameText,
  parse,
  parseChanges,
  reference,
  wholeNumber,
} from './input.ts'
import { warnOfMissingFields } from './missing-fields.ts'
import { loadPage } from './paging.ts'
import type { CampaignFilter, CampaignOrder } from './requests.ts'
import type { Unit } from './unit-of-work.ts'
import type { Viewer } from './viewer.ts'

const ratio = z
  .int()
  .refine((value) => ratios.some((known) => known === value), `A ratio is one of ${ratios.join(', ')}.`)
const clearable = z.string().nullish().transform(reference)
const fields = {
  name: nameText,
  detail: detailText,
  pacing: z.enum(pacingMethods),
  serviceLevel: wholeNumber(limits.serviceLevelPercentMin, limits.serviceLevelPercentMax),
  ratio,
  endHandle: z.enum(campaignEndHandles),
  actions: actionsSchema,
}
const clearableFields = {
  concurrentCallsMax: wholeNumber(limits.concurrentCallsMin, limits.concurrentCallsMax).nullish(),
  outplanId: clearable,
  outdialId: clearable,
  queueId: clearable,
  nextCampaignId: clearable,
}
const createSchema = z
  .object({ id: chosenId, type: z.enum(campaignTypes), ...fields, ...clearableFields })
  .superRefine(({ id, nextCampaignId }, ctx) => {
    if (id == null || nextCampaignId !== id) return
    ctx.addIssue(finding('INVALID', 'A campaign cannot be its own successor.', nextCampaignId, ['nextCampaignId']))
  })
const updateSchema = z.object({ ...fields, ...clearableFields }).partial()

type CampaignFields = Omit<z.output<typeof createSchema>, 'id'>

/** Campaigns: their settings, and whether they run. */
export function createCampaigns(context: AppContext): Campaigns {
  const { store, seal, log } = context
  const find = (viewer: Viewer, id: string) => store.read.campaigns.byId(viewer.customerId, id)

  return {
    create: (viewer, input) =>
      attempt(async () => {
        const { id: chosen, ...values } = parse(createSchema, input, ['input'])
        return context.change(viewer, (unit) =>
          createRepeatably(unit, viewer, {
            kind: 'CAMPAIGN',
            id: chosen,
            input: values,
            find: (id) => unit.tx.campaigns.byId(viewer.customerId, id),
            make: (id) => createCampaign(unit, viewer, id, values),
          }),
        )
      }),
    update: (viewer, id, input) =>
      attempt(
        () =>
          context.change(viewer, (unit) => updateCampaign(unit, viewer, id, () => parseChanges(updateSchema, input))),
        () => find(viewer, id),
      ),
    delete: (viewer, id) =>
      attempt(
        () =>
          context.change(viewer, async (unit) => {
            const campaign = await loadCampaign(unit, viewer, id)
            if (campaign.status !== 'STOP') refuse('STATE_CONFLICT', ['id'], 'campaign must be deactive')
            const deleted = { ...campaign, deletedAt: unit.now, updatedAt: unit.now }
            await unit.tx.campaigns.update(deleted)
            unit.notice('CAMPAIGN', viewer.customerId, campaign.id)
            return deleted
          }),
        () => find(viewer, id),
      ),
    run: async (viewer, id) => {
      const outcome = await attempt(
        () =>
          context.change(viewer, async (unit) => {
            const campaign = await loadCampaign(unit, viewer, id)
            if (campaign.status === 'RUN') return campaign
            await checkRunnable(unit, campaign, context.options)
            const cause = `Run by ${viewer.name}.`
            const step = decideCampaign(campaign.status, { type: 'RUN', cause })
            return step === null ? campaign : unit.stepCampaign(campaign, step)
          }),
        () => find(viewer, id),
      )
      if (outcome.value === null || outcome.errors.length > 0) return outcome
      const warnings = await warningsOf(outcome.value)
      return warnings.length === 0 ? outcome : { ...outcome, warnings }
    },
    stop: (viewer, id) =>
      attempt(
        () =>
          context.change(viewer, async (unit) => {
            const campaign = await loadCampaign(unit, viewer, id)
            const callsInFlight = await inFlightOf(unit, campaign)
            const cause = `Stopped by ${viewer.name}.`
            const step = decideCampaign(campaign.status, { type: 'ASK_STOP', callsInFlight, cause })
            return step === null ? campaign : unit.stepCampaign(campaign, step)
          }),
        () => find(viewer, id),
      ),
    byIds: (viewer, ids) => store.read.campaigns.byIds(viewer.customerId, ids),
    byOutdialIds: (viewer, outdialIds) => store.read.campaigns.byOutdialIds(viewer.customerId, outdialIds),
    page: (viewer, { filter, orderBy, ...args }) => pageOfCampaigns(viewer, filter, orderBy, args),
    stats: (viewer, campaignIds) => loadStats(context, viewer, campaignIds),
    dialing: (_viewer, campaigns) => reportCampaigns(context, campaigns),
  }

  /** Only a warning: the campaign runs whether or not its list could be read. */
  async function warningsOf(campaign: Campaign): Promise<string[]> {
    try {
      const warnings = await warnOfMissingFields(context, campaign)
      if (warnings.length > 0)
        log.warn({ campaignId: campaign.id, warnings }, 'texts of a campaign use data fields that no target has')
      return warnings
    } catch (error) {
      if (!isStorageFailure(error)) throw error
      log.warn(
        { error, campaignId: campaign.id },
        'the list of a campaign could not be searched for missing data fields',
      )
      return []
    }
  }

  async function pageOfCampaigns(
    viewer: Viewer,
    filter: CampaignFilter | null | undefined,
    orderBy: CampaignOrder,
    args: Parameters<typeof loadPage>[0]['args'],
  ) {
    const listing = {
      customerId: viewer.customerId,
      status: filter?.status ?? null,
      type: filter?.type ?? null,
      nameContains: filterText(filter?.nameContains, 'nameContains')?.toLowerCase() ?? null,
      outdialId: filter?.outdialId ?? null,
      queueId: filter?.queueId ?? null,
      includeDeleted: filter?.includeDeleted ?? false,
    }
    const byName = orderBy === 'NAME_ASC' || orderBy === 'NAME_DESC'
    const descending = orderBy === 'NAME_DESC' || orderBy === 'CREATED_AT_DESC'
    const order = { by: byName ? ('NAME' as const) : ('CREATED_AT' as const), descending }
    return loadPage({
      args,
      seal,
      connection: 'campaigns',
      listing: { ...listing, orderBy },
      keyOf: (campaign: Campaign) => (byName ? [campaign.name.toLowerCase(), campaign.position] : [campaign.position]),
      load: (window) => store.read.campaigns.list(listing, order, window),
      count: () => store.read.campaigns.count(listing),
    })
  }
}

async function createCampaign(unit: Unit, viewer: Viewer, id: string, values: CampaignFields): Promise<Campaign> {
  const { customerId } = viewer
  const { actions: given, ...settings } = values
  const actions = completeActions(given, () => unit.makeId())
  refuseActions(actions, { campaignType: values.type, queueId: values.queueId })
  const actionListId = unit.makeId()
  const campaign: Omit<Campaign, 'position'> = {
    ...settings,
    concurrentCallsMax: values.concurrentCallsMax ?? null,
    id,
    customerId,
    status: 'STOP',
    actions,
    actionListId,
    createdAt: unit.now,
    updatedAt: unit.now,
    deletedAt: null,
  }
  await checkReferences(unit, null, campaign)
  await unit.tx.campaigns.insertActions(customerId, actionListId, actions)
  const inserted = await withUniqueness(unit, campaign, () => unit.tx.campaigns.insert(campaign))
  await reevaluateAttached(unit, null, inserted)
  unit.notice('CAMPAIGN', customerId, id)
  return inserted
}

async function updateCampaign(
  unit: Unit,
  viewer: Viewer,
  id: string,
  changesOf: () => Given<Partial<CampaignFields>>,
): Promise<Campaign> {
  const campaign = await loadCampaign(unit, viewer, id)
  const { actions: given, ...settings } = changesOf()
  const actions = given ? completeActions(given, () => unit.makeId()) : campaign.actions
  const edited: Campaign = {
    ...campaign,
    ...settings,
    actions,
    actionListId: given ? unit.makeId() : campaign.actionListId,
    updatedAt: unit.now,
  }
  await checkReferences(unit, campaign, edited)
  refuseActions(actions, { campaignType: edited.type, queueId: edited.queueId })
  if (given) await unit.tx.campaigns.insertActions(campaign.customerId, edited.actionListId, actions)
  await withUniqueness(unit, edited, () => unit.tx.campaigns.update(edited))
  await reevaluateAttached(unit, campaign, edited)
  unit.notice('CAMPAIGN', campaign.customerId, campaign.id)
  return edited
}

async function loadCampaign(unit: Unit, viewer: Viewer, id: string): Promise<Campaign> {
  const campaign = await unit.tx.campaigns.byId(viewer.customerId, id)
  if (campaign === null || campaign.deletedAt !== null) refuse('NOT_FOUND', ['id'], 'There is no such campaign.')
  return campaign
}

/** Turns conflicts with the unique constraints on names and outdials into userErrors. */
async function withUniqueness<Result>(
  unit: Unit,
  { customerId, outdialId }: Pick<Campaign, 'customerId' | 'outdialId'>,
  write: () => Promise<Result>,
): Promise<Result> {
  try {
    return await write()
  } catch (error) {
    if (!(error instanceof UniqueConflict)) throw error
    if (error.fields.includes('name')) refuse('TAKEN', ['input', 'name'], 'campaign_name is already taken')
    if (error.fields.includes('outdialId')) {
      const [user] = await unit.tx.campaigns.byOutdialIds(customerId, [outdialId ?? ''])
      refuse('IN_USE', ['input', 'outdialId'], `This outdial is attached to the campaign "${user?.name ?? ''}".`)
    }
    throw error
  }
}

async function loadStats({ store }: AppContext, { customerId }: Viewer, ids: readonly string[]) {
  const campaigns = await store.read.campaigns.byIds(customerId, ids)
  const tallies = await store.read.campaigns.tallies(customerId, ids)
  const reasons = await store.read.campaigns.reasons(customerId, ids)
  const outdials = await store.read.outdials.byIds(
    customerId,
    campaigns.map((campaign) => campaign?.outdialId ?? ''),
  )
  return ids.map((_, i) => ({
    ...(tallies[i] ?? emptyCallTally),
    targetsIdle: outdials[i]?.targetsIdle ?? 0,
    targetsProgressing: outdials[i]?.targetsProgressing ?? 0,
    targetsDone: outdials[i]?.targetsDone ?? 0,
    hangupReasons: reasons[i] ?? [],
  }))
}
