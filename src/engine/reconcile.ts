import type { App } from '../app/app.ts'
import { TermLost } from '../app/terms.ts'
import { inTime } from '../kernel/deadline.ts'
import type { Cancel, Effects } from '../kernel/effects.ts'
import type { Log } from '../kernel/log.ts'
import { limits } from '../limits.ts'
import type { Driver } from '../telephony/driver.ts'
import type { Health } from './health.ts'

export interface ReconcilerOptions {
  readonly app: App
  readonly driver: Driver
  readonly effects: Effects
  readonly log: Log
  readonly health: Health
  /** Resolves once everything that has arrived so far is recorded. */
  recorded(): Promise<void>
  /** Wakes the engine: calls have to be looked up. */
  wake(): void
  termLost(): void
}

export interface Reconciler {
  /** To be called when the carrier is in reach again: its earlier news was lost. Resolves after the first attempt. */
  connected(): Promise<void>
  disconnected(detail: string): void
  /** To be called if the carrier is out of reach at the start: due timers of calls in flight wait for its reports. */
  outOfReach(): Promise<void>
  stop(): void
}

/**
 * Reconciles the database with the carrier before any new dial, after a start and whenever the carrier was out of reach
 * (docs/rules.md#after-restart): puts every call in flight in doubt, has the next ticks look them up, and compares the
 * live calls at the carrier with the database.
 */
export function createReconciler(options: ReconcilerOptions): Reconciler {
  const { app, driver, effects, log, health, recorded, wake, termLost } = options
  /** Counts connections: work started for an earlier one is abandoned. */
  let round = 0
  let cancelRetry: Cancel = () => {}

  async function reconcile(own: number): Promise<void> {
    try {
      // News that has just arrived may end a call or its doubt. If it were recorded later, it would end a doubt that
      // nobody asks about any more, and that dialing would wait for.
      await health.doubt(recorded().then(() => app.terms.doubtCalls()))
      wake()
      const liveIds = await inTime(effects, driver.list(), limits.listAnswerMs)
      if (own !== round) return
      if (liveIds === null) throw new Error('the carrier did not list its calls in time')
      const { unknown, givenUp } = await app.terms.unknownCalls(liveIds)
      if (own !== round) return
      if (unknown.length > 0) health.halt('UNKNOWN_CALL', unknownReason(unknown.length), { callIds: unknown })
      for (const callId of givenUp) {
        log.warn({ callId }, 'a call that was given up is still live; it is hung up')
        driver
          .hangup(callId, 'CANCEL')
          .catch((error: unknown) => log.warn({ error, callId }, 'the carrier could not be asked to hang up a call'))
      }
      health.compared()
    } catch (error) {
      if (error instanceof TermLost) return termLost()
      if (own !== round) return
      log.warn({ error }, 'the live calls at the carrier could not be listed; it is asked again')
      cancelRetry = effects.timer(limits.reconcilePauseMs, () => void reconcile(own))
    }
  }

  return {
    connected() {
      cancelRetry()
      health.outOfReach(null)
      return reconcile(++round)
    },
    disconnected(detail) {
      round++
      cancelRetry()
      health.outOfReach(detail)
    },
    outOfReach: () => health.doubt(app.terms.doubtCalls()),
    stop() {
      round++
      cancelRetry()
    },
  }
}

function unknownReason(count: number): string {
  const calls = count === 1 ? 'a live call' : `${count} live calls`
  return `The carrier reports ${calls} of ours not in this database. It was probably restored from an older backup.`
}
