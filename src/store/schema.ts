import { type SQL, sql } from 'drizzle-orm'
import {
  type AnySQLiteColumn,
  check,
  foreignKey,
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core'
import type { Action } from '../domain/action.ts'
import { type Address, addressTypes } from '../domain/address.ts'
import { agentStatuses } from '../domain/agent.ts'
import { campaignEndHandles, campaignStatuses, campaignTypes, pacingMethods } from '../domain/campaign.ts'
import {
  callPhases,
  campaigncallEvents,
  campaigncallResults,
  campaigncallStatuses,
  hangupReasons,
  referenceTypes,
} from '../domain/campaigncall.ts'
import { outdialTargetStatuses } from '../domain/outdial-target.ts'
import { queueStrategies } from '../domain/queue.ts'
import { noticeTopics, transitionKinds } from '../domain/transition.ts'

/*
 * Times are whole milliseconds since 1970. `position` rises with creation and is what pages and orders go by. Every
 * reference carries its customer, so that the database itself keeps customers apart. Tables are STRICT: see
 * scripts/generate-migration.ts, since the generator does not know the word.
 */

/** A CHECK that a column holds one of a fixed set, or null. */
const oneOf = (name: string, column: AnySQLiteColumn, values: readonly string[]) =>
  check(name, sql`${column} in (${sql.raw(values.map((value) => `'${value}'`).join(', '))})`)
/** A CHECK on a number. */
const holds = (name: string, condition: SQL) => check(name, condition)

const position = () => integer().primaryKey()
const customerId = () => text().notNull()
const flag = () => integer({ mode: 'boolean' }).notNull().default(false)
const json = <Value>() => text({ mode: 'json' }).$type<Value>()
const times = { createdAt: integer().notNull(), updatedAt: integer().notNull() }
const deletable = { ...times, deletedAt: integer() }

/** One row: what identifies this database and its state. */
export const installation = sqliteTable(
  'installation',
  {
    position: position(),
    /** Made once with the database; kept by backup and restore; carried by every call we place. */
    installationId: text().notNull(),
    /** New at creation and at every restore: cursors of another epoch are refused. */
    epoch: text().notNull(),
    cursorKey: text().notNull(),
    /** Raised by one each time an engine takes over. */
    term: integer().notNull().default(0),
    createdAt: integer().notNull(),
  },
  (table) => [holds('installation_single', sql`${table.position} = 1`)],
)

export const customer = sqliteTable('customer', { id: text().primaryKey(), createdAt: integer().notNull() })

/** Ids that callers chose, with a hash of what they asked for: the same creation sent again is the same (behaviour 5.6). */
export const creation = sqliteTable(
  'creation',
  { customerId: customerId(), id: text().notNull(), kind: text().notNull(), inputHash: text().notNull() },
  (table) => [primaryKey({ columns: [table.customerId, table.id] })],
)

export const outplan = sqliteTable(
  'outplan',
  {
    position: position(),
    customerId: customerId(),
    id: text().notNull(),
    name: text().notNull(),
    detail: text().notNull(),
    source: json<Address>().notNull(),
    dialTimeoutMs: integer().notNull(),
    tryIntervalMs: integer().notNull(),
    maxTryCounts: json<number[]>().notNull(),
    ...deletable,
  },
  (table) => [
    uniqueIndex('outplan_id').on(table.customerId, table.id),
    index('outplan_list').on(table.customerId, table.position).where(sql`${table.deletedAt} is null`),
    holds('outplan_dial_timeout', sql`${table.dialTimeoutMs} > 0`),
    holds('outplan_try_interval', sql`${table.tryIntervalMs} >= 0`),
  ],
)

export const outdial = sqliteTable(
  'outdial',
  {
    position: position(),
    customerId: customerId(),
    id: text().notNull(),
    name: text().notNull(),
    /** The name in lower case, for searching. */
    nameKey: text().notNull(),
    detail: text().notNull(),
    data: text().notNull(),
    judgedPosition: integer(),
    ...deletable,
  },
  (table) => [
    uniqueIndex('outdial_id').on(table.customerId, table.id),
    index('outdial_list').on(table.customerId, table.position),
    index('outdial_judging').on(table.position).where(sql`${table.judgedPosition} is not null`),
  ],
)

/** Apart from the outdial, so that counting does not rewrite its texts. */
export const outdialCounter = sqliteTable(
  'outdial_counter',
  {
    customerId: customerId(),
    outdialId: text().notNull(),
    targetsIdle: integer().notNull().default(0),
    targetsProgressing: integer().notNull().default(0),
    targetsDone: integer().notNull().default(0),
  },
  (table) => [
    primaryKey({ columns: [table.customerId, table.outdialId] }),
    holds(
      'outdial_counter_positive',
      sql`${table.targetsIdle} >= 0 and ${table.targetsProgressing} >= 0 and ${table.targetsDone} >= 0`,
    ),
  ],
)

export const outdialTarget = sqliteTable(
  'outdial_target',
  {
    position: position(),
    customerId: customerId(),
    id: text().notNull(),
    outdialId: text().notNull(),
    name: text().notNull(),
    detail: text().notNull(),
    data: text().notNull(),
    status: text({ enum: outdialTargetStatuses }).notNull(),
    reached: flag(),
    outcome: text({ enum: campaigncallResults }),
    attempt: integer().notNull().default(0),
    /** 0 when it was never tried, so that such targets come first in the order of the claim. */
    lastAttemptAt: integer().notNull().default(0),
    lastUnknown: flag(),
    unplacedInRow: integer().notNull().default(0),
    ...deletable,
  },
  (table) => [
    uniqueIndex('outdial_target_id').on(table.customerId, table.id),
    index('outdial_target_list').on(table.outdialId, table.status, table.position),
    index('outdial_target_all').on(table.outdialId, table.position),
    /** The claim: what is due is a range of it, so an edited interval rewrites nothing, however long the list. */
    index('outdial_target_claim')
      .on(table.outdialId, table.lastUnknown, table.lastAttemptAt, table.position)
      .where(sql`${table.status} = 'IDLE' and ${table.deletedAt} is null`),
    foreignKey({ columns: [table.customerId, table.outdialId], foreignColumns: [outdial.customerId, outdial.id] }),
    oneOf('outdial_target_status', table.status, outdialTargetStatuses),
    oneOf('outdial_target_outcome', table.outcome, campaigncallResults),
  ],
)

/** Up to five for each target; rows without a rowid, clustered by their target. */
export const destination = sqliteTable(
  'destination',
  {
    targetPosition: integer()
      .notNull()
      .references(() => outdialTarget.position),
    index: integer().notNull(),
    customerId: customerId(),
    type: text({ enum: addressTypes }).notNull(),
    target: text().notNull(),
    targetName: text().notNull(),
    name: text().notNull(),
    detail: text().notNull(),
    tryCount: integer().notNull().default(0),
    unusable: flag(),
  },
  (table) => [
    primaryKey({ columns: [table.customerId, table.targetPosition, table.index] }),
    index('destination_address').on(table.customerId, table.target),
    holds('destination_index', sql`${table.index} between 0 and 4`),
    holds('destination_try_count', sql`${table.tryCount} >= 0`),
    oneOf('destination_type', table.type, addressTypes),
  ],
)

export const queue = sqliteTable(
  'queue',
  {
    position: position(),
    customerId: customerId(),
    id: text().notNull(),
    name: text().notNull(),
    detail: text().notNull(),
    strategy: text({ enum: queueStrategies }).notNull(),
    waitTimeoutMs: integer().notNull(),
    agentRingMs: integer().notNull(),
    poolId: text().notNull(),
    lastOfferedAgentId: text(),
    ...deletable,
  },
  (table) => [
    uniqueIndex('queue_id').on(table.customerId, table.id),
    index('queue_list').on(table.customerId, table.position).where(sql`${table.deletedAt} is null`),
    index('queue_pool').on(table.customerId, table.poolId),
    oneOf('queue_strategy', table.strategy, queueStrategies),
  ],
)

export const agent = sqliteTable(
  'agent',
  {
    position: position(),
    customerId: customerId(),
    id: text().notNull(),
    name: text().notNull(),
    detail: text().notNull(),
    extension: text().notNull(),
    address: json<Address>().notNull(),
    status: text({ enum: agentStatuses }).notNull(),
    nextStatus: text({ enum: ['AVAILABLE', 'AWAY', 'OFFLINE'] }),
    wrapUpMs: integer().notNull(),
    wrapUpUntil: integer(),
    ringUntil: integer(),
    campaigncallId: text(),
    callsTaken: integer().notNull().default(0),
    callsSinceOffline: integer().notNull().default(0),
    idleSince: integer().notNull(),
    statusChangedAt: integer().notNull(),
    ...deletable,
  },
  (table) => [
    uniqueIndex('agent_id').on(table.customerId, table.id),
    uniqueIndex('agent_extension').on(table.customerId, table.extension).where(sql`${table.deletedAt} is null`),
    index('agent_list').on(table.customerId, table.position).where(sql`${table.deletedAt} is null`),
    index('agent_call').on(table.campaigncallId).where(sql`${table.campaigncallId} is not null`),
    index('agent_ring').on(table.ringUntil).where(sql`${table.ringUntil} is not null`),
    index('agent_wrap_up').on(table.wrapUpUntil).where(sql`${table.wrapUpUntil} is not null`),
    oneOf('agent_status', table.status, agentStatuses),
    oneOf('agent_next_status', table.nextStatus, ['AVAILABLE', 'AWAY', 'OFFLINE']),
  ],
)

export const queueAgent = sqliteTable(
  'queue_agent',
  {
    customerId: customerId(),
    queueId: text().notNull(),
    agentId: text().notNull(),
    /** Place in the order that TOP_DOWN follows, from 0. */
    ordinal: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.customerId, table.queueId, table.agentId] }),
    index('queue_agent_agent').on(table.customerId, table.agentId),
    foreignKey({ columns: [table.customerId, table.queueId], foreignColumns: [queue.customerId, queue.id] }),
    foreignKey({ columns: [table.customerId, table.agentId], foreignColumns: [agent.customerId, agent.id] }),
  ],
)

/** Never changed once written: campaigns and the calls that were dialed with it name it. */
export const actionList = sqliteTable(
  'action_list',
  { customerId: customerId(), id: text().notNull(), actions: json<Action[]>().notNull() },
  (table) => [primaryKey({ columns: [table.customerId, table.id] })],
)

export const campaign = sqliteTable(
  'campaign',
  {
    position: position(),
    customerId: customerId(),
    id: text().notNull(),
    type: text({ enum: campaignTypes }).notNull(),
    name: text().notNull(),
    /** The name in lower case, for order and search. */
    nameKey: text().notNull(),
    detail: text().notNull(),
    status: text({ enum: campaignStatuses }).notNull(),
    pacing: text({ enum: pacingMethods }).notNull(),
    serviceLevel: integer().notNull(),
    ratio: integer().notNull(),
    concurrentCallsMax: integer(),
    endHandle: text({ enum: campaignEndHandles }).notNull(),
    actionListId: text().notNull(),
    outplanId: text(),
    outdialId: text(),
    queueId: text(),
    nextCampaignId: text(),
    ...deletable,
  },
  (table) => [
    uniqueIndex('campaign_id').on(table.customerId, table.id),
    uniqueIndex('campaign_name').on(table.customerId, table.name).where(sql`${table.deletedAt} is null`),
    uniqueIndex('campaign_outdial')
      .on(table.customerId, table.outdialId)
      .where(sql`${table.deletedAt} is null and ${table.outdialId} is not null`),
    index('campaign_list').on(table.customerId, table.position),
    index('campaign_names').on(table.customerId, table.nameKey, table.position),
    index('campaign_active').on(table.position).where(sql`${table.status} <> 'STOP'`),
    index('campaign_outplan').on(table.customerId, table.outplanId),
    index('campaign_queue').on(table.customerId, table.queueId),
    foreignKey({ columns: [table.customerId, table.outplanId], foreignColumns: [outplan.customerId, outplan.id] }),
    foreignKey({ columns: [table.customerId, table.outdialId], foreignColumns: [outdial.customerId, outdial.id] }),
    foreignKey({ columns: [table.customerId, table.queueId], foreignColumns: [queue.customerId, queue.id] }),
    foreignKey({
      columns: [table.customerId, table.actionListId],
      foreignColumns: [actionList.customerId, actionList.id],
    }),
    oneOf('campaign_type', table.type, campaignTypes),
    oneOf('campaign_status', table.status, campaignStatuses),
    oneOf('campaign_pacing', table.pacing, pacingMethods),
    oneOf('campaign_end_handle', table.endHandle, campaignEndHandles),
    holds('campaign_service_level', sql`${table.serviceLevel} between 1 and 1000`),
    holds('campaign_ratio', sql`${table.ratio} in (100, 150, 200, 300, 400)`),
    holds('campaign_concurrent_calls', sql`${table.concurrentCallsMax} between 1 and 10000`),
    holds(
      'campaign_active_references',
      sql`${table.status} = 'STOP' or (${table.outplanId} is not null and ${table.outdialId} is not null)`,
    ),
  ],
)

/** Sums of what each call of a campaign counts, kept in the transaction that changes the call. */
export const campaignCounter = sqliteTable(
  'campaign_counter',
  {
    customerId: customerId(),
    campaignId: text().notNull(),
    callsTotal: integer().notNull().default(0),
    callsDialing: integer().notNull().default(0),
    callsProgressing: integer().notNull().default(0),
    success: integer().notNull().default(0),
    fail: integer().notNull().default(0),
    answered: integer().notNull().default(0),
    abandoned: integer().notNull().default(0),
  },
  (table) => [
    primaryKey({ columns: [table.customerId, table.campaignId] }),
    holds('campaign_counter_positive', sql`${table.callsDialing} >= 0 and ${table.callsProgressing} >= 0`),
  ],
)

export const campaignHangupReason = sqliteTable(
  'campaign_hangup_reason',
  {
    customerId: customerId(),
    campaignId: text().notNull(),
    reason: text({ enum: hangupReasons }).notNull(),
    count: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.customerId, table.campaignId, table.reason] })],
)

export const campaigncall = sqliteTable(
  'campaigncall',
  {
    position: position(),
    customerId: customerId(),
    id: text().notNull(),
    campaignId: text().notNull(),
    outplanId: text().notNull(),
    outdialId: text().notNull(),
    outdialTargetId: text().notNull(),
    queueId: text(),
    agentId: text(),
    activeflowId: text().notNull(),
    actionListId: text().notNull(),
    referenceType: text({ enum: referenceTypes }).notNull(),
    referenceId: text(),
    source: json<Address>().notNull(),
    destination: json<Address>().notNull(),
    destinationIndex: integer().notNull(),
    tryCount: integer().notNull(),
    attempt: integer().notNull(),
    dialTimeoutMs: integer().notNull(),
    status: text({ enum: campaigncallStatuses }).notNull(),
    phase: text({ enum: callPhases }),
    result: text({ enum: campaigncallResults }),
    hangupReason: text({ enum: hangupReasons }),
    version: integer().notNull(),
    endReason: text({ enum: hangupReasons }),
    endAskedAt: integer(),
    endSentAt: integer(),
    lookupAt: integer(),
    wakeAt: integer(),
    queuedAt: integer(),
    answeredAt: integer(),
    endedAt: integer(),
    ...times,
  },
  (table) => [
    uniqueIndex('campaigncall_id').on(table.customerId, table.id),
    /** No target is ever dialed twice under one attempt number. */
    uniqueIndex('campaigncall_attempt').on(table.customerId, table.outdialTargetId, table.attempt),
    /** At most one call in flight for each target, whatever the program does. */
    uniqueIndex('campaigncall_in_flight_target')
      .on(table.customerId, table.outdialTargetId)
      .where(sql`${table.status} <> 'DONE'`),
    uniqueIndex('campaigncall_reference')
      .on(table.referenceId, table.customerId)
      .where(sql`${table.referenceId} is not null`),
    index('campaigncall_list').on(table.customerId, table.position),
    index('campaigncall_campaign').on(table.campaignId, table.position),
    index('campaigncall_agent').on(table.agentId, table.position).where(sql`${table.agentId} is not null`),
    /** What is in flight: small whatever the history. Answers W and D of a pool, and who waits. */
    index('campaigncall_in_flight').on(table.queueId, table.status, table.phase).where(sql`${table.status} <> 'DONE'`),
    /** Who waits for an agent, the longest waiting first: empty most of the time. */
    index('campaigncall_waiting')
      .on(table.queueId, table.queuedAt, table.position)
      .where(sql`${table.phase} = 'WAITING'`),
    index('campaigncall_in_flight_campaign').on(table.campaignId, table.position).where(sql`${table.status} <> 'DONE'`),
    index('campaigncall_wake').on(table.wakeAt).where(sql`${table.wakeAt} is not null`),
    foreignKey({ columns: [table.customerId, table.campaignId], foreignColumns: [campaign.customerId, campaign.id] }),
    foreignKey({
      columns: [table.customerId, table.outdialTargetId],
      foreignColumns: [outdialTarget.customerId, outdialTarget.id],
    }),
    oneOf('campaigncall_status', table.status, campaigncallStatuses),
    oneOf('campaigncall_phase', table.phase, callPhases),
    oneOf('campaigncall_result', table.result, campaigncallResults),
    oneOf('campaigncall_hangup_reason', table.hangupReason, hangupReasons),
    oneOf('campaigncall_reference_type', table.referenceType, referenceTypes),
    holds(
      'campaigncall_states',
      sql`case ${table.status}
        when 'DIALING' then ${table.phase} is null and ${table.result} is null and ${table.answeredAt} is null and ${table.endedAt} is null
        when 'PROGRESSING' then ${table.phase} is not null and ${table.result} is null and ${table.answeredAt} is not null and ${table.endedAt} is null
        else ${table.phase} is null and ${table.result} is not null and ${table.hangupReason} is not null and ${table.endedAt} is not null and ${table.wakeAt} is null
      end`,
    ),
    holds('campaigncall_success', sql`(${table.result} is 'SUCCESS') = (${table.hangupReason} is 'NORMAL')`),
    holds('campaigncall_version', sql`${table.version} >= 1`),
  ],
)

/** The run of the actions of one call, between its steps. */
export const activeflow = sqliteTable(
  'activeflow',
  {
    customerId: customerId(),
    id: text().notNull(),
    campaigncallId: text().notNull(),
    status: text({ enum: ['RUNNING', 'ENDED'] }).notNull(),
    actionId: text(),
    stepCount: integer().notNull(),
    playbackId: text(),
    sleepUntil: integer(),
  },
  (table) => [
    primaryKey({ columns: [table.customerId, table.campaigncallId] }),
    uniqueIndex('activeflow_id').on(table.customerId, table.id),
    oneOf('activeflow_status', table.status, ['RUNNING', 'ENDED']),
  ],
)

/** The log: every committed step, in the order of the commits. Its rows are never changed. */
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
