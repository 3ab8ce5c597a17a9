import type { Cancel, Effects } from '../../src/kernel/effects.ts'

/** Timers whose time passes only when the test says so, while sockets go on in real time. */
export function manualTimers() {
  const timers = new Set<{ readonly at: number; readonly run: () => void }>()
  let now = 0
  const timer: Effects['timer'] = (delayMs, run): Cancel => {
    const set = { at: now + delayMs, run }
    timers.add(set)
    return () => timers.delete(set)
  }
  return {
    timer,
    elapse(durationMs: number): void {
      now += durationMs
      for (const due of [...timers]) if (due.at <= now && timers.delete(due)) due.run()
    },
    /** How many are set. */
    count: () => timers.size,
  }
}
