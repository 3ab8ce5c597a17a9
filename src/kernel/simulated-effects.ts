import { v7 } from 'uuid'
import type { Cancel, Effects, TimerOptions } from './effects.ts'
import { createRandom } from './random.ts'
import { createTimerHeap, type HeapTimer } from './timer-heap.ts'

interface SimulatedTimer extends HeapTimer {
  readonly background: boolean
}

/** Effects whose clock moves only when the test moves it, and whose randomness comes from a seed. */
export interface SimulatedEffects extends Effects {
  /** Runs everything that can happen without time passing. */
  settle(): Promise<void>
  /** Advances the clock by that many milliseconds, firing due timers in order. */
  advance(durationMs: number): Promise<void>
  /**
   * Fires timers in order until `until` holds, or only background timers are left; coming to rest before `until` holds
   * fails unless it `mayRest`. Fails after `limitMs` of simulated time: a world that does not come to rest is a
   * finding.
   */
  run(options?: { until?: () => boolean; mayRest?: boolean; limitMs?: number }): Promise<void>
  /** Lets that many milliseconds pass without firing timers: those that become due are late. */
  standStill(durationMs: number): void
  /** Moves the wall clock alone, as an administrator or a time server does. */
  jump(offsetMs: number): void
}

const runLimitMs = 7 * 24 * 3600 * 1000

/** `startsAtMs` is the wall clock's first reading. */
export function createSimulatedEffects(options: { seed?: number; startsAtMs?: number } = {}): SimulatedEffects {
  const random = createRandom(options.seed ?? 1)
  const startsAtMs = options.startsAtMs ?? Date.UTC(2026, 0, 5, 9)
  const timers = createTimerHeap<SimulatedTimer>()
  let elapsedMs = 0
  let wallOffsetMs = 0
  let order = 0
  let foreground = 0
  let yielding = 0

  const now = () => startsAtMs + elapsedMs + wallOffsetMs

  /** Runs the event loop until nobody asks for another round: the rest waits for time. */
  async function settle(): Promise<void> {
    do await new Promise((resolve) => setImmediate(resolve))
    while (yielding > 0)
  }

  async function fire(timer: SimulatedTimer): Promise<void> {
    timers.pop()
    if (!timer.background) foreground--
    timer.cancelled = true
    elapsedMs = Math.max(elapsedMs, timer.at)
    timer.run()
    await settle()
  }

  return {
    now,
    monotonic: () => elapsedMs,
    random,
    id: () => v7({ msecs: now(), random: Uint8Array.from({ length: 16 }, () => Math.floor(random() * 256)) }),
    timer(delayMs: number, run: () => void, timerOptions?: TimerOptions): Cancel {
      const timer: SimulatedTimer = {
        at: elapsedMs + Math.max(0, Math.ceil(delayMs)),
        order: order++,
        background: timerOptions?.background ?? false,
        run,
        cancelled: false,
      }
      timers.push(timer)
      if (!timer.background) foreground++
      return () => {
        if (timer.cancelled) return
        timers.cancel(timer)
        if (!timer.background) foreground--
      }
    },
    yieldToLoop() {
      yielding++
      return new Promise((resolve) =>
        setImmediate(() => {
          yielding--
          resolve()
        }),
      )
    },
    settle,
    async advance(durationMs) {
      const end = elapsedMs + durationMs
      await settle()
      for (let timer = timers.first(); timer && timer.at <= end; timer = timers.first()) await fire(timer)
      elapsedMs = Math.max(elapsedMs, end)
      await settle()
    },
    async run({ until, mayRest = until === undefined, limitMs = runLimitMs } = {}) {
      const limit = elapsedMs + limitMs
      await settle()
      while (!until?.()) {
        const timer = timers.first()
        if (mayRest && foreground === 0) return
        if (timer === undefined) throw new Error('the simulated world came to rest before what was awaited happened')
        if (timer.at > limit) throw new Error(`the simulated world did not come to rest within ${limitMs} ms`)
        await fire(timer)
      }
    },
    standStill(durationMs) {
      elapsedMs += durationMs
    },
    jump(offsetMs) {
      wallOffsetMs += offsetMs
    },
  }
}
