import { and, asc, desc, eq, getTableColumns, gt, inArray, lte, max, type SQL, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import type {
  CampaigncallTransition,
  CampaignTransition,
  LogEntry,
  LogFilter,
  NewLogEntry,
} from '../../domain/transition.ts'
import type { AgedEntry, Transitions } from '../contract/log.ts'
import { type CompiledRead, compiledRead } from './compiled-statements.ts'
import type { Connection } from './database.ts'
import { filterParts } from './keyset.ts'
import { ofEachParent, parents } from './lists.ts'
import { campaigncall } from './schema/campaigncall.ts'
import { installation } from './schema/installation.ts'
import { transition } from './schema/transition.ts'
import { insertSet } from './sets.ts'
import { groupBy, idList, inList, lazily, statementsByShape, unindexed } from './statement-cache.ts'
import { type TransitionRow, toEntry, toRow } from './transition-rows.ts'

/**
 * The log. Entries are appended last in a transaction, so that their order is that of the commits, and pruned from the
 * beginning only.
 */
export function createTransitions(db: Connection): Transitions {
  const insertRows = lazily(() => insertSet(db, transition, ['position']))
  const selectNewest = lazily(() =>
    db
      .select({ position: max(transition.position) })
      .from(transition)
      .prepare(),
  )
  const selectPrunedThrough = lazily(() =>
    db.select({ position: installation.prunedThrough }).from(installation).prepare(),
  )
  // Part of the reading statement, so that the check and the read see the same state.
  const nothingPruned = sql`not exists (select 1 from ${installation} where ${gt(installation.prunedThrough, sql.placeholder('after'))})`
  const entriesAfter = (conditions: readonly SQL[]): CompiledRead<TransitionRow> =>
    compiledRead(
      db,
      db
        .select()
        .from(transition)
        .where(and(...conditions, gt(transition.position, sql.placeholder('after'))))
        .orderBy(asc(transition.position))
        .limit(sql.placeholder('limit'))
        .prepare(),
      getTableColumns(transition),
    )
  const selectAfter = lazily(() => entriesAfter([nothingPruned]))
  const filtered = statementsByShape<CompiledRead<TransitionRow>>()
  const selectOfCalls = lazily(() =>
    db
      .select()
      .from(transition)
      .where(and(eq(transition.customerId, sql.placeholder('customerId')), inList(transition.campaigncallId, 'ids')))
      .orderBy(asc(transition.campaigncallId), asc(transition.version))
      .prepare(),
  )
  const selectLatestOfCampaigns = lazily(() => {
    const latest = db
      .select({ position: transition.position })
      .from(transition)
      .where(
        and(
          ofEachParent(transition.campaignId),
          eq(transition.kind, 'CAMPAIGN'),
          eq(unindexed(transition.customerId), sql.placeholder('customerId')),
        ),
      )
      .orderBy(desc(transition.position))
      .limit(sql.placeholder('limit'))
    return db
      .select(getTableColumns(transition))
      .from(parents)
      .innerJoin(transition, inArray(transition.position, latest))
      .orderBy(asc(transition.position))
      .prepare()
  })
  const selectOldest = lazily(() =>
    db
      .select({
        position: transition.position,
        at: transition.at,
        inFlight: sql<number>`exists (select 1 from ${campaigncall} where ${and(
          eq(campaigncall.customerId, transition.customerId),
          eq(campaigncall.id, transition.campaigncallId),
          sql`${campaigncall.status} <> 'DONE'`,
        )})`,
      })
      .from(transition)
      .where(gt(transition.position, sql.placeholder('after')))
      .orderBy(asc(transition.position))
      .limit(sql.placeholder('limit'))
      .prepare(),
  )
  const ended = alias(transition, 'ended')
  const selectLeftBehind = lazily(() =>
    db
      .select({ position: transition.position })
      .from(ended)
      .crossJoin(transition)
      .where(
        and(
          gt(ended.position, sql.placeholder('after')),
          lte(ended.position, sql.placeholder('through')),
          eq(ended.event, 'ENDED'),
          eq(transition.customerId, ended.customerId),
          eq(transition.campaigncallId, ended.campaigncallId),
          lte(unindexed(transition.position), sql.placeholder('after')),
        ),
      )
      .limit(sql.placeholder('limit'))
      .prepare(),
  )
  const deleteRows = lazily(() =>
    db
      .delete(transition)
      .where(sql`${transition.position} in (select value from json_each(${sql.placeholder('positions')}))`)
      .prepare(),
  )

  /** Null if some entries after the position have been pruned: a reader that continued there would miss them. */
  function readAfter(
    read: CompiledRead<TransitionRow>,
    values: Record<string, unknown>,
    position: number,
  ): LogEntry[] | null {
    const rows = read({ ...values, after: position })
    if (rows.length === 0 && (selectPrunedThrough().get()?.position ?? 0) > position) return null
    return rows.map(toEntry)
  }

  return {
    /** Returns the position of the last entry. */
    async append(entries: readonly NewLogEntry[]): Promise<number> {
      return insertRows()(entries.map(toRow))
    },
    /** Position of the newest entry ever written, whether it is kept or not; 0 if there was none. */
    async latestPosition(): Promise<number> {
      const newest = selectNewest().get()?.position ?? 0
      return Math.max(newest, selectPrunedThrough().get()?.position ?? 0)
    },
    /**
     * Entries committed after a position, of every kind and customer, oldest first. Null if some of them have been
     * pruned.
     */
    async after(position: number, limit: number): Promise<LogEntry[] | null> {
      return readAfter(selectAfter(), { limit }, position)
    },
    /**
     * The same, filtered, and up to `until` if that is given. Without a position it begins at the oldest kept entry,
     * and is never null.
     */
    async matchingAfter(
      filter: LogFilter,
      position: number | null,
      limit: number,
      until: number | null = null,
    ): Promise<LogEntry[] | null> {
      const parts = filterParts([
        {
          name: 'customerId',
          value: filter.customerId,
          condition:
            filter.campaignId == null
              ? eq(transition.customerId, sql.placeholder('customerId'))
              : eq(unindexed(transition.customerId), sql.placeholder('customerId')),
        },
        { name: 'kind', value: filter.kind, condition: eq(transition.kind, sql.placeholder('kind')) },
        {
          name: 'campaignId',
          value: filter.campaignId?.toLowerCase(),
          condition: eq(transition.campaignId, sql.placeholder('campaignId')),
        },
        {
          name: 'queueId',
          // Searched in the JSON text: that costs a tenth of reading it as a table.
          value: filter.queueId == null ? null : JSON.stringify(filter.queueId.toLowerCase()),
          condition: sql`instr(${transition.queueIds}, ${sql.placeholder('queueId')}) > 0`,
        },
        { name: 'until', value: until, condition: lte(transition.position, sql.placeholder('until')) },
        { name: 'nothingPruned', value: position === null ? null : true, condition: nothingPruned },
      ])
      const statement = filtered(parts.shape, () => entriesAfter(parts.conditions))
      if (position === null) return statement({ ...parts.values, after: 0, limit }).map(toEntry)
      return readAfter(statement, { ...parts.values, limit }, position)
    },
    /** The transitions of each call, oldest first. */
    async ofCalls(customerId: string, campaigncallIds: readonly string[]): Promise<CampaigncallTransition[][]> {
      const rows = selectOfCalls().all({ customerId, ids: idList(campaigncallIds) })
      return groupBy(campaigncallIds, rows.map(toEntry) as CampaigncallTransition[], (entry) => entry.campaigncallId)
    },
    /** The latest entries of each campaign, oldest first. */
    async latestOfCampaigns(
      customerId: string,
      campaignIds: readonly string[],
      limit: number,
    ): Promise<CampaignTransition[][]> {
      const rows = selectLatestOfCampaigns().all({ customerId, parents: idList(campaignIds), limit })
      return groupBy(campaignIds, rows.map(toEntry) as CampaignTransition[], (entry) => entry.campaignId)
    },
    /** The entries after a position with what decides whether they are kept, oldest first. */
    async agedAfter(position: number, limit: number): Promise<AgedEntry[]> {
      return selectOldest()
        .all({ after: position, limit })
        .map((entry) => ({ ...entry, inFlight: entry.inFlight === 1 }))
    },
    /**
     * Positions up to `after` of entries that were kept for calls then in flight, which have ended with an entry after
     * that and up to `through`.
     */
    async leftBehind(after: number, through: number, limit: number): Promise<number[]> {
      return selectLeftBehind()
        .all({ after, through, limit })
        .map((entry) => entry.position)
    },
    /** For pruning only: `installations.setPrunedThrough` tells the readers, in the same transaction. */
    async remove(positions: readonly number[]): Promise<void> {
      deleteRows().run({ positions: JSON.stringify(positions) })
    },
  }
}
