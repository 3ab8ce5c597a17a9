import type { EngineStatus } from '../domain/dialing.ts'
import { type HaltCause, needsPerson } from '../domain/engine.ts'
import type { AppContext } from './context.ts'
import { bindToFile, keepMark } from './continuity.ts'
import type { EngineReport } from './engines.ts'
import type { Unit } from './unit-of-work.ts'
import { defaultCustomerId } from './viewer.ts'

/** Another engine has taken over the database: decisions of this one no longer count. */
export class TermLost extends Error {
  override name = 'TermLost'
}

/** What an engine finds when it takes over. */
export interface Handover {
  /** Why the engine before it halted, if only a person may resume it. */
  readonly halt: { readonly cause: HaltCause; readonly reason: string } | null
  /** Last heartbeat of an earlier engine; null if there was none. */
  readonly heartbeatAt: number | null
  /** Sendings that were recorded before they were handed over, and have no known result. */
  readonly openSendings: readonly OpenSending[]
}

/** Our own id of the call, and the id of the sending. */
interface OpenSending {
  readonly customerId: string
  readonly campaigncallId: string
  readonly sendingId: string
}

/** Leadership of the engine: its term, its status row, and the calls it owns. */
export function createTerms(context: AppContext) {
  const { store } = context
  /** The term in which this process took over; null before that. */
  let ownTerm: number | null = null

  /**
   * Checked in every write of the engine: one that was paused must not write to a database that another has taken over.
   */
  async function check(unit: Unit): Promise<void> {
    const { term } = await unit.tx.installations.get()
    if (ownTerm === null || term === ownTerm) return
    // From here on the engine that has taken over writes the mark.
    store.mark.close()
    throw new TermLost(`term ${term} has begun, this engine is of term ${ownTerm}`)
  }

  return {
    check,
    /** Begins a new term. An engine of an earlier term stands down at its next write. */
    async takeOver(driver: string, status: EngineStatus): Promise<Handover> {
      const { result, position } = await context.changeLogged('ALL', async (unit) => {
        const { haltCause: cause, reason, heartbeatAt } = await unit.tx.engines.get()
        const halt = cause !== null && needsPerson(cause) ? { cause, reason: reason ?? '' } : null
        if (halt === null) await bindToFile(unit.tx, store.mark)
        ownTerm = await unit.tx.installations.raiseTerm()
        await unit.tx.engines.update({
          ...{ ...status, driver, startedAt: unit.now, heartbeatAt: context.wallNow() },
          ...{ adopted: 0, unknown: 0, resumeAskedAt: null },
          ...(halt === null ? { haltCause: null } : { state: 'HALTED' as const, reason }),
        })
        unit.notice('ENGINE', defaultCustomerId, 'engine')
        return { heartbeatAt, halt, openSendings: await (await unit.stored()).activeflows.openSendings(unit.scope) }
      })
      await keepMark(store.read.installations, store.mark, position ?? 0)
      return result
    },
    /** Writes the engine's status. `answers` is the request to resume that it answers, if any. */
    async report(said: EngineReport, answers: boolean): Promise<void> {
      // A person has resumed it: from now on this is the file that the engine runs on.
      const isAccepted = !store.mark.isKept && (said.haltCause === null || !needsPerson(said.haltCause))
      const { position } = await context.changeLogged('ALL', async (unit) => {
        await check(unit)
        if (isAccepted) await bindToFile(unit.tx, store.mark)
        const before = await unit.tx.engines.get()
        await unit.tx.engines.update({
          ...said,
          heartbeatAt: context.wallNow(),
          ...(answers && { resumeAskedAt: null }),
        })
        const isNews =
          before.state !== said.state ||
          before.reason !== said.reason ||
          before.carrierAvailable !== said.carrierAvailable ||
          (answers && before.resumeAskedAt !== null)
        if (isNews) unit.notice('ENGINE', defaultCustomerId, 'engine')
      })
      if (isAccepted) await keepMark(store.read.installations, store.mark, position ?? context.reader.latestPosition())
    },
    /**
     * Puts every call in flight in doubt, since nobody received news for a while. Returns the carrier's ids of the
     * calls to look up.
     */
    doubtCalls: (): Promise<string[]> =>
      context.change('ALL', async (unit) => {
        await check(unit)
        const doubted: string[] = []
        const { campaigncalls } = await unit.stored()
        for (const call of await campaigncalls.inFlight(unit.scope)) {
          if (call.referenceId === null) continue
          unit.saveCall(call, { ...call, lookupAt: unit.now, wakeAt: unit.now }, [])
          doubted.push(call.referenceId)
        }
        return doubted
      }),
    /** Unknown calls: of these live calls, those that have no row or were given up. Ids are the carrier's. */
    async unknownCalls(liveIds: readonly string[]): Promise<{ unknown: string[]; givenUp: string[] }> {
      const calls = new Map(
        (await store.read.campaigncalls.byReferenceIds('ALL', liveIds)).map((call) => [call.referenceId, call]),
      )
      return {
        unknown: liveIds.filter((id) => !calls.has(id)),
        givenUp: liveIds.filter((id) => calls.get(id)?.status === 'DONE'),
      }
    },
  }
}

export type Terms = ReturnType<typeof createTerms>
