import { type App, createApp } from './app/app.ts'
import type { Config } from './config.ts'
import { createEngine } from './engine/engine.ts'
import { createEffects, type Effects } from './kernel/effects.ts'
import type { Log } from './kernel/log.ts'
import { createServer } from './server/server.ts'
import { prepareFile } from './store/database.ts'
import { type EngineLock, takeEngineLock } from './store/lock.ts'
import { createStore } from './store/store.ts'
import { createSimulator } from './telephony/simulator/simulator.ts'

export interface Dialgraph {
  readonly app: App
  /** Where the API listens, for example http://127.0.0.1:4000. */
  readonly url: string
  /** No new dials, requests finished, sockets closed, database closed; in this order. */
  stop(): Promise<void>
}

/** The whole program, put together and running: database, use cases, carrier, engine, API. Throws a StartError. */
export async function startDialgraph(config: Config, log: Log): Promise<Dialgraph> {
  const effects = createEffects()
  const { file, mayCreate } = config.database
  prepareFile({ file, create: mayCreate })
  // Before anything is written: a newer version that is started beside an older one must not migrate its database.
  const lock = takeEngineLock(file)
  try {
    return await startLocked(config, log, effects, lock)
  } catch (error) {
    lock.release()
    throw error
  }
}

async function startLocked(config: Config, log: Log, effects: Effects, lock: EngineLock): Promise<Dialgraph> {
  const store = createStore({ file: config.database.file, create: config.database.mayCreate }, effects)
  const app = await createApp(store, effects, log, config)
  const driver = createSimulator({ effects, ...config.simulator })
  const engine = createEngine({ app, driver, effects, log, callsPerSecond: config.callsPerSecond })
  const { host, port } = config
  const server = createServer({ app, effects, log, host, port, graphiql: true })
  let stopping: Promise<void> | null = null
  const stop = async () => {
    await engine.stop()
    await server.stop()
    app.reader.stop()
    await store.close()
    lock.release()
  }
  try {
    const { url } = await server.start()
    await engine.start()
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
