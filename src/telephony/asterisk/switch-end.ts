import type { Cancel, Effects } from '../../kernel/effects.ts'

export interface SwitchEndOptions {
  readonly effects: Pick<Effects, 'monotonic' | 'timer'>
  /** Whether ARI answers as it does when Asterisk is not shutting down. */
  goesOn(): Promise<boolean>
}

/** Tells the ends that Asterisk makes because it is itself ending from those that somebody has asked for. */
export interface SwitchEnd {
  /** Settles an end that nobody is known to have asked for, as soon as it is known whether Asterisk itself is ending. */
  hold(settle: (isEnding: boolean) => void): void
  /** The connection for events has ended. */
  connectionLost(): void
  /** Cancels the timer; what is held is never settled. */
  clear(): void
}

interface Held {
  readonly untilMs: number
  readonly settle: (isEnding: boolean) => void
}

/**
 * For how long such an end is held at most. An Asterisk that ends hangs up its calls first; its interface refuses requests at most
 * 0.5 s later, and the connection for events ends within 1.1 s (both as recorded).
 */
const switchEndMs = 1500
const lookEveryMs = 250

export function createSwitchEnd({ effects, goesOn }: SwitchEndOptions): SwitchEnd {
  let held: Held[] = []
  let cancelLook: Cancel = () => {}
  let isLooking = false

  function settle(which: (of: Held) => boolean, isEnding: boolean): void {
    const settled = held.filter(which)
    held = held.filter((of) => !which(of))
    for (const of of settled) of.settle(isEnding)
  }

  async function look(): Promise<void> {
    isLooking = true
    const answers = await goesOn().catch(() => false)
    isLooking = false
    if (!answers) settle(() => true, true)
    else settle(({ untilMs }) => effects.monotonic() >= untilMs, false)
    if (held.length > 0) lookLater()
  }

  function lookLater(): void {
    cancelLook()
    cancelLook = effects.timer(lookEveryMs, () => {
      if (!isLooking) void look()
    })
  }

  return {
    hold(settleOne) {
      held.push({ untilMs: effects.monotonic() + switchEndMs, settle: settleOne })
      if (held.length === 1 && !isLooking) lookLater()
    },
    connectionLost: () => settle(() => true, true),
    clear() {
      cancelLook()
      held = []
    },
  }
}
