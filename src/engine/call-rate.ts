import {
  addStarts,
  allowanceOf,
  type CallAllowance,
  callRateRoom,
  changeCallRate,
  emptyCallRate,
  fullCallRate,
  nextStartMs,
  spreadSecond,
} from '../domain/call-rate.ts'
import { fullRate, isReduced, recordEnd, recover } from '../domain/congestion.ts'
import type { Log } from '../kernel/log.ts'
import type { CallNews, OriginateAnswer } from '../telephony/driver.ts'

export interface CallRateOptions {
  /** Process-wide; 0 for no limit. */
  readonly callsPerSecond: number
  readonly log: Log
  /** Milliseconds of a monotonic clock: correcting the wall clock by seconds must not allow a burst. */
  passed(): number
  /** The wall clock that `view` uses. */
  now(): number
}

const secondMs = 1000
/**
 * The windows are 5 % longer than the limit says, and starts are spread within 100 ms as well: requests arrive at the
 * carrier less evenly than they leave here.
 */
const smoothing = { widening: 1.05, windows: [...spreadSecond, { ms: 40, share: 0.04 }] }

/**
 * Limits how many calls may start: at most `callsPerSecond` in any second, and fewer while the network is congested.
 */
export function createCallRateLimiter({ callsPerSecond, log, passed, now }: CallRateOptions) {
  let rate = fullCallRate(emptyCallRate(callsPerSecond, smoothing), passed())
  let congestion = fullRate(callsPerSecond)
  /** Calls started in this second and in the one before. */
  let counted = { second: 0, count: 0, before: 0 }
  /** Calls started per second when congestion began; the full rate where there is no limit. */
  let busiest = 0

  function count(started: number): void {
    const second = Math.floor(passed() / secondMs)
    if (second !== counted.second)
      counted = { second, count: 0, before: second === counted.second + 1 ? counted.count : 0 }
    counted = { ...counted, count: counted.count + started }
  }

  function followCongestion(): void {
    const { perSecond } = congestion
    if (rate.perSecond === perSecond) return
    rate = changeCallRate(rate, perSecond)
    log.warn(
      { callsPerSecond: perSecond },
      isReduced(congestion)
        ? 'the network is congested; fewer calls are started'
        : 'calls are started at the full rate',
    )
  }

  function noteCongestion(congested: boolean): void {
    count(0)
    const started = Math.max(counted.count, counted.before)
    if (!isReduced(congestion)) busiest = started
    congestion = recordEnd(congestion, congested, started, passed())
  }

  return {
    /** Lets the rate recover from congestion. Must be called before the others. */
    recover(): void {
      congestion = recover(congestion, busiest, passed())
      followCongestion()
    },
    /** Infinity without a limit. */
    room: () => callRateRoom(rate, passed()),
    /** Counts calls that have just been handed over. */
    started(calls: number): void {
      count(calls)
      rate = addStarts(rate, calls, passed())
    },
    nextMs: () => nextStartMs(rate, passed()),
    view: (): CallAllowance => allowanceOf(rate, passed(), now()),
    /** Records the end of a call that the other side has refused. */
    recordNews(news: CallNews): void {
      if (news.type === 'HANGUP' && news.by === 'THEM') noteCongestion(news.reason === 'CONGESTION')
    },
    /** Records the answer to an originate request: a switch or a driver without room counts as a congested network. */
    recordAnswer(answer: OriginateAnswer): void {
      const isCongested = answer.type === 'REJECTED' && answer.reason === 'CONGESTION'
      if (isCongested || answer.type === 'NOT_SENT') noteCongestion(true)
    },
    reset(): void {
      rate = fullCallRate(emptyCallRate(callsPerSecond, smoothing), passed())
      congestion = fullRate(callsPerSecond)
    },
  }
}
