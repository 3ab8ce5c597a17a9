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
import type { PoolCounts } from '../store/campaigncalls.ts'
import type { DueBefore } from '../store/outdial-targets.ts'
import type { Tables } from '../store/store.ts'
import type { AppContext } from './context.ts'

/** The latest end of the last attempt with which a target is due at that moment. */
export function dueBefore(outplan: Pick<Outplan, 'tryIntervalMs'>, now: number): DueBefore {
  return { known: now - restMs(false, outplan.tryIntervalMs), unknown: now - restMs(true, outplan.tryIntervalMs) }
}

/** When the next target that waits for its retry interval becomes due; null when none waits. */
export async function nextDueAt(
  tables: Tables,
  campaign: Campaign,
  outplan: Outplan,
  now: number,
): Promise<number | null> {
  if (campaign.outdialId === null) return null
  const { tryIntervalMs } = outplan
  const since = await tables.outdialTargets.waitingSince(
    campaign.customerId,
    campaign.outdialId,
    dueBefore(outplan, now),
  )
  const times = [
    since.known === null ? null : since.known + restMs(false, tryIntervalMs),
    since.unknown === null ? null : since.unknown + restMs(true, tryIntervalMs),
  ]
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
  const processInFlight = await tables.campaigncalls.countInFlight()
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
  for (const queue of ids.length === 0 ? [] : await tables.queues.byIds(customerId, ids)) {
    if (queue === null) continue
    const counts = await tables.campaigncalls.poolCounts(customerId, queue.poolId)
    const availableAgents = await tables.agents.countAvailable(customerId, queue.id)
    found.set(queue.id, { ...counts, poolId: queue.poolId, availableAgents })
  }
  return found
}

/** Why the dialer is, or is not, placing calls for each campaign now. */
export async function reportCampaigns(context: AppContext, campaigns: readonly Campaign[]): Promise<DialingReport[]> {
  const tables = context.store.read
  const now = context.effects.now()
  const reports: DialingReport[] = []
  const status = await context.engineStatus()
  for (const facts of await loadCampaignFacts(tables, context, status, campaigns, now)) {
    reports.push(reportDialing({ ...facts, ...(await loadDue(tables, facts.campaign, now)) }))
  }
  return reports
}

async function loadDue(tables: Tables, campaign: Campaign, now: number) {
  const { customerId, outdialId, outplanId } = campaign
  const outplan = outplanId === null ? null : await tables.outplans.byId(customerId, outplanId)
  if (outplan === null || outdialId === null) return { targetDue: false, nextAttemptAt: null }
  const due = await tables.outdialTargets.due(customerId, outdialId, dueBefore(outplan, now), 1)
  return { targetDue: due.length > 0, nextAttemptAt: await nextDueAt(tables, campaign, outplan, now) }
}
