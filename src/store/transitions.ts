import { and, asc, desc, eq, gt, max, sql } from 'drizzle-orm'
import type {
  CampaigncallTransition,
  CampaignTransition,
  LogEntry,
  LogFilter,
  NewLogEntry,
} from '../domain/transition.ts'
import { unreachable } from '../kernel/assert.ts'
import type { Connection } from './database.ts'
import { hotWrite } from './hot.ts'
import { filterParts } from './keyset.ts'
import { groupBy, idList, inList, lazily, placeholders, statementsByShape, unindexed } from './prepared.ts'
import { transition } from './schema/transition.ts'

/** The log. It is only ever appended to, as the last thing of a transaction, so that its order is that of the commits. */
export function createTransitions(db: Connection) {
  const insertRow = lazily(() =>
    hotWrite(
      db,
      db
        .insert(transition)
        .values(placeholders(transition, ['position']))
        .prepare(),
    ),
  )
  const selectLatest = lazily(() =>
    db
      .select({ position: max(transition.position) })
      .from(transition)
      .prepare(),
  )
  const selectAfter = lazily(() =>
    db
      .select()
      .from(transition)
      .where(gt(transition.position, sql.placeholder('after')))
      .orderBy(asc(transition.position))
      .limit(sql.placeholder('limit'))
      .prepare(),
  )
  const selectOfCalls = lazily(() =>
    db
      .select()
      .from(transition)
      .where(and(eq(transition.customerId, sql.placeholder('customerId')), inList(transition.campaigncallId, 'ids')))
      .orderBy(asc(transition.campaigncallId), asc(transition.version))
      .prepare(),
  )
  const selectLatestOfCampaign = lazily(() =>
    db
      .select()
      .from(transition)
      .where(
        and(
          eq(transition.campaignId, sql.placeholder('campaignId')),
          eq(transition.kind, 'CAMPAIGN'),
          eq(unindexed(transition.customerId), sql.placeholder('customerId')),
        ),
      )
      .orderBy(desc(transition.position))
      .limit(sql.placeholder('limit'))
      .prepare(),
  )
  const filtered = statementsByShape<{ all(values: Record<string, unknown>): (typeof transition.$inferSelect)[] }>()

  return {
    /** Returns the position of the last entry. */
    async append(entries: readonly NewLogEntry[]): Promise<number> {
      let position = 0
      for (const entry of entries) position = insertRow()(toRow(entry))
      return position
    },
    /** Position of the newest entry; 0 while there is none. */
    async latestPosition(): Promise<number> {
      return selectLatest().get()?.position ?? 0
    },
    /** What was committed after a position, of every kind and customer, oldest first. */
    async after(position: number, limit: number): Promise<LogEntry[]> {
      return selectAfter().all({ after: position, limit }).map(toEntry)
    },
    /** The same, filtered. */
    async matchingAfter(filter: LogFilter, position: number, limit: number): Promise<LogEntry[]> {
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
          value: filter.queueId?.toLowerCase(),
          condition: sql`${sql.placeholder('queueId')} in (select value from json_each(${transition.queueIds}))`,
        },
      ])
      const statement = filtered(parts.shape, () =>
        db
          .select()
          .from(transition)
          .where(and(...parts.conditions, gt(transition.position, sql.placeholder('after'))))
          .orderBy(asc(transition.position))
          .limit(sql.placeholder('limit'))
          .prepare(),
      )
      return statement.all({ ...parts.values, after: position, limit }).map(toEntry)
    },
    /** The transitions of each call, oldest first. */
    async ofCalls(customerId: string, campaigncallIds: readonly string[]): Promise<CampaigncallTransition[][]> {
      const rows = selectOfCalls().all({ customerId, ids: idList(campaigncallIds) })
      return groupBy(campaigncallIds, rows.map(toEntry) as CampaigncallTransition[], (entry) => entry.campaigncallId)
    },
    /** The latest of a campaign, oldest first. */
    async latestOfCampaign(customerId: string, campaignId: string, limit: number): Promise<CampaignTransition[]> {
      const rows = selectLatestOfCampaign().all({ customerId, campaignId: campaignId.toLowerCase(), limit })
      return rows.map(toEntry).reverse() as CampaignTransition[]
    },
  }
}

/** Every column, written out: this is done for every step of every call. */
function toRow(entry: NewLogEntry): Record<string, unknown> {
  const isCall = entry.kind === 'CAMPAIGNCALL'
  const isStep = entry.kind !== 'NOTICE'
  return {
    customerId: entry.customerId,
    kind: entry.kind,
    at: entry.at,
    campaignId: isCall || entry.kind === 'CAMPAIGN' ? entry.campaignId : null,
    campaigncallId: isCall ? entry.campaigncallId : null,
    agentId: isCall || entry.kind === 'AGENT' ? entry.agentId : null,
    event: isCall ? entry.event : null,
    version: isCall ? entry.version : null,
    fromStatus: isStep ? entry.from : null,
    toStatus: isStep ? entry.to : null,
    result: isCall ? entry.result : null,
    hangupReason: isCall ? entry.hangupReason : null,
    inferred: isCall ? entry.inferred : false,
    cause: entry.kind === 'CAMPAIGN' ? entry.cause : null,
    queueIds: entry.kind === 'AGENT' ? JSON.stringify(entry.queueIds) : null,
    topic: entry.kind === 'NOTICE' ? entry.topic : null,
    subjectId: entry.kind === 'NOTICE' ? entry.subjectId : null,
  }
}

function toEntry(row: typeof transition.$inferSelect): LogEntry {
  const { position, customerId, kind, at, fromStatus: from, toStatus: to } = row
  const base = { position, customerId, kind, at }
  switch (kind) {
    case 'CAMPAIGNCALL': {
      const { campaignId, campaigncallId, agentId, event, version, result, hangupReason, inferred } = row
      const facts = { campaignId, campaigncallId, agentId, event, version, result, hangupReason, inferred }
      return { ...base, ...facts, from, to } as LogEntry
    }
    case 'CAMPAIGN':
      return { ...base, campaignId: row.campaignId, from, to, cause: row.cause } as LogEntry
    case 'AGENT':
      return { ...base, agentId: row.agentId, from, to, queueIds: JSON.parse(row.queueIds ?? '[]') } as LogEntry
    case 'NOTICE':
      return { ...base, topic: row.topic, subjectId: row.subjectId } as LogEntry
    default:
      return unreachable(kind)
  }
}
