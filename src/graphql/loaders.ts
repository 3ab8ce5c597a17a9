import DataLoader from 'dataloader'
import type {
  AppApi,
  CallParent,
  CampaigncallPageArguments,
  OutdialTargetPageArguments,
  Page,
  Reads,
} from '../app/api.ts'
import type { PageArguments } from '../app/requests.ts'
import type { Viewer } from '../app/viewer.ts'
import type { Activeflow } from '../domain/activeflow.ts'
import type { Campaign } from '../domain/campaign.ts'
import type { Campaigncall } from '../domain/campaigncall.ts'
import type { OutdialTarget } from '../domain/outdial-target.ts'
import type { CampaignTransition } from '../domain/transition.ts'
import { present } from '../kernel/assert.ts'
import { limits } from '../limits.ts'
import type { Usage } from './usage.ts'

export type Loaders = ReturnType<typeof createLoaders>

/** Something that loads by key, as far as a resolver needs to know. */
interface Loader<Key, Value> {
  load(key: Key): Promise<Value>
}

/** Loads objects by their ids. */
export interface ByIdLoader<Value> extends Loader<string, Value> {
  /**
   * Reads the objects of all these ids at once, and not again those of a repeated id. `reads` are the properties that
   * are needed of them; null for all.
   */
  loadAll(ids: readonly string[], reads: RowReads): Promise<(id: string) => Value>
}

/** Names of properties, whatever the rows are. */
type RowReads = Reads<Record<string, unknown>>

/** What several fields ask for in one moment. */
interface Gathering<Value> {
  readonly ids: Set<string>
  readonly needs: RowReads[]
  readonly found: Promise<(id: string) => Value>
}

/** An estimate of the rows that a key of a relation needs: one statement reads some hundreds of rows. */
type RowsOf<Key> = (key: Key) => number

/**
 * One loader for each relation. Loaders cache, so each request and each event of a subscription has its own. They read
 * once no resolver that could request more keys is waiting, and in batches, so that no statement holds the event loop
 * for long.
 */
export function createLoaders(app: AppApi, viewer: Viewer, usage: Usage) {
  const made: { clearAll(): unknown }[] = []
  const schedule = (dispatch: () => void): void =>
    afterPromises(() => {
      const idle = usage.turn.idle()
      if (idle === undefined) dispatch()
      else void idle.then(() => schedule(dispatch))
    })
  const reading =
    <Key, Value>(
      readBatch: (keys: readonly Key[], reads: RowReads) => Promise<readonly Value[]>,
      rowsOf: RowsOf<Key>,
    ) =>
    async (keys: readonly Key[], reads: RowReads = null): Promise<Value[]> => {
      const values: Value[] = []
      for (const { batch, rows } of batchesOf(keys, rowsOf)) {
        await usage.turn.take(rows)
        const read = await readBatch(batch, reads)
        usage.load(countRows(read))
        values.push(...read)
      }
      return values
    }
  const batched = <Key, Value>(
    readAll: (keys: readonly Key[]) => Promise<Value[]>,
    cacheKeyFn: ((key: Key) => string) | null = null,
  ): DataLoader<Key, Value, Key | string> => {
    const options = {
      maxBatchSize: limits.loaderKeysMax,
      batchScheduleFn: schedule,
      ...(cacheKeyFn && { cacheKeyFn }),
    }
    const loader = new DataLoader<Key, Value, Key | string>(readAll, options)
    made.push(loader)
    return loader
  }
  const byId = <Value>(
    readBatch: (ids: readonly string[], reads: RowReads) => Promise<readonly Value[]>,
    rowsEach = 1,
  ): ByIdLoader<Value> => {
    const readAll = reading<string, Value>(readBatch, () => rowsEach)
    const loader = batched((ids: readonly string[]) => readAll(ids))
    return {
      load: (id) => loader.load(id),
      loadAll: gathered(readAll),
    }
  }
  /** Reads what several fields ask for in the same moment together. */
  const gathered = <Value>(
    readAll: (ids: readonly string[], reads: RowReads) => Promise<Value[]>,
  ): ByIdLoader<Value>['loadAll'] => {
    let gathering: Gathering<Value> | null = null
    const begin = () => {
      const ids = new Set<string>()
      const needs: RowReads[] = []
      const found = new Promise<void>(schedule).then(async () => {
        gathering = null
        const unique = [...ids]
        const reads = needs.includes(null) ? null : [...new Set(needs.flatMap((of) => of ?? []))]
        const values = await readAll(unique, reads)
        const byIds = new Map(unique.map((id, i) => [id, values[i] as Value]))
        return (id: string) => byIds.get(id) as Value
      })
      return { ids, needs, found }
    }
    return (ids, reads) => {
      gathering ??= begin()
      for (const id of ids) gathering.ids.add(id)
      gathering.needs.push(reads)
      return gathering.found
    }
  }
  const byObject = <Of extends { readonly id: string }, Value>(
    readBatch: (objects: readonly Of[]) => Promise<readonly Value[]>,
    rowsOf: RowsOf<Of>,
  ) => batched<Of, Value>(reading(readBatch, rowsOf), ({ id }) => id)

  const byArguments = new Map<string, Loader<string, unknown>>()
  /** A loader for each value of the arguments of a field, which are part of the question. */
  function withArguments<Value>(
    field: string,
    args: PageArguments,
    rowsEach: number,
    batch: (ids: readonly string[]) => Promise<readonly Value[]>,
  ): Loader<string, Value> {
    const key = `${field} ${JSON.stringify(args)}`
    const loader = (byArguments.get(key) as Loader<string, Value> | undefined) ?? byId(batch, rowsEach)
    byArguments.set(key, loader)
    return loader
  }
  return {
    node: byId((ids) => app.nodes.byIds(viewer, ids), 2),
    // Each with its actions, which may be long texts.
    campaign: byId((ids) => app.campaigns.byIds(viewer, ids), 5),
    campaignOfOutdial: byId((outdialIds) => app.campaigns.byOutdialIds(viewer, outdialIds), 5),
    campaignStats: byId((campaignIds) => app.campaigns.stats(viewer, campaignIds), 10),
    // Counts what each pool has in flight.
    dialing: byObject(
      (campaigns: readonly Campaign[]) => app.campaigns.dialing(viewer, campaigns),
      () => 10,
    ),
    campaignTransitions(last: number): Loader<string, CampaignTransition[]> {
      return withArguments('campaign.transitions', { last }, last, (ids) =>
        app.transitions.latestOfCampaigns(viewer, ids, last),
      )
    },
    /** The calls of a campaign, or of a target. */
    callsOf(
      parent: CallParent,
      args: CampaigncallPageArguments,
      reads: Reads<Campaigncall> = null,
    ): Loader<string, Page<Campaigncall>> {
      return withArguments(`calls ${parent} ${reads}`, args, pageSize(args), (ids) =>
        app.campaigncalls.pagesWithin(viewer, { parent, ids }, args, reads),
      )
    },
    targetsOf(
      args: OutdialTargetPageArguments,
      reads: Reads<OutdialTarget> = null,
    ): Loader<string, Page<OutdialTarget>> {
      return withArguments(`targets ${reads}`, args, pageSize(args), (ids) =>
        app.outdialTargets.pagesWithin(viewer, ids, args, reads),
      )
    },
    campaigncall: byId((ids, reads) => app.campaigncalls.byIds(viewer, ids, reads as Reads<Campaigncall>)),
    campaigncallTransitions: byObject(
      (calls: readonly Campaigncall[]) => app.campaigncalls.transitions(viewer, calls.map(idOf)),
      ({ version }) => version,
    ),
    activeflow: byId((ids) => app.activeflows.byIds(viewer, ids)),
    activeflowDetails: byObject(
      (flows: readonly Activeflow[]) => app.activeflows.details(viewer, flows),
      ({ stepCount }) => stepCount + 5,
    ),
    recordings: byId((campaigncallIds) => app.activeflows.recordings(viewer, campaigncallIds), 10),
    outdial: byId((ids) => app.outdials.byIds(viewer, ids)),
    outdialTarget: byId((ids, reads) => app.outdialTargets.byIds(viewer, ids, reads as Reads<OutdialTarget>)),
    nextAttemptAt: byObject(
      (targets: readonly OutdialTarget[]) => app.outdialTargets.nextAttemptAt(viewer, targets),
      () => 1,
    ),
    outplan: byId((ids) => app.outplans.byIds(viewer, ids)),
    queue: byId((ids) => app.queues.byIds(viewer, ids)),
    // A queue has up to a thousand.
    queueAgents: byId((queueIds) => app.queues.agents(viewer, queueIds), 125),
    availableAgents: byId((queueIds) => app.queues.availableAgents(viewer, queueIds), 50),
    waitingCalls: byId((queueIds) => app.queues.waitingCalls(viewer, queueIds), 10),
    agent: byId((ids) => app.agents.byIds(viewer, ids)),
    agentQueues: byId((agentIds) => app.agents.queues(viewer, agentIds), 20),
    /** Forgets everything: what was read before a mutation may not be true after it. */
    clear(): void {
      for (const loader of made) loader.clearAll()
    },
  }
}

/** Once the promises have gone on that can go on, as DataLoader does by itself. */
function afterPromises(run: () => void): void {
  void Promise.resolve().then(() => process.nextTick(run))
}

/** Rows that one statement reads. */
const batchRowsMax = 500

function* batchesOf<Key>(keys: readonly Key[], rowsOf: RowsOf<Key>) {
  let batch: Key[] = []
  let rows = 0
  for (const key of keys) {
    const more = rowsOf(key)
    if (batch.length > 0 && rows + more > batchRowsMax) {
      yield { batch, rows }
      batch = []
      rows = 0
    }
    batch.push(key)
    rows += more
  }
  yield { batch, rows }
}

function countRows(values: readonly unknown[]): number {
  return values.reduce((sum: number, value) => sum + rowsIn(value), 0)
}

function rowsIn(value: unknown): number {
  if (Array.isArray(value)) return value.length
  const isPage = typeof value === 'object' && value !== null && 'rows' in value && 'cursorOf' in value
  return isPage ? (value as Page<unknown>).rows.length : 1
}

/** How many rows a page has at most; one that asks for less than one row is refused when it is read. */
function pageSize({ first, last }: PageArguments): number {
  return Math.max(1, first ?? last ?? limits.pageRowsDefault)
}

function idOf({ id }: { readonly id: string }): string {
  return id
}

/** What a reference points to; null where there is none. Deleted objects are found too. */
export function loadReference<Value>(
  loader: Loader<string, Value | null>,
  id: string | null,
): Promise<Value | null> | null {
  return id === null ? null : loader.load(id)
}

/** What a reference points to that is always set and always there: rows are never removed while others name them. */
export function loadRequired<Value>(loader: Loader<string, Value | null>, id: string): Promise<Value> {
  return loader.load(id).then((value) => present(value, `an object ${id}, which another one refers to`))
}
