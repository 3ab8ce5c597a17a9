import { and, asc, eq, getTableColumns, isNull, sql } from 'drizzle-orm'
import type { Action } from '../../domain/action.ts'
import type { Campaign } from '../../domain/campaign.ts'
import type { HangupReason } from '../../domain/campaigncall.ts'
import type { CallTally } from '../../domain/tally.ts'
import type { CampaignListFilter, CampaignListOrder, Campaigns } from '../contract/campaigns.ts'
import type { PageWindow } from '../contract/pages.ts'
import type { Scope } from '../contract/scope.ts'
import type { Connection } from './database.ts'
import { filterParts, type KeysetOrder } from './keyset.ts'
import { createList } from './lists.ts'
import { createWrites } from './repository.ts'
import { actionList, campaign, campaignCounter, campaignHangupReason } from './schema/campaign.ts'
import { align, groupBy, idList, inList, lazily, placeholders, scoped, scopeValues } from './statement-cache.ts'

const decodedListsMax = 1000

/** Shapes of the filter that an index covers, in either order. */
const carried = new Set(['customerId,kept', 'customerId'])

/** The columns of an order. */
function campaignOrder({ by, descending }: CampaignListOrder): KeysetOrder {
  return { columns: by === 'NAME' ? [campaign.nameKey, campaign.position] : [campaign.position], descending }
}

/** Campaigns, with their actions and counters. */
export function createCampaigns(db: Connection): Campaigns {
  const { nameKey: _, ...columns } = getTableColumns(campaign)
  const actionsOf = and(eq(actionList.customerId, campaign.customerId), eq(actionList.id, campaign.actionListId))
  const from = () =>
    db
      .select({ ...columns, actions: actionList.actions })
      .from(campaign)
      .innerJoin(actionList, actionsOf)
  const ofCustomer = eq(campaign.customerId, sql.placeholder('customerId'))
  const writes = createWrites(db, campaign, (value: Omit<Campaign, 'position'>) => ({
    ...value,
    nameKey: value.name.toLowerCase(),
  }))
  const selectByIds = lazily(() =>
    from()
      .where(and(ofCustomer, inList(campaign.id, 'ids')))
      .prepare(),
  )
  const selectByOutdials = lazily(() =>
    from()
      .where(and(ofCustomer, inList(campaign.outdialId, 'ids'), isNull(campaign.deletedAt)))
      .prepare(),
  )
  const selectByOutplan = lazily(() =>
    from()
      .where(and(ofCustomer, eq(campaign.outplanId, sql.placeholder('outplanId')), isNull(campaign.deletedAt)))
      .prepare(),
  )
  const selectByQueue = lazily(() =>
    from()
      .where(and(ofCustomer, eq(campaign.queueId, sql.placeholder('queueId')), isNull(campaign.deletedAt)))
      .prepare(),
  )
  const selectActive = scoped(campaign.customerId, (ofScope) =>
    db
      .select(columns)
      .from(campaign)
      .where(and(sql`${campaign.status} <> 'STOP'`, ofScope))
      .orderBy(asc(campaign.position))
      .prepare(),
  )
  /**
   * Lists of actions never change: those of running campaigns are decoded once, and not at every tick of the engine.
   */
  const decoded = new Map<string, readonly Action[]>()
  const insertActions = lazily(() => db.insert(actionList).values(placeholders(actionList)).prepare())
  const selectActions = lazily(() =>
    db
      .select()
      .from(actionList)
      .where(and(eq(actionList.customerId, sql.placeholder('customerId')), inList(actionList.id, 'ids')))
      .prepare(),
  )
  const counters = createCampaignCounters(db)
  const lists = createList<Campaign>(db, campaign, { ...columns, actions: actionList.actions }, from)

  const listFilter = (filter: CampaignListFilter) =>
    filterParts(
      [
        { name: 'customerId', value: filter.customerId, condition: ofCustomer },
        { name: 'status', value: filter.status, condition: inList(campaign.status, 'status') },
        { name: 'type', value: filter.type, condition: eq(campaign.type, sql.placeholder('type')) },
        {
          name: 'nameContains',
          value: filter.nameContains,
          condition: sql`instr(${campaign.nameKey}, ${sql.placeholder('nameContains')}) > 0`,
        },
        {
          name: 'outdialId',
          value: filter.outdialId?.toLowerCase(),
          condition: eq(campaign.outdialId, sql.placeholder('outdialId')),
        },
        {
          name: 'queueId',
          value: filter.queueId?.toLowerCase(),
          condition: eq(campaign.queueId, sql.placeholder('queueId')),
        },
        { name: 'kept', value: filter.includeDeleted ? null : 1, condition: isNull(campaign.deletedAt) },
      ],
      carried,
    )
  const byIds = async (customerId: string, ids: readonly string[]): Promise<(Campaign | null)[]> =>
    align(ids, selectByIds().all({ customerId, ids: idList(ids) }), (value) => value.id)

  const { insertCounter, ...tallies } = counters
  return {
    ...tallies,
    byIds,
    byId: async (customerId: string, id: string): Promise<Campaign | null> =>
      (await byIds(customerId, [id]))[0] ?? null,
    /** With counters at zero. Its list of actions is written first. */
    async insert(value: Omit<Campaign, 'position'>): Promise<Campaign> {
      const inserted = await writes.insert(value)
      await insertCounter(value.customerId, value.id)
      return inserted
    },
    update: writes.update,
    async insertActions(customerId: string, id: string, actions: readonly Action[]): Promise<void> {
      insertActions().run({ customerId, id, actions })
    },
    /** Lists of actions by their ids. */
    async actionLists(customerId: string, ids: readonly string[]): Promise<(readonly Action[] | null)[]> {
      const rows = selectActions().all({ customerId, ids: idList(ids) })
      return align(ids, rows, (row) => row.id).map((row) => row?.actions ?? null)
    },
    /** The campaign that each outdial is attached to. */
    async byOutdialIds(customerId: string, outdialIds: readonly string[]): Promise<(Campaign | null)[]> {
      return align(
        outdialIds,
        selectByOutdials().all({ customerId, ids: idList(outdialIds) }),
        (value) => value.outdialId ?? '',
      )
    },
    async byOutplanId(customerId: string, outplanId: string): Promise<Campaign[]> {
      return selectByOutplan().all({ customerId, outplanId })
    },
    async byQueueId(customerId: string, queueId: string): Promise<Campaign[]> {
      return selectByQueue().all({ customerId, queueId })
    },
    /** Campaigns that are not STOP, oldest first. */
    async active(scope: Scope): Promise<Campaign[]> {
      const rows = selectActive(scope).all(scopeValues(scope))
      if (decoded.size > decodedListsMax) decoded.clear()
      for (const { customerId, actionListId } of rows) {
        if (decoded.has(actionListId)) continue
        const [list] = selectActions().all({ customerId, ids: idList([actionListId]) })
        decoded.set(actionListId, list?.actions ?? [])
      }
      return rows.map((row) => ({ ...row, actions: decoded.get(row.actionListId) ?? [] }))
    },
    list: (filter: CampaignListFilter, order: CampaignListOrder, window: PageWindow): Promise<Campaign[]> =>
      lists.page(campaignOrder(order), window, listFilter(filter)),
    count: (filter: CampaignListFilter) => lists.count(listFilter(filter)),
  }
}

/** Sums of what calls count: one row for each campaign, and one for each reason with which its calls ended. */
function createCampaignCounters(db: Connection) {
  const insertCounter = lazily(() =>
    db
      .insert(campaignCounter)
      .values({ customerId: sql`${sql.placeholder('customerId')}`, campaignId: sql`${sql.placeholder('campaignId')}` })
      .prepare(),
  )
  const plus = (column: (typeof campaignCounter)['callsTotal'] | (typeof campaignCounter)['success'], name: string) =>
    sql`${column} + ${sql.placeholder(name)}`
  const addToCounter = lazily(() =>
    db
      .update(campaignCounter)
      .set({
        callsTotal: plus(campaignCounter.callsTotal, 'callsTotal'),
        callsDialing: sql`${campaignCounter.callsDialing} + ${sql.placeholder('callsDialing')}`,
        callsProgressing: sql`${campaignCounter.callsProgressing} + ${sql.placeholder('callsProgressing')}`,
        success: plus(campaignCounter.success, 'success'),
        fail: sql`${campaignCounter.fail} + ${sql.placeholder('fail')}`,
        answered: sql`${campaignCounter.answered} + ${sql.placeholder('answered')}`,
        abandoned: sql`${campaignCounter.abandoned} + ${sql.placeholder('abandoned')}`,
      })
      .where(
        and(
          eq(campaignCounter.customerId, sql.placeholder('customerId')),
          eq(campaignCounter.campaignId, sql.placeholder('campaignId')),
        ),
      )
      .prepare(),
  )
  const addToReason = lazily(() =>
    db
      .insert(campaignHangupReason)
      .values(placeholders(campaignHangupReason))
      .onConflictDoUpdate({
        target: [campaignHangupReason.customerId, campaignHangupReason.campaignId, campaignHangupReason.reason],
        set: { count: sql`${campaignHangupReason.count} + excluded.count` },
      })
      .prepare(),
  )
  const selectCounters = lazily(() =>
    db
      .select()
      .from(campaignCounter)
      .where(
        and(eq(campaignCounter.customerId, sql.placeholder('customerId')), inList(campaignCounter.campaignId, 'ids')),
      )
      .prepare(),
  )
  const selectReasons = lazily(() =>
    db
      .select()
      .from(campaignHangupReason)
      .where(
        and(
          eq(campaignHangupReason.customerId, sql.placeholder('customerId')),
          inList(campaignHangupReason.campaignId, 'ids'),
        ),
      )
      .prepare(),
  )
  return {
    async insertCounter(customerId: string, campaignId: string): Promise<void> {
      insertCounter().run({ customerId, campaignId })
    },
    /** Adds to the counters of one campaign. */
    async addTally(customerId: string, campaignId: string, change: CallTally): Promise<void> {
      addToCounter().run({ customerId, campaignId, ...change })
    },
    async addReason(customerId: string, campaignId: string, reason: HangupReason, count: number): Promise<void> {
      addToReason().run({ customerId, campaignId, reason, count })
    },
    /** The tally of calls of each campaign. */
    async tallies(
      customerId: string,
      ids: readonly string[],
    ): Promise<((CallTally & { campaignId: string }) | null)[]> {
      const rows = selectCounters().all({ customerId, ids: idList(ids) })
      return align(ids, rows, (row) => row.campaignId)
    },
    /** How often each campaign's calls ended for each reason. */
    async reasons(
      customerId: string,
      ids: readonly string[],
    ): Promise<{ readonly reason: HangupReason; readonly count: number }[][]> {
      return groupBy(ids, selectReasons().all({ customerId, ids: idList(ids) }), (row) => row.campaignId)
    },
  }
}
