import type { EngineStatus } from '../domain/dialing.ts'
import { type EngineRecord, stateSeen } from '../domain/engine.ts'
import { refuse } from '../kernel/errors.ts'
import { sleep } from '../kernel/sleep.ts'
import { limits } from '../limits.ts'
import type { Engines, EngineView } from './api.ts'
import { type AppContext, attempt } from './context.ts'
import { defaultCustomerId } from './viewer.ts'

/** The part of an engine's status that is not counted. */
export type EngineReport = Pick<EngineRecord, 'state' | 'reason' | 'haltCause' | 'carrierAvailable' | 'allowance'>

/** The engine's status, whichever process runs it, and the request to resume. */
export function createEngines(
  context: Pick<AppContext, 'store' | 'effects' | 'reader' | 'change' | 'wallNow'>,
  /** The status of this process's engine; null if it runs none. */
  own: () => EngineStatus | null,
): Engines {
  const { store, effects, reader, change } = context

  async function view(): Promise<EngineView> {
    const record = await store.read.engines.get()
    const { term } = await store.read.installations.get()
    const callsInFlight = await store.read.campaigncalls.countInFlight('ALL')
    const here = own()
    const state = here?.state ?? stateSeen(record, context.wallNow())
    const reason = here === null ? record.reason : here.reason
    return {
      ...{ state, term, callsInFlight, here: here !== null },
      reason: reason ?? (state === 'STOPPED' ? 'No process runs the engine.' : null),
      driver: record.driver,
      startedAt: record.startedAt,
      heartbeatAt: record.heartbeatAt,
      adopted: record.adopted,
      unknown: record.unknown,
    }
  }

  /** Stores the request to resume, unless there is nothing to do. Returns whether to wait for an answer. */
  const ask = () =>
    change('ALL', async (unit) => {
      const record = await unit.tx.engines.get()
      const state = own()?.state ?? stateSeen(record, context.wallNow())
      if (state === 'RUNNING') return false
      if (state !== 'HALTED')
        refuse('STATE_CONFLICT', ['state'], `The engine is ${state}, not HALTED: there is nothing to resume.`)
      await unit.tx.engines.update({ resumeAskedAt: unit.now })
      unit.notice('ENGINE', defaultCustomerId, 'engine')
      return true
    })

  /** The engine may be in another process, which finds the request when it polls the log. */
  async function untilAnswered(): Promise<void> {
    const over = new AbortController()
    const late = sleep(effects, limits.resumeAnswerMs, over.signal).then(() => over.abort())
    while (!over.signal.aborted) {
      const ticket = reader.wakeup.ticket()
      if ((await store.read.engines.get()).resumeAskedAt === null) break
      await reader.wakeup.changed(ticket, over.signal)
    }
    over.abort()
    await late
  }

  return {
    get: () => view(),
    resume: () =>
      attempt(async () => {
        if (await ask()) await untilAnswered()
        return view()
      }, view),
  }
}

/** The status row, for explaining why calls are, or are not, dialed. */
export function statusOf(record: EngineRecord, now: number): EngineStatus {
  const { reason, carrierAvailable, allowance } = record
  const state = stateSeen(record, now)
  return { state, carrierAvailable, allowance, reason: state === 'STOPPED' ? null : reason }
}
