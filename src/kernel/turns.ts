import type { Effects } from './effects.ts'

/** Shared by everything that works in small steps, so that together they leave the event loop to others regularly. */
export interface Turns {
  join(): Turn
}

/** A participant who takes turns with the others. */
export interface Turn {
  /**
   * Asks to do that many units of work. Undefined if they may be done at once; otherwise a promise that resolves when
   * it is their turn. Within one operation the last request goes first: the rows of a page are resolved before the next
   * page is read, so that few rows are in memory at a time. Never resolves after `leave`.
   */
  take(units: number): Promise<void> | undefined
  /** Undefined if no work of this participant waits; otherwise a promise that resolves once none does. */
  idle(): Promise<void> | undefined
  /** Drops the waiting work, and all requests from now on. */
  leave(): void
}

interface Waiting {
  readonly units: number
  readonly go: () => void
}

interface Queue {
  entries: Waiting[]
  whenIdle: (() => void)[]
}

/** Units of work between two readings of the clock. */
const unitsPerLook = 50
/** Work that may be admitted before the event loop runs: the clock does not show admitted work that is not done yet. */
const unitsPerRound = 250

/**
 * Yields to the event loop once it has been held for `holdMaxMs`, by whomever; waiting participants are then served one
 * step each in rotation, so that a small operation does not wait for the end of a large one. The measure is elapsed
 * time, since a unit takes ten times as long on a busy machine.
 */
export function createTurns(
  { monotonic, yieldToLoop }: Pick<Effects, 'monotonic' | 'yieldToLoop'>,
  holdMaxMs: number,
): Turns {
  let heldSince: number | null = null
  let unitsLeft = 0
  let unitsOfRound = 0
  let waiting: Queue[] = []

  function begin(): void {
    heldSince = monotonic()
    unitsLeft = unitsPerLook
    unitsOfRound = 0
    void yieldToLoop().then(() => {
      heldSince = null
      if (waiting.length === 0) return
      begin()
      void serve()
    })
  }

  /** The first step of a round may be of any size. */
  const hasRoom = (units: number) => unitsOfRound === 0 || unitsOfRound + units <= unitsPerRound
  const isHeldTooLong = () => heldSince !== null && monotonic() - heldSince >= holdMaxMs

  function spend(units: number): void {
    unitsLeft -= units
    unitsOfRound += units
  }

  function mayContinue(units: number): boolean {
    if (waiting.length > 0) return false
    if (heldSince === null) begin()
    if (!hasRoom(units)) return false
    if (unitsLeft <= 0) {
      if (isHeldTooLong()) return false
      unitsLeft = unitsPerLook
    }
    spend(units)
    return true
  }

  async function serve(): Promise<void> {
    while (mayServe()) {
      unitsLeft = unitsPerLook
      while (unitsLeft > 0 && mayServe()) serveNext()
      // Admitted work is done in microtasks, and only then has it taken time.
      await undefined
      if (isHeldTooLong()) return
    }
  }

  function mayServe(): boolean {
    const next = waiting[0]?.entries[0]
    return next !== undefined && hasRoom(next.units)
  }

  function serveNext(): void {
    const queue = waiting.shift()
    const entry = queue?.entries.pop()
    if (queue === undefined || entry === undefined) return
    spend(entry.units)
    entry.go()
    if (queue.entries.length > 0) {
      waiting.push(queue)
      return
    }
    const { whenIdle } = queue
    queue.whenIdle = []
    for (const run of whenIdle) run()
  }

  return {
    join() {
      const queue: Queue = { entries: [], whenIdle: [] }
      /** Of this participant alone: waiting promises are forgotten with it. */
      let never: Promise<never> | null = null
      return {
        take(units) {
          if (never !== null) return never
          if (mayContinue(units)) return undefined
          if (queue.entries.length === 0) waiting.push(queue)
          return new Promise((go) => queue.entries.push({ units, go }))
        },
        idle() {
          if (never !== null) return never
          return queue.entries.length === 0 ? undefined : new Promise((go) => queue.whenIdle.push(go))
        },
        leave() {
          never ??= new Promise(() => undefined)
          queue.entries = []
          queue.whenIdle = []
          waiting = waiting.filter((other) => other !== queue)
        },
      }
    },
  }
}
