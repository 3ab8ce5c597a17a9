import { type Campaigncall, isBetweenQueueAndAgent } from './campaigncall.ts'

/** What the dialer has to do about a call when its time has come, if no news comes before. */
export type CallTimeoutType = 'HANG_UP' | 'LOOK_UP' | 'RING_TIMEOUT' | 'DURATION_TIMEOUT' | 'WAIT_TIMEOUT' | 'GO_ON'

/** A limit of ringing, talking or waiting: at its end the call is hung up. */
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
  /** Of the call's queue; 0 waits for ever. */
  readonly waitTimeoutMs: number
  /** When its actions go on by themselves, if they do. */
  readonly actionsAt: number | null
}

/** When the ring time of a call is over. */
export function ringUntil(call: Campaigncall): number {
  return call.createdAt + call.dialTimeoutMs
}

/**
 * The next thing to do about a call; null when only news can move it. Kept with the call as wakeAt, so a restart forgets
 * nothing. While it is in doubt what became of a call, it is asked for before a time that has run out is acted on: the
 * call may have ended long before, and the reason is then the carrier's.
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
