import { allowanceRoom } from '../domain/call-rate.ts'
import type { Campaign } from '../domain/campaign.ts'
import {
  type DialingFacts,
  type DialingReport,
  type EngineStatus,
  engineRuns,
  reportDialing,
} from '../domain/dialing.ts'
import { restMs } from '../domain/outdial-target.ts'
import type { Outplan } from '../domain/outplan.ts'
import { present } from '../kernel/assert.ts'
import { groupBy } from '../kernel/group-by.ts'
import type { PoolCounts } from '../store/contract/campaigncalls.ts'
import type { DueBefore } from '../store/contract/outdials.ts'
import type { Tables } from '../store/contract/store.ts'
import type { AppContext } from './context.ts'

/** The latest end of the last attempt with which a target is due at that moment. */
export function dueBefore(outplan: Pick<Outplan, 'tryIntervalMs'>, now: number): DueBefore {
  return { known: now - restMs(false, outplan.tryIntervalMs), unknown: now - restMs(true, outplan.tryIntervalMs) }
}

/** What is due in the list of a campaign. */
export interface CampaignDue {
  readonly targetDue: boolean
  /** When the next target that waits for its retry interval becomes due; null when none waits. */
  readonly nextAttemptAt: number | null
}

/** A campaign with the plan by which it dials; null if it has none, or none any more. */
export interface Planned {
  readonly campaign: Campaign
  readonly outplan: Outplan | null
}

/** Loads what is due for each campaign: one statement for each customer. */
export async function loadDue(tables: Tables, planned: readonly Planned[], now: number): Promise<CampaignDue[]> {
  const lists = planned.flatMap(({ campaign: { id, customerId, outdialId }, outplan }) =>
    outdialId === null || outplan === null ? [] : [{ id, customerId, outdialId, outplan }],
  )
  const due = new Map<string, CampaignDue>()
  for (const [customerId, own] of groupBy(lists, (of) => of.customerId)) {
    const times = await tables.outdialTargets.dueTimes(
      customerId,
      own.map(({ outdialId, outplan }) => ({ outdialId, ...dueBefore(outplan, now) })),
    )
    own.forEach(({ id, outplan: { tryIntervalMs } }, i) => {
      const { isDue = false, known = null, unknown = null } = times[i] ?? {}
      const next = [
        known === null ? null : known + restMs(false, tryIntervalMs),
        unknown === null ? null : unknown + restMs(true, tryIntervalMs),
      ]
      due.set(id, { targetDue: isDue, nextAttemptAt: earliest(next) })
    })
  }
  return planned.map(({ campaign }) => due.get(campaign.id) ?? { targetDue: false, nextAttemptAt: null })
}

/** The earliest time; null if all are null. */
export function earliest(times: readonly (number | null)[]): number | null {
  return times.reduce((least, at) => (at !== null && (least === null || at < least) ? at : least), null)
}

/** The facts that decide about a campaign, except which targets are due. */
export type CampaignFacts = Omit<DialingFacts, 'targetDue' | 'nextAttemptAt' | 'campaign'> & {
  readonly campaign: Campaign
  readonly poolId: string | null
}

/**
 * Loads the facts that decide whether campaigns may dial, with one statement for each kind of fact, whatever the number
 * of campaigns.
 */
export async function loadCampaignFacts(
  tables: Tables,
  context: Pick<AppContext, 'options'>,
  status: EngineStatus,
  campaigns: readonly Campaign[],
  now: number,
): Promise<CampaignFacts[]> {
  if (campaigns.length === 0) return []
  const processInFlight = await tables.campaigncalls.countInFlight('ALL')
  const facts = new Map<string, CampaignFacts>()
  for (const customerId of new Set(campaigns.map((campaign) => campaign.customerId))) {
    const own = campaigns.filter((campaign) => campaign.customerId === customerId)
    const tallies = await tables.campaigns.tallies(
      customerId,
      own.map((campaign) => campaign.id),
    )
    const outdials = await tables.outdials.byIds(
      customerId,
      own.map((campaign) => campaign.outdialId ?? ''),
    )
    const queues = await loadQueues(tables, customerId, own)
    for (const [i, campaign] of own.entries()) {
      const tally = tallies[i]
      const outdial = outdials[i]
      const queue = queues.get(campaign.queueId ?? '')
      const callsDialing = tally?.callsDialing ?? 0
      facts.set(campaign.id, {
        campaign,
        poolId: queue?.poolId ?? null,
        engineRunning: engineRuns(status),
        engineReason: status.reason,
        carrierAvailable: status.carrierAvailable,
        targetsIdle: outdial?.targetsIdle ?? 0,
        targetsProgressing: outdial?.targetsProgressing ?? 0,
        reevaluating: outdial?.reevaluatedPosition != null,
        availableAgents: queue?.availableAgents ?? 0,
        unserved: queue?.unserved ?? 0,
        dialing: queue?.dialing ?? callsDialing,
        campaignInFlight: callsDialing + (tally?.callsProgressing ?? 0),
        processInFlight,
        processInFlightMax: context.options.concurrentCallsMax,
        startsAllowed: allowanceRoom(status.allowance, now),
      })
    }
  }
  return campaigns.map((campaign) => present(facts.get(campaign.id), 'the facts of a campaign'))
}

/** The pacing input of every queue of these campaigns. A deleted queue has no agents. */
async function loadQueues(tables: Tables, customerId: string, campaigns: readonly Campaign[]) {
  const ids = [...new Set(campaigns.flatMap((campaign) => campaign.queueId ?? []))]
  const found = new Map<string, PoolCounts & { readonly poolId: string; readonly availableAgents: number }>()
  if (ids.length === 0) return found
  const queues = (await tables.queues.byIds(customerId, ids)).filter((queue) => queue !== null)
  const counts = await tables.campaigncalls.poolCounts(
    customerId,
    queues.map((queue) => queue.poolId),
  )
  const available = await tables.agents.countAvailable(
    customerId,
    queues.map((queue) => queue.id),
  )
  queues.forEach(({ id, poolId }, i) => {
    const { dialing = 0, unserved = 0 } = counts[i] ?? {}
    found.set(id, { dialing, unserved, poolId, availableAgents: available[i] ?? 0 })
  })
  return found
}

/** Why the dialer is, or is not, placing calls for each campaign now. */
export async function reportCampaigns(context: AppContext, campaigns: readonly Campaign[]): Promise<DialingReport[]> {
  const tables = context.store.read
  const now = context.effects.now()
  const facts = await loadCampaignFacts(tables, context, await context.engineStatus(), campaigns, now)
  const due = await loadDue(tables, await loadPlans(tables, campaigns), now)
  return facts.map((of, i) => reportDialing({ ...of, ...(due[i] ?? { targetDue: false, nextAttemptAt: null }) }))
}

/** The plans of campaigns: one statement for each customer. */
export async function loadPlans(tables: Pick<Tables, 'outplans'>, campaigns: readonly Campaign[]): Promise<Planned[]> {
  const plans = new Map<string, Outplan | null>()
  for (const [customerId, own] of groupBy(campaigns, (campaign) => campaign.customerId)) {
    const ids = own.map((campaign) => campaign.outplanId ?? '')
    const found = await tables.outplans.byIds(customerId, ids)
    own.forEach((campaign, i) => {
      plans.set(campaign.id, found[i] ?? null)
    })
  }
  return campaigns.map((campaign) => ({ campaign, outplan: plans.get(campaign.id) ?? null }))
}
