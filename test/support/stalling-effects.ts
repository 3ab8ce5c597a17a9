import { createSimulatedEffects, type SimulatedEffects } from '../../src/kernel/simulated-effects.ts'

/** Effects of a process at whose machine news can arrive that it has not read yet. */
export function createStallingEffects(seed = 1) {
  const even = createSimulatedEffects({ seed })
  let arrived: (() => void)[] = []
  const effects: SimulatedEffects = {
    ...even,
    breathe() {
      const reading = arrived
      arrived = []
      for (const read of reading) read()
      return even.breathe()
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
