import type { SimulatedEffects } from '../../src/kernel/simulated-effects.ts'

/** One direction of a stream: what is sent arrives in order, late perhaps, and never twice. */
export interface Pipe {
  /** `arrive` is what happens at the other end. */
  send(arrive: () => void): void
  /** Nothing arrives for so long, and then all of it. */
  stall(durationMs: number): void
  /** What is on its way is lost, and so is whatever follows. */
  cut(): void
}

export function createPipe(effects: SimulatedEffects, latencyMs: () => number): Pipe {
  const onItsWay: (() => void)[] = []
  let freeAtMs = 0
  let isCut = false

  function arrive(): void {
    onItsWay.shift()?.()
  }

  return {
    send(what) {
      if (isCut) return
      onItsWay.push(what)
      const nowMs = effects.monotonic()
      freeAtMs = Math.max(freeAtMs, nowMs + latencyMs())
      if (freeAtMs > nowMs) effects.timer(freeAtMs - nowMs, arrive)
      else queueMicrotask(arrive)
    },
    stall(durationMs) {
      freeAtMs = Math.max(freeAtMs, effects.monotonic() + durationMs)
    },
    cut() {
      isCut = true
      onItsWay.length = 0
    },
  }
}
