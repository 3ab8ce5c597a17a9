import { unreachable } from '../kernel/assert.ts'
import type { PacingMethod } from './campaign.ts'

/** The input of a pacing method. */
export interface PacingSnapshot {
  readonly method: PacingMethod
  /** Percent, 1 to 1000. */
  readonly serviceLevel: number
  /** Percent. */
  readonly ratio: number
  /** Agents of the campaign's queue with status AVAILABLE. */
  readonly available: number
  /** W: answered calls of the pool without a reserved agent. */
  readonly unserved: number
  /** D: calls dialing over the pool. */
  readonly dialing: number
}

/** A of docs/rules.md#pools: agents free for a new call. */
export function freeAgents(snapshot: Pick<PacingSnapshot, 'available' | 'unserved'>): number {
  return Math.max(0, snapshot.available - snapshot.unserved)
}

/**
 * How many more calls pacing allows a campaign with a queue to start, in exact integer arithmetic
 * (docs/rules.md#service-level, docs/rules.md#ratio).
 */
export function pace(snapshot: PacingSnapshot): number {
  const free = freeAgents(snapshot)
  if (free === 0) return 0
  switch (snapshot.method) {
    case 'SERVICE_LEVEL':
      return Math.max(
        0,
        Math.floor((100 * free + snapshot.serviceLevel - 1) / snapshot.serviceLevel) - snapshot.dialing,
      )
    case 'RATIO':
      return Math.max(0, Math.max(1, Math.floor((free * snapshot.ratio) / 100)) - snapshot.dialing)
    default:
      return unreachable(snapshot.method)
  }
}
