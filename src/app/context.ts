import type { DefaultCountry } from '../domain/address.ts'
import type { EngineStatus } from '../domain/dialing.ts'
import type { Sending } from '../domain/sending.ts'
import type { CursorSeal } from '../kernel/cursor.ts'
import type { Effects } from '../kernel/effects.ts'
import { isStorageFailure, Refusal } from '../kernel/errors.ts'
import type { Log } from '../kernel/log.ts'
import type { Scope } from '../store/contract/scope.ts'
import type { Store } from '../store/contract/store.ts'
import type { Outcome } from './api.ts'
import type { LogReader } from './log-reader.ts'
import { createUnit, type Unit } from './unit-of-work.ts'

/** Configuration of the use cases. */
export interface AppOptions {
  readonly defaultCountry: DefaultCountry
  /** Longest call after the answer, in milliseconds. */
  readonly callDurationMaxMs: number
  /** Calls in flight in the whole process; 0 for no limit. */
  readonly concurrentCallsMax: number
  /** How many days transitions are kept; default 90. */
  readonly transitionsKeptDays?: number
  /** Why this installation cannot send something of that kind, as a sentence for a person; null if it can. */
  readonly sendingUnavailableReason?: (type: Sending['type']) => string | null
  /** Why this installation cannot speak, likewise. */
  readonly speechUnavailableReason?: () => string | null
}

/** What every use case works with. */
export interface AppContext {
  readonly store: Store
  readonly effects: Effects
  readonly log: Log
  readonly seal: CursorSeal
  readonly reader: LogReader
  readonly options: AppOptions
  /** The last reported status of the engine, in this process or another. */
  engineStatus(): Promise<EngineStatus>
  /** When the clock was last set to another time. The time that has passed since anything earlier is unknown. */
  clockAcceptedAt(): number
  /**
   * The machine's own wall clock, which may jump. For heartbeats only: it is what processes started before and after a
   * jump have in common.
   */
  wallNow(): number
  /** Called when a write fails. */
  storageFailed(error: unknown): void
  /** Runs one transaction at one moment, then wakes the readers of the log. A viewer is a scope. */
  change<Result>(scope: Scope, run: (unit: Unit) => Promise<Result>): Promise<Result>
  /** The same, with the position of the last log entry it appended, or null. */
  changeLogged<Result>(
    scope: Scope,
    run: (unit: Unit) => Promise<Result>,
  ): Promise<{ result: Result; position: number | null }>
}

export function createContext(parts: Omit<AppContext, 'change' | 'changeLogged'>): AppContext {
  const { store, effects, reader } = parts
  async function changeLogged<Result>(scope: Scope, run: (unit: Unit) => Promise<Result>) {
    const done = await store
      .transact(scope, async (tx) => {
        const unit = createUnit(tx, scope, effects.now(), () => effects.id())
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
  return { ...parts, changeLogged, change: async (scope, run) => (await changeLogged(scope, run)).result }
}

/**
 * Runs a mutation and returns its value, or why it was refused. The object is then null for NOT_FOUND and for a refused
 * creation; otherwise it is the unchanged object.
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
