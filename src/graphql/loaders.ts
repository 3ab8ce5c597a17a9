import DataLoader from 'dataloader'
import type { AppApi } from '../app/api.ts'
import type { Viewer } from '../app/viewer.ts'
import type { Activeflow } from '../domain/activeflow.ts'
import type { Campaign } from '../domain/campaign.ts'
import type { OutdialTarget } from '../domain/outdial-target.ts'
import type { CampaignTransition } from '../domain/transition.ts'
import { present } from '../kernel/assert.ts'
import { limits } from '../limits.ts'

export type Loaders = ReturnType<typeof createLoaders>

/** Something that loads by key, as far as a resolver needs to know. */
interface Loader<Key, Value> {
  load(key: Key): Promise<Value>
}

/** One loader for each relation. They remember: new ones are made for each request and each event of a subscription. */
export function createLoaders(app: AppApi, viewer: Viewer) {
  const made: { clearAll(): unknown }[] = []
  const batched = <Key, Value>(
    batch: (keys: readonly Key[]) => Promise<readonly Value[]>,
    cacheKeyFn?: (key: Key) => string,
  ): DataLoader<Key, Value, Key | string> => {
    const loader = new DataLoader<Key, Value, Key | string>(batch, { maxBatchSize: limits.loaderKeysMax, cacheKeyFn })
    made.push(loader)
    return loader
  }
  const byId = <Value>(batch: (ids: readonly string[]) => Promise<readonly Value[]>) => batched<string, Value>(batch)

  const transitionsByLast = new Map<number, DataLoader<string, CampaignTransition[], string>>()
  return {
    node: byId((ids) => app.nodes.byIds(viewer, ids)),
    campaign: byId((ids) => app.campaigns.byIds(viewer, ids)),
    campaignOfOutdial: byId((outdialIds) => app.campaigns.byOutdialIds(viewer, outdialIds)),
    campaignStats: byId((campaignIds) => app.campaigns.stats(viewer, campaignIds)),
    dialing: batched(
      (campaigns: readonly Campaign[]) => app.campaigns.dialing(viewer, campaigns),
      ({ id }) => id,
    ),
    /** `last` is part of the question, so each value of it has a loader of its own. */
    campaignTransitions(last: number): Loader<string, CampaignTransition[]> {
      const known = transitionsByLast.get(last)
      if (known !== undefined) return known
      const loader = byId((campaignIds) => app.transitions.latestOfCampaigns(viewer, campaignIds, last))
      transitionsByLast.set(last, loader)
      return loader
    },
    campaigncall: byId((ids) => app.campaigncalls.byIds(viewer, ids)),
    campaigncallTransitions: byId((campaigncallIds) => app.campaigncalls.transitions(viewer, campaigncallIds)),
    activeflow: byId((ids) => app.activeflows.byIds(viewer, ids)),
    activeflowDetails: batched(
      (flows: readonly Activeflow[]) => app.activeflows.details(viewer, flows),
      ({ id }) => id,
    ),
    recordings: byId((campaigncallIds) => app.activeflows.recordings(viewer, campaigncallIds)),
    outdial: byId((ids) => app.outdials.byIds(viewer, ids)),
    outdialTarget: byId((ids) => app.outdialTargets.byIds(viewer, ids)),
    nextAttemptAt: batched(
      (targets: readonly OutdialTarget[]) => app.outdialTargets.nextAttemptAt(viewer, targets),
      ({ id }) => id,
    ),
    outplan: byId((ids) => app.outplans.byIds(viewer, ids)),
    queue: byId((ids) => app.queues.byIds(viewer, ids)),
    queueAgents: byId((queueIds) => app.queues.agents(viewer, queueIds)),
    waitingCalls: byId((queueIds) => app.queues.waitingCalls(viewer, queueIds)),
    agent: byId((ids) => app.agents.byIds(viewer, ids)),
    agentQueues: byId((agentIds) => app.agents.queues(viewer, agentIds)),
    /** Forgets everything: what was read before a mutation may not be true after it. */
    clear(): void {
      for (const loader of made) loader.clearAll()
    },
  }
}

/** What a reference points to; null where there is none. Deleted objects are found too. */
export async function loadReference<Value>(loader: Loader<string, Value | null>, id: string | null) {
  return id === null ? null : loader.load(id)
}

/** What a reference points to that is always set and always there: rows are never removed while others name them. */
export async function loadRequired<Value>(loader: Loader<string, Value | null>, id: string): Promise<Value> {
  return present(await loader.load(id), `an object ${id}, which another one refers to`)
}
