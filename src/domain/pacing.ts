import { unreachable } from '../kernel/assert.ts'
import type { PacingMethod } from './campaign.ts'

/** What a pacing method looks at. */
export interface PacingSnapshot {
  readonly method: PacingMethod
  /** Percent, 1 to 1000. */
  readonly serviceLevel: number
  /** Percent. */
  readonly ratio: number
  /** Agents of the campaign's queue with status AVAILABLE. */
  readonly available: number
  /** Answered calls of the pool that have no agent reserved: W. */
  readonly unserved: number
  /** Calls dialing over the pool: D. */
  readonly dialing: number
}

/** A of behaviour 4.4: agents free for a new call. */
export function freeAgents(snapshot: Pick<PacingSnapshot, 'available' | 'unserved'>): number {
  return Math.max(0, snapshot.available - snapshot.unserved)
}

/** How many more calls the pacing of a campaign with a queue lets start, in exact integer arithmetic (behaviour 4.2, 4.3). */
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

/** Calls per second as a bucket of tokens: N of them, refilled evenly, empty at start (behaviour 4.6). */
export interface TokenBucket {
  /** 0 for no limit. */
  readonly perSecond: number
  readonly tokens: number
  readonly at: number
}

export function emptyBucket(perSecond: number, at: number): TokenBucket {
  return { perSecond, tokens: 0, at }
}

/** The bucket as it stands at that moment. A clock that went back refills nothing. */
export function refill(bucket: TokenBucket, at: number): TokenBucket {
  const gained = (Math.max(0, at - bucket.at) * bucket.perSecond) / 1000
  return { ...bucket, tokens: Math.min(bucket.perSecond, bucket.tokens + gained), at }
}

/** Whole tokens in it; Infinity without a limit. Rounding errors of the refill do not cost one. */
export function tokensIn(bucket: TokenBucket): number {
  return bucket.perSecond === 0 ? Number.POSITIVE_INFINITY : Math.floor(bucket.tokens + 1e-9)
}

export function spend(bucket: TokenBucket, count: number): TokenBucket {
  return bucket.perSecond === 0 ? bucket : { ...bucket, tokens: Math.max(0, bucket.tokens - count) }
}

/** Milliseconds until the bucket holds a whole token, rounded up. */
export function nextTokenMs(bucket: TokenBucket): number {
  return bucket.perSecond === 0 ? 0 : Math.max(0, Math.ceil(((1 - bucket.tokens) * 1000) / bucket.perSecond - 1e-9))
}
