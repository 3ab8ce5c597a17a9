import { z } from 'zod'
import type { Address } from '../domain/address.ts'
import type { Outdial } from '../domain/outdial.ts'
import {
  chooseDestination,
  destinationCountMax,
  dueAt,
  editDestinations,
  type OutdialTarget,
  reevaluateTarget,
} from '../domain/outdial-target.ts'
import type { Outplan } from '../domain/outplan.ts'
import { emptyTargetTally, shift, type TargetTally, tallyTarget } from '../domain/tally.ts'
import { present } from '../kernel/assert.ts'
import { fingerprint } from '../kernel/cursor.ts'
import { Refusal, refuse, type UserError } from '../kernel/errors.ts'
import { limits } from '../limits.ts'
import type { OutdialTargets } from './api.ts'
import { type AppContext, attempt } from './context.ts'
import {
  addressSchema,
  chosenId,
  dataText,
  detailText,
  filterText,
  finding,
  inspect,
  parseChanges,
  text,
} from './input.ts'
import { insertTargets, newTarget } from './new-targets.ts'
import { refuseMissingOutdial } from './outdials.ts'
import { loadPages } from './paging.ts'
import { planOf } from './reevaluation.ts'
import type { OutdialTargetInput } from './requests.ts'
import { resetList } from './resets.ts'
import type { Unit } from './unit-of-work.ts'
import type { Viewer } from './viewer.ts'

type Addressed = { readonly index: number; readonly address: Address }

function schemas(context: AppContext) {
  const address = addressSchema(context.options.defaultCountry)
  const destinations = z
    .array(address.nullable())
    .max(destinationCountMax)
    .transform((given, ctx): Addressed[] => {
      const addressed = given.flatMap((of, index) => (of === null ? [] : [{ index, address: of }]))
      if (addressed.length === 0) ctx.addIssue(finding('BLANK', 'At least one destination is needed.', given))
      return addressed
    })
  const fields = { name: text(limits.nameLengthMax), detail: detailText, data: dataText, destinations }
  return { add: z.object({ id: chosenId, ...fields }), update: z.object(fields).partial() }
}

type ParsedTarget = z.output<ReturnType<typeof schemas>['add']>

/** The targets of the lists. */
export function createOutdialTargets(context: AppContext): OutdialTargets {
  const { store, seal } = context
  const schema = schemas(context)
  const find = async (viewer: Viewer, id: string) =>
    (await store.read.outdialTargets.byIds(viewer.customerId, [id]))[0] ?? null

  const pagesWithin: OutdialTargets['pagesWithin'] = async (viewer, outdialIds, { filter, ...args }, reads = null) => {
    const shared = {
      customerId: viewer.customerId,
      status: filter?.status ?? null,
      address: filterText(filter?.address, 'address'),
      includeDeleted: filter?.includeDeleted ?? false,
    }
    return loadPages(
      outdialIds.map((outdialId) => {
        const listing = { ...shared, outdialId }
        return {
          args,
          seal,
          connection: 'outdialTargets',
          listing,
          keyOf: (target: OutdialTarget) => [target.position],
          count: () => store.read.outdialTargets.count(listing),
        }
      }),
      (places, window) => {
        const ids = places.flatMap((place) => outdialIds[place] ?? [])
        return store.read.outdialTargets.listOfEach(ids, { ...shared, outdialId: ids[0] ?? '' }, window, reads)
      },
    )
  }

  return {
    add: (viewer, outdialId, targets) =>
      attempt<{ outdial: Outdial; targets: readonly OutdialTarget[] | null }>(
        async () => {
          if (targets.length > limits.targetsPerAddMax) {
            refuse('LIMIT_EXCEEDED', ['targets'], `At most ${limits.targetsPerAddMax} targets can be added at once.`)
          }
          // Numbers are parsed before the transaction: parsing a thousand would hold it open for too long.
          const parsed = parseTargets(schema.add, targets)
          return context.change(viewer, async (unit) => {
            const outdial = await unit.tx.outdials.byId(viewer.customerId, outdialId)
            if (outdial === null) return refuseMissingOutdial('outdialId')
            const { targets: all, added } = await addTargets(unit, viewer, outdial, parsed)
            const counters = added
              .map(tallyTarget)
              .reduce((sum, of) => shift(sum, emptyTargetTally, of), pickCounters(outdial))
            return { outdial: { ...outdial, ...counters }, targets: all }
          })
        },
        async () => {
          const outdial = await store.read.outdials.byId(viewer.customerId, outdialId)
          return outdial && { outdial, targets: null }
        },
      ),
    update: (viewer, id, input) =>
      attempt(
        () =>
          context.change(viewer, (unit) => updateTarget(unit, viewer, id, () => parseChanges(schema.update, input))),
        () => find(viewer, id),
      ),
    delete: (viewer, id) =>
      attempt(
        () =>
          context.change(viewer, async (unit) => {
            const target = await loadTarget(unit, viewer, id)
            if (target.status === 'PROGRESSING') refuse('STATE_CONFLICT', ['id'], 'A call to this target is in flight.')
            const deleted = { ...target, deletedAt: unit.now, updatedAt: unit.now }
            await (await unit.stored()).outdialTargets.update(deleted)
            unit.countTarget(target, deleted)
            unit.notice('OUTDIAL', viewer.customerId, target.outdialId)
            return deleted
          }),
        () => find(viewer, id),
      ),
    reset: (viewer, outdialId, which) =>
      attempt<{ outdial: Outdial; resetCount: number | null }>(
        () => resetList(context, viewer, outdialId, which),
        async () => {
          const outdial = await store.read.outdials.byId(viewer.customerId, outdialId)
          return outdial && { outdial, resetCount: null }
        },
      ),
    byIds: (viewer, ids, reads = null) => store.read.outdialTargets.byIds(viewer.customerId, ids, reads),
    async page(viewer, { outdialId, ...args }) {
      const [page] = await pagesWithin(viewer, [outdialId], args)
      return present(page, 'a page of one list')
    },
    pagesWithin,
    async nextAttemptAt(viewer, targets) {
      const { customerId } = viewer
      const campaigns = await store.read.campaigns.byOutdialIds(
        customerId,
        targets.map((target) => target.outdialId),
      )
      const outplans = await store.read.outplans.byIds(
        customerId,
        campaigns.map((campaign) => campaign?.outplanId ?? ''),
      )
      return targets.map((target, i) => nextAttempt(target, outplans[i] ?? null, context.effects.now()))
    },
  }
}

function parseTargets(
  schema: ReturnType<typeof schemas>['add'],
  targets: readonly OutdialTargetInput[],
): ParsedTarget[] {
  const errors: UserError[] = []
  const parsed = targets.flatMap((target, i) => {
    const found = inspect(schema, target, ['targets', String(i)])
    errors.push(...found.errors)
    return found.data === undefined ? [] : [found.data]
  })
  if (errors.length > 0) throw new Refusal(errors)
  return parsed
}

/**
 * Adds targets row by row, all or nothing. Rows that the same creation added before are returned unchanged
 * (docs/rules.md#repeatable-creations).
 */
async function addTargets(unit: Unit, viewer: Viewer, outdial: Outdial, targets: readonly ParsedTarget[]) {
  const { customerId } = viewer
  const chosen = targets.flatMap(({ id }) => (id == null ? [] : [id]))
  const known = new Map((await unit.tx.creations.byIds(customerId, chosen)).map((row) => [row.id, row]))
  const taken = chosen.length === 0 ? new Set<string>() : await unit.tx.creations.taken(customerId, chosen)
  const errors: UserError[] = []
  const fresh: Omit<OutdialTarget, 'position'>[] = []
  const ids: string[] = []
  for (const [i, { id: given, destinations, ...texts }] of targets.entries()) {
    const id = given ?? unit.makeId()
    ids.push(id)
    if (given != null) {
      const inputHash = fingerprint({ outdialId: outdial.id, destinations, ...texts })
      const before = known.get(id)
      if (before?.kind === 'OUTDIAL_TARGET' && before.inputHash === inputHash) continue
      if (before !== undefined || taken.has(id)) {
        const message = 'This id belongs to another object, or to another creation.'
        errors.push({ code: 'TAKEN', field: ['targets', String(i), 'id'], message })
        continue
      }
      const creation = { customerId, id, kind: 'OUTDIAL_TARGET' as const, inputHash }
      await unit.tx.creations.insert(creation)
      known.set(id, creation)
    }
    fresh.push(newTarget(unit, outdial, id, { ...texts, destinations: editDestinations([], destinations) }))
  }
  if (errors.length > 0) throw new Refusal(errors)
  // Rows that were all added before are returned even if the list was deleted since.
  if (fresh.length > 0 && outdial.deletedAt !== null) refuseMissingOutdial('outdialId')
  const added = await insertTargets(unit, outdial, fresh)
  const stored = await (await unit.stored()).outdialTargets.byIds(customerId, ids)
  return { targets: stored.map((target) => present(target, 'a target that was added')), added }
}

/** The counters of a list. */
function pickCounters({ targetsIdle, targetsProgressing, targetsDone }: Outdial): TargetTally {
  return { targetsIdle, targetsProgressing, targetsDone }
}

async function loadTarget(unit: Unit, viewer: Viewer, id: string): Promise<OutdialTarget> {
  const [target] = await (await unit.stored()).outdialTargets.byIds(viewer.customerId, [id])
  if (!target || target.deletedAt !== null) refuse('NOT_FOUND', ['id'], 'There is no such target.')
  return target
}

async function updateTarget(
  unit: Unit,
  viewer: Viewer,
  id: string,
  changes: () => Partial<Omit<ParsedTarget, 'id'>>,
): Promise<OutdialTarget> {
  const target = await loadTarget(unit, viewer, id)
  const { destinations, ...texts } = changes()
  if (destinations && target.status === 'PROGRESSING') {
    refuse(
      'STATE_CONFLICT',
      ['input', 'destinations'],
      'Destinations cannot be changed while a call to the target is in flight.',
    )
  }
  const edited: OutdialTarget = {
    ...target,
    ...texts,
    destinations: destinations ? editDestinations(target.destinations, destinations) : target.destinations,
    updatedAt: unit.now,
  }
  const plan = await planOf(unit, { customerId: viewer.customerId, id: target.outdialId })
  const reevaluated = plan === null ? edited : { ...edited, status: reevaluateTarget(edited, plan.maxTryCounts) }
  await (await unit.stored()).outdialTargets.update(reevaluated)
  unit.countTarget(target, reevaluated)
  unit.notice('OUTDIAL', viewer.customerId, target.outdialId)
  return reevaluated
}

/** When a target becomes due again under the plan; null when it is due now or never. */
function nextAttempt(target: OutdialTarget, outplan: Outplan | null, now: number): number | null {
  if (outplan === null || target.status !== 'IDLE' || target.deletedAt !== null) return null
  if (chooseDestination(target.destinations, outplan.maxTryCounts) === null) return null
  const at = dueAt(target, outplan.tryIntervalMs)
  return at > now ? at : null
}
