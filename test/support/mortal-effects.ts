import type { Cancel } from '../../src/kernel/effects.ts'
import type { SimulatedEffects } from '../../src/kernel/simulated-effects.ts'

/**
 * Where a process can die: before each statement, after each commit, and among those after that of a new call, and
 * before and after each request to the carrier. BREATH is where it lets others have the event loop: it can be stopped there.
 */
type CrashPoint = 'STATEMENT' | 'COMMITTED' | 'CLAIMED' | 'REQUEST' | 'BREATH'

/** The n-th crash point from now on, counted from 0: of all of them but BREATH, or of one kind. */
export interface CrashPlace {
  readonly kind: CrashPoint | 'ANY'
  readonly count: number
}

/**
 * Effects of a process that can die: its timers are then gone. Its statements throw and its requests get no answer (that is
 * for those who carry them out), so that what is left of it can do nothing any more. It can also be stopped and continued,
 * as by SIGSTOP and SIGCONT: what it does without waiting for anything it still does.
 */
export interface MortalEffects {
  readonly effects: SimulatedEffects
  readonly alive: boolean
  readonly stopped: boolean
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
  /** From now on no timer fires, nothing is heard and nobody who waits for the event loop goes on. */
  stop(): void
  /**
   * Lets it go on. What became due meanwhile is due now, and what arrived is heard; which of them comes first depends on
   * where the event loop was stopped.
   */
  resume(first: 'TIMERS' | 'NEWS'): void
  /** Something arrives from outside: it is heard now, or when the process goes on, or never. */
  hear(run: () => void): void
}

export function createMortalEffects(effects: SimulatedEffects): MortalEffects {
  let alive = true
  let state: 'RUNS' | 'STOPPED' | 'RESUMES' = 'RUNS'
  let trap: { kind: CrashPlace['kind']; left: number; spring: () => void } | null = null
  let hasCommitted = false
  let hasClaimed = false
  let tellDeath = () => {}
  const death = new Promise<void>((resolve) => {
    tellDeath = resolve
  })
  const cancels = new Set<Cancel>()
  /** What a process that is stopped will find when it goes on. */
  let due: (() => void)[] = []
  let arrived: (() => void)[] = []
  const yielding: (() => void)[] = []

  function die(): void {
    alive = false
    for (const cancel of [...cancels]) cancel()
    due = []
    arrived = []
    // Whoever gave way finds at its next statement that there is nobody any more.
    goOn()
    tellDeath()
  }

  function passesOne(point: CrashPoint): void {
    const isMeant = trap !== null && (trap.kind === point || (trap.kind === 'ANY' && point !== 'BREATH'))
    if (!alive || trap === null || !isMeant || --trap.left >= 0) return
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

  function timer(delayMs: number, run: () => void, options?: { readonly background?: boolean }): Cancel {
    if (!alive) return () => {}
    let isCancelled = false
    const fire = () => {
      if (!isCancelled && alive) run()
    }
    const cancelTimer = effects.timer(
      delayMs,
      () => {
        cancels.delete(cancel)
        if (state === 'STOPPED') due.push(fire)
        else fire()
      },
      options,
    )
    const cancel = () => {
      isCancelled = true
      cancels.delete(cancel)
      cancelTimer()
    }
    cancels.add(cancel)
    return cancel
  }

  async function yieldToLoop(): Promise<void> {
    passesOne('BREATH')
    if (alive && state !== 'RUNS') await new Promise<void>((resolve) => yielding.push(resolve))
    await effects.yieldToLoop()
  }

  const runDue = () => {
    for (const run of due.splice(0)) run()
  }
  const runArrived = () => {
    for (const run of arrived.splice(0)) if (alive) run()
  }
  function goOn(): void {
    state = 'RUNS'
    for (const resolve of yielding.splice(0)) resolve()
  }

  return {
    effects: { ...effects, timer, yieldToLoop },
    get alive() {
      return alive
    },
    get stopped() {
      return state === 'STOPPED'
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
    stop() {
      if (alive) state = 'STOPPED'
    },
    resume(first) {
      if (state !== 'STOPPED' || !alive) return
      state = 'RESUMES'
      if (first === 'NEWS') {
        runArrived()
        runDue()
        goOn()
        return
      }
      runDue()
      // The timers, and all that follows from them, come before the first byte is read; who has only given way comes after.
      void effects.yieldToLoop().then(() => {
        if (state !== 'RESUMES') return
        runArrived()
        goOn()
      })
    },
    hear(run) {
      if (!alive) return
      if (state === 'RUNS') run()
      else arrived.push(run)
    },
  }
}

/** What a dead process awaits. */
export function never(): Promise<never> {
  return new Promise(() => {})
}
