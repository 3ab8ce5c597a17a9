import type { Campaign } from '../../domain/campaign.ts'
import type { Campaigncall } from '../../domain/campaigncall.ts'
import { allowedCalls, type EngineStatus } from '../../domain/dialing.ts'
import { chooseDestination, failAttempt, type OutdialTarget } from '../../domain/outdial-target.ts'
import type { Outplan } from '../../domain/outplan.ts'
import { present } from '../../kernel/assert.ts'
import { limits } from '../../limits.ts'
import type { Tables } from '../../store/contract/store.ts'
import { type CampaignFacts, dueBefore, earliest, loadCampaignFacts, loadDue, loadPlans } from '../dialing.ts'
import { startCall } from './start-call.ts'
import { type RunOne, runInSavepoints, type Tick } from './tick.ts'

/** What the engine allows a tick to dial. */
export interface DialLimits {
  /** Calls that the process-wide calls per second allow now; Infinity without a limit. */
  readonly startsAllowed: number
  /** Calls that the trunk accepts now: 1 after a pause; Infinity when it is open and the driver delays no request. */
  readonly trunkRoom: number
  /** Calls that may be claimed in one tick; Infinity while they are handed over in time. */
  readonly claimsMax: number
  /** Campaigns in the order in which they were last served, the longest ago first. */
  readonly servedIds: readonly string[]
}

export interface ClaimResult {
  /** New campaigncalls, each of which counts toward the calls per second. */
  readonly claimed: number
  /** As in DialLimits, for the next tick. */
  readonly servedIds: readonly string[]
  /** The tick's limit was reached: more calls may be ready to claim. */
  readonly more: boolean
  /** Calls are held back only by the calls per second. */
  readonly waitsForRate: boolean
  /** When the next waiting target becomes due, over the campaigns that have room for it. */
  readonly nextAttemptAt: number | null
}

/** A running campaign in a tick. Its room shrinks as it claims. */
interface Loaded {
  readonly campaign: Campaign
  readonly outplan: Outplan
  readonly facts: CampaignFacts
}

interface Candidate extends Loaded {
  readonly targets: OutdialTarget[]
  hasLoaded: boolean
  /** Every due target has been loaded. */
  exhausted: boolean
  claimed: number
}

/** Counters shared by the campaigns: what one claims, the others cannot. */
interface Shared {
  /** The most calls that this tick claims. */
  readonly claimsMax: number
  /** Targets that a campaign loads at once; together about as many as a tick can claim. */
  readonly targetsAtOnce: number
  /** Targets without a try left that this tick has found; limited, since each is written. */
  withoutTry: number
  startsAllowed: number
  trunkRoom: number
  claimed: number
  readonly dialingOfPool: Map<string, number>
  /** As stored before the claim. */
  readonly tables: Tables
}

/** Claims as many calls as every limit allows; campaigns take turns, one call each (docs/rules.md#limits-at-commit). */
export async function claimCalls(
  tick: Tick,
  running: readonly Campaign[],
  dial: DialLimits,
  status: EngineStatus,
): Promise<ClaimResult> {
  const tables = await tick.unit.stored()
  const loaded = await loadCandidates(tick, tables, inTurns(running, dial.servedIds), status)
  const claimsMax = Math.min(limits.claimsPerTickMax, dial.claimsMax)
  return runInSavepoints(tick, async (runOne) => {
    const shared: Shared = {
      claimsMax,
      targetsAtOnce: Math.ceil(claimsMax / Math.max(1, loaded.length)),
      withoutTry: 0,
      startsAllowed: dial.startsAllowed,
      trunkRoom: dial.trunkRoom,
      claimed: 0,
      dialingOfPool: new Map(),
      tables,
    }
    const candidates: Candidate[] = []
    for (const of of loaded) {
      const candidate = { ...of, targets: [], hasLoaded: false, exhausted: false, claimed: 0 }
      if (roomAtAnyRate(candidate, shared) > 0) candidates.push(candidate)
    }
    const served = new Set(dial.servedIds.filter((id) => running.some((campaign) => campaign.id === id)))
    for (let waiting = candidates; waiting.length > 0 && shared.claimed < claimsMax; ) {
      const again: Candidate[] = []
      for (const candidate of waiting) {
        if (shared.claimed >= claimsMax) break
        if (!(await claimOne(tick, candidate, shared, runOne))) continue
        served.delete(candidate.campaign.id)
        served.add(candidate.campaign.id)
        again.push(candidate)
      }
      waiting = again
    }
    return {
      claimed: shared.claimed,
      servedIds: [...served],
      more: shared.claimed >= claimsMax || shared.withoutTry >= limits.batchRowsMax,
      waitsForRate: shared.startsAllowed < 1 && candidates.some((candidate) => roomAtAnyRate(candidate, shared) > 0),
      nextAttemptAt: await earliestAttempt(
        tick,
        candidates.filter((candidate) => candidate.exhausted),
      ),
    }
  })
}

/** Running campaigns that have idle targets, with the facts that decide how many calls they may start. */
async function loadCandidates(
  tick: Tick,
  tables: Tables,
  running: readonly Campaign[],
  status: EngineStatus,
): Promise<Loaded[]> {
  const all = await loadCampaignFacts(tables, tick.context, status, running, tick.unit.now)
  const facts = all.filter((of) => of.targetsIdle > 0)
  const planned = await loadPlans(
    tables,
    facts.map((of) => of.campaign),
  )
  return planned.map(({ campaign, outplan }, i) => ({
    campaign,
    outplan: present(outplan, 'the plan of a running campaign'),
    facts: present(facts[i], 'the facts of a campaign'),
  }))
}

/** When the next target that waits for its retry interval becomes due, over these campaigns; null when none waits. */
async function earliestAttempt({ unit }: Tick, candidates: readonly Candidate[]): Promise<number | null> {
  const due = await loadDue(await unit.stored(), candidates, unit.now)
  return earliest(due.map((of) => of.nextAttemptAt))
}

/**
 * Campaigns by turn: the one served longest ago goes first. Remembering only the one served last is not enough: a third
 * campaign served in between would give every turn to the first of two that share a queue.
 */
function inTurns(campaigns: readonly Campaign[], servedIds: readonly string[]): Campaign[] {
  const places = new Map(servedIds.map((id, place) => [id, place]))
  const placeOf = (campaign: Campaign) => places.get(campaign.id) ?? -1
  return [...campaigns].sort((a, b) => placeOf(a) - placeOf(b))
}

/** The room that a campaign would have without the calls per second. */
function roomAtAnyRate(candidate: Candidate, shared: Shared): number {
  return room(candidate, { ...shared, startsAllowed: Number.POSITIVE_INFINITY })
}

/** How many more calls a campaign may start at this point of the tick. */
function room({ campaign, facts, claimed }: Candidate, shared: Shared): number {
  const ofPool = facts.poolId === null ? claimed : (shared.dialingOfPool.get(facts.poolId) ?? 0)
  const allowed = allowedCalls({
    ...facts,
    targetDue: true,
    nextAttemptAt: null,
    dialing: facts.dialing + ofPool,
    campaignInFlight: facts.campaignInFlight + claimed,
    processInFlight: facts.processInFlight + shared.claimed,
    startsAllowed: shared.startsAllowed,
  })
  return campaign.type === 'CALL' ? Math.min(allowed, shared.trunkRoom) : allowed
}

async function loadTargets({ unit }: Tick, candidate: Candidate, shared: Shared): Promise<void> {
  const { campaign, outplan } = candidate
  if (candidate.exhausted || campaign.outdialId === null) return
  const limit = Math.min(room(candidate, shared), shared.targetsAtOnce)
  const before = dueBefore(outplan, unit.now)
  // Only what was claimed from a list changes which of its targets are due: the first time nothing has to be written.
  const { outdialTargets } = candidate.hasLoaded ? await unit.stored() : shared.tables
  candidate.hasLoaded = true
  const due = await outdialTargets.due(campaign.customerId, campaign.outdialId, before, limit)
  candidate.targets.push(...due)
  candidate.exhausted = due.length < limit
}

/** Claims the next target of a campaign that has a try left. Returns false when there is no room or no target. */
async function claimOne(tick: Tick, candidate: Candidate, shared: Shared, runOne: RunOne): Promise<boolean> {
  const { campaign, outplan, targets } = candidate
  while (room(candidate, shared) > 0 && shared.withoutTry < limits.batchRowsMax) {
    if (targets.length === 0) await loadTargets(tick, candidate, shared)
    const target = targets.shift()
    if (target === undefined) return false
    const destination = chooseDestination(target.destinations, outplan.maxTryCounts)
    if (destination === null) {
      shared.withoutTry++
      tick.unit.saveTarget(target, { ...target, status: 'DONE', updatedAt: tick.unit.now })
      continue
    }
    const call = await runOne(
      () => startCall(tick, campaign, outplan, target, destination),
      async (error) => {
        const failed = failAttempt(target, tick.unit.now)
        const consequence = failed.status === 'DONE' ? 'and is set aside' : 'and is tried again after its interval'
        tick.context.log.error({ error, outdialTargetId: target.id }, `a target could not be claimed ${consequence}`)
        tick.unit.saveTarget(target, failed)
      },
    )
    if (call === undefined) {
      shared.withoutTry++
      continue
    }
    countClaim(candidate, shared, call)
    return true
  }
  return false
}

/** Takes one call out of the shared room. */
function countClaim(candidate: Candidate, shared: Shared, call: Campaigncall): void {
  const { poolId } = candidate.facts
  const dialing = call.status === 'DIALING' ? 1 : 0
  candidate.claimed++
  shared.claimed++
  shared.startsAllowed--
  if (call.referenceType === 'CALL') shared.trunkRoom -= dialing
  if (poolId !== null) shared.dialingOfPool.set(poolId, (shared.dialingOfPool.get(poolId) ?? 0) + dialing)
}
