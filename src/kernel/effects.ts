import { randomBytes } from 'node:crypto'
import { v7 } from 'uuid'

/** Cancels a timer. Does nothing if called again, or after the timer fired. */
export type Cancel = () => void

export interface TimerOptions {
  /** A poll that repeats for ever: a simulated run is at rest when only background timers are left. */
  readonly background?: boolean
}

/** Every source of nondeterminism: time, randomness, ids. Code that uses only these can be run again identically. */
export interface Effects {
  /** Wall clock, in whole milliseconds since 1970, UTC. May jump. */
  now(): number
  /** Monotonic milliseconds, for measuring durations. */
  monotonic(): number
  /** 0 inclusive to 1 exclusive. */
  random(): number
  /** A new UUIDv7. Ids made within one millisecond are in no order. */
  id(): string
  /** Runs once, after at least `delayMs` (rounded up to whole milliseconds; 0 is allowed). */
  timer(delayMs: number, run: () => void, options?: TimerOptions): Cancel
  /** Yields to the event loop. */
  yieldToLoop(): Promise<void>
  /**
   * Stops this clock until the returned function is called: to be held while what has happened so far is still being
   * processed. Absent if time does not wait.
   */
  hold?(): Cancel
  /**
   * The clock of the machine, if this one may be behind it: for heartbeats that other processes read, and for limits in
   * real time. Absent if they are the same.
   */
  readonly machine?: MachineClock
}

export type MachineClock = Pick<Effects, 'now' | 'monotonic' | 'timer'>

/** Node accepts no longer delay and fires at once instead. */
const timerDelayMaxMs = 2 ** 31 - 1

const uuidByteCount = 16
let pool = Buffer.alloc(0)
let poolOffset = 0

/** Sixteen random bytes from a pool: a system call for each id would cost more than the id. */
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
    yieldToLoop: () => new Promise((resolve) => setImmediate(resolve)),
  }
}
