import type { LogEntry, NewLogEntry } from '../domain/transition.ts'
import { unreachable } from '../kernel/assert.ts'
import type { transition } from './schema/transition.ts'

export type TransitionRow = typeof transition.$inferSelect

/** Maps an entry to its row. Every column is written out: this runs for every transition of every call. */
export function toRow(entry: NewLogEntry): Record<string, unknown> {
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

/**
 * Maps a row to its entry. Every property is written out: spreading objects costs four times as much as reading the
 * row, and a replay reads a million.
 */
export function toEntry(row: TransitionRow): LogEntry {
  const { position, customerId, kind, at } = row
  switch (kind) {
    case 'CAMPAIGNCALL':
      return {
        position,
        customerId,
        kind,
        at,
        campaignId: row.campaignId,
        campaigncallId: row.campaigncallId,
        agentId: row.agentId,
        event: row.event,
        version: row.version,
        from: row.fromStatus,
        to: row.toStatus,
        result: row.result,
        hangupReason: row.hangupReason,
        inferred: row.inferred,
      } as LogEntry
    case 'CAMPAIGN':
      return {
        position,
        customerId,
        kind,
        at,
        campaignId: row.campaignId,
        from: row.fromStatus,
        to: row.toStatus,
        cause: row.cause,
      } as LogEntry
    case 'AGENT':
      return {
        position,
        customerId,
        kind,
        at,
        agentId: row.agentId,
        from: row.fromStatus,
        to: row.toStatus,
        queueIds: JSON.parse(row.queueIds ?? '[]'),
      } as LogEntry
    case 'NOTICE':
      return { position, customerId, kind, at, topic: row.topic, subjectId: row.subjectId } as LogEntry
    default:
      return unreachable(kind)
  }
}
