import { createSimulatedEffects, type SimulatedEffects } from '../../src/kernel/simulated-effects.ts'

/** Effects of a process that can stand still: time passes meanwhile, and what was due happens late. */
export function createStallingEffects(seed = 1) {
  const even = createSimulatedEffects({ seed })
  let stoodMs = 0
  let arrived: (() => void)[] = []
  const effects: SimulatedEffects = {
    ...even,
    now: () => even.now() + stoodMs,
    monotonic: () => even.monotonic() + stoodMs,
    breathe() {
      const reading = arrived
      arrived = []
      for (const read of reading) read()
      return even.breathe()
    },
  }
  return {
    effects,
    /** The process stands still for that long, now. */
    standStill(ms: number): void {
      stoodMs += ms
    },
    /** Lies at the machine, and is read when the event loop gets to it. */
    arrive(read: () => void): void {
      arrived.push(read)
    },
  }
}
