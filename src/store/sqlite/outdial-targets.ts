import { and, asc, desc, eq, getTableColumns, gt, inArray, isNull, type SQL, sql } from 'drizzle-orm'
import type { Destination, OutdialTarget } from '../../domain/outdial-target.ts'
import type { DueBefore, OutdialTargets, TargetChange, TargetListFilter } from '../contract/outdials.ts'
import type { PageWindow, Reads } from '../contract/pages.ts'
import { compiledRead, compiledWrite } from './compiled-statements.ts'
import type { Connection } from './database.ts'
import { createDueTargets } from './due-targets.ts'
import { filterParts, type KeysetOrder } from './keyset.ts'
import { ofEachParent } from './lists.ts'
import {
  destinationColumns,
  type JoinedRow,
  toDestination,
  toJoinedDestination,
  toTarget,
} from './outdial-target-rows.ts'
import { createReads, createWrites, type RowOf } from './repository.ts'
import { destination, outdialTarget } from './schema/outdial.ts'
import { updateSet } from './sets.ts'
import { align, idList, inList, lazily, placeholders } from './statement-cache.ts'

/** Shapes of the filter that outdial_target_kept and outdial_target_all cover. */
const carried = new Set(['outdialId,customerId,kept', 'outdialId,customerId'])

/** An address is looked up by its index, not searched in the whole list. */
const orderOf = (filter: TargetListFilter): KeysetOrder => ({
  columns: [outdialTarget.position],
  descending: false,
  sorted: filter.address !== null,
})

/** The targets of the lists, each with its destinations. */
export function createOutdialTargets(db: Connection): OutdialTargets {
  const reads = createReads(db, outdialTarget, (row) => toTarget(row, []))
  const writes = createWrites(db, outdialTarget, (value: Omit<OutdialTarget, 'position'>) => ({ ...value }))
  const columns = getTableColumns(outdialTarget)
  const selectDestinations = lazily(() =>
    db
      .select()
      .from(destination)
      .where(
        and(eq(destination.customerId, sql.placeholder('customerId')), inList(destination.targetPosition, 'positions')),
      )
      .orderBy(asc(destination.targetPosition), asc(destination.index))
      .prepare(),
  )
  /** A flat selection, decoded like other rows that are read by the thousand. */
  const withDestination = { ...columns, ...destinationColumns }
  const selectByIds = lazily(() =>
    compiledRead<JoinedRow>(
      db,
      db
        .select(withDestination)
        .from(outdialTarget)
        .leftJoin(
          destination,
          and(
            eq(destination.customerId, outdialTarget.customerId),
            eq(destination.targetPosition, outdialTarget.position),
          ),
        )
        .where(and(eq(outdialTarget.customerId, sql.placeholder('customerId')), inList(outdialTarget.id, 'ids')))
        .prepare(),
      withDestination,
    ),
  )
  const ofList = eq(outdialTarget.outdialId, sql.placeholder('outdialId'))
  const ofCustomer = eq(outdialTarget.customerId, sql.placeholder('customerId'))
  const selectBatch = lazily(() =>
    db
      .select(columns)
      .from(outdialTarget)
      .where(
        and(ofList, gt(outdialTarget.position, sql.placeholder('after')), ofCustomer, isNull(outdialTarget.deletedAt)),
      )
      .orderBy(asc(outdialTarget.position))
      .limit(sql.placeholder('limit'))
      .prepare(),
  )
  const selectData = lazily(() =>
    db
      .select({ position: outdialTarget.position, data: outdialTarget.data, deletedAt: outdialTarget.deletedAt })
      .from(outdialTarget)
      .where(and(ofList, gt(outdialTarget.position, sql.placeholder('after')), ofCustomer))
      .orderBy(asc(outdialTarget.position))
      .limit(sql.placeholder('limit'))
      .prepare(),
  )
  const selectEnd = (order: typeof asc | typeof desc) =>
    lazily(() =>
      db
        .select({ position: outdialTarget.position })
        .from(outdialTarget)
        .where(and(ofList, ofCustomer))
        .orderBy(order(outdialTarget.position))
        .limit(1)
        .prepare(),
    )
  const [selectFirst, selectLast] = [selectEnd(asc), selectEnd(desc)]
  const insertDestination = lazily(() =>
    compiledWrite(db, db.insert(destination).values(placeholders(destination)).prepare()),
  )
  const deleteDestinations = lazily(() =>
    db
      .delete(destination)
      .where(
        and(
          eq(destination.customerId, sql.placeholder('customerId')),
          eq(destination.targetPosition, sql.placeholder('position')),
        ),
      )
      .prepare(),
  )
  /** The columns that an attempt changes; names and texts are not written again. */
  const updateAttempts = lazily(() =>
    updateSet(db, outdialTarget, {
      set: Object.keys(columns).filter((name) => !untouchedByAttempts.includes(name)),
      key: ['position'],
    }),
  )
  const updateTries = lazily(() =>
    updateSet(db, destination, { set: ['tryCount', 'unusable'], key: ['customerId', 'targetPosition', 'index'] }),
  )
  const insertOne = (target: Pick<OutdialTarget, 'customerId' | 'position'>, of: Destination) =>
    insertDestination()({
      ...of.address,
      customerId: target.customerId,
      targetPosition: target.position,
      index: of.index,
      tryCount: of.tryCount,
      unusable: of.unusable,
    })

  /** Adds the destinations of targets: one statement for all of them. */
  function withDestinations(customerId: string, targets: readonly OutdialTarget[]): OutdialTarget[] {
    if (targets.length === 0) return []
    const rows = selectDestinations().all({ customerId, positions: JSON.stringify(targets.map((of) => of.position)) })
    const found = new Map<number, Destination[]>()
    for (const row of rows) {
      const { targetPosition } = row
      const of = toDestination(row)
      const list = found.get(targetPosition)
      if (list) list.push(of)
      else found.set(targetPosition, [of])
    }
    return targets.map((target) => ({ ...target, destinations: found.get(target.position) ?? [] }))
  }
  const listFilter = (filter: TargetListFilter, ofParent: SQL = ofList) => {
    const oneStatus = filter.status?.length === 1 ? (filter.status[0] ?? null) : null
    return filterParts(
      [
        { name: 'outdialId', value: filter.outdialId.toLowerCase(), condition: ofParent },
        { name: 'customerId', value: filter.customerId, condition: ofCustomer },
        // One status is a range of an index; several are filtered while the list is scanned.
        oneStatus === null
          ? { name: 'status', value: filter.status, condition: inList(outdialTarget.status, 'status') }
          : { name: 'oneStatus', value: oneStatus, condition: eq(outdialTarget.status, sql.placeholder('oneStatus')) },
        { name: 'kept', value: filter.includeDeleted ? null : 1, condition: isNull(outdialTarget.deletedAt) },
        {
          name: 'address',
          value: filter.address,
          condition: inArray(
            outdialTarget.position,
            db
              .select({ position: destination.targetPosition })
              .from(destination)
              .where(
                and(
                  eq(destination.customerId, sql.placeholder('customerId')),
                  eq(destination.target, sql.placeholder('address')),
                ),
              ),
          ),
        },
      ],
      carried,
    )
  }
  const assembled = (rows: RowOf<typeof outdialTarget>[]) => rows.map((row) => toTarget(row, []))

  const { selectDue, dueTimes } = createDueTargets(db)

  return {
    /** One statement, including destinations. */
    async byIds(
      customerId: string,
      ids: readonly string[],
      only: Reads<OutdialTarget> = null,
    ): Promise<(OutdialTarget | null)[]> {
      if (isWithoutDestinations(only)) return reads.byIds(customerId, ids, only)
      const targets = new Map<number, { readonly target: OutdialTarget; readonly destinations: Destination[] }>()
      for (const row of selectByIds()({ customerId, ids: idList(ids) })) {
        let found = targets.get(row.position)
        if (found === undefined) {
          const destinations: Destination[] = []
          found = { target: toTarget(row, destinations), destinations }
          targets.set(row.position, found)
        }
        const destination = toJoinedDestination(row)
        if (destination !== null) found.destinations.push(destination)
      }
      // Sorted here: in the statement, whole rows would be sorted.
      for (const { destinations } of targets.values()) destinations.sort((a, b) => a.index - b.index)
      return align(
        ids,
        [...targets.values()].map((of) => of.target),
        (target) => target.id,
      )
    },
    async insert(value: Omit<OutdialTarget, 'position'>): Promise<OutdialTarget> {
      const target = await writes.insert(value)
      for (const of of target.destinations) insertOne(target, of)
      return target
    },
    /** Writes a target with its destinations. */
    async update(target: OutdialTarget): Promise<void> {
      await writes.update(target)
      deleteDestinations().run({ customerId: target.customerId, position: target.position })
      for (const of of target.destinations) insertOne(target, of)
    },
    /** Writes what attempts or a re-evaluation changed between two states of targets. */
    async updateAttempts(changes: readonly TargetChange[]): Promise<void> {
      updateAttempts()(changes.map(({ after }) => ({ ...after })))
      updateTries()(
        changes.flatMap(({ before, after: { customerId, position: targetPosition, destinations } }) =>
          destinations
            .filter((of, place) => of !== before.destinations[place])
            .map(({ index, tryCount, unusable }) => ({ customerId, targetPosition, index, tryCount, unusable })),
        ),
      )
    },
    async list(
      filter: TargetListFilter,
      window: PageWindow,
      only: Reads<OutdialTarget> = null,
    ): Promise<OutdialTarget[]> {
      if (isWithoutDestinations(only)) return reads.page(orderOf(filter), window, listFilter(filter), only)
      return withDestinations(filter.customerId, await reads.page(orderOf(filter), window, listFilter(filter)))
    },
    /** The same page of each of these lists; the list in the filter itself is the first of them. */
    async listOfEach(
      outdialIds: readonly string[],
      filter: TargetListFilter,
      window: PageWindow,
      only: Reads<OutdialTarget> = null,
    ): Promise<OutdialTarget[][]> {
      const own = isWithoutDestinations(only) ? only : null
      const parts = listFilter(filter, ofEachParent(outdialTarget.outdialId))
      const pages: OutdialTarget[][] = []
      if (outdialIds.length > 1 && parts.isCarried)
        pages.push(...(await reads.pageOfEach(outdialIds, orderOf(filter), window, parts, own)))
      else
        for (const outdialId of outdialIds) {
          const parts = listFilter({ ...filter, outdialId })
          pages.push(await reads.page(orderOf(filter), window, parts, own))
        }
      if (own !== null) return pages
      const all = withDestinations(filter.customerId, pages.flat())
      const found = new Map(all.map((target) => [target.position, target]))
      return pages.map((page) => page.map((target) => found.get(target.position) ?? target))
    },
    count: (filter: TargetListFilter) => reads.count(listFilter(filter)),
    async due(customerId: string, outdialId: string, before: DueBefore, limit: number): Promise<OutdialTarget[]> {
      return withDestinations(customerId, assembled(selectDue(customerId, outdialId, before, limit)))
    },
    dueTimes,
    /** Positions of the first and the last target of a list, including deleted ones; both 0 if it has none. */
    async span(customerId: string, outdialId: string): Promise<{ first: number; last: number }> {
      const of = { customerId, outdialId }
      return { first: selectFirst().get(of)?.position ?? 0, last: selectLast().get(of)?.position ?? 0 }
    },
    /** The data of targets after a position, including deleted ones, in the order they were added. */
    async dataAfter(
      customerId: string,
      outdialId: string,
      after: number,
      limit: number,
    ): Promise<{ position: number; data: string; deletedAt: number | null }[]> {
      return selectData().all({ customerId, outdialId, after, limit })
    },
    /** Targets after a position that are not deleted, in the order they were added. */
    async batch(customerId: string, outdialId: string, after: number, limit: number): Promise<OutdialTarget[]> {
      return withDestinations(customerId, assembled(selectBatch().all({ customerId, outdialId, after, limit })))
    },
  }
}

/** Whether what is needed stands in the row of a target. */
function isWithoutDestinations(reads: Reads<OutdialTarget>): reads is readonly (keyof OutdialTarget)[] {
  return reads !== null && !reads.includes('destinations')
}

const untouchedByAttempts = [
  'position',
  'customerId',
  'id',
  'outdialId',
  'name',
  'detail',
  'data',
  'createdAt',
  'deletedAt',
]
