import { v7 } from 'uuid'
import type { Cancel, Effects, TimerOptions } from './effects.ts'
import { createRandom } from './random.ts'

interface SimulatedTimer {
  readonly at: number
  readonly order: number
  readonly background: boolean
  readonly run: () => void
  cancelled: boolean
}

/** Effects whose time moves only when the test says so, and whose chance is a seed. */
export interface SimulatedEffects extends Effects {
  /** Lets everything that can happen without time passing happen. */
  settle(): Promise<void>
  /** Moves the clock on by that many milliseconds, firing what becomes due, in order. */
  advance(durationMs: number): Promise<void>
  /**
   * Fires timers in order until `until` holds, or only background timers are left; coming to rest before `until` holds
   * fails unless it `mayRest`.
   * Fails after `limitMs` of simulated time: a world that does not come to rest is a finding.
   */
  run(options?: { until?: () => boolean; mayRest?: boolean; limitMs?: number }): Promise<void>
  /** Moves the wall clock alone, as an administrator or a time server does. */
  jump(offsetMs: number): void
}

const runLimitMs = 7 * 24 * 3600 * 1000

/** A min-heap on (at, order): the earliest timer first, and in the order they were set. */
function createTimerHeap() {
  const heap: SimulatedTimer[] = []
  const before = (a: SimulatedTimer, b: SimulatedTimer) => a.at < b.at || (a.at === b.at && a.order < b.order)
  const swap = (i: number, j: number) => {
    const held = heap[i] as SimulatedTimer
    heap[i] = heap[j] as SimulatedTimer
    heap[j] = held
  }
  return {
    heap,
    push(timer: SimulatedTimer) {
      let child = heap.push(timer) - 1
      while (child > 0) {
        const parent = (child - 1) >> 1
        if (!before(heap[child] as SimulatedTimer, heap[parent] as SimulatedTimer)) break
        swap(child, parent)
        child = parent
      }
    },
    pop(): SimulatedTimer | undefined {
      const first = heap[0]
      const last = heap.pop()
      if (first === undefined || last === undefined || heap.length === 0) return first
      heap[0] = last
      for (let parent = 0; ; ) {
        const left = 2 * parent + 1
        const right = left + 1
        let least = parent
        if (left < heap.length && before(heap[left] as SimulatedTimer, heap[least] as SimulatedTimer)) least = left
        if (right < heap.length && before(heap[right] as SimulatedTimer, heap[least] as SimulatedTimer)) least = right
        if (least === parent) return first
        swap(parent, least)
        parent = least
      }
    },
  }
}

/** `startsAtMs` is the wall clock's first reading. */
export function createSimulatedEffects(options: { seed?: number; startsAtMs?: number } = {}): SimulatedEffects {
  const random = createRandom(options.seed ?? 1)
  const startsAtMs = options.startsAtMs ?? Date.UTC(2026, 0, 5, 9)
  const timers = createTimerHeap()
  let elapsedMs = 0
  let wallOffsetMs = 0
  let order = 0
  let foreground = 0
  let breathing = 0

  const now = () => startsAtMs + elapsedMs + wallOffsetMs

  /** The event loop gets turns until nobody asks for another: what is left then waits for time. */
  async function settle(): Promise<void> {
    do await new Promise((resolve) => setImmediate(resolve))
    while (breathing > 0)
  }

  function earliest(): SimulatedTimer | undefined {
    for (;;) {
      const timer = timers.heap[0]
      if (!timer?.cancelled) return timer
      timers.pop()
    }
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
        timer.cancelled = true
        if (!timer.background) foreground--
      }
    },
    breathe() {
      breathing++
      return new Promise((resolve) =>
        setImmediate(() => {
          breathing--
          resolve()
        }),
      )
    },
    settle,
    async advance(durationMs) {
      const end = elapsedMs + durationMs
      await settle()
      for (let timer = earliest(); timer && timer.at <= end; timer = earliest()) await fire(timer)
      elapsedMs = end
      await settle()
    },
    async run({ until, mayRest = until === undefined, limitMs = runLimitMs } = {}) {
      const limit = elapsedMs + limitMs
      await settle()
      while (!until?.()) {
        const timer = earliest()
        if (mayRest && foreground === 0) return
        if (timer === undefined) throw new Error('the simulated world came to rest before what was awaited happened')
        if (timer.at > limit) throw new Error(`the simulated world did not come to rest within ${limitMs} ms`)
        await fire(timer)
      }
    },
    jump(offsetMs) {
      wallOffsetMs += offsetMs
    },
  }
}
