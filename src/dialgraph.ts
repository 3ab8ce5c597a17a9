import { type App, createApp } from './app/app.ts'
import type { Config } from './config.ts'
import { createEngine, type Engine } from './engine/engine.ts'
import { createEffects, type Effects } from './kernel/effects.ts'
import { StartError, type StorageFailure } from './kernel/errors.ts'
import type { Log } from './kernel/log.ts'
import { createServer } from './server/server.ts'
import type { CheckOutcome } from './store/background-check.ts'
import { countCrashes, forgetCrashes } from './store/crashes.ts'
import { prepareFile } from './store/database.ts'
import { type EngineLock, takeEngineLock } from './store/lock.ts'
import { createStore } from './store/store.ts'
import type { Driver } from './telephony/driver.ts'
import { isAgentEndpoint, isGateway } from './telephony/freeswitch/commands.ts'
import { createFreeswitch } from './telephony/freeswitch/freeswitch.ts'
import { parseSwitchUrl } from './telephony/freeswitch/wire.ts'
import { createRemoteSimulator } from './telephony/simulator/remote-simulator.ts'
import { createSimulator } from './telephony/simulator/simulator.ts'

export interface Dialgraph {
  readonly app: App
  /** Where the API listens, for example http://127.0.0.1:4000. */
  readonly url: string
  /** No new dials, requests finished, sockets closed, database closed; in this order. */
  stop(): Promise<void>
}

export interface StartOptions {
  /** Told that the file can no longer be relied on, before anything else can run: the process has to end there and then. */
  readonly onBroken?: (failure: StorageFailure) => void
  /** False runs the API alone, beside another process with the engine. */
  readonly engine?: boolean
  /** Told of every statement before it runs; for tests that end the process at one. */
  readonly onStatement?: (sql: string) => void
  /** Stands between the engine and the carrier; for tests likewise. */
  readonly throughDriver?: (driver: Driver) => Driver
}

/** Six in ten minutes: whatever it is, starting once more does not help (durability, faults). */
const crashes = { countMax: 6, withinMs: 10 * 60_000 } as const

/** The whole program, put together and running: database, use cases, carrier, engine, API. Throws a StartError. */
export async function startDialgraph(config: Config, log: Log, options: StartOptions = {}): Promise<Dialgraph> {
  const effects = createEffects()
  const { file, mayCreate } = config.database
  prepareFile({ file, create: mayCreate })
  if (options.engine === false) return startParts(config, log, effects, options, null)
  // Before anything is written: a newer version that is started beside an older one must not migrate its database.
  const lock = takeEngineLock(file)
  try {
    return await startParts(config, log, effects, options, lock)
  } catch (error) {
    lock.release()
    throw error
  }
}

/** Without a lock there is no engine. */
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
    { file, create, onChecked, ...(onStatement && { onStatement }), ...(onBroken && { onBroken }) },
    effects,
  )
  const app = await createApp(store, effects, log, config)
  const engine = lock === null ? null : createEngineOf(config, app, log, effects, options)
  const { host, port } = config
  const server = createServer({ app, effects, log, host, port, graphiql: true })
  let stopping: Promise<void> | null = null
  let stopPruning = () => {}
  const stop = async () => {
    stopPruning()
    await engine?.stop()
    await server.stop()
    app.reader.stop()
    await store.close()
    lock?.release()
  }
  try {
    const { url } = await server.start()
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

function createEngineOf(config: Config, app: App, log: Log, effects: Effects, options: StartOptions): Engine {
  const { file } = config.database
  const own = createDriver(config, app, log, effects)
  const crashCount = countCrashes(file, effects.now() - crashes.withinMs)
  const reason = `The program ended ${crashCount} times for a defect of its own in the last ten minutes.`
  return createEngine({
    ...{ app, effects, log, callsPerSecond: config.callsPerSecond },
    driver: options.throughDriver?.(own) ?? own,
    halts: crashCount < crashes.countMax ? [] : [{ cause: 'CRASHES', reason }],
    onResume: () => forgetCrashes(file),
  })
}

/** What the configuration says places the calls. Throws a StartError (78) where that cannot be. */
function createDriver(config: Config, app: App, log: Log, effects: Effects): Driver {
  const { installationId } = app
  if (config.freeswitch !== null) {
    const { url, gateway, agentEndpoint } = config.freeswitch
    const refuse = (name: string, what: string): never => {
      throw new StartError(`The configuration is not valid:\n  ${name} must be ${what}.`, 78)
    }
    if (parseSwitchUrl(url) === null) refuse('DIALGRAPH_ESL_URL', 'an address such as esl://127.0.0.1:8021')
    if (!isGateway(gateway)) refuse('DIALGRAPH_ESL_GATEWAY', 'the name of a gateway')
    if (!isAgentEndpoint(agentEndpoint))
      refuse('DIALGRAPH_ESL_AGENT_ENDPOINT', 'a dial string with {extension} in it, such as user/{extension}')
    const { callsPerSecond, concurrentCallsMax: callsMax } = config
    return createFreeswitch({ ...config.freeswitch, installationId, effects, log, callsPerSecond, callsMax })
  }
  const { url, ...simulator } = config.simulator
  if (url === null) return createSimulator({ effects, ...simulator })
  return createRemoteSimulator({ url, effects, log, installationId })
}
