/** Something of a call that was recorded, or is being recorded. */
export interface Recording {
  readonly id: string
  readonly customerId: string
  readonly campaigncallId: string
  /** Of the RECORDING_START that began it. */
  readonly step: number
  readonly startedAt: number
  /** Null while it is under way, and where its end was not heard of. */
  readonly endedAt: number | null
  /** Its name at the switch while it is under way; then where it lies. */
  readonly location: string
}
