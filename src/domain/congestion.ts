/** How fast calls may start while the network has no room for them (docs/rules.md#faults). */
export interface CongestionControl {
  /** Calls a second; 0 for no limit. */
  readonly perSecond: number
  /** What it was before it was slowed, and comes back to. */
  readonly fullPerSecond: number
  /** Whether calls ended as CONGESTION, the newest last, since it was changed last. */
  readonly recent: readonly boolean[]
  readonly changedAt: number
}

/** What finds no room now and then slows nobody: half of the latest ends have to be so. */
const recentMax = 20
const congestedMin = 10
/** What was asked for before the last fall says nothing of the pace after it. */
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
 * The pace after a call that was not answered has ended: half of what it was where too many found no room. `startedPerSecond`
 * is how many calls were started lately, which is what is halved where there is no limit.
 */
export function hearEnd(
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
 * The pace after some time: twice as fast every ten seconds without a fall, up to what it was; without a limit, up to
 * `unlimitedAt`.
 */
export function recover(control: CongestionControl, unlimitedAt: number, at: number): CongestionControl {
  const { perSecond, fullPerSecond, changedAt } = control
  if (!isReduced(control) || at - changedAt < riseEveryMs) return control
  const doubled = perSecond * 2
  const isFull = doubled >= (fullPerSecond === 0 ? unlimitedAt : fullPerSecond)
  return { ...control, perSecond: isFull ? fullPerSecond : doubled, changedAt: at }
}
