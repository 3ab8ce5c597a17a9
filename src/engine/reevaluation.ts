import type { App } from '../app/app.ts'
import type { Effects } from '../kernel/effects.ts'
import type { Log } from '../kernel/log.ts'
import { limits } from '../limits.ts'

export interface ReevaluationOptions {
  readonly app: App
  readonly effects: Effects
  readonly log: Log
  /** False once the engine is about to end: it leaves the rest of a pass to the next one. */
  mayJudge(): boolean
  /** A tick is to follow. */
  wake(): void
}

/**
 * The background pass over lists whose plan was changed (docs/rules.md#target-reevaluation): portion by portion, beside the
 * ticks.
 */
export function createReevaluation({ app, effects, log, mayJudge, wake }: ReevaluationOptions) {
  let isJudging = false

  async function pass(): Promise<void> {
    while (mayJudge() && (await app.ticks.reevaluate())) await effects.breathe()
  }

  function finish(): void {
    isJudging = false
    wake()
  }

  return {
    /** Begins a pass, unless one is under way. */
    begin(): void {
      if (isJudging || !mayJudge()) return
      isJudging = true
      pass().then(finish, (error: unknown) => {
        log.error({ error }, 'a background pass over a list failed')
        effects.timer(limits.failedTickPauseMs, finish)
      })
    },
  }
}
