import { and, asc, eq, getTableColumns, isNotNull, isNull, sql } from 'drizzle-orm'
import type { Outdial } from '../../domain/outdial.ts'
import type { TargetTally } from '../../domain/tally.ts'
import type { OutdialListFilter, Outdials } from '../contract/outdials.ts'
import type { PageWindow } from '../contract/pages.ts'
import type { Scope } from '../contract/scope.ts'
import type { Connection } from './database.ts'
import { type FilterParts, filterParts, type KeysetOrder } from './keyset.ts'
import { createList } from './lists.ts'
import { createWrites } from './repository.ts'
import { outdial, outdialCounter } from './schema/outdial.ts'
import { align, idList, inList, lazily, placeholders, scoped, scopeValues } from './statement-cache.ts'

/** Shapes of the filter that an index covers. */
const carried = new Set(['customerId,kept', 'customerId'])

const byPosition: KeysetOrder = { columns: [outdial.position], descending: false }

/** Outdials, each with its counters. */
export function createOutdials(db: Connection): Outdials {
  const { nameKey: _, ...columns } = getTableColumns(outdial)
  const { targetsIdle, targetsProgressing, targetsDone } = getTableColumns(outdialCounter)
  const selection = { ...columns, targetsIdle, targetsProgressing, targetsDone }
  const counterOf = and(eq(outdialCounter.customerId, outdial.customerId), eq(outdialCounter.outdialId, outdial.id))
  const from = () => db.select(selection).from(outdial).innerJoin(outdialCounter, counterOf)
  const writes = createWrites(db, outdial, (value: Omit<Outdial, 'position'>) => ({
    ...value,
    nameKey: value.name.toLowerCase(),
  }))
  const selectByIds = lazily(() =>
    from()
      .where(and(eq(outdial.customerId, sql.placeholder('customerId')), inList(outdial.id, 'ids')))
      .prepare(),
  )
  const selectReevaluating = scoped(outdial.customerId, (ofScope) =>
    from()
      .where(and(isNotNull(outdial.reevaluatedPosition), ofScope))
      .orderBy(asc(outdial.position))
      .limit(sql.placeholder('limit'))
      .prepare(),
  )
  const insertCounter = lazily(() => db.insert(outdialCounter).values(placeholders(outdialCounter)).prepare())
  const addToCounter = lazily(() =>
    db
      .update(outdialCounter)
      .set({
        targetsIdle: sql`${outdialCounter.targetsIdle} + ${sql.placeholder('targetsIdle')}`,
        targetsProgressing: sql`${outdialCounter.targetsProgressing} + ${sql.placeholder('targetsProgressing')}`,
        targetsDone: sql`${outdialCounter.targetsDone} + ${sql.placeholder('targetsDone')}`,
      })
      .where(
        and(
          eq(outdialCounter.customerId, sql.placeholder('customerId')),
          eq(outdialCounter.outdialId, sql.placeholder('outdialId')),
        ),
      )
      .prepare(),
  )
  const lists = createList<Outdial>(db, outdial, selection, from)

  const listFilter = (filter: OutdialListFilter): FilterParts =>
    filterParts(
      [
        {
          name: 'customerId',
          value: filter.customerId,
          condition: eq(outdial.customerId, sql.placeholder('customerId')),
        },
        {
          name: 'nameContains',
          value: filter.nameContains,
          condition: sql`instr(${outdial.nameKey}, ${sql.placeholder('nameContains')}) > 0`,
        },
        { name: 'kept', value: filter.includeDeleted ? null : 1, condition: isNull(outdial.deletedAt) },
      ],
      carried,
    )
  const byIds = async (customerId: string, ids: readonly string[]): Promise<(Outdial | null)[]> =>
    align(ids, selectByIds().all({ customerId, ids: idList(ids) }), (value) => value.id)

  return {
    byIds,
    byId: async (customerId: string, id: string): Promise<Outdial | null> => (await byIds(customerId, [id]))[0] ?? null,
    /** With the counters of the value. */
    async insert(value: Omit<Outdial, 'position'>): Promise<Outdial> {
      const inserted = await writes.insert(value)
      const { customerId, id: outdialId, targetsIdle, targetsProgressing, targetsDone } = inserted
      insertCounter().run({ customerId, outdialId, targetsIdle, targetsProgressing, targetsDone })
      return inserted
    },
    /** Writes everything but the counters. */
    update: writes.update,
    count: (filter: OutdialListFilter): Promise<number> => lists.count(listFilter(filter)),
    list: (filter: OutdialListFilter, window: PageWindow): Promise<Outdial[]> =>
      lists.page(byPosition, window, listFilter(filter)),
    /** Lists that wait for re-evaluation, oldest first. */
    async reevaluating(scope: Scope, limit: number): Promise<Outdial[]> {
      return selectReevaluating(scope).all({ ...scopeValues(scope), limit })
    },
    /** Adds to the counters of one list. */
    async add(customerId: string, outdialId: string, change: TargetTally): Promise<void> {
      addToCounter().run({ customerId, outdialId, ...change })
    },
  }
}
