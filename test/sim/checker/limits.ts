import type { Book, CampaignRow } from './book.ts'
import type { Fold } from './fold.ts'

/** What holds for the whole process, for as long as a simulation lasts. */
export interface ProcessLimits {
  /** 0 for no limit. */
  readonly concurrentCallsMax: number
  readonly callsPerSecond: number
}

/** Queues that share agents with a queue, directly or through others, itself included (docs/rules.md#pools). */
export function poolOf(book: Book, queueId: string): Set<string> {
  const pool = new Set([queueId])
  for (let grown = true; grown; ) {
    grown = false
    const agents = new Set([...pool].flatMap((id) => [...book.membersOf(id)]))
    for (const id of book.queueIds()) {
      if (pool.has(id) || ![...book.membersOf(id)].some((agent) => agents.has(agent))) continue
      pool.add(id)
      grown = true
    }
  }
  return pool
}

/** Whether pacing lets one more call start (docs/rules.md#service-level, docs/rules.md#ratio). */
function pacingAllows(fold: Fold, book: Book, campaign: CampaignRow): boolean {
  if (campaign.queue_id === null) return true
  const pool = poolOf(book, campaign.queue_id)
  let dialing = 0
  let unserved = 0
  for (const { id, queueId, status, connected, ringing } of fold.inFlight) {
    if (!pool.has(queueId ?? '')) continue
    if (status === 'DIALING') dialing++
    else if (!connected && ringing.size === 0 && book.calls.get(id)?.end_asked_at === null) unserved++
  }
  const available = [...book.membersOf(campaign.queue_id)].filter((id) => fold.agents.get(id) === 'AVAILABLE').length
  const free = available - unserved
  if (free <= 0) return false
  if (campaign.pacing === 'SERVICE_LEVEL') return 100 * free > dialing * campaign.service_level
  return dialing < Math.max(1, Math.floor((free * campaign.ratio) / 100))
}

/** The limits that one more call of a campaign would break at this moment. */
export function limitsAgainst(fold: Fold, book: Book, process: ProcessLimits, campaign: CampaignRow): string[] {
  const own = fold.inFlightOf(campaign.id)
  const against: string[] = []
  if (campaign.concurrent_calls_max !== null && own >= campaign.concurrent_calls_max) against.push('concurrentCallsMax')
  if (process.concurrentCallsMax > 0 && fold.inFlight.size >= process.concurrentCallsMax)
    against.push('the limit of the process')
  if (!pacingAllows(fold, book, campaign)) against.push('pacing')
  return against
}

/** Judges the calls per second by the times of the claims on the monotonic clock (docs/rules.md#call-rate). */
export function createRateJudge(callsPerSecond: number) {
  const times: number[] = []
  return {
    /** Whether one more call at that time is one too many, for any stretch of time that ends here. */
    exceeds(atMs: number): boolean {
      times.push(atMs)
      if (callsPerSecond === 0) return false
      return times.some((from, i) => times.length - i > callsPerSecond * ((atMs - from) / 1000 + 1) + 1e-6)
    },
  }
}
