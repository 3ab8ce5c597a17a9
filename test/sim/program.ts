import { type App, createApp } from '../../src/app/app.ts'
import type { Sender } from '../../src/domain/sending.ts'
import { createEngine, type Engine } from '../../src/engine/engine.ts'
import type { Effects } from '../../src/kernel/effects.ts'
import type { Log } from '../../src/kernel/log.ts'
import type { SimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import { limits } from '../../src/limits.ts'
import type { Store } from '../../src/store/contract/store.ts'
import { createStore } from '../../src/store/sqlite/store.ts'
import type { Driver } from '../../src/telephony/driver.ts'
import type { MortalEffects } from '../support/mortal-effects.ts'
import type { Owner } from './outside.ts'
import type { Scenario } from './scenario.ts'
import type { Witness } from './witness.ts'

/** Longest call of a simulation, so that even one whose end nobody tells of ends soon. */
export const callDurationMaxMs = 90_000
/** Rare enough to cost nothing, often enough to notice a clock that was set while nothing happened. */
export const heartbeatMs = 60_000

/** More statements than any process needs without time passing. */
const statementsAtOnceMax = 100_000

export interface ProgramOptions {
  readonly file: string
  readonly effects: SimulatedEffects
  readonly scenario: Scenario
  readonly mortal: MortalEffects
  /** From 1: no two have the same. */
  readonly number: number
  readonly log: Log
  /** Sees what is written; null for a program on another file. */
  readonly witness: Witness | null
  /** Told of each commit just before it. */
  committing(): void
  /** The way to the carrier, for a program that runs the engine; null for `--no-engine`. */
  readonly driverFor: ((owner: Owner) => Driver) | null
  readonly sender?: Sender
}

/** A process of ours, from its start to its end. */
export interface Program {
  readonly number: number
  readonly app: App
  readonly mortal: MortalEffects
  readonly engine: Engine | null
  /** To be called after a commit of another process. */
  othersCommitted(): void
  /** True while it has not looked for what another process has committed. */
  isBehind(): boolean
}

/** Starts the program on a file: all of it but its server. The store is handed out before anything else is done with it. */
export async function startProgram(options: ProgramOptions, opened: (store: Store) => void): Promise<Program> {
  const { file, scenario, mortal, number, log, driverFor } = options
  const looks = createLooks(mortal.effects)
  const effects: Effects = { ...mortal.effects, timer: looks.timer }
  const onStatement = watchStatements(options)
  const store = createStore(
    { file, create: false, synchronous: 'OFF', refuseNested: true, cacheKibibytes: 2048, onStatement },
    effects,
  )
  opened(store)
  const { concurrentCallsMax, callsPerSecond } = scenario
  const app = await createApp(store, effects, log, {
    defaultCountry: null,
    callDurationMaxMs,
    concurrentCallsMax,
  })
  const owner = { mortal, number, installationId: app.installationId, log }
  const engine =
    driverFor === null
      ? null
      : createEngine({
          ...{ app, driver: driverFor(owner), effects, log, callsPerSecond, heartbeatMs },
          sender: options.sender,
        })
  await engine?.start()
  app.reader.watchOthers()
  return {
    ...{ number, app, mortal, engine },
    othersCommitted: looks.wanted,
    isBehind: looks.isPending,
  }
}

/** Every statement is a place to die at, and every commit is seen. */
function watchStatements({ mortal, effects, number, witness, log, committing }: ProgramOptions) {
  let instant = 0
  let sinceInstant = 0
  return (sql: string) => {
    if (instant !== effects.monotonic()) sinceInstant = 0
    instant = effects.monotonic()
    if (++sinceInstant > statementsAtOnceMax && mortal.alive) {
      log.error({ error: sql }, 'the process goes round in circles')
      mortal.die()
    }
    if (sql === 'BEGIN IMMEDIATE') witness?.begins(number, effects.monotonic())
    mortal.beforeStatement(sql)
    if (sql !== 'COMMIT') return
    witness?.commits(number)
    committing()
  }
}

/**
 * A process looks for commits of others four times a second. Where there was none a look finds nothing, so those looks are
 * left out: they would be most of what a simulated day consists of.
 */
function createLooks({ timer, monotonic }: Pick<SimulatedEffects, 'timer' | 'monotonic'>) {
  const everyMs = limits.otherProcessesLookMs
  let next: { readonly run: () => void; readonly sinceMs: number } | null = null
  let isWanted = false
  let isArmed = false

  function arm(): void {
    if (next === null || !isWanted || isArmed) return
    const { run, sinceMs } = next
    const sinceLook = (monotonic() - sinceMs) % everyMs
    isArmed = true
    timer(
      everyMs - sinceLook,
      () => {
        isArmed = false
        isWanted = false
        next = null
        run()
      },
      { background: true },
    )
  }

  return {
    timer: ((delayMs, run, options) => {
      if (options?.background !== true || delayMs !== everyMs) return timer(delayMs, run, options)
      next = { run, sinceMs: monotonic() }
      arm()
      return () => {
        next = null
      }
    }) satisfies SimulatedEffects['timer'],
    wanted(): void {
      isWanted = true
      arm()
    },
    isPending: () => isWanted,
  }
}
