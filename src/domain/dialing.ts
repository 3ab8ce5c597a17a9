import type { CallAllowance } from './call-rate.ts'
import type { Campaign } from './campaign.ts'
import type { EngineState } from './engine.ts'
import { freeAgents, pace } from './pacing.ts'

export const dialBlockers = [
  'CAMPAIGN_NOT_RUNNING',
  'ENGINE_STOPPED',
  'CARRIER_UNAVAILABLE',
  'NO_TARGETS',
  'TARGETS_IN_FLIGHT',
  'RETRY_NOT_DUE',
  'NO_AGENT_AVAILABLE',
  'PACING',
  'CONCURRENCY',
  'CALLS_PER_SECOND',
] as const
export type DialBlocker = (typeof dialBlockers)[number]

/** The status of the engine, for explaining why calls are, or are not, dialed. */
export interface EngineStatus {
  readonly state: EngineState
  /** Why it is HALTED or waiting, or claims one call at a time, for a person; null otherwise. */
  readonly reason: string | null
  /** Whether the carrier accepts calls. */
  readonly carrierAvailable: boolean
  readonly allowance: CallAllowance
}

/** A carrier out of reach blocks calls; what needs no carrier continues (docs/rules.md#campaign-flow). */
export function engineRuns({ state, reason }: Pick<EngineStatus, 'state' | 'reason'>): boolean {
  return (state === 'RUNNING' && reason === null) || state === 'WAITING_FOR_CARRIER'
}

/** `allowed` of a DialingReport never exceeds this. */
const allowedMax = 10_000

/** Everything that decides whether and how many calls a campaign may start at this moment (docs/rules.md#limits-at-commit). */
export interface DialingFacts {
  readonly campaign: Pick<
    Campaign,
    'status' | 'type' | 'pacing' | 'serviceLevel' | 'ratio' | 'concurrentCallsMax' | 'queueId'
  >
  readonly engineRunning: boolean
  /** Why the engine is HALTED or waiting; null otherwise. */
  readonly engineReason: string | null
  readonly carrierAvailable: boolean
  readonly targetsIdle: number
  readonly targetsProgressing: number
  /** A re-evaluation of the list is pending: which targets are idle is not known yet. */
  readonly reevaluating: boolean
  readonly targetDue: boolean
  readonly nextAttemptAt: number | null
  /** Agents of the campaign's queue with status AVAILABLE; 0 without a queue. */
  readonly availableAgents: number
  /** W over the pool; 0 without a queue. */
  readonly unserved: number
  /** D over the pool; without a queue, of the campaign. */
  readonly dialing: number
  /** Calls of the campaign in flight. */
  readonly campaignInFlight: number
  /** Calls of the whole process in flight. */
  readonly processInFlight: number
  /** Process-wide limit; 0 for none. */
  readonly processInFlightMax: number
  /** Calls that the process-wide calls per second let start now; Infinity without a limit. */
  readonly startsAllowed: number
}

export interface DialingReport {
  readonly blockedBy: DialBlocker | null
  readonly message: string
  readonly availableAgents: number | null
  readonly dialing: number
  readonly allowed: number
  readonly nextAttemptAt: number | null
}

/** How many calls pacing and all limits together allow now, regardless of targets. */
export function allowedCalls(facts: DialingFacts): number {
  const { campaign } = facts
  if (campaign.status !== 'RUN' || !facts.engineRunning) return 0
  if (campaign.type === 'CALL' && !facts.carrierAvailable) return 0
  return Math.max(0, Math.min(allowedMax, pacingRoom(facts), concurrencyRoom(facts), facts.startsAllowed))
}

function pacingRoom(facts: DialingFacts): number {
  const { campaign } = facts
  if (campaign.queueId === null) return Number.POSITIVE_INFINITY
  return pace({
    method: campaign.pacing,
    serviceLevel: campaign.serviceLevel,
    ratio: campaign.ratio,
    available: facts.availableAgents,
    unserved: facts.unserved,
    dialing: facts.dialing,
  })
}

function concurrencyRoom(facts: DialingFacts): number {
  const own = (facts.campaign.concurrentCallsMax ?? Number.POSITIVE_INFINITY) - facts.campaignInFlight
  const ofProcess =
    facts.processInFlightMax === 0 ? Number.POSITIVE_INFINITY : facts.processInFlightMax - facts.processInFlight
  return Math.min(own, ofProcess)
}

/** The first limit that applies, in the order of DialBlocker; null while calls are being placed. */
export function blockerOf(facts: DialingFacts): DialBlocker | null {
  const { campaign } = facts
  if (campaign.status !== 'RUN') return 'CAMPAIGN_NOT_RUNNING'
  if (!facts.engineRunning) return 'ENGINE_STOPPED'
  if (campaign.type === 'CALL' && !facts.carrierAvailable) return 'CARRIER_UNAVAILABLE'
  if (facts.targetsIdle === 0)
    return facts.targetsProgressing === 0 && !facts.reevaluating ? 'NO_TARGETS' : 'TARGETS_IN_FLIGHT'
  if (!facts.targetDue) return 'RETRY_NOT_DUE'
  if (campaign.queueId !== null) {
    const free = freeAgents({ available: facts.availableAgents, unserved: facts.unserved })
    if (free === 0) return 'NO_AGENT_AVAILABLE'
    if (pacingRoom(facts) <= 0) return 'PACING'
  }
  if (concurrencyRoom(facts) <= 0) return 'CONCURRENCY'
  if (facts.startsAllowed < 1) return 'CALLS_PER_SECOND'
  return null
}

const messages: Record<DialBlocker, string> = {
  CAMPAIGN_NOT_RUNNING: 'The campaign is not running.',
  ENGINE_STOPPED: 'The dialer engine places no calls.',
  CARRIER_UNAVAILABLE: 'The carrier takes no calls at the moment.',
  NO_TARGETS: 'No target is left to dial now or later.',
  TARGETS_IN_FLIGHT: 'Every target that is left has a call in flight.',
  RETRY_NOT_DUE: 'Targets remain, but their retry interval has not passed.',
  NO_AGENT_AVAILABLE: 'No agent of the queue is free to take a call.',
  PACING: 'Enough calls are dialing for the agents that are free.',
  CONCURRENCY: 'As many calls are in flight as are allowed at once.',
  CALLS_PER_SECOND: 'As many calls were started in this second as are allowed.',
}

/** One sentence, followed by the engine's reason if there is one. */
function messageOf(blockedBy: DialBlocker | null, { engineReason }: DialingFacts): string {
  if (blockedBy === null) return 'Calls are being placed.'
  const isEngines = blockedBy === 'ENGINE_STOPPED' || blockedBy === 'CARRIER_UNAVAILABLE'
  return isEngines && engineReason !== null ? `${messages[blockedBy]} ${engineReason}` : messages[blockedBy]
}

/** Why the dialer is, or is not, placing calls for a campaign now. */
export function reportDialing(facts: DialingFacts): DialingReport {
  const blockedBy = blockerOf(facts)
  return {
    blockedBy,
    message: messageOf(blockedBy, facts),
    availableAgents: facts.campaign.queueId === null ? null : facts.availableAgents,
    dialing: facts.dialing,
    allowed: allowedCalls(facts),
    nextAttemptAt: facts.nextAttemptAt,
  }
}
