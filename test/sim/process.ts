import { type App, createApp } from '../../src/app/app.ts'
import { createEngine, type Engine } from '../../src/engine/engine.ts'
import type { Log, LogFields } from '../../src/kernel/log.ts'
import type { SimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import { createStore, type Store } from '../../src/store/store.ts'
import { type CrashPlace, createMortalEffects, type MortalEffects } from '../support/mortal-effects.ts'
import type { Outside } from './outside.ts'
import type { Scenario, Step } from './scenario.ts'
import type { Witness } from './witness.ts'

/** Longest call of a simulation, so that even one whose end nobody tells of ends soon. */
const callDurationMaxMs = 90_000
/** Rare enough to cost nothing, often enough to notice a clock that was set while nothing happened. */
export const heartbeatMs = 60_000

/** More statements than any process needs without time passing. */
const statementsAtOnceMax = 50_000

/** A process of ours, from its start to its end. */
export interface Process {
  /** From 1. */
  readonly number: number
  readonly app: App
  readonly mortal: MortalEffects
}

export interface SupervisorOptions {
  readonly file: string
  readonly effects: SimulatedEffects
  readonly scenario: Scenario
  readonly outside: Outside
  readonly witness: Witness
  /** Told of what the program itself says is wrong. */
  complain(message: string, fields: LogFields): void
  /** Told of each process as it begins. */
  launched(): void
}

/** Keeps one process running on the file: when it dies, another one is started after a while. */
export function createSupervisor(options: SupervisorOptions) {
  const { file, effects, scenario, outside, witness } = options
  const figures = { processes: 0, crashes: 0, retirements: 0, stalls: 0 }
  let current: Process | null = null
  let life: MortalEffects | null = null
  let engine: Engine | null = null
  let store: Store | null = null
  let pauseMs = 0
  let armed: CrashPlace | null = null
  let isCalm = false
  let waiting: ((process: Process) => void)[] = []

  function logOf(mortal: MortalEffects): Log {
    const complain = (fields: LogFields, message: string) => {
      if (mortal.alive) options.complain(message, fields)
    }
    return { debug() {}, info() {}, warn() {}, error: complain }
  }

  function launch(): void {
    const number = ++figures.processes
    const mortal = createMortalEffects(effects)
    life = mortal
    options.launched()
    if (armed !== null) mortal.trap(armed, mortal.die)
    armed = null
    void mortal.death.then(() => bury(mortal))
    void begin(number, mortal).catch((error: unknown) => {
      if (mortal.alive) options.complain('a process could not be started', { error })
    })
  }

  async function begin(number: number, mortal: MortalEffects): Promise<void> {
    let instant = 0
    let sinceInstant = 0
    const onStatement = (sql: string) => {
      if (instant !== effects.monotonic()) sinceInstant = 0
      instant = effects.monotonic()
      if (++sinceInstant > statementsAtOnceMax && mortal.alive) {
        options.complain('the process goes round in circles', { error: sql })
        mortal.die()
      }
      if (sql === 'BEGIN IMMEDIATE') witness.begins(effects.monotonic())
      mortal.beforeStatement(sql)
      if (sql === 'COMMIT') witness.commits()
    }
    const log = logOf(mortal)
    const { concurrentCallsMax, callsPerSecond } = scenario
    store = createStore({ file, create: false, synchronous: 'OFF', cacheKibibytes: 2048, onStatement }, mortal.effects)
    const app = await createApp(store, mortal.effects, log, {
      defaultCountry: null,
      callDurationMaxMs,
      concurrentCallsMax,
    })
    const driver = outside.driverFor({ mortal, number, installationId: app.installationId, log })
    engine = createEngine({ app, driver, effects: mortal.effects, log, callsPerSecond, heartbeatMs })
    await engine.start()
    if (!mortal.alive) return
    current = { number, app, mortal }
    const ready = waiting
    waiting = []
    for (const resolve of ready) resolve(current)
  }

  /** The files of a dead process are closed, as the kernel does. */
  async function bury(mortal: MortalEffects): Promise<void> {
    if (life !== mortal) return
    figures.crashes++
    outside.hangUpLine()
    await letGo()
    startAgain()
  }

  async function letGo(): Promise<void> {
    const closing = store
    current = null
    engine = null
    store = null
    await closing?.close()
    witness.look()
  }

  function startAgain(): void {
    effects.timer(pauseMs, launch)
    pauseMs = 0
  }

  return {
    figures,
    launch,
    /** From now on nobody dies. */
    calm(): void {
      armed = null
      isCalm = true
      life?.disarm()
    },
    get current() {
      return current
    },
    /** The process that runs, or the next one that does. */
    up: (): Promise<Process> =>
      current !== null ? Promise.resolve(current) : new Promise((resolve) => waiting.push(resolve)),
    /** Lets the process die at a crash point from now on, or once that time is over; the next one too, if that is asked. */
    dieSoon({ place, withinMs, pauseMs: pause, again }: DeathWarrant): void {
      const mortal = life
      if (mortal === null) return
      pauseMs = pause
      armed = again
      mortal.trap(place, mortal.die)
      effects.timer(withinMs, () => {
        if (mortal.alive && life === mortal && !isCalm) mortal.die()
      })
    },
    /** Lets the process stand still at a crash point from now on, for as long as `stand` takes. */
    stallSoon(place: CrashPlace, stand: () => void): void {
      life?.trap(place, () => {
        figures.stalls++
        witness.look()
        stand()
      })
    },
    /** Asks the process to end, as SIGTERM does, and starts another one after it. */
    async retire(pause: number): Promise<void> {
      const mortal = life
      const ending = engine
      if (mortal === null || current === null || ending === null) return
      current = null
      const ended = await Promise.race([ending.stop().then(() => true), mortal.death.then(() => false)])
      if (!ended || !mortal.alive) return
      figures.retirements++
      life = null
      await letGo()
      mortal.die()
      pauseMs = pause
      startAgain()
    },
    /** Ends the simulation. */
    async close(): Promise<void> {
      const mortal = life
      life = null
      mortal?.die()
      await letGo()
    },
  }
}

export type DeathWarrant = Extract<Step, { do: 'DIE' }>

export type Supervisor = ReturnType<typeof createSupervisor>
