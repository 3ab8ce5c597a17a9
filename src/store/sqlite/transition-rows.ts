import type { AgentStatus } from '../../domain/agent.ts'
import type { CampaignStatus } from '../../domain/campaign.ts'
import type { CampaigncallStatus } from '../../domain/campaigncall.ts'
import type { LogEntry, NewLogEntry } from '../../domain/transition.ts'
import { present, unreachable } from '../../kernel/assert.ts'
import type { transition } from './schema/transition.ts'

export type TransitionRow = typeof transition.$inferSelect

/** Maps an entry to its row. Every column is written out: this runs for every transition of every call. */
export function toRow(entry: NewLogEntry): Omit<TransitionRow, 'position'> {
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

/** A column that entries of this kind always have. */
const given = <Value>(value: Value | null): Value => present(value, 'a column of a log entry of its kind')

/**
 * Maps a row to its entry. Every property is written out: spreading objects costs four times as much as reading the
 * row, and a replay reads a million.
 */
export function toEntry(row: TransitionRow): LogEntry {
  const { position, customerId, at } = row
  switch (row.kind) {
    case 'CAMPAIGNCALL':
      return {
        position,
        customerId,
        kind: row.kind,
        at,
        campaignId: given(row.campaignId),
        campaigncallId: given(row.campaigncallId),
        agentId: row.agentId,
        event: given(row.event),
        version: given(row.version),
        from: row.fromStatus as CampaigncallStatus | null,
        to: given(row.toStatus) as CampaigncallStatus,
        result: row.result,
        hangupReason: row.hangupReason,
        inferred: row.inferred,
      }
    case 'CAMPAIGN':
      return {
        position,
        customerId,
        kind: row.kind,
        at,
        campaignId: given(row.campaignId),
        from: given(row.fromStatus) as CampaignStatus,
        to: given(row.toStatus) as CampaignStatus,
        cause: given(row.cause),
      }
    case 'AGENT':
      return {
        position,
        customerId,
        kind: row.kind,
        at,
        agentId: given(row.agentId),
        from: given(row.fromStatus) as AgentStatus,
        to: given(row.toStatus) as AgentStatus,
        queueIds: JSON.parse(row.queueIds ?? '[]'),
      }
    case 'NOTICE':
      return { position, customerId, kind: row.kind, at, topic: given(row.topic), subjectId: given(row.subjectId) }
    default:
      return unreachable(row.kind)
  }
}
