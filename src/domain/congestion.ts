/** How fast calls may start while the network is congested (docs/rules.md#faults). */
export interface CongestionControl {
  /** Calls a second; 0 for no limit. */
  readonly perSecond: number
  /** The full rate, to which it recovers. */
  readonly fullPerSecond: number
  /** Whether the calls that ended since the last change ended as CONGESTION, the newest last. */
  readonly recent: readonly boolean[]
  readonly changedAt: number
}

/** Single congested calls do not reduce the rate: half of the latest ends have to be congested. */
const recentMax = 20
const congestedMin = 10
/** Ends of calls started before the last reduction say nothing about the reduced rate. */
const fallEveryMs = 1000
const riseEveryMs = 10_000
const slowestPerSecond = 1

export function fullRate(perSecond: number): CongestionControl {
  return { perSecond, fullPerSecond: perSecond, recent: [], changedAt: Number.NEGATIVE_INFINITY }
}

export function isReduced({ perSecond, fullPerSecond }: CongestionControl): boolean {
  return perSecond !== fullPerSecond
}

/**
 * The rate after a call that was not answered has ended: halved if too many were congested. Without a limit, half of
 * `startedPerSecond`, the calls started lately, becomes the rate.
 */
export function recordEnd(
  control: CongestionControl,
  congested: boolean,
  startedPerSecond: number,
  at: number,
): CongestionControl {
  const recent = [...control.recent, congested].slice(-recentMax)
  const isTooMany = congested && recent.filter((of) => of).length >= congestedMin
  if (!isTooMany || at - control.changedAt < fallEveryMs) return { ...control, recent }
  const { perSecond, fullPerSecond } = control
  const half = Math.max(slowestPerSecond, Math.floor((perSecond === 0 ? startedPerSecond : perSecond) / 2))
  return { perSecond: half, fullPerSecond, recent: [], changedAt: at }
}

/**
 * The rate after some time: doubled every ten seconds without a reduction, up to the full rate; without a limit, up to
 * `unlimitedAt`.
 */
export function recover(control: CongestionControl, unlimitedAt: number, at: number): CongestionControl {
  const { perSecond, fullPerSecond, changedAt } = control
  if (!isReduced(control) || at - changedAt < riseEveryMs) return control
  const doubled = perSecond * 2
  const isFull = doubled >= (fullPerSecond === 0 ? unlimitedAt : fullPerSecond)
  return { ...control, perSecond: isFull ? fullPerSecond : doubled, changedAt: at }
}
