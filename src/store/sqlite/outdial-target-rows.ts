import type { GetColumnData } from 'drizzle-orm'
import type { Address } from '../../domain/address.ts'
import type { Destination, OutdialTarget } from '../../domain/outdial-target.ts'
import { destination, type outdialTarget } from './schema/outdial.ts'

/** The columns of a destination, read beside those of its target. */
export const destinationColumns = {
  destinationIndex: destination.index,
  destinationType: destination.type,
  destinationTarget: destination.target,
  destinationTargetName: destination.targetName,
  destinationName: destination.name,
  destinationDetail: destination.detail,
  destinationTryCount: destination.tryCount,
  destinationUnusable: destination.unusable,
}

type TargetRow = typeof outdialTarget.$inferSelect
type JoinedDestination = {
  readonly [Name in keyof typeof destinationColumns]: GetColumnData<(typeof destinationColumns)[Name]>
}
/** A target beside one of its destinations; each column of that is null if the target has none. */
export type JoinedRow = TargetRow & (JoinedDestination | { readonly [Name in keyof JoinedDestination]: null })

/** Every property is written out: targets are read by the thousand. */
export function toTarget(row: TargetRow, destinations: Destination[]): OutdialTarget {
  return {
    position: row.position,
    customerId: row.customerId,
    id: row.id,
    outdialId: row.outdialId,
    name: row.name,
    detail: row.detail,
    data: row.data,
    status: row.status,
    destinations,
    reached: row.reached,
    outcome: row.outcome,
    attempt: row.attempt,
    lastAttemptAt: row.lastAttemptAt,
    lastUnknown: row.lastUnknown,
    unplacedInRow: row.unplacedInRow,
    failedInRow: row.failedInRow,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    deletedAt: row.deletedAt,
  }
}

/** The destination beside a target; null if the target has none. */
export function toJoinedDestination(row: JoinedRow): Destination | null {
  if (row.destinationIndex === null) return null
  const address: Address = {
    type: row.destinationType,
    target: row.destinationTarget,
    targetName: row.destinationTargetName,
    name: row.destinationName,
    detail: row.destinationDetail,
  }
  return { index: row.destinationIndex, address, tryCount: row.destinationTryCount, unusable: row.destinationUnusable }
}

export function toDestination(row: typeof destination.$inferSelect): Destination {
  const { index, tryCount, unusable, type, target, targetName, name, detail } = row
  const address: Address = { type, target, targetName, name, detail }
  return { index, address, tryCount, unusable }
}
