import type { Address } from './address.ts'

/** How and when the targets of a list are dialed. */
export interface Outplan {
  readonly id: string
  readonly customerId: string
  readonly position: number
  readonly name: string
  readonly detail: string
  /** Caller id of the calls. */
  readonly source: Address
  /** How long a call may ring. */
  readonly dialTimeoutMs: number
  /** Shortest time from the end of one attempt to the next attempt of the same target. */
  readonly tryIntervalMs: number
  /** Most tries of destinations 0 to 4: always five numbers. */
  readonly maxTryCounts: readonly number[]
  readonly createdAt: number
  readonly updatedAt: number
  readonly deletedAt: number | null
}
