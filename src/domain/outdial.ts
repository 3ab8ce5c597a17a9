/** A list of targets. Its counters change in the transaction that changes a target. */
export interface Outdial {
  readonly id: string
  readonly customerId: string
  readonly position: number
  readonly name: string
  readonly detail: string
  /** Opaque text of the caller. */
  readonly data: string
  readonly targetsIdle: number
  readonly targetsProgressing: number
  readonly targetsDone: number
  /**
   * Position of the last target that the background pass has re-evaluated (docs/rules.md#target-reevaluation); null
   * while no pass is pending.
   */
  readonly reevaluatedPosition: number | null
  readonly createdAt: number
  readonly updatedAt: number
  readonly deletedAt: number | null
}
