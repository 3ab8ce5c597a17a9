import type { DefaultCountry } from '../domain/address.ts'
import type { EngineStatus } from '../domain/dialing.ts'
import type { Sending } from '../domain/sending.ts'
import type { CursorSeal } from '../kernel/cursor.ts'
import type { Effects } from '../kernel/effects.ts'
import { isStorageFailure, Refusal } from '../kernel/errors.ts'
import type { Log } from '../kernel/log.ts'
import type { Store } from '../store/store.ts'
import type { Outcome } from './api.ts'
import type { LogReader } from './log-reader.ts'
import { createUnit, type Unit } from './unit.ts'

/** What configuration decides for the use cases. */
export interface AppOptions {
  readonly defaultCountry: DefaultCountry
  /** Longest call after the answer. */
  readonly callDurationMaxMs: number
  /** Calls in flight at once over the whole process; 0 for no limit. */
  readonly concurrentCallsMax: number
  /** How many days transitions are kept; 90 when nothing is said. */
  readonly transitionsKeptDays?: number
  /** Why such a thing cannot be sent here at all, as a sentence for a person; null where it can. */
  readonly whyNotSent?: (type: Sending['type']) => string | null
  /** Why nothing can be spoken here, likewise. */
  readonly whyNotSpoken?: () => string | null
}

/** What every use case works with. */
export interface AppContext {
  readonly store: Store
  readonly effects: Effects
  readonly log: Log
  readonly seal: CursorSeal
  readonly reader: LogReader
  readonly options: AppOptions
  /** What the engine last said of itself, in this process or another. */
  engineStatus(): Promise<EngineStatus>
  /** When the clock was last set to another time: how long ago something before that was, cannot be told. */
  clockAcceptedAt(): number
  /**
   * The machine's own time, which may have jumped. For signs of life only: processes that were started before and after a
   * jump have this in common, and nothing else.
   */
  wallNow(): number
  /** Called when a write fails. */
  storageFailed(error: unknown): void
  /** One transaction, at one moment; afterwards the readers of the log are woken. */
  change<Result>(run: (unit: Unit) => Promise<Result>): Promise<Result>
  /** The same, with the position of the last entry it added to the log, if it added any. */
  changeLogged<Result>(run: (unit: Unit) => Promise<Result>): Promise<{ result: Result; position: number | null }>
}

export function createContext(parts: Omit<AppContext, 'change' | 'changeLogged'>): AppContext {
  const { store, effects, reader } = parts
  async function changeLogged<Result>(run: (unit: Unit) => Promise<Result>) {
    const done = await store
      .transact(async (tx) => {
        const unit = createUnit(tx, effects.now(), () => effects.id())
        const result = await run(unit)
        return { result, position: await unit.finish() }
      })
      .catch((error: unknown) => {
        if (isStorageFailure(error)) parts.storageFailed(error)
        throw error
      })
    if (done.position !== null) {
      store.mark.note(done.position)
      reader.committed(done.position)
    }
    return done
  }
  return { ...parts, changeLogged, change: async (run) => (await changeLogged(run)).result }
}

/**
 * A mutation's outcome: its value, or why it was refused. The object is then null for NOT_FOUND and for a refused
 * creation; otherwise it is the object as it stands.
 */
export async function attempt<Value>(
  work: () => Promise<Value>,
  asItStands: () => Promise<Value | null> = async () => null,
): Promise<Outcome<Value>> {
  try {
    return { value: await work(), errors: [] }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const missing = error.errors.some(({ code }) => code === 'NOT_FOUND')
    return { value: missing ? null : await asItStands(), errors: error.errors }
  }
}
