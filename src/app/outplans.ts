import { z } from 'zod'
import { destinationCountMax } from '../domain/outdial-target.ts'
import type { Outplan } from '../domain/outplan.ts'
import { refuse } from '../kernel/errors.ts'
import { limits } from '../limits.ts'
import type { Outplans } from './api.ts'
import { type AppContext, attempt } from './context.ts'
import { createRepeatably } from './creations.ts'
import { addressSchema, chosenId, detailText, finding, nameText, parse, parseChanges, wholeNumber } from './input.ts'
import { loadPage } from './paging.ts'
import { startReevaluation } from './reevaluation.ts'
import type { Unit } from './unit-of-work.ts'
import type { Viewer } from './viewer.ts'

function schemas(context: AppContext) {
  const fields = {
    name: nameText,
    detail: detailText,
    source: addressSchema(context.options.defaultCountry),
    dialTimeoutMs: wholeNumber(limits.dialTimeoutMinMs, limits.dialTimeoutMaxMs),
    tryIntervalMs: wholeNumber(0, limits.tryIntervalMaxMs),
    maxTryCounts: tryCounts,
  }
  return { create: z.object({ id: chosenId, ...fields }), update: z.object(fields).partial() }
}

/** One to five numbers; missing ones are 0. */
const tryCounts = z
  .array(wholeNumber(0, limits.tryCountMax))
  .min(1)
  .max(destinationCountMax)
  .transform((counts, ctx) => {
    if (counts.every((count) => count === 0)) {
      ctx.addIssue(finding('INVALID', 'At least one of the try counts must be above 0.', counts))
      return z.NEVER
    }
    return Array.from({ length: destinationCountMax }, (_, index) => counts[index] ?? 0)
  })

/** Outplans: how and when targets are dialed. */
export function createOutplans(context: AppContext): Outplans {
  const { store, seal } = context
  const schema = schemas(context)
  const find = (viewer: Viewer, id: string) => store.read.outplans.byId(viewer.customerId, id)

  return {
    create: (viewer, input) =>
      attempt(async () => {
        const { id: chosen, ...fields } = parse(schema.create, input, ['input'])
        return context.change(viewer, (unit) =>
          createRepeatably(unit, viewer, {
            kind: 'OUTPLAN',
            id: chosen,
            input: fields,
            find: (id) => unit.tx.outplans.byId(viewer.customerId, id),
            make: (id) =>
              unit.tx.outplans.insert({
                ...fields,
                id,
                customerId: viewer.customerId,
                createdAt: unit.now,
                updatedAt: unit.now,
                deletedAt: null,
              }),
          }),
        )
      }),
    update: (viewer, id, input) =>
      attempt(
        () =>
          context.change(viewer, async (unit) => {
            const outplan = await loadOutplan(unit, viewer, id)
            const changes = parseChanges(schema.update, input)
            const edited = { ...outplan, ...changes, updatedAt: unit.now }
            await unit.tx.outplans.update(edited)
            const recounted = edited.maxTryCounts.some((count, index) => count !== outplan.maxTryCounts[index])
            if (recounted) await reevaluateListsOf(unit, viewer, edited)
            unit.notice('OUTPLAN', viewer.customerId, outplan.id)
            return edited
          }),
        () => find(viewer, id),
      ),
    delete: (viewer, id) =>
      attempt(
        () =>
          context.change(viewer, async (unit) => {
            const outplan = await loadOutplan(unit, viewer, id)
            const users = await unit.tx.campaigns.byOutplanId(viewer.customerId, outplan.id)
            const user = users.find((campaign) => campaign.status !== 'STOP')
            if (user)
              refuse(
                'IN_USE',
                ['id'],
                `It is in use: the campaign "${user.name}", which is not stopped, dials by this outplan.`,
              )
            const deleted = { ...outplan, deletedAt: unit.now, updatedAt: unit.now }
            await unit.tx.outplans.update(deleted)
            unit.notice('OUTPLAN', viewer.customerId, outplan.id)
            return deleted
          }),
        () => find(viewer, id),
      ),
    byIds: (viewer, ids) => store.read.outplans.byIds(viewer.customerId, ids),
    page: (viewer, args) =>
      loadPage({
        args,
        seal,
        connection: 'outplans',
        listing: { customerId: viewer.customerId },
        keyOf: (outplan: Outplan) => [outplan.position],
        load: (window) => store.read.outplans.list(viewer.customerId, window),
        count: () => store.read.outplans.count(viewer.customerId),
      }),
  }
}

async function loadOutplan(unit: Unit, viewer: Viewer, id: string): Promise<Outplan> {
  const outplan = await unit.tx.outplans.byId(viewer.customerId, id)
  if (outplan === null || outplan.deletedAt !== null) refuse('NOT_FOUND', ['id'], 'There is no such outplan.')
  return outplan
}

/**
 * Changed try counts change which targets have a try left, in every list dialed by this plan
 * (docs/rules.md#target-reevaluation).
 */
async function reevaluateListsOf(unit: Unit, viewer: Viewer, outplan: Outplan): Promise<void> {
  for (const campaign of await unit.tx.campaigns.byOutplanId(viewer.customerId, outplan.id)) {
    if (campaign.outdialId !== null) await startReevaluation(unit, viewer.customerId, campaign.outdialId)
  }
}
