import { createSimulatedEffects, type SimulatedEffects } from '../../src/kernel/simulated-effects.ts'

/** Simulated effects of a machine at which something has arrived that is read at the next turn of the event loop. */
export function createStallingEffects(seed = 1) {
  const even = createSimulatedEffects({ seed })
  let arrived: (() => void)[] = []
  const effects: SimulatedEffects = {
    ...even,
    yieldToLoop() {
      const reading = arrived
      arrived = []
      for (const read of reading) read()
      return even.yieldToLoop()
    },
  }
  return {
    effects,
    /** Lies at the machine, and is read when the event loop gets to it. */
    arrive(read: () => void): void {
      arrived.push(read)
    },
  }
}
