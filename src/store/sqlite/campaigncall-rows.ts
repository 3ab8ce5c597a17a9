import type { Campaigncall, DialingCall, DoneCall, ProgressingCall } from '../../domain/campaigncall.ts'
import { present } from '../../kernel/assert.ts'
import type { campaigncall } from './schema/campaigncall.ts'

export type CallRow = typeof campaigncall.$inferSelect

/** What calls have in every state. */
type CallBase = Omit<DialingCall, 'status'>

/** A call while its row is read: properties of one state are added one after the other. */
interface FlatCall extends CallBase {
  readonly status: CallRow['status']
  phase?: ProgressingCall['phase'] | null
  agentId?: string | null
  answeredAt?: number | null
  result?: DoneCall['result'] | null
  hangupReason?: DoneCall['hangupReason'] | null
  endedAt?: number | null
}

/** Columns that change after the claim. */
type StateColumn = Exclude<keyof CallRow, (typeof fixedColumns)[number]>

/** Columns that are written when a call is claimed, and never again. */
export const fixedColumns = [
  'position',
  'customerId',
  'id',
  'campaignId',
  'outplanId',
  'outdialId',
  'outdialTargetId',
  'queueId',
  'activeflowId',
  'actionListId',
  'referenceType',
  'referenceId',
  'source',
  'destination',
  'destinationIndex',
  'tryCount',
  'attempt',
  'dialTimeoutMs',
  'createdAt',
] as const satisfies readonly (keyof CallRow)[]

/**
 * Maps a row to its call. Every property is written out: destructuring and spreading cost five times as much as reading
 * the row, and three times the memory.
 */
export function toValue(row: CallRow): Campaigncall {
  const call: FlatCall = {
    position: row.position,
    customerId: row.customerId,
    id: row.id,
    campaignId: row.campaignId,
    outplanId: row.outplanId,
    outdialId: row.outdialId,
    outdialTargetId: row.outdialTargetId,
    queueId: row.queueId,
    activeflowId: row.activeflowId,
    actionListId: row.actionListId,
    referenceType: row.referenceType,
    referenceId: row.referenceId,
    source: row.source,
    destination: row.destination,
    destinationIndex: row.destinationIndex,
    tryCount: row.tryCount,
    attempt: row.attempt,
    dialTimeoutMs: row.dialTimeoutMs,
    status: row.status,
    version: row.version,
    endRequest:
      row.endReason === null
        ? null
        : { reason: row.endReason, at: present(row.endAskedAt, 'when an end was asked for'), sentAt: row.endSentAt },
    lookupAt: row.lookupAt,
    wakeAt: row.wakeAt,
    queuedAt: row.queuedAt,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  }
  if (row.status !== 'DIALING') {
    call.agentId = row.agentId
    call.answeredAt = row.answeredAt
  }
  if (row.status === 'PROGRESSING') call.phase = row.phase
  if (row.status === 'DONE') {
    call.result = row.result
    call.hangupReason = row.hangupReason
    call.endedAt = row.endedAt
  }
  // The CHECK campaigncall_states holds which of these are set in which state.
  return call as Campaigncall
}

/** The columns that change, written out, since this runs several times for every call. */
export function toState(call: Campaigncall): Pick<CallRow, StateColumn | 'customerId' | 'id'> {
  const { endRequest } = call
  return {
    customerId: call.customerId,
    id: call.id,
    status: call.status,
    phase: call.status === 'PROGRESSING' ? call.phase : null,
    agentId: call.status === 'DIALING' ? null : call.agentId,
    result: call.status === 'DONE' ? call.result : null,
    hangupReason: call.status === 'DONE' ? call.hangupReason : null,
    answeredAt: call.status === 'DIALING' ? null : call.answeredAt,
    endedAt: call.status === 'DONE' ? call.endedAt : null,
    version: call.version,
    endReason: endRequest?.reason ?? null,
    endAskedAt: endRequest?.at ?? null,
    endSentAt: endRequest?.sentAt ?? null,
    lookupAt: call.lookupAt,
    wakeAt: call.wakeAt,
    queuedAt: call.queuedAt,
    updatedAt: call.updatedAt,
  }
}

/** Every column but the position, which the store assigns. */
export function toRow(call: Campaigncall): Omit<CallRow, 'position'> {
  const { endRequest: _, position: _position, ...fixed } = call
  return Object.assign(fixed, toState(call))
}
