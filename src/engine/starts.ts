import { emptyBucket, nextTokenMs, refill, spend, type TokenBucket, tokensIn } from '../domain/pacing.ts'
import { hearEnd, isSlowed, notSlowed, rise } from '../domain/slowing.ts'
import type { Log } from '../kernel/log.ts'
import type { CallNews, OriginateAnswer } from '../telephony/driver.ts'

export interface StartsOptions {
  /** Process-wide; 0 for no limit. */
  readonly callsPerSecond: number
  readonly log: Log
  /** Milliseconds of a clock that goes on evenly: one that is put right by some seconds gives nobody a burst. */
  passed(): number
}

export type Starts = ReturnType<typeof createStarts>

const secondMs = 1000

/** How many calls may start now: no more than are allowed in a second, and fewer while the network has no room. */
export function createStarts({ callsPerSecond, log, passed }: StartsOptions) {
  let bucket = emptyBucket(callsPerSecond, passed())
  let slowing = notSlowed(callsPerSecond)
  /** Calls that were started in this second and in the one before. */
  let counted = { second: 0, count: 0, before: 0 }
  /** As fast as calls were started when they found no room, where nothing limits them. */
  let busiest = 0

  function count(started: number): void {
    const second = Math.floor(passed() / secondMs)
    if (second !== counted.second)
      counted = { second, count: 0, before: second === counted.second + 1 ? counted.count : 0 }
    counted = { ...counted, count: counted.count + started }
  }

  /** Another pace begins without a burst. */
  function setPace(): void {
    const { perSecond } = slowing
    if (bucket.perSecond === perSecond) return
    const { tokens, at } = bucket
    bucket = { perSecond, tokens: Math.min(tokens, perSecond), at }
    log.warn(
      { callsPerSecond: perSecond },
      isSlowed(slowing) ? 'the network has no room; fewer calls are started' : 'calls are started as fast as before',
    )
  }

  function hearWhetherRoom(congested: boolean): void {
    count(0)
    const started = Math.max(counted.count, counted.before)
    if (!isSlowed(slowing)) busiest = started
    slowing = hearEnd(slowing, congested, started, passed())
  }

  return {
    /** To be called before the others. */
    refill(): void {
      slowing = rise(slowing, busiest, passed())
      bucket = refill(bucket, passed())
      setPace()
    },
    /** Infinity without a limit. */
    tokens: () => tokensIn(bucket),
    spend(started: number): void {
      count(started)
      bucket = spend(bucket, started)
    },
    nextTokenMs: () => nextTokenMs(refill(bucket, passed())),
    view: (): TokenBucket => bucket,
    /** Takes the end of a call that the other side has refused. */
    hear(news: CallNews): void {
      if (news.type === 'HANGUP' && news.by === 'THEM') hearWhetherRoom(news.reason === 'CONGESTION')
    },
    /** Takes the answer to a request: a switch, or a driver, that has no room for a call is a network that has none. */
    hearAnswer(answer: OriginateAnswer): void {
      if (answer.type === 'REJECTED' && answer.reason === 'CONGESTION') hearWhetherRoom(true)
    },
    reset(): void {
      bucket = emptyBucket(callsPerSecond, passed())
      slowing = notSlowed(callsPerSecond)
    },
  }
}
