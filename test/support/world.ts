import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { createApp } from '../../src/app/app.ts'
import type { AppOptions } from '../../src/app/context.ts'
import { localViewer } from '../../src/app/viewer.ts'
import type { Sender } from '../../src/domain/sending.ts'
import { createEngine, type EngineOptions } from '../../src/engine/engine.ts'
import type { Effects } from '../../src/kernel/effects.ts'
import type { Log } from '../../src/kernel/log.ts'
import { createSimulatedEffects, type SimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import { createStore } from '../../src/store/sqlite/store.ts'
import type { Driver } from '../../src/telephony/driver.ts'
import { createSimulator } from '../../src/telephony/simulator/simulator.ts'

export interface WorldOptions {
  readonly seed?: number
  readonly effects?: SimulatedEffects
  /** The clock that calls and their dialer live on, made of that of the machine; the same when nothing is said. */
  readonly paced?: (machine: Effects) => Effects
  /** A file that exists already: the world goes on where another one ended. */
  readonly file?: string
  readonly app?: Partial<AppOptions>
  /** Process-wide; 0, for no limit, when nothing is said. */
  readonly callsPerSecond?: number
  readonly answerRate?: number
  /** How often the engine says that it is alive. */
  readonly heartbeatMs?: number
  readonly halts?: EngineOptions['halts']
  /** Another carrier than the simulated one. */
  readonly driver?: Driver
  /** Without one, nothing can be sent. */
  readonly sender?: Sender
  /** False leaves the engine to the test. */
  readonly startEngine?: boolean
  readonly onStatement?: (sql: string) => void
}

/** What the program said of itself that a test may hold against it. */
interface Complaint {
  readonly level: 'warn' | 'error'
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

const folder = '/dev/shm/dialgraph-tests'

/** Where a test keeps its database: a memory disk, since two connections need a file. */
export function temporaryFile(name = 'dialgraph.sqlite'): string {
  const path = `${folder}/${process.pid}-${randomUUID()}`
  mkdirSync(path, { recursive: true })
  return `${path}/${name}`
}

/** A whole system on a simulated clock: file, app, engine and carrier. */
export async function createWorld(options: WorldOptions = {}) {
  const effects = options.effects ?? createSimulatedEffects({ seed: options.seed ?? 1 })
  const file = options.file ?? temporaryFile()
  const complaints: Complaint[] = []
  const log: Log = {
    debug() {},
    info() {},
    warn: (fields, message) => complaints.push({ level: 'warn', message, fields }),
    error: (fields, message) => complaints.push({ level: 'error', message, fields }),
  }
  const store = createStore(
    {
      file,
      create: true,
      synchronous: 'OFF',
      refuseNested: true,
      ...(options.onStatement && { onStatement: options.onStatement }),
    },
    effects,
  )
  const paced = options.paced?.(effects) ?? effects
  const app = await createApp(store, paced, log, {
    defaultCountry: null,
    callDurationMaxMs: 3_600_000,
    concurrentCallsMax: 0,
    ...options.app,
  })
  const driver =
    options.driver ??
    createSimulator({ effects: paced, seed: options.seed ?? 1, speed: 1, answerRate: options.answerRate ?? 0.3 })
  const engine = createEngine({
    ...{ app, driver, effects: paced, log, callsPerSecond: options.callsPerSecond ?? 0, sender: options.sender },
    ...(options.heartbeatMs !== undefined && { heartbeatMs: options.heartbeatMs }),
    ...(options.halts && { halts: options.halts }),
  })
  if (options.startEngine !== false) {
    await engine.start()
    // What the engine says of itself is in the log: a test begins when that is read.
    await effects.settle()
  }
  return {
    app,
    store,
    engine,
    driver,
    effects,
    file,
    complaints,
    viewer: localViewer,
    /** Lets what can happen now happen. */
    settle: () => effects.settle(),
    /** Lets that much time pass. */
    advance: (durationMs: number) => effects.advance(durationMs),
    /** Lets time pass until nothing is left to happen, or the condition holds. */
    async run(until?: () => boolean) {
      const failed = () => complaints.find((of) => of.message === 'a tick of the engine failed')
      // A world that is at rest when nothing is awaited is fine; one whose engine fails is told of at once.
      await effects.run({ until: () => failed() !== undefined || (until?.() ?? false), mayRest: until === undefined })
      const complaint = failed()
      if (complaint) throw complaint.fields.error
    },
    async close() {
      await engine.stop()
      await store.close()
      if (!options.file) rmSync(file.slice(0, file.lastIndexOf('/')), { recursive: true, force: true })
    },
  }
}

export type World = Awaited<ReturnType<typeof createWorld>>
