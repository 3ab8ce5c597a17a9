import type { EngineRecord } from '../../domain/engine.ts'

/** The identity of this database. */
export interface Installation {
  readonly installationId: string
  readonly epoch: string
  readonly cursorKey: string
  readonly term: number
  /** Log entries up to this position may have been pruned. */
  readonly prunedThrough: number
  /**
   * Identity of the file that the engine runs on; null until it has run, and while a person has to look at the database
   * first.
   */
  readonly databaseFile: string | null
}

export interface Installations {
  /** Throws a Defect before the first start has created it. */
  get(): Promise<Installation>
  /** Returns the new term. */
  raiseTerm(): Promise<number>
  /** In the transaction that prunes: a reader sees either the whole log or that some of it is gone. */
  setPrunedThrough(position: number): Promise<void>
  setDatabaseFile(fileIdentity: string): Promise<void>
  /** Invalidates all cursors, and clears the file that the engine runs on. */
  beginEpoch(epoch: string): Promise<void>
  exists(): Promise<boolean>
  insert(value: Omit<Installation, 'prunedThrough' | 'databaseFile'>, createdAt: number): Promise<void>
  insertCustomer(id: string, createdAt: number): Promise<void>
  hasCustomer(id: string): Promise<boolean>
}

/** The one row with the engine's status and the request to resume. */
export interface Engines {
  /** Throws a Defect before the first start has created it. */
  get(): Promise<EngineRecord>
  /** Creates the row of a database that has none. */
  insert(): Promise<void>
  /** Updates the engine's status, in whole or in part; the request and the counters stay. */
  update(record: Partial<EngineRecord>): Promise<void>
  /** Counts calls found live again, and calls that ended UNKNOWN. */
  count(counts: { readonly adopted: number; readonly unknown: number }): Promise<void>
}

export type CreationKind = 'CAMPAIGN' | 'OUTDIAL' | 'OUTDIAL_TARGET' | 'OUTPLAN' | 'QUEUE' | 'AGENT'
export interface Creation {
  readonly customerId: string
  readonly id: string
  readonly kind: CreationKind
  readonly inputHash: string
}

/** The ids that callers chose (docs/rules.md#repeatable-creations). */
export interface Creations {
  /** The creations among these ids. */
  byIds(customerId: string, ids: readonly string[]): Promise<Creation[]>
  /** Those of the ids that any object of the customer has, chosen or not. */
  taken(customerId: string, ids: readonly string[]): Promise<Set<string>>
  /** Throws UniqueConflict if the id was chosen before. */
  insert(row: Creation): Promise<void>
}
