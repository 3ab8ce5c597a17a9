import type { Cancel } from '../../src/kernel/effects.ts'
import type { SimulatedEffects } from '../../src/kernel/simulated-effects.ts'

/**
 * Where a process can die: before each statement, after each commit, and among those after that of a new call (T1), and
 * before and after each request to the carrier.
 */
export type CrashPoint = 'STATEMENT' | 'COMMITTED' | 'CLAIMED' | 'REQUEST'

/** The n-th crash point from now on, counted from 0: of all of them, or of one kind. */
export interface CrashPlace {
  readonly kind: CrashPoint | 'ANY'
  readonly count: number
}

/**
 * Effects of a process that can die: its timers are then gone. Its statements throw and its requests get no answer (that is
 * for those who carry them out), so that what is left of it can do nothing any more.
 */
export interface MortalEffects {
  readonly effects: SimulatedEffects
  readonly alive: boolean
  /** Settles when the process dies. */
  readonly death: Promise<void>
  die(): void
  /** Does something at a crash point, such as to die, or to let time pass. It replaces what was to be done before. */
  trap(place: CrashPlace, spring: () => void): void
  /** No trap is set any more. */
  disarm(): void
  /** A crash point. False when nothing may go on here any more. */
  passes(point: CrashPoint): boolean
  /** The crash points that stand before each statement: there may be nobody any more to run it. */
  beforeStatement(sql: string): void
}

export function createMortalEffects(effects: SimulatedEffects): MortalEffects {
  let alive = true
  let trap: { kind: CrashPlace['kind']; left: number; spring: () => void } | null = null
  let hasCommitted = false
  let hasClaimed = false
  let tellDeath = () => {}
  const death = new Promise<void>((resolve) => {
    tellDeath = resolve
  })
  const cancels = new Set<Cancel>()

  function die(): void {
    alive = false
    for (const cancel of [...cancels]) cancel()
    tellDeath()
  }

  function passesOne(point: CrashPoint): void {
    if (!alive || trap === null || (trap.kind !== 'ANY' && trap.kind !== point) || --trap.left >= 0) return
    const { spring } = trap
    trap = null
    spring()
  }

  function passes(point: CrashPoint): boolean {
    if (hasCommitted) {
      hasCommitted = false
      passesOne('COMMITTED')
      if (hasClaimed) passesOne('CLAIMED')
      hasClaimed = false
    }
    passesOne(point)
    return alive
  }

  return {
    effects: {
      ...effects,
      timer(delayMs, run, options) {
        if (!alive) return () => {}
        const cancelTimer = effects.timer(
          delayMs,
          () => {
            cancels.delete(cancel)
            run()
          },
          options,
        )
        const cancel = () => {
          cancels.delete(cancel)
          cancelTimer()
        }
        cancels.add(cancel)
        return cancel
      },
    },
    get alive() {
      return alive
    },
    death,
    die,
    trap({ kind, count }, spring) {
      trap = { kind, left: count, spring }
    },
    disarm() {
      trap = null
    },
    passes,
    beforeStatement(sql) {
      if (!passes('STATEMENT')) throw new Error('this process is dead')
      hasCommitted = sql === 'COMMIT'
      if (sql === 'BEGIN IMMEDIATE') hasClaimed = false
      if (sql.startsWith('insert into "campaigncall"')) hasClaimed = true
    },
  }
}

/** What a dead process awaits. */
export function never(): Promise<never> {
  return new Promise(() => {})
}
