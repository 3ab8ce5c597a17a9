import { z } from 'zod'
import type { Outdial } from '../domain/outdial.ts'
import { refuse } from '../kernel/errors.ts'
import type { Outdials } from './api.ts'
import { type AppContext, attempt } from './context.ts'
import { createRepeatably } from './creations.ts'
import { chosenId, dataText, detailText, filterText, nameText, parse, parseChanges } from './input.ts'
import { loadPage } from './paging.ts'
import type { Unit } from './unit-of-work.ts'
import type { Viewer } from './viewer.ts'

const fields = { name: nameText, detail: detailText, data: dataText }
const createSchema = z.object({ id: chosenId, ...fields })
const updateSchema = z.object(fields).partial()

/** Outdials: the lists of targets. */
export function createOutdials(context: AppContext): Outdials {
  const { store, seal } = context
  const find = (viewer: Viewer, id: string) => store.read.outdials.byId(viewer.customerId, id)

  return {
    create: (viewer, input) =>
      attempt(async () => {
        const { id: chosen, ...values } = parse(createSchema, input, ['input'])
        const { customerId } = viewer
        return context.change(viewer, (unit) =>
          createRepeatably(unit, viewer, {
            kind: 'OUTDIAL',
            id: chosen,
            input: values,
            find: (id) => unit.tx.outdials.byId(customerId, id),
            make: (id) => {
              const counters = { targetsIdle: 0, targetsProgressing: 0, targetsDone: 0, reevaluatedPosition: null }
              const times = { createdAt: unit.now, updatedAt: unit.now, deletedAt: null }
              return unit.tx.outdials.insert({ ...values, ...counters, ...times, id, customerId })
            },
          }),
        )
      }),
    update: (viewer, id, input) =>
      attempt(
        () =>
          context.change(viewer, async (unit) => {
            const outdial = await loadOutdial(unit, viewer, id, 'id')
            const edited = { ...outdial, ...parseChanges(updateSchema, input), updatedAt: unit.now }
            await unit.tx.outdials.update(edited)
            unit.notice('OUTDIAL', viewer.customerId, outdial.id)
            return edited
          }),
        () => find(viewer, id),
      ),
    delete: (viewer, id) =>
      attempt(
        () =>
          context.change(viewer, async (unit) => {
            const outdial = await loadOutdial(unit, viewer, id, 'id')
            const [campaign] = await unit.tx.campaigns.byOutdialIds(viewer.customerId, [outdial.id])
            if (campaign && campaign.status !== 'STOP') {
              refuse(
                'IN_USE',
                ['id'],
                `It is in use: the campaign "${campaign.name}", which is not stopped, dials this outdial.`,
              )
            }
            const deleted = { ...outdial, deletedAt: unit.now, updatedAt: unit.now }
            await unit.tx.outdials.update(deleted)
            unit.notice('OUTDIAL', viewer.customerId, outdial.id)
            return deleted
          }),
        () => find(viewer, id),
      ),
    byIds: (viewer, ids) => store.read.outdials.byIds(viewer.customerId, ids),
    page: async (viewer, { filter, ...args }) => {
      const listing = {
        customerId: viewer.customerId,
        nameContains: filterText(filter?.nameContains, 'nameContains')?.toLowerCase() ?? null,
        includeDeleted: filter?.includeDeleted ?? false,
      }
      return loadPage({
        args,
        seal,
        connection: 'outdials',
        listing,
        keyOf: (outdial: Outdial) => [outdial.position],
        load: (window) => store.read.outdials.list(listing, window),
        count: () => store.read.outdials.count(listing),
      })
    },
  }
}

/** Loads an outdial that can be changed; `argument` is the name of its id in the mutation. */
export async function loadOutdial(
  unit: Unit,
  viewer: Viewer,
  id: string,
  argument: 'id' | 'outdialId',
): Promise<Outdial> {
  const outdial = await unit.tx.outdials.byId(viewer.customerId, id)
  if (outdial === null || outdial.deletedAt !== null) refuseMissingOutdial(argument)
  return outdial
}

export function refuseMissingOutdial(argument: 'id' | 'outdialId'): never {
  return refuse('NOT_FOUND', [argument], 'There is no such outdial.')
}
