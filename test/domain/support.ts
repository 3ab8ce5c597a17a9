import type { Address } from '../../src/domain/address.ts'
import type { Agent } from '../../src/domain/agent.ts'
import type { DialingCall, DoneCall, ProgressingCall } from '../../src/domain/campaigncall.ts'
import type { Destination, OutdialTarget } from '../../src/domain/outdial-target.ts'

/** A moment to reckon from. */
export const noon = Date.UTC(2026, 0, 5, 12)

export const number = (target = '+12025550100'): Address => ({
  type: 'TEL',
  target,
  targetName: '',
  name: '',
  detail: '',
})

/** A call that was claimed at noon and rings for 30 s at most. */
export function dialingCall(changes: Partial<DialingCall> = {}): DialingCall {
  return {
    id: 'call',
    customerId: 'default',
    position: 1,
    campaignId: 'campaign',
    outplanId: 'outplan',
    outdialId: 'outdial',
    outdialTargetId: 'target',
    queueId: 'queue',
    activeflowId: 'activeflow',
    actionListId: 'actions',
    referenceType: 'CALL',
    referenceId: 'reference',
    source: number('+12025550199'),
    destination: number(),
    destinationIndex: 0,
    tryCount: 1,
    attempt: 1,
    dialTimeoutMs: 30_000,
    version: 1,
    status: 'DIALING',
    endRequest: null,
    lookupAt: null,
    wakeAt: null,
    queuedAt: null,
    createdAt: noon,
    updatedAt: noon,
    ...changes,
  }
}

/** A call that was answered 5 s after noon. */
export function answeredCall(changes: Partial<ProgressingCall> = {}): ProgressingCall {
  const { status: _, ...base } = dialingCall()
  const answered = { status: 'PROGRESSING', phase: 'ACTIONS', agentId: null, answeredAt: noon + 5000 } as const
  return { ...base, version: 2, ...answered, ...changes }
}

/** A call that ended 10 s after noon, never answered. */
export function doneCall(changes: Partial<DoneCall> = {}): DoneCall {
  const { status: _, ...base } = dialingCall()
  const ended = {
    result: 'FAIL',
    hangupReason: 'BUSY',
    agentId: null,
    answeredAt: null,
    endedAt: noon + 10_000,
  } as const
  return { ...base, version: 2, status: 'DONE', ...ended, ...changes }
}

/** A person with these destinations: their try counts by index, null where an index is empty. */
export function target(tryCounts: readonly (number | null)[], changes: Partial<OutdialTarget> = {}): OutdialTarget {
  return {
    id: 'target',
    customerId: 'default',
    position: 1,
    outdialId: 'outdial',
    name: '',
    detail: '',
    data: '',
    status: 'IDLE',
    destinations: tryCounts.flatMap((tryCount, index): Destination[] =>
      tryCount === null ? [] : [{ index, address: number(`+1202555010${index}`), tryCount, unusable: false }],
    ),
    reached: false,
    outcome: null,
    attempt: 0,
    lastAttemptAt: 0,
    lastUnknown: false,
    unplacedInRow: 0,
    failedInRow: 0,
    createdAt: noon,
    updatedAt: noon,
    deletedAt: null,
    ...changes,
  }
}

/** An agent who is available since noon. */
export function agent(changes: Partial<Agent> = {}): Agent {
  return {
    id: 'agent',
    customerId: 'default',
    position: 1,
    name: 'Anna',
    detail: '',
    extension: '100',
    address: { ...number(), type: 'EXTENSION', target: '100' },
    status: 'AVAILABLE',
    nextStatus: null,
    wrapUpMs: 0,
    wrapUpUntil: null,
    ringUntil: null,
    campaigncallId: null,
    callsTaken: 0,
    callsSinceOffline: 0,
    idleSince: noon,
    statusChangedAt: noon,
    createdAt: noon,
    updatedAt: noon,
    deletedAt: null,
    ...changes,
  }
}
