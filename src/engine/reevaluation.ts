import type { App } from '../app/app.ts'
import type { Effects } from '../kernel/effects.ts'
import type { Log } from '../kernel/log.ts'
import { limits } from '../limits.ts'

export interface ReevaluationOptions {
  readonly app: App
  readonly effects: Effects
  readonly log: Log
  /** False once the engine is about to stop: it leaves the rest of a pass to the next one. */
  mayRun(): boolean
  /** Runs a tick. */
  wake(): void
}

/**
 * The background pass over lists whose plan was changed (docs/rules.md#target-reevaluation): batch by batch, between
 * ticks.
 */
export function createReevaluation({ app, effects, log, mayRun, wake }: ReevaluationOptions) {
  let isRunning = false

  async function pass(): Promise<void> {
    while (mayRun() && (await app.ticks.reevaluate())) await effects.yieldToLoop()
  }

  function finish(): void {
    isRunning = false
    wake()
  }

  return {
    /** Starts a pass, unless one is running. */
    begin(): void {
      if (isRunning || !mayRun()) return
      isRunning = true
      pass().then(finish, (error: unknown) => {
        log.error({ error }, 'a background pass over a list failed')
        effects.timer(limits.failedTickPauseMs, finish)
      })
    },
  }
}
