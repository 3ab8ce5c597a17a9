import { randomBytes } from 'node:crypto'
import { v7 } from 'uuid'

/** Takes a timer back. Calling it again, or after the timer fired, does nothing. */
export type Cancel = () => void

export interface TimerOptions {
  /** A look-around that repeats for ever: a simulated run is at rest when only such timers are left. */
  readonly background?: boolean
}

/** Everything a program may not do by itself if its runs are to be repeatable: time, chance, identity. */
export interface Effects {
  /** Wall clock, in whole milliseconds since 1970, UTC. May jump. */
  now(): number
  /** Milliseconds since some start, never going back; for measuring how long something took. */
  monotonic(): number
  /** 0 inclusive to 1 exclusive. */
  random(): number
  /** A new UUIDv7. Those made within one millisecond are in no order. */
  id(): string
  /** Runs once, after at least `delayMs` (rounded up to whole milliseconds; 0 is allowed). */
  timer(delayMs: number, run: () => void, options?: TimerOptions): Cancel
  /** Lets the event loop serve others before going on. */
  breathe(): Promise<void>
  /**
   * Keeps this clock where it is until the hold is given back: to be taken for as long as what has happened up to now is
   * still being worked on. Absent where time does not wait.
   */
  hold?(): Cancel
  /**
   * The clock of the machine, where this one may be behind it: for signs of life that other processes read, and for what is
   * limited in real time. Absent where they are the same.
   */
  readonly machine?: MachineClock
}

export type MachineClock = Pick<Effects, 'now' | 'monotonic' | 'timer'>

/** Node refuses longer delays and fires at once instead. */
const timerDelayMaxMs = 2 ** 31 - 1

const uuidByteCount = 16
let pool = Buffer.alloc(0)
let poolOffset = 0

/** Sixteen random bytes out of a pool: asking the kernel for each id would cost more than making it. */
function randomUuidBytes(): Uint8Array {
  if (poolOffset + uuidByteCount > pool.length) {
    pool = randomBytes(uuidByteCount * 256)
    poolOffset = 0
  }
  const bytes = pool.subarray(poolOffset, poolOffset + uuidByteCount)
  poolOffset += uuidByteCount
  return bytes
}

/** A new UUIDv7 of that moment, in milliseconds since 1970. */
export function makeId(msecs: number): string {
  return v7({ msecs, random: randomUuidBytes() })
}

/** The real clock, the real randomness, real timers. */
export function createEffects(): Effects {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    random: () => Math.random(),
    id: () => makeId(Date.now()),
    timer(delayMs, run, options) {
      const handle = setTimeout(run, Math.min(Math.max(0, Math.ceil(delayMs)), timerDelayMaxMs))
      if (options?.background) handle.unref()
      return () => clearTimeout(handle)
    },
    breathe: () => new Promise((resolve) => setImmediate(resolve)),
  }
}
