import { sql } from 'drizzle-orm'
import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { campaigncallEvents, campaigncallResults, hangupReasons } from '../../../domain/campaigncall.ts'
import { noticeTopics, transitionKinds } from '../../../domain/transition.ts'
import { customerId, flag, oneOf } from './columns.ts'

/** The log: every committed transition and change notice, in the order of the commits. Rows are never changed. */
export const transition = sqliteTable(
  'transition',
  {
    position: integer().primaryKey({ autoIncrement: true }),
    customerId: customerId(),
    kind: text({ enum: transitionKinds }).notNull(),
    at: integer().notNull(),
    campaignId: text(),
    campaigncallId: text(),
    agentId: text(),
    event: text({ enum: campaigncallEvents }),
    version: integer(),
    fromStatus: text(),
    toStatus: text(),
    result: text({ enum: campaigncallResults }),
    hangupReason: text({ enum: hangupReasons }),
    inferred: flag(),
    cause: text(),
    /** JSON array. */
    queueIds: text(),
    topic: text({ enum: noticeTopics }),
    subjectId: text(),
  },
  (table) => [
    uniqueIndex('transition_version')
      .on(table.customerId, table.campaigncallId, table.version)
      .where(sql`${table.campaigncallId} is not null`),
    index('transition_campaign')
      .on(table.campaignId, table.kind, table.position)
      .where(sql`${table.campaignId} is not null`),
    index('transition_kind').on(table.customerId, table.kind, table.position),
    oneOf('transition_kind_known', table.kind, transitionKinds),
    oneOf('transition_event_known', table.event, campaigncallEvents),
  ],
)
