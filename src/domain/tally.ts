import type { Campaigncall, HangupReason } from './campaigncall.ts'
import type { OutdialTarget } from './outdial-target.ts'

/**
 * What one campaigncall adds to the statistics of its campaign. Counters are sums of these, updated as calls change.
 */
export interface CallTally {
  readonly callsTotal: number
  readonly callsDialing: number
  readonly callsProgressing: number
  readonly success: number
  readonly fail: number
  readonly answered: number
  readonly abandoned: number
}

export const emptyCallTally: CallTally = {
  callsTotal: 0,
  callsDialing: 0,
  callsProgressing: 0,
  success: 0,
  fail: 0,
  answered: 0,
  abandoned: 0,
}

export function tallyCall(call: Campaigncall): CallTally {
  const reason = hangupReasonOf(call)
  return {
    callsTotal: 1,
    callsDialing: call.status === 'DIALING' ? 1 : 0,
    callsProgressing: call.status === 'PROGRESSING' ? 1 : 0,
    success: call.status === 'DONE' && call.result === 'SUCCESS' ? 1 : 0,
    fail: call.status === 'DONE' && call.result === 'FAIL' ? 1 : 0,
    answered: call.status !== 'DIALING' && call.answeredAt !== null ? 1 : 0,
    abandoned: reason === 'ABANDONED' ? 1 : 0,
  }
}

export function hangupReasonOf(call: Campaigncall): HangupReason | null {
  return call.status === 'DONE' ? call.hangupReason : null
}

/** What one target adds to the counters of its outdial. A deleted target adds nothing. */
export interface TargetTally {
  readonly targetsIdle: number
  readonly targetsProgressing: number
  readonly targetsDone: number
}

export const emptyTargetTally: TargetTally = { targetsIdle: 0, targetsProgressing: 0, targetsDone: 0 }

export function tallyTarget(target: Pick<OutdialTarget, 'status' | 'deletedAt'>): TargetTally {
  if (target.deletedAt !== null) return emptyTargetTally
  return {
    targetsIdle: target.status === 'IDLE' ? 1 : 0,
    targetsProgressing: target.status === 'PROGRESSING' ? 1 : 0,
    targetsDone: target.status === 'DONE' ? 1 : 0,
  }
}

/** sum + after − before, field by field. */
export function shift<Tally extends Record<keyof Tally, number>>(sum: Tally, before: Tally, after: Tally): Tally {
  const result = { ...sum } as Record<keyof Tally, number>
  for (const name in sum) result[name] = sum[name] + after[name] - before[name]
  return result as Tally
}

/** True when a sum of changes changes nothing. */
export function isEmptyTally(tally: object): boolean {
  return Object.values(tally).every((count) => count === 0)
}
