import { type Cancel, type Effects, makeId, type TimerOptions } from './effects.ts'
import { createTimerHeap, type HeapTimer } from './timer-heap.ts'

/** Smaller differences between the two clocks of a machine are jitter of reading them. */
const wallApartMaxMs = 1000
/** Between the readings of two clocks that are compared no more than this may pass. */
const readWithinMs = 10

export type PacedEffects = Effects & Required<Pick<Effects, 'hold' | 'machine'>>

/**
 * Effects for a simulation that runs in real time: their clock goes as the machine's does, but never past something that is
 * due and has not happened, nor while somebody holds it. When the process is late, for want of CPU or because it was
 * stopped, everything that lives on this clock is late together; the clock then catches up as fast as the process can.
 *
 * Timers fire in the order of their times, and all that follows from those of one moment (promises, and what takes a hold)
 * happens before those of the next. So a run does not depend on how busy the machine is: with the same seeds and the same
 * requests at the same moments it comes to the same.
 *
 * Timers of the background are the machine's own: they belong to the process, not to what it simulates.
 */
export function createPacedEffects(machine: Effects): PacedEffects {
  const timers = createTimerHeap<HeapTimer>()
  const startedAt = machine.monotonic()
  /** Where this clock stands, in whole milliseconds since the start. */
  let elapsedMs = 0
  let order = 0
  let holds = 0
  /** Something may still follow from what happened at this moment: the clock stands. */
  let isSettling = false
  /** Counts what asks for the next moment: only the latest may begin it. */
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

  /** The machine's wall clock as this one sees it: late as this one is, and set to another time when that one is. */
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

  /** Begins the next moment once nothing more follows from this one. */
  function goOn(): void {
    const own = ++round
    void machine.breathe().then(() => {
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

  /** Fires the timers of one moment. What they set for the same moment comes after what follows from them. */
  function fire(at: number): void {
    elapsedMs = Math.max(elapsedMs, at)
    stand()
    goOn()
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
    breathe: machine.breathe,
    hold() {
      elapsed()
      holds++
      stand()
      let isHeld = true
      return () => {
        if (!isHeld) return
        isHeld = false
        holds--
        if (holds === 0) goOn()
      }
    },
    machine,
  }
}
