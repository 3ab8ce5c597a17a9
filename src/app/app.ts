import type { EngineStatus } from '../domain/dialing.ts'
import { clockApartMaxMs } from '../domain/engine.ts'
import { createCursorSeal } from '../kernel/cursor.ts'
import type { Cancel, Effects } from '../kernel/effects.ts'
import type { Log } from '../kernel/log.ts'
import { createSteadyClock, type SteadyClock } from '../kernel/steady-clock.ts'
import type { Store } from '../store/contract/store.ts'
import { createActiveflows } from './activeflows.ts'
import { createAgents } from './agents.ts'
import type { AppApi } from './api.ts'
import { createTicks, type Ticks } from './calls/ticks.ts'
import { createCampaigncalls } from './campaigncalls.ts'
import { createCampaigns } from './campaigns.ts'
import { type AppOptions, createContext } from './context.ts'
import { haltAtGap } from './continuity.ts'
import { createEngines, statusOf } from './engines.ts'
import { createImports } from './imports.ts'
import { createLogReader, type LogReader } from './log-reader.ts'
import { createNodes } from './nodes.ts'
import { createOutdialTargets } from './outdial-targets.ts'
import { createOutdials } from './outdials.ts'
import { createOutplans } from './outplans.ts'
import { createPruning, type Pruning } from './pruning.ts'
import { createQueues } from './queues.ts'
import { createTerms, type Terms } from './terms.ts'
import { createTransitions } from './transitions.ts'
import { defaultCustomerId, localViewer } from './viewer.ts'

/** All use cases: those of callers and those of the engine. */
export interface App extends AppApi {
  readonly imports: ReturnType<typeof createImports>
  readonly ticks: Ticks
  readonly terms: Terms
  readonly pruning: Pruning
  /** Sent with every call that is placed for this database. */
  readonly installationId: string
  /** The clock of every decision. */
  readonly clock: SteadyClock
  /** The log over all customers, for readers in this process. */
  readonly reader: LogReader
  /** Sets the status of this process's engine, null once it has ended, and wakes the dashboards. */
  reportEngine(status: EngineStatus | null): void
  /** Calls back when a change could not be stored. */
  onStorageFailure(listener: (error: unknown) => void): Cancel
}

/** Creates the use cases over a store. A new database first gets its identity. */
export async function createApp(store: Store, effects: Effects, log: Log, options: AppOptions): Promise<App> {
  const { installation, position, gap } = await setUp(store, effects)
  if (gap !== null) log.warn({ reason: gap }, 'no call is placed for this database until engineResume')
  const reader = createLogReader(store, effects, position)
  const clock = createSteadyClock(effects, clockApartMaxMs)
  const wallNow = () => (effects.machine ?? effects).now()
  const storageListeners = new Set<(error: unknown) => void>()
  /** The last reported status of this process's engine; null while it runs none. */
  let ownEngine: EngineStatus | null = null
  const context = createContext({
    store,
    effects: { ...effects, now: clock.now },
    wallNow,
    clockAcceptedAt: clock.acceptedAt,
    log,
    options,
    reader,
    seal: createCursorSeal(installation.cursorKey, installation.epoch),
    engineStatus: async () => ownEngine ?? statusOf(await store.read.engines.get(), wallNow()),
    storageFailed(error) {
      for (const listener of storageListeners) listener(error)
    },
  })
  const terms = createTerms(context)
  const engines = createEngines(context, () => ownEngine)
  const campaigns = createCampaigns(context)
  const nouns = {
    campaigns,
    outdials: createOutdials(context),
    outdialTargets: createOutdialTargets(context),
    outplans: createOutplans(context),
    queues: createQueues(context),
    agents: createAgents(context),
    campaigncalls: createCampaigncalls(context),
    activeflows: createActiveflows(context),
  }
  return {
    ...nouns,
    transitions: createTransitions(context, async (viewer, id) => (await campaigns.stats(viewer, [id]))[0]),
    nodes: createNodes(nouns),
    imports: createImports(context),
    engines,
    ticks: createTicks(context, terms.check, installation.installationId),
    terms,
    pruning: createPruning(context),
    clock,
    installationId: installation.installationId,
    reader,
    reportEngine(status) {
      ownEngine = status
      reader.wakeup.ring()
    },
    onStorageFailure(listener) {
      storageListeners.add(listener)
      return () => storageListeners.delete(listener)
    },
    probe: () => engines.get(localViewer),
  }
}

/** The database's identity, created if it has none, and the position of its log. */
function setUp(store: Store, effects: Effects) {
  return store.transact('ALL', async (tx) => {
    if (!(await tx.installations.exists())) {
      const identity = { installationId: effects.id(), epoch: effects.id(), cursorKey: makeKey(effects), term: 0 }
      await tx.installations.insert(identity, effects.now())
      await tx.engines.insert()
    }
    const gap = await haltAtGap(tx, store.mark, effects)
    if (!(await tx.installations.hasCustomer(defaultCustomerId))) {
      await tx.installations.insertCustomer(defaultCustomerId, effects.now())
    }
    return { installation: await tx.installations.get(), position: await tx.transitions.latestPosition(), gap }
  })
}

/**
 * The random bits of four ids. The seal of cursors protects against guessing, not against a person who reads the file.
 */
function makeKey(effects: Effects): string {
  return Array.from({ length: 4 }, () => effects.id()).join('')
}
