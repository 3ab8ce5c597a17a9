import { type Campaigncall, isBetweenQueueAndAgent } from './campaigncall.ts'

/** What the dialer does about a call at a given time, unless news comes first. */
export type CallTimeoutType = 'HANG_UP' | 'LOOK_UP' | 'RING_TIMEOUT' | 'DURATION_TIMEOUT' | 'WAIT_TIMEOUT' | 'GO_ON'

/** A limit of ringing, talking or waiting, at which the call is hung up. */
export function isTimeLimit(type: CallTimeoutType): boolean {
  return type === 'RING_TIMEOUT' || type === 'DURATION_TIMEOUT' || type === 'WAIT_TIMEOUT'
}

export interface CallTimeout {
  readonly type: CallTimeoutType
  readonly at: number
}

export interface CallTimeoutFacts {
  /** Longest call after the answer. */
  readonly callDurationMaxMs: number
  /** Of the call's queue; 0 waits without a limit. */
  readonly waitTimeoutMs: number
  /** When its actions resume automatically; null if they do not. */
  readonly actionsAt: number | null
}

/** When the ring time of a call is over. */
export function ringUntil(call: Campaigncall): number {
  return call.createdAt + call.dialTimeoutMs
}

/**
 * The next timeout of a call; null when only news can change it. Stored with the call as wakeAt, so that it survives a
 * restart. A call in doubt is looked up before an expired limit is acted on: it may have ended long before, and the
 * reason is then the carrier's.
 */
export function nextTimeout(call: Campaigncall, facts: CallTimeoutFacts): CallTimeout | null {
  if (call.status === 'DONE') return null
  const { lookupAt } = call
  const timeouts: CallTimeout[] = []
  const add = (type: CallTimeoutType, at: number) => timeouts.push({ type, at })
  const addUndoubted = (type: CallTimeoutType, at: number) => add(type, lookupAt === null ? at : Math.max(at, lookupAt))
  if (lookupAt !== null) add('LOOK_UP', lookupAt)
  if (call.endRequest !== null) {
    if (call.endRequest.sentAt === null) add('HANG_UP', call.endRequest.at)
  } else if (call.status === 'DIALING') {
    addUndoubted('RING_TIMEOUT', ringUntil(call))
  } else {
    if (call.referenceType === 'CALL') addUndoubted('DURATION_TIMEOUT', call.answeredAt + facts.callDurationMaxMs)
    if (call.phase === 'ACTIONS' && facts.actionsAt !== null) addUndoubted('GO_ON', facts.actionsAt)
    if (isBetweenQueueAndAgent(call) && facts.waitTimeoutMs > 0)
      addUndoubted('WAIT_TIMEOUT', (call.queuedAt ?? 0) + facts.waitTimeoutMs)
  }
  return timeouts.reduce<CallTimeout | null>(
    (first, timeout) => (first === null || timeout.at < first.at ? timeout : first),
    null,
  )
}
