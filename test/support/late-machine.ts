import { createSimulatedEffects } from '../../src/kernel/simulated-effects.ts'

/** A machine whose time can pass while nothing gets done: what was due meanwhile happens late, as in a process that has no CPU. */
export function createLateMachine() {
  const even = createSimulatedEffects()
  let lostMs = 0
  const effects = {
    ...even,
    now: () => even.now() + lostMs,
    monotonic: () => even.monotonic() + lostMs,
  }
  return {
    effects,
    lose(ms: number): void {
      lostMs += ms
    },
  }
}
