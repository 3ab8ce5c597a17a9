import { type App, createApp } from './app/app.ts'
import type { Config } from './config.ts'
import type { Sender } from './domain/sending.ts'
import { createEngine, type Engine } from './engine/engine.ts'
import { createEffects, type Effects } from './kernel/effects.ts'
import type { StorageFailure } from './kernel/errors.ts'
import type { Log } from './kernel/log.ts'
import { createPacedEffects } from './kernel/paced-effects.ts'
import { createSender } from './sending/sender.ts'
import { countCrashes, forgetCrashes } from './server/crash-log.ts'
import { createServer } from './server/server.ts'
import { createVoice, type SpeechService } from './speech/service.ts'
import type { CheckOutcome } from './store/sqlite/background-check.ts'
import { prepareFile } from './store/sqlite/database.ts'
import { type EngineLock, takeEngineLock } from './store/sqlite/lock.ts'
import { createStore } from './store/sqlite/store.ts'
import type { Driver } from './telephony/driver.ts'
import { createDriver, isInProcess } from './telephony/drivers.ts'

export interface Dialgraph {
  readonly app: App
  /** Where the API listens, for example http://127.0.0.1:4000. */
  readonly url: string
  /** Stops dialing, finishes requests, closes sockets, closes the database; in this order. */
  stop(): Promise<void>
}

export interface StartOptions {
  /** Called when the file can no longer be relied on, before anything else can run. The process has to end at once. */
  readonly onBroken?: (failure: StorageFailure) => void
  /** False: runs the API only, beside another process that runs the engine. */
  readonly engine?: boolean
  /** Called before every statement; for tests that end the process at one. */
  readonly onStatement?: (sql: string) => void
  /** Wraps the carrier; for tests likewise. */
  readonly throughDriver?: (driver: Driver) => Driver
  /**
   * The clock of a simulated carrier in this process and of its dialer, for a caller that controls it, or that measures
   * how fast this machine is and lets the clock keep real time. By default a clock that waits for the process.
   */
  readonly paced?: Effects
}

/** Six starts in ten minutes: whatever the cause, starting once more does not help (docs/rules.md#faults). */
const crashes = { countMax: 6, withinMs: 10 * 60_000 } as const

/** Starts the whole program: database, use cases, carrier, engine and API. Throws a StartError. */
export async function startDialgraph(config: Config, log: Log, options: StartOptions = {}): Promise<Dialgraph> {
  const effects = createEffects()
  const { file, mayCreate } = config.database
  prepareFile({ file, create: mayCreate })
  if (options.engine === false) return startParts(config, log, effects, options, null)
  // Before anything is written: a newer version started beside an older one must not migrate its database.
  const lock = takeEngineLock(file)
  try {
    return await startParts(config, log, effects, options, lock)
  } catch (error) {
    lock.release()
    throw error
  }
}

/** Null: another process holds the lock, and this one runs no engine. */
async function startParts(
  config: Config,
  log: Log,
  effects: Effects,
  options: StartOptions,
  lock: EngineLock | null,
): Promise<Dialgraph> {
  const { file, mayCreate: create } = config.database
  const { onStatement, onBroken } = options
  const onChecked = (outcome: CheckOutcome) => {
    if (outcome === 'GIVEN_UP') log.warn({}, 'the check of the database was given up; run dialgraph doctor')
  }
  const store = createStore(
    {
      file,
      create,
      onChecked,
      readingThreads: true,
      ...(onStatement && { onStatement }),
      ...(onBroken && { onBroken }),
    },
    effects,
  )
  const sender = createSender({ ...config, effects, log })
  const voice = await createVoice(config, effects, log)
  const capabilities = { sendingUnavailableReason: sender.missing, speechUnavailableReason: voice.missing }
  // Real calls continue while this process is late. Simulated calls in it wait for it, and so do the decisions about
  // them.
  const paced = lock !== null && isInProcess(config) ? (options.paced ?? createPacedEffects(effects)) : effects
  const app = await createApp(store, paced, log, { ...config, ...capabilities })
  const parts = { app, sender, voice, log, effects: paced }
  const engine = lock === null ? null : createEngineOf(config, parts, options)
  const { host, port, allowedOrigins } = config
  const server = createServer({
    app,
    effects,
    log,
    host,
    port,
    allowedOrigins,
    graphiql: true,
    serveSpeech: voice.serve,
  })
  let stopping: Promise<void> | null = null
  let stopPruning = () => {}
  const stop = async () => {
    stopPruning()
    await engine?.stop()
    await server.stop()
    await voice.stop()
    app.reader.stop()
    await store.close()
    lock?.release()
  }
  try {
    const { url } = await server.start()
    if (engine !== null) await voice.start(url)
    await engine?.start()
    if (engine !== null) stopPruning = app.pruning.watch(() => stopping === null)
    app.reader.watchOthers()
    return {
      app,
      url,
      stop() {
        stopping ??= stop()
        return stopping
      },
    }
  } catch (error) {
    await stop()
    throw error
  }
}

interface EngineParts {
  readonly app: App
  readonly sender: Sender
  readonly voice: SpeechService
  readonly log: Log
  readonly effects: Effects
}

function createEngineOf(config: Config, parts: EngineParts, options: StartOptions): Engine {
  const { app, sender, voice, log, effects } = parts
  const { file } = config.database
  const { installationId } = app
  const own = createDriver(config, {
    ...{ installationId, effects, log, renderSpeech: voice.render },
    isSingleCall: false,
  })
  const crashCount = countCrashes(file, effects.now() - crashes.withinMs)
  const reason = `The program crashed ${crashCount} times in the last ten minutes, by a defect of its own.`
  return createEngine({
    ...{ app, sender, effects, log, callsPerSecond: config.callsPerSecond },
    driver: options.throughDriver?.(own) ?? own,
    halts: crashCount < crashes.countMax ? [] : [{ cause: 'CRASHES', reason }],
    onResume: () => forgetCrashes(file),
  })
}
