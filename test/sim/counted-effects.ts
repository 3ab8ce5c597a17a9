import { createSimulatedEffects, type SimulatedEffects } from '../../src/kernel/simulated-effects.ts'

/** Timers and turns of the event loop that one moment of simulated time may need: some hundred times as many as any seed does. */
const atOnceMax = 300_000
/** The same for a seed as a whole. */
const inAllMax = 30_000_000

/** A seed whose work has no end. */
export class WorkWithoutEnd extends Error {
  override name = 'WorkWithoutEnd'
}

/**
 * Simulated effects whose work is counted, so that a program that never comes to rest is stopped at the same place on a fast
 * machine and on a slow one.
 */
export function createCountedEffects(seed: number, { atOnce = atOnceMax, inAll = inAllMax } = {}) {
  const even = createSimulatedEffects({ seed })
  let momentMs = 0
  let sinceMoment = 0
  let count = 0
  let exceeded: string | null = null

  /** False once the bound is passed: from then on nothing is begun any more, so that every loop starves. */
  function work(): boolean {
    if (exceeded !== null) return false
    if (momentMs !== even.monotonic()) sinceMoment = 0
    momentMs = even.monotonic()
    count++
    if (++sinceMoment > atOnce) exceeded = `${atOnce} timers and turns of the event loop without time passing`
    else if (count > inAll) exceeded = `${inAll} timers and turns of the event loop`
    return exceeded === null
  }

  function check(): void {
    if (exceeded !== null) throw new WorkWithoutEnd(`the seed does not come to its end: ${exceeded}`)
  }

  const effects: SimulatedEffects = {
    ...even,
    timer: (delayMs, run, options) =>
      even.timer(
        delayMs,
        () => {
          if (work()) run()
        },
        options,
      ),
    yieldToLoop: () => (work() ? even.yieldToLoop() : new Promise(() => {})),
    async advance(durationMs) {
      await even.advance(durationMs)
      check()
    },
    async run({ until, mayRest = until === undefined, ...options } = {}) {
      await even.run({ ...options, mayRest, until: () => exceeded !== null || (until?.() ?? false) })
      check()
    },
  }
  return effects
}
