import type { CampaignStats } from '../../src/app/api.ts'
import { type Activeflow, newActiveflow } from '../../src/domain/activeflow.ts'
import type { Address } from '../../src/domain/address.ts'
import type { Agent } from '../../src/domain/agent.ts'
import type { Campaign } from '../../src/domain/campaign.ts'
import type { DialingCall, DoneCall } from '../../src/domain/campaigncall.ts'
import type { DialingReport } from '../../src/domain/dialing.ts'
import type { Outdial } from '../../src/domain/outdial.ts'
import type { OutdialTarget } from '../../src/domain/outdial-target.ts'
import type { Outplan } from '../../src/domain/outplan.ts'
import type { Queue } from '../../src/domain/queue.ts'
import { emptyCallTally } from '../../src/domain/tally.ts'
import type { CampaignTransition } from '../../src/domain/transition.ts'

/** 2026-11-20T06:03:00.000Z */
export const someInstant = Date.UTC(2026, 10, 20, 6, 3)

const base = { customerId: 'default', position: 1, createdAt: someInstant, updatedAt: someInstant }
const deletable = { ...base, deletedAt: null }

const someAddress: Address = { type: 'TEL', target: '+12025550100', targetName: '', name: '', detail: '' }

export function fakeCampaign(of: Partial<Campaign> = {}): Campaign {
  return {
    ...deletable,
    id: 'campaign-1',
    type: 'CALL',
    name: 'Autumn',
    detail: '',
    status: 'STOP',
    pacing: 'SERVICE_LEVEL',
    serviceLevel: 100,
    ratio: 100,
    concurrentCallsMax: null,
    endHandle: 'STOP',
    actionListId: 'actions-1',
    actions: [],
    outplanId: null,
    outdialId: null,
    queueId: null,
    nextCampaignId: null,
    ...of,
  }
}

export function fakeOutplan(of: Partial<Outplan> = {}): Outplan {
  return {
    ...deletable,
    id: 'outplan-1',
    name: 'Twice',
    detail: '',
    source: someAddress,
    dialTimeoutMs: 30_000,
    tryIntervalMs: 60_000,
    maxTryCounts: [2, 0, 0, 0, 0],
    ...of,
  }
}

export function fakeOutdial(of: Partial<Outdial> = {}): Outdial {
  return {
    ...deletable,
    id: 'outdial-1',
    name: 'List',
    detail: '',
    data: '',
    targetsIdle: 3,
    targetsProgressing: 2,
    targetsDone: 1,
    reevaluatedPosition: null,
    ...of,
  }
}

export function fakeTarget(of: Partial<OutdialTarget> = {}): OutdialTarget {
  return {
    ...deletable,
    id: 'target-1',
    outdialId: 'outdial-1',
    name: 'Ada',
    detail: '',
    data: '',
    status: 'IDLE',
    destinations: [{ index: 0, address: someAddress, tryCount: 0, unusable: false }],
    reached: false,
    outcome: null,
    attempt: 0,
    lastAttemptAt: 0,
    lastUnknown: false,
    unplacedInRow: 0,
    failedInRow: 0,
    ...of,
  }
}

export function fakeQueue(of: Partial<Queue> = {}): Queue {
  return {
    ...deletable,
    id: 'queue-1',
    name: 'Sales',
    detail: '',
    strategy: 'LONGEST_IDLE',
    waitTimeoutMs: 20_000,
    agentRingMs: 15_000,
    poolId: 'queue-1',
    lastOfferedAgentId: null,
    ...of,
  }
}

export function fakeAgent(of: Partial<Agent> = {}): Agent {
  return {
    ...deletable,
    id: 'agent-1',
    name: 'Grace',
    detail: '',
    extension: '102',
    address: { ...someAddress, type: 'EXTENSION', target: '102' },
    status: 'AVAILABLE',
    nextStatus: null,
    wrapUpMs: 0,
    wrapUpUntil: null,
    ringUntil: null,
    campaigncallId: null,
    callsTaken: 0,
    callsSinceOffline: 0,
    idleSince: someInstant,
    statusChangedAt: someInstant,
    ...of,
  }
}

export function fakeCall(of: Partial<DialingCall> = {}): DialingCall {
  return {
    ...base,
    id: 'call-1',
    campaignId: 'campaign-1',
    outplanId: 'outplan-1',
    outdialId: 'outdial-1',
    outdialTargetId: 'target-1',
    queueId: null,
    activeflowId: 'activeflow-1',
    actionListId: 'actions-1',
    referenceType: 'CALL',
    referenceId: 'reference-1',
    source: someAddress,
    destination: someAddress,
    destinationIndex: 0,
    tryCount: 1,
    attempt: 1,
    dialTimeoutMs: 30_000,
    version: 1,
    endRequest: null,
    wakeAt: null,
    lookupAt: null,
    queuedAt: null,
    ...of,
    status: 'DIALING',
  }
}

export function fakeDoneCall(of: Partial<DoneCall> = {}): DoneCall {
  const { status: _, ...call } = fakeCall()
  return {
    ...call,
    agentId: 'agent-1',
    result: 'SUCCESS',
    hangupReason: 'NORMAL',
    answeredAt: someInstant,
    endedAt: someInstant + 5000,
    ...of,
    status: 'DONE',
  }
}

export function fakeActiveflow(of: Partial<Activeflow> = {}): Activeflow {
  return { ...newActiveflow(fakeDoneCall()), status: 'ENDED', stepCount: 1, actionId: 'action-1', ...of }
}

export function fakeStats(of: Partial<CampaignStats> = {}): CampaignStats {
  return { ...emptyCallTally, targetsIdle: 0, targetsProgressing: 0, targetsDone: 0, hangupReasons: [], ...of }
}

export function fakeDialing(of: Partial<DialingReport> = {}): DialingReport {
  return {
    blockedBy: null,
    message: 'Calls are being placed.',
    availableAgents: null,
    dialing: 0,
    allowed: 1,
    nextAttemptAt: null,
    ...of,
  }
}

export function fakeCampaignTransition(of: Partial<CampaignTransition> = {}): CampaignTransition {
  return {
    kind: 'CAMPAIGN',
    customerId: 'default',
    at: someInstant,
    position: 7,
    campaignId: 'campaign-1',
    from: 'STOP',
    to: 'RUN',
    cause: 'local ran it.',
    ...of,
  }
}
