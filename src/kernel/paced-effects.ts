import { type Cancel, type Effects, makeId, type TimerOptions } from './effects.ts'
import { createTimerHeap, type HeapTimer } from './timer-heap.ts'

/** Smaller differences between the two clocks of a machine are reading jitter. */
const wallApartMaxMs = 1000
/** At most this may pass between the readings of two clocks that are compared. */
const readWithinMs = 10

export type PacedEffects = Effects & Required<Pick<Effects, 'hold' | 'machine'>>

/**
 * Effects for a simulation in real time. Their clock follows the machine's, but never passes a due timer that has not
 * fired, nor moves while somebody holds it. If the process is late, because the CPU is busy or the process was stopped,
 * everything on this clock is late together; the clock then catches up as fast as the process can.
 *
 * Timers fire in the order of their times, and everything that follows from those of one moment (promises, and what
 * takes a hold) happens before those of the next. So a run does not depend on the load of the machine: the same seeds
 * and the same requests at the same moments give the same run.
 *
 * Background timers use the machine's clock: they belong to the process, not to the simulation.
 */
export function createPacedEffects(machine: Effects): PacedEffects {
  const timers = createTimerHeap<HeapTimer>()
  const startedAt = machine.monotonic()
  /** The time of this clock, in whole milliseconds since the start. */
  let elapsedMs = 0
  let order = 0
  let holds = 0
  /** The effects of this moment are still being processed: the clock stands still. */
  let isSettling = false
  /** Counts requests for the next moment: only the latest may start it. */
  let round = 0
  let wallAheadMs = machine.now() - startedAt
  let cancelAlarm: Cancel = () => {}

  const machineElapsedMs = () => Math.floor(machine.monotonic() - startedAt)

  function elapsed(): number {
    if (!isSettling) {
      const dueAt = timers.first()?.at ?? Number.POSITIVE_INFINITY
      elapsedMs = Math.max(elapsedMs, Math.min(machineElapsedMs(), dueAt))
    }
    return elapsedMs
  }

  /** The machine's wall clock as this one sees it: as late as this one, and jumping when the machine's jumps. */
  function now(): number {
    const monotonic = machine.monotonic()
    const aheadMs = machine.now() - monotonic
    const isExact = machine.monotonic() - monotonic <= readWithinMs
    if (isExact && Math.abs(aheadMs - wallAheadMs) > wallApartMaxMs) wallAheadMs = aheadMs
    return Math.floor(startedAt + elapsed() + wallAheadMs)
  }

  function stand(): void {
    isSettling = true
    cancelAlarm()
  }

  /** Starts the next moment once nothing more follows from this one. */
  function proceed(): void {
    const own = ++round
    void machine.yieldToLoop().then(() => {
      if (own !== round || holds > 0) return
      isSettling = false
      fireOrWait()
    })
  }

  function fireOrWait(): void {
    cancelAlarm()
    const dueAt = timers.first()?.at
    if (dueAt === undefined) return
    if (dueAt > machineElapsedMs()) wait(dueAt)
    else fire(dueAt)
  }

  function wait(dueAt: number): void {
    cancelAlarm()
    cancelAlarm = machine.timer(dueAt - machineElapsedMs(), fireOrWait)
  }

  /**
   * Fires the timers of one moment. Timers that they set for the same moment fire after everything that follows from
   * them.
   */
  function fire(at: number): void {
    elapsedMs = Math.max(elapsedMs, at)
    stand()
    proceed()
    const setBefore = order
    for (let timer = timers.first(); timer && timer.at === at && timer.order < setBefore; timer = timers.first()) {
      timers.pop()
      timer.cancelled = true
      timer.run()
    }
  }

  return {
    now,
    monotonic: elapsed,
    random: machine.random,
    id: () => makeId(now()),
    timer(delayMs: number, run: () => void, options?: TimerOptions): Cancel {
      if (options?.background) return machine.timer(delayMs, run, options)
      const at = elapsed() + Math.max(0, Math.ceil(delayMs))
      const timer: HeapTimer = { at, order: order++, run, cancelled: false }
      timers.push(timer)
      if (!isSettling && timers.first() === timer) wait(at)
      return () => {
        if (!timer.cancelled) timers.cancel(timer)
      }
    },
    yieldToLoop: machine.yieldToLoop,
    hold() {
      elapsed()
      holds++
      stand()
      let isHeld = true
      return () => {
        if (!isHeld) return
        isHeld = false
        holds--
        if (holds === 0) proceed()
      }
    },
    machine,
  }
}
