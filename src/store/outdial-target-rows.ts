import type { Address } from '../domain/address.ts'
import type { Destination, OutdialTarget } from '../domain/outdial-target.ts'
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
type DestinationRow = { readonly [Name in keyof typeof destinationColumns]: never }

/** Every property is written out: targets are read by the thousand. */
export function toTarget(of: Record<string, unknown>, destinations: Destination[]): OutdialTarget {
  const row = of as TargetRow
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

/** The destination beside a target. */
export function toJoinedDestination(of: Record<string, unknown>): Destination {
  const row = of as DestinationRow
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
