import { assert } from '../kernel/assert.ts'
import type { Address } from './address.ts'
import type { HangupReason } from './campaigncall.ts'

export const outdialTargetStatuses = ['IDLE', 'PROGRESSING', 'DONE'] as const
export type OutdialTargetStatus = (typeof outdialTargetStatuses)[number]

/** Most destinations of one target; their indexes begin at 0. */
export const destinationCountMax = 5
/** Shortest pause of a target after an attempt that ended UNKNOWN (docs/rules.md#target-due). */
export const unknownRestMs = 15 * 60 * 1000
/** This many attempts in a row that were not placed count as one try (docs/rules.md#attempt-not-placed). */
const unplacedInRowMax = 3

export interface Destination {
  /** 0 to 4. */
  readonly index: number
  readonly address: Address
  readonly tryCount: number
  /** The number does not exist: it is not dialed again before its address changes or the target is reset. */
  readonly unusable: boolean
}

/** One person of a list. */
export interface OutdialTarget {
  readonly id: string
  readonly customerId: string
  readonly position: number
  readonly outdialId: string
  readonly name: string
  readonly detail: string
  readonly data: string
  readonly status: OutdialTargetStatus
  /** In the order of their indexes, which may have gaps. */
  readonly destinations: readonly Destination[]
  /** Will not be dialed again under any plan, until a reset. */
  readonly reached: boolean
  /** SUCCESS or FAIL once tried since the last reset. */
  readonly outcome: 'SUCCESS' | 'FAIL' | null
  /** Attempts so far; only rises. */
  readonly attempt: number
  /** End of the last attempt; 0 if there was none. */
  readonly lastAttemptAt: number
  /** The last attempt ended UNKNOWN. */
  readonly lastUnknown: boolean
  readonly unplacedInRow: number
  /** Attempts in a row that could not even be started, because of a defect in this program. */
  readonly failedInRow: number
  readonly createdAt: number
  readonly updatedAt: number
  readonly deletedAt: number | null
}

/** The destination to dial: the lowest index that has an address and tries left (docs/rules.md#target-destination). */
export function chooseDestination(
  destinations: readonly Destination[],
  maxTryCounts: readonly number[],
): Destination | null {
  const left = (of: Destination) => !of.unusable && of.tryCount < (maxTryCounts[of.index] ?? 0)
  return destinations.reduce<Destination | null>(
    (best, of) => (left(of) && (!best || of.index < best.index) ? of : best),
    null,
  )
}

/** The status of a target without a call in flight under the current plan (docs/rules.md#target-reevaluation). */
export function reevaluateTarget(target: OutdialTarget, maxTryCounts: readonly number[]): OutdialTargetStatus {
  if (target.status === 'PROGRESSING') return 'PROGRESSING'
  if (target.reached) return 'DONE'
  return chooseDestination(target.destinations, maxTryCounts) ? 'IDLE' : 'DONE'
}

/** When a target may be dialed: 0 if it was never tried (docs/rules.md#target-due). */
export function dueAt(target: Pick<OutdialTarget, 'lastAttemptAt' | 'lastUnknown'>, tryIntervalMs: number): number {
  if (target.lastAttemptAt === 0) return 0
  return target.lastAttemptAt + restMs(target.lastUnknown, tryIntervalMs)
}

/** Shortest time between two attempts of a target, by how the last one ended. */
export function restMs(lastUnknown: boolean, tryIntervalMs: number): number {
  return lastUnknown ? Math.max(tryIntervalMs, unknownRestMs) : tryIntervalMs
}

/** The target when its next attempt starts. */
export function beginAttempt(target: OutdialTarget, destinationIndex: number, at: number): OutdialTarget {
  assert(target.status === 'IDLE', 'a target to dial that is idle')
  return {
    ...target,
    status: 'PROGRESSING',
    attempt: target.attempt + 1,
    failedInRow: 0,
    destinations: target.destinations.map((of) =>
      of.index === destinationIndex ? { ...of, tryCount: of.tryCount + 1 } : of,
    ),
    updatedAt: at,
  }
}

export type Placing = 'PLACED' | 'REFUSED' | 'UNSENT'

/** How an attempt ended for the target. */
export interface AttemptEnd {
  readonly destinationIndex: number
  readonly reason: HangupReason
  /**
   * REFUSED and UNSENT were provably not placed: the target gets the try back (docs/rules.md#attempt-not-placed).
   * UNSENT was not handed over because of this process, and costs the target nothing, however often.
   */
  readonly placing: Placing
  /** A FLOW that may have been sent is not sent again before a reset (docs/rules.md#campaign-flow). */
  readonly flow: boolean
}

/**
 * The target after its attempt has ended, under the current plan (docs/rules.md#target-states,
 * docs/rules.md#target-destination, docs/rules.md#attempt-not-placed).
 */
export function endAttempt(
  target: OutdialTarget,
  end: AttemptEnd,
  maxTryCounts: readonly number[],
  at: number,
): OutdialTarget {
  assert(target.status === 'PROGRESSING', 'a target whose attempt ends that has one')
  const unplacedInRow = target.unplacedInRow + (end.placing === 'REFUSED' ? 1 : 0)
  if (end.placing === 'UNSENT' || (end.placing === 'REFUSED' && unplacedInRow < unplacedInRowMax)) {
    const destinations = target.destinations.map((of) =>
      of.index === end.destinationIndex ? { ...of, tryCount: Math.max(0, of.tryCount - 1) } : of,
    )
    const back = { ...target, status: 'IDLE' as const, destinations, unplacedInRow, updatedAt: at }
    return { ...back, status: reevaluateTarget(back, maxTryCounts) }
  }
  const ended: OutdialTarget = {
    ...target,
    status: 'IDLE',
    destinations: target.destinations.map((of) =>
      of.index === end.destinationIndex && end.reason === 'INVALID_NUMBER' ? { ...of, unusable: true } : of,
    ),
    reached:
      end.reason === 'NORMAL' || end.reason === 'TIMEOUT' || (end.flow && end.reason === 'UNKNOWN') || target.reached,
    outcome: end.reason === 'NORMAL' ? 'SUCCESS' : (target.outcome ?? 'FAIL'),
    lastAttemptAt: at,
    lastUnknown: end.reason === 'UNKNOWN',
    unplacedInRow: 0,
    updatedAt: at,
  }
  return { ...ended, status: reevaluateTarget(ended, maxTryCounts) }
}

const failedInRowMax = 2

/**
 * The target after a defect in this program prevented its attempt: the second time it is set aside
 * (docs/rules.md#faults).
 */
export function failAttempt(target: OutdialTarget, at: number): OutdialTarget {
  assert(target.status === 'IDLE', 'a target whose attempt could not be begun to have none')
  const failedInRow = target.failedInRow + 1
  const isSetAside = failedInRow >= failedInRowMax
  return {
    ...target,
    status: isSetAside ? 'DONE' : 'IDLE',
    reached: isSetAside || target.reached,
    outcome: target.outcome ?? 'FAIL',
    lastAttemptAt: at,
    lastUnknown: false,
    failedInRow,
    updatedAt: at,
  }
}

const outdialTargetsResetWhich = ['FAILED', 'SUCCEEDED', 'ALL'] as const
export type OutdialTargetsResetWhich = (typeof outdialTargetsResetWhich)[number]

/** True if no try is used: a reset could change the status at most. */
export function isUntried(target: OutdialTarget): boolean {
  const untouched = target.destinations.every((of) => of.tryCount === 0 && !of.unusable)
  return !target.reached && target.outcome === null && untouched
}

/**
 * A target with its tries given back, or null if that kind of reset changes nothing (docs/rules.md#target-reset). The
 * time of the last attempt, and the pause after UNKNOWN, stay.
 */
export function resetTarget(target: OutdialTarget, which: OutdialTargetsResetWhich, at: number): OutdialTarget | null {
  const wanted =
    which === 'ALL' ||
    (which === 'SUCCEEDED' && target.outcome === 'SUCCESS') ||
    (which === 'FAILED' && target.outcome === 'FAIL')
  const fresh = target.status === 'IDLE' && isUntried(target)
  if (!wanted || fresh || target.status === 'PROGRESSING' || target.deletedAt !== null) return null
  return {
    ...target,
    status: 'IDLE',
    reached: false,
    outcome: null,
    destinations: target.destinations.map((of) => ({ ...of, tryCount: 0, unusable: false })),
    failedInRow: 0,
    updatedAt: at,
  }
}

/** Destinations after an edit: a changed address starts at try count 0, an unchanged one keeps its tries. */
export function editDestinations(
  before: readonly Destination[],
  addresses: readonly { readonly index: number; readonly address: Address }[],
): Destination[] {
  return addresses.map(({ index, address }) => {
    const old = before.find((of) => of.index === index)
    const same = old !== undefined && old.address.type === address.type && old.address.target === address.target
    return { index, address, tryCount: same ? old.tryCount : 0, unusable: same ? old.unusable : false }
  })
}
