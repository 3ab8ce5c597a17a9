import type { AnyNode, AppApi, Nodes } from './api.ts'

type Sources = Pick<
  AppApi,
  'campaigns' | 'outdials' | 'outdialTargets' | 'outplans' | 'queues' | 'agents' | 'campaigncalls' | 'activeflows'
>

/**
 * Finds an object by an id of any kind: the kinds are searched one after the other, each only for the ids still
 * missing.
 */
export function createNodes(sources: Sources): Nodes {
  return {
    async byIds(viewer, ids) {
      const found = new Map<string, AnyNode>()
      const look = async <Value extends { readonly id: string }>(
        load: (missing: readonly string[]) => Promise<(Value | null)[]>,
        wrap: (value: Value) => AnyNode,
      ) => {
        const missing = ids.filter((id) => !found.has(id.toLowerCase()))
        if (missing.length === 0) return
        for (const value of await load(missing)) if (value !== null) found.set(value.id, wrap(value))
      }
      await look(
        (missing) => sources.campaigns.byIds(viewer, missing),
        (value) => ({ type: 'Campaign', value }),
      )
      await look(
        (missing) => sources.campaigncalls.byIds(viewer, missing),
        (value) => ({ type: 'Campaigncall', value }),
      )
      await look(
        (missing) => sources.outdialTargets.byIds(viewer, missing),
        (value) => ({ type: 'OutdialTarget', value }),
      )
      await look(
        (missing) => sources.outdials.byIds(viewer, missing),
        (value) => ({ type: 'Outdial', value }),
      )
      await look(
        (missing) => sources.outplans.byIds(viewer, missing),
        (value) => ({ type: 'Outplan', value }),
      )
      await look(
        (missing) => sources.queues.byIds(viewer, missing),
        (value) => ({ type: 'Queue', value }),
      )
      await look(
        (missing) => sources.agents.byIds(viewer, missing),
        (value) => ({ type: 'Agent', value }),
      )
      await look(
        (missing) => sources.activeflows.byIds(viewer, missing),
        (value) => ({ type: 'Activeflow', value }),
      )
      return ids.map((id) => found.get(id.toLowerCase()) ?? null)
    },
  }
}
