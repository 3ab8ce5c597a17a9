import type { CallFacts, EntryRow, Fold } from './fold.ts'

/** A plan as it was at some moment. */
export interface ToldPlan {
  readonly maxTryCounts: readonly number[]
  readonly tryIntervalMs: number
}

/** Settings of a campaign as they were at some moment. */
export interface ToldCampaign {
  readonly queueId: string | null
  readonly pacing: string
  readonly serviceLevel: number
  readonly ratio: number
  readonly concurrentCallsMax: number | null
  readonly outplanId: string
  readonly outdialId: string
  readonly endHandle: string
  readonly type: string
}

/** What callers have set, version by version: the n-th is in force after the n-th notice of it in the log. */
export interface Told {
  readonly concurrentCallsMax: number
  readonly callsPerSecond: number
  /** The first as it was created. */
  readonly plans: Map<string, ToldPlan[]>
  /** The first as it was created, which has a notice of its own. */
  readonly campaigns: Map<string, ToldCampaign[]>
  /** Who is in each queue; nobody at first. */
  readonly members: Map<string, (readonly string[])[]>
}

function versionOf<Value>(versions: readonly Value[] | undefined, index: number): Value {
  const value = versions?.[index]
  if (value === undefined) throw new Error(`version ${index} of something that was told, of ${versions?.length}`)
  return value
}

export function planNow(fold: Fold, told: Told, id: string): ToldPlan {
  return versionOf(told.plans.get(id), fold.notices.get(`OUTPLAN ${id}`) ?? 0)
}

export function campaignNow(fold: Fold, told: Told, id: string): ToldCampaign {
  return versionOf(told.campaigns.get(id), (fold.notices.get(`CAMPAIGN ${id}`) ?? 0) - 1)
}

function membersNow(fold: Fold, told: Told, id: string): readonly string[] {
  return versionOf(told.members.get(id), fold.notices.get(`QUEUE ${id}`) ?? 0)
}

/** Queues that share agents with a queue, directly or through others, itself included. */
function poolOf(fold: Fold, told: Told, queueId: string): Set<string> {
  const pool = new Set([queueId])
  for (let grown = true; grown; ) {
    grown = false
    const agents = new Set([...pool].flatMap((id) => membersNow(fold, told, id)))
    for (const id of told.members.keys()) {
      if (pool.has(id) || !membersNow(fold, told, id).some((agent) => agents.has(agent))) continue
      pool.add(id)
      grown = true
    }
  }
  return pool
}

/** Whether pacing lets one more call start (behaviour 4.2 to 4.4). */
function pacingAllows(fold: Fold, told: Told, campaign: ToldCampaign, at: number): boolean {
  if (campaign.queueId === null) return true
  const pool = poolOf(fold, told, campaign.queueId)
  let dialing = 0
  let unserved = 0
  for (const { facts, status, connected, ringing } of fold.inFlight) {
    if (!pool.has(facts.queue_id ?? '')) continue
    if (status === 'DIALING') dialing++
    else if (!connected && ringing.size === 0 && (facts.end_asked_at === null || facts.end_asked_at > at)) unserved++
  }
  const members = membersNow(fold, told, campaign.queueId)
  const free = members.filter((id) => fold.agents.get(id) === 'AVAILABLE').length - unserved
  if (free <= 0) return false
  if (campaign.pacing === 'SERVICE_LEVEL') return 100 * free > dialing * campaign.serviceLevel
  return dialing < Math.max(1, Math.floor((free * campaign.ratio) / 100))
}

/** The limits that one more call of a campaign would break. */
export function limitsAgainst(fold: Fold, told: Told, campaignId: string, at: number): string[] {
  const campaign = campaignNow(fold, told, campaignId)
  const own = [...fold.inFlight].filter((call) => call.facts.campaign_id === campaignId).length
  const against: string[] = []
  if (campaign.concurrentCallsMax !== null && own >= campaign.concurrentCallsMax) against.push('concurrentCallsMax')
  if (told.concurrentCallsMax > 0 && fold.inFlight.size >= told.concurrentCallsMax) against.push('the process limit')
  if (!pacingAllows(fold, told, campaign, at)) against.push('pacing')
  return against
}

const unknownRestMs = 15 * 60 * 1000

/** What is wrong with a call that is about to be folded in, by the limits and the plan of that moment. */
export function judgeCreated(fold: Fold, told: Told, entry: EntryRow, facts: CallFacts): string[] {
  const findings = limitsAgainst(fold, told, facts.campaign_id, entry.at).map((limit) => `a call against ${limit}`)
  const plan = planNow(fold, told, facts.outplan_id)
  const max = plan.maxTryCounts[facts.destination_index] ?? 0
  if (facts.try_count < 1 || facts.try_count > max) findings.push(`try ${facts.try_count} of ${max}`)
  if (told.callsPerSecond > 0) {
    const times = [...fold.createdAt, entry.at]
    times.forEach((from, i) => {
      const allowed = told.callsPerSecond * ((entry.at - from) / 1000 + 1)
      if (times.length - i > allowed + 1e-6) findings.push('more calls per second than allowed')
    })
  }
  return findings
}

/** From when on a target may be dialed again, by the end of its last attempt. */
export function restUntil(lastEndAt: number, lastReason: string, tryIntervalMs: number): number {
  return lastEndAt + (lastReason === 'UNKNOWN' ? Math.max(unknownRestMs, tryIntervalMs) : tryIntervalMs)
}
