import type { Campaign } from '../domain/campaign.ts'
import { type DialingFacts, type DialingReport, type EngineStatus, reportDialing } from '../domain/dialing.ts'
import { restMs } from '../domain/outdial-target.ts'
import type { Outplan } from '../domain/outplan.ts'
import { refill, tokensIn } from '../domain/pacing.ts'
import type { DueBefore } from '../store/outdial-targets.ts'
import type { Tables } from '../store/store.ts'
import type { AppContext } from './context.ts'

/** Until when the last attempt must have ended for a target to be due at that moment. */
export function dueBefore(outplan: Pick<Outplan, 'tryIntervalMs'>, now: number): DueBefore {
  return { known: now - restMs(false, outplan.tryIntervalMs), unknown: now - restMs(true, outplan.tryIntervalMs) }
}

/** When the next target that waits for its interval becomes due; null when none waits. */
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

/** The counted part of what decides about a campaign: everything but which targets are due. */
export type CampaignFacts = Omit<DialingFacts, 'targetDue' | 'nextAttemptAt'> & { readonly poolId: string | null }

/** Loads what decides whether a campaign may dial. `processInFlight` is counted once for all campaigns. */
export async function loadCampaignFacts(
  tables: Tables,
  context: Pick<AppContext, 'options'>,
  status: EngineStatus,
  campaign: Campaign,
  processInFlight: number,
  now: number,
): Promise<CampaignFacts> {
  const { customerId, queueId } = campaign
  const [tally] = await tables.campaigns.tallies(customerId, [campaign.id])
  const outdial = campaign.outdialId === null ? null : await tables.outdials.byId(customerId, campaign.outdialId)
  const queue = queueId === null ? null : await tables.queues.byId(customerId, queueId)
  const pool = queue === null ? null : await tables.campaigncalls.poolCounts(customerId, queue.poolId)
  const availableAgents = queueId === null ? 0 : await tables.agents.countAvailable(customerId, queueId)
  const callsDialing = tally?.callsDialing ?? 0
  return {
    campaign,
    poolId: queue?.poolId ?? null,
    engineRunning: status.running,
    carrierAvailable: status.carrierAvailable,
    targetsIdle: outdial?.targetsIdle ?? 0,
    targetsProgressing: outdial?.targetsProgressing ?? 0,
    judging: outdial?.judgedPosition != null,
    availableAgents,
    unserved: pool?.unserved ?? 0,
    dialing: pool?.dialing ?? callsDialing,
    campaignInFlight: callsDialing + (tally?.callsProgressing ?? 0),
    processInFlight,
    processInFlightMax: context.options.concurrentCallsMax,
    tokens: tokensIn(refill(status.bucket, now)),
  }
}

/** Why the dialer is, or is not, placing calls for each campaign at this moment. */
export async function reportCampaigns(context: AppContext, campaigns: readonly Campaign[]): Promise<DialingReport[]> {
  const tables = context.store.read
  const now = context.effects.now()
  const processInFlight = await tables.campaigncalls.countInFlight()
  const reports: DialingReport[] = []
  for (const campaign of campaigns) {
    const facts = await loadCampaignFacts(tables, context, context.engineStatus(), campaign, processInFlight, now)
    reports.push(reportDialing({ ...facts, ...(await loadDue(tables, campaign, now)) }))
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
