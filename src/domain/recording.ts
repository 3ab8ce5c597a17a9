/** A recording of a call, ended or current. */
export interface Recording {
  readonly id: string
  readonly customerId: string
  readonly campaigncallId: string
  /** The step of its RECORDING_START. */
  readonly step: number
  readonly startedAt: number
  /** Null while it runs, and if the news of its end was lost. */
  readonly endedAt: number | null
  /** Its name at the switch while it runs; then its location. */
  readonly location: string
}
