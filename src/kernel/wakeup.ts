import type { Cancel } from './effects.ts'

/**
 * Wakes sleepers when there is something to look at. It carries no data and remembers nothing: a sleeper takes a
 * `ticket` before it looks, and `changed` resolves at once if the bell has rung since.
 */
export interface Wakeup {
  ring(): void
  ticket(): number
  /** Resolves once the bell has rung after the ticket was taken, or when `signal` aborts. */
  changed(ticket: number, signal: AbortSignal): Promise<void>
  /** Calls back at every ring, until cancelled. */
  onRing(listener: () => void): Cancel
}

export function createWakeup(): Wakeup {
  let count = 0
  let sleepers = new Set<() => void>()
  const listeners = new Set<() => void>()
  return {
    ring() {
      count++
      const woken = sleepers
      sleepers = new Set()
      for (const wake of woken) wake()
      for (const listener of listeners) listener()
    },
    ticket: () => count,
    changed(ticket, signal) {
      if (ticket !== count || signal.aborted) return Promise.resolve()
      return new Promise((resolve) => {
        const wake = () => {
          sleepers.delete(wake)
          signal.removeEventListener('abort', wake)
          resolve()
        }
        sleepers.add(wake)
        signal.addEventListener('abort', wake)
      })
    },
    onRing(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
