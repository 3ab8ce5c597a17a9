import type { Installation } from './installations.ts'

/** As in `databaseFile` of a backup. */
export const backupIdentity = 'backup'

/**
 * How far the engine of a database has come, stored outside the database: a database that is behind its mark has lost
 * committed data (docs/durability.md).
 */
export interface HighWaterMark {
  /** Identity of the database's file. */
  readonly fileIdentity: string
  /** True from `begin` to `close`. */
  readonly isKept: boolean
  /**
   * Why calls may have been placed that this state of the database does not know, as a sentence for a person; null if
   * there is no evidence, or if another process runs the engine and has checked already.
   */
  findGap(installation: Installation, position: number): string | null
  /** Creates and syncs the mark. To be called before anything in the database relies on it. */
  create(state: MarkState): void
  /** Starts writing the mark. */
  begin(state: MarkState): void
  /** Records that the log is committed up to this position. Costs one write and never throws: a mark may be behind. */
  note(position: number): void
  close(): void
}

export interface MarkState {
  readonly installationId: string
  readonly epoch: string
  readonly term: number
  /** Position of the last entry of the log. */
  readonly position: number
}
