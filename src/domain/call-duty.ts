import type { Campaigncall } from './campaigncall.ts'

/** What the dialer has to do about a call when its time has come, if no news comes before. */
export type DutyType = 'HANG_UP' | 'LOOK_UP' | 'RING_TIMEOUT' | 'DURATION_TIMEOUT' | 'WAIT_TIMEOUT' | 'GO_ON'

export interface Duty {
  readonly type: DutyType
  readonly at: number
}

export interface DutyFacts {
  /** Longest call after the answer. */
  readonly callDurationMaxMs: number
  /** Of the call's queue; 0 waits for ever. */
  readonly waitTimeoutMs: number
  /** When the SLEEP of its actions ends, if one is under way. */
  readonly sleepUntil: number | null
}

/** When the ring time of a call is over. */
export function ringUntil(call: Campaigncall): number {
  return call.createdAt + call.dialTimeoutMs
}

/** The next thing to do about a call; null when only news can move it. Kept with the call as wakeAt, so a restart forgets nothing. */
export function nextDuty(call: Campaigncall, facts: DutyFacts): Duty | null {
  if (call.status === 'DONE') return null
  const duties: Duty[] = []
  const add = (type: DutyType, at: number) => duties.push({ type, at })
  if (call.lookupAt !== null) add('LOOK_UP', call.lookupAt)
  if (call.endRequest !== null) {
    if (call.endRequest.sentAt === null) add('HANG_UP', call.endRequest.at)
  } else if (call.status === 'DIALING') {
    add('RING_TIMEOUT', ringUntil(call))
  } else {
    if (call.referenceType === 'CALL') add('DURATION_TIMEOUT', call.answeredAt + facts.callDurationMaxMs)
    if (call.phase === 'ACTIONS' && facts.sleepUntil !== null) add('GO_ON', facts.sleepUntil)
    if (call.phase === 'WAITING' && facts.waitTimeoutMs > 0)
      add('WAIT_TIMEOUT', (call.queuedAt ?? 0) + facts.waitTimeoutMs)
  }
  return duties.reduce<Duty | null>((first, duty) => (first === null || duty.at < first.at ? duty : first), null)
}
