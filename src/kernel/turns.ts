import type { Effects } from './effects.ts'

/** Shared by all who do much work in small steps: together they leave the event loop to others again and again. */
export interface Turns {
  join(): Turn
}

/** One who takes turns with the others. */
export interface Turn {
  /**
   * Asks to do that many units of work. Undefined where they may be done at once; otherwise a promise that settles when
   * it is their turn. Of the work of one operation that waits, what was asked for last comes first: the rows of a page that
   * was read are resolved before the next page is read, so that few of them are held in memory at a time. After `leave` it
   * never settles.
   */
  take(units: number): Promise<void> | undefined
  /** Undefined where no work of this one waits; otherwise a promise that settles once none does. */
  idle(): Promise<void> | undefined
  /** Drops the work that waits, and all that is asked for from now on. */
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

/** Work between two looks at the clock. */
const unitsPerLook = 50
/** Work that may be let go before the event loop comes round: what was let go and is not done yet, no clock shows. */
const unitsPerRound = 250

/**
 * The event loop is left to others once it has been held for `holdMaxMs`, whoever held it, and those who wait are then
 * served one step each in rotation: a small operation does not wait for the end of a large one. What counts is the time
 * that work has taken, since a unit takes ten times as long on a machine that is busy.
 */
export function createTurns({ monotonic, breathe }: Pick<Effects, 'monotonic' | 'breathe'>, holdMaxMs: number): Turns {
  let heldSince: number | null = null
  let unitsLeft = 0
  let unitsOfRound = 0
  let waiting: Queue[] = []

  function begin(): void {
    heldSince = monotonic()
    unitsLeft = unitsPerLook
    unitsOfRound = 0
    void breathe().then(() => {
      heldSince = null
      if (waiting.length === 0) return
      begin()
      void serve()
    })
  }

  /** The first of a round may be as large as it likes. */
  const hasRoom = (units: number) => unitsOfRound === 0 || unitsOfRound + units <= unitsPerRound
  const isHeldTooLong = () => heldSince !== null && monotonic() - heldSince >= holdMaxMs

  function spend(units: number): void {
    unitsLeft -= units
    unitsOfRound += units
  }

  function mayGoOn(units: number): boolean {
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
      // What was let go is done in microtasks, and only then has it taken its time.
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
      /** Of this one alone: what hangs on it is forgotten with it. */
      let never: Promise<never> | null = null
      return {
        take(units) {
          if (never !== null) return never
          if (mayGoOn(units)) return undefined
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
