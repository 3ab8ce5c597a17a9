import { and, asc, count, eq, getTableColumns, gt, isNotNull, lt, lte, min, sql } from 'drizzle-orm'
import type { Campaigncall, CampaigncallStatus } from '../../domain/campaigncall.ts'
import type { CallParent, CampaigncallListFilter, Campaigncalls, PoolCounts } from '../contract/campaigncalls.ts'
import type { PageWindow, Reads } from '../contract/pages.ts'
import type { Scope } from '../contract/scope.ts'
import { type CallRow, fixedColumns, toRow, toState, toValue } from './campaigncall-rows.ts'
import { compiledRead, type Prepared } from './compiled-statements.ts'
import type { Connection } from './database.ts'
import { filterParts, type KeysetOrder } from './keyset.ts'
import { ofEachParent } from './lists.ts'
import { createReads, writing } from './repository.ts'
import { campaigncall } from './schema/campaigncall.ts'
import { queue } from './schema/queue.ts'
import { insertSet, updateSet } from './sets.ts'
import { idList, inList, lazily, scoped, scopeValues, unindexed } from './statement-cache.ts'

/** Shapes of the filter that an index covers, in the order of the list. Attempts of a target are few, and sorted. */
const carried = new Set([
  'customerId',
  'customerId,campaignId',
  'customerId,campaignId,inFlight',
  'customerId,outdialTargetId',
  'customerId,agentId',
])

const fixed: ReadonlySet<string> = new Set(fixedColumns)

/** The ids by which calls can be filtered. */
const references = ['campaignId', 'outdialId', 'queueId', 'outdialTargetId', 'agentId'] as const

/** Attempts, in flight and done. */
export function createCampaigncalls(db: Connection): Campaigncalls {
  const reads = createReads(db, campaigncall, toValue)
  const select = () => db.select().from(campaigncall)
  const columns = getTableColumns(campaigncall)
  const reading = (query: { prepare(): Prepared }) => {
    const read = compiledRead<CallRow>(db, query.prepare(), columns)
    return (values: Record<string, unknown>) => read(values).map(toValue)
  }
  const inFlight = sql`${campaigncall.status} <> 'DONE'`
  const ofCustomer = eq(campaigncall.customerId, sql.placeholder('customerId'))
  const ofCustomerUnindexed = eq(unindexed(campaigncall.customerId), sql.placeholder('customerId'))
  const selectByReferences = scoped(campaigncall.customerId, (ofScope) =>
    reading(select().where(and(inList(campaigncall.referenceId, 'ids'), ofScope))),
  )
  const selectInFlight = scoped(campaigncall.customerId, (ofScope) =>
    reading(
      select()
        .where(and(inFlight, ofScope))
        .orderBy(asc(unindexed(campaigncall.position))),
    ),
  )
  const selectDue = scoped(campaigncall.customerId, (ofScope) =>
    reading(
      select()
        .where(and(lte(campaigncall.wakeAt, sql.placeholder('now')), ofScope))
        .orderBy(asc(campaigncall.wakeAt))
        .limit(sql.placeholder('limit')),
    ),
  )
  const selectNextDue = scoped(campaigncall.customerId, (ofScope) =>
    db
      .select({ at: min(campaigncall.wakeAt) })
      .from(campaigncall)
      .where(and(isNotNull(campaigncall.wakeAt), ofScope))
      .prepare(),
  )
  const selectWaiting = lazily(() =>
    reading(
      select()
        .where(
          and(
            eq(campaigncall.queueId, sql.placeholder('queueId')),
            sql`${campaigncall.phase} = 'WAITING' and ${campaigncall.endReason} is null`,
            eq(campaigncall.customerId, sql.placeholder('customerId')),
          ),
        )
        .orderBy(asc(campaigncall.queuedAt), asc(campaigncall.position))
        .limit(sql.placeholder('limit')),
    ),
  )
  const countPools = lazily(() =>
    db
      .select({ poolId: queue.poolId, status: campaigncall.status, total: count() })
      .from(queue)
      .innerJoin(campaigncall, eq(campaigncall.queueId, queue.id))
      .where(
        and(
          eq(queue.customerId, sql.placeholder('customerId')),
          inList(queue.poolId, 'poolIds'),
          inFlight,
          ofCustomerUnindexed,
          sql`(${campaigncall.status} = 'DIALING' or (${campaigncall.phase} in ('ACTIONS', 'WAITING') and ${campaigncall.endReason} is null))`,
        ),
      )
      .groupBy(queue.poolId, campaigncall.status)
      .prepare(),
  )
  const wakeWaiting = lazily(() =>
    db
      .update(campaigncall)
      .set({ wakeAt: sql`${sql.placeholder('now')}` })
      .where(
        and(
          eq(campaigncall.queueId, sql.placeholder('queueId')),
          sql`${campaigncall.phase} = 'WAITING'`,
          eq(campaigncall.customerId, sql.placeholder('customerId')),
        ),
      )
      .prepare(),
  )
  const insertRows = lazily(() => insertSet(db, campaigncall, ['position']))
  const updateStates = lazily(() =>
    updateSet(db, campaigncall, {
      set: Object.keys(columns).filter((name) => !fixed.has(name)),
      key: ['customerId', 'id'],
    }),
  )
  const countInFlight = scoped(campaigncall.customerId, (ofScope) =>
    db.select({ total: count() }).from(campaigncall).where(and(inFlight, ofScope)).prepare(),
  )

  /** `parent` is the reference in which several lists differ. */
  const listFilter = (filter: CampaigncallListFilter, parent: CallParent | null = null) => {
    const onlyInFlight = wantsInFlight(filter)
    return filterParts(
      [
        { name: 'customerId', value: filter.customerId, condition: onlyInFlight ? ofCustomerUnindexed : ofCustomer },
        ...references.map((name) => ({
          name,
          value: lower(filter[name]),
          condition: name === parent ? ofEachParent(campaigncall[name]) : eq(campaigncall[name], sql.placeholder(name)),
        })),
        {
          name: 'status',
          value: onlyInFlight && wantsAllInFlight(filter) ? null : filter.status,
          condition: inList(campaigncall.status, 'status'),
        },
        // Worded as in the partial index, so that only the few calls in flight are searched.
        { name: 'inFlight', value: onlyInFlight ? 1 : null, condition: inFlight },
        { name: 'result', value: filter.result, condition: eq(campaigncall.result, sql.placeholder('result')) },
        {
          name: 'hangupReason',
          value: filter.hangupReason,
          condition: inList(campaigncall.hangupReason, 'hangupReason'),
        },
        {
          name: 'createdAfter',
          value: filter.createdAfter,
          condition: gt(campaigncall.createdAt, sql.placeholder('createdAfter')),
        },
        {
          name: 'createdBefore',
          value: filter.createdBefore,
          condition: lt(campaigncall.createdAt, sql.placeholder('createdBefore')),
        },
      ],
      carried,
    )
  }
  const order = (filter: CampaigncallListFilter, descending: boolean): KeysetOrder => ({
    columns: [campaigncall.position],
    descending,
    sorted: filter.outdialTargetId !== null || (wantsInFlight(filter) && filter.campaignId === null),
  })

  const list = (
    filter: CampaigncallListFilter,
    descending: boolean,
    window: PageWindow,
    only: Reads<Campaigncall> = null,
  ) => reads.page(order(filter, descending), window, listFilter(filter), only)

  return {
    byId: reads.byId,
    byIds: reads.byIds,
    /** The store assigns their positions, in the order of the calls. Throws UniqueConflict. */
    async insertAll(calls: readonly Campaigncall[]): Promise<void> {
      writing(() => insertRows()(calls.map(toRow)))
    },
    /** Writes the columns of calls that can change. */
    async updateAll(calls: readonly Campaigncall[]): Promise<void> {
      updateStates()(calls.map(toState))
    },
    list,
    /** The same page of the calls of each parent; the parent in the filter itself is the first of them. */
    async listOfEach(
      parent: CallParent,
      ids: readonly string[],
      filter: CampaigncallListFilter,
      descending: boolean,
      window: PageWindow,
      only: Reads<Campaigncall> = null,
    ): Promise<Campaigncall[][]> {
      const parts = listFilter(filter, parent)
      if (ids.length > 1 && parts.isCarried)
        return reads.pageOfEach(ids, order(filter, descending), window, parts, only)
      const pages: Campaigncall[][] = []
      for (const id of ids) pages.push(await list({ ...filter, [parent]: id }, descending, window, only))
      return pages
    },
    count: (filter: CampaigncallListFilter) => reads.count(listFilter(filter)),
    /** By the carrier's ids. Unknown ids are omitted. */
    async byReferenceIds(scope: Scope, ids: readonly string[]): Promise<Campaigncall[]> {
      return selectByReferences(scope)({ ...scopeValues(scope), ids: JSON.stringify(ids) })
    },
    /** Every call in flight, oldest first. */
    async inFlight(scope: Scope): Promise<Campaigncall[]> {
      return selectInFlight(scope)(scopeValues(scope))
    },
    /** Calls with a due timeout, the earliest first. */
    async due(scope: Scope, now: number, limit: number): Promise<Campaigncall[]> {
      return selectDue(scope)({ ...scopeValues(scope), now, limit })
    },
    /** When the next timeout of a call is due; null without a timeout. */
    async nextDueAt(scope: Scope): Promise<number | null> {
      return selectNextDue(scope).get(scopeValues(scope))?.at ?? null
    },
    /** Calls of a queue that wait for an agent, the longest waiting first. */
    async waiting(customerId: string, queueId: string, limit: number): Promise<Campaigncall[]> {
      return selectWaiting()({ customerId, queueId, limit })
    },
    /** Makes every call that waits in a queue due: its wait timeout was edited. */
    async wakeWaiting(customerId: string, queueId: string, now: number): Promise<void> {
      wakeWaiting().run({ customerId, queueId, now })
    },
    /** In the order of the pools. */
    async poolCounts(customerId: string, poolIds: readonly string[]): Promise<PoolCounts[]> {
      const rows = countPools().all({ customerId, poolIds: idList(poolIds) })
      const totals = new Map(rows.map(({ poolId, status, total }) => [`${poolId} ${status}`, total]))
      const of = (poolId: string, status: CampaigncallStatus) => totals.get(`${poolId} ${status}`) ?? 0
      return poolIds.map((id) => ({ dialing: of(id, 'DIALING'), unserved: of(id, 'PROGRESSING') }))
    },
    async countInFlight(scope: Scope): Promise<number> {
      return countInFlight(scope).get(scopeValues(scope))?.total ?? 0
    },
  }
}

function wantsInFlight({ status }: CampaigncallListFilter): boolean {
  return status !== null && status.length > 0 && !status.includes('DONE')
}

/** Any call in flight: what the partial indexes contain. */
function wantsAllInFlight({ status }: CampaigncallListFilter): boolean {
  const wanted = new Set<unknown>(status)
  return wanted.has('DIALING') && wanted.has('PROGRESSING')
}

function lower(id: string | null): string | null {
  return id?.toLowerCase() ?? null
}
