import type {
  CampaigncallTransition,
  CampaignTransition,
  LogEntry,
  LogFilter,
  NewLogEntry,
} from '../../domain/transition.ts'

/** A log entry as pruning needs it. */
export interface AgedEntry {
  readonly position: number
  /** When it happened, in milliseconds since 1970. */
  readonly at: number
  /** True while the call of the entry is in flight. */
  readonly inFlight: boolean
}

/**
 * The log. Entries are appended last in a transaction, so that their order is that of the commits, and pruned from the
 * beginning only.
 */
export interface Transitions {
  /** Returns the position of the last entry. */
  append(entries: readonly NewLogEntry[]): Promise<number>
  /** Position of the newest entry ever written, whether it is kept or not; 0 if there was none. */
  latestPosition(): Promise<number>
  /**
   * Entries committed after a position, of every kind and customer, oldest first. Null if some of them have been
   * pruned.
   */
  after(position: number, limit: number): Promise<LogEntry[] | null>
  /**
   * The same, filtered, and up to `until` if that is given. Without a position it begins at the oldest kept entry,
   * and is never null.
   */
  matchingAfter(
    filter: LogFilter,
    position: number | null,
    limit: number,
    until?: number | null,
  ): Promise<LogEntry[] | null>
  /** The transitions of each call, oldest first. */
  ofCalls(customerId: string, campaigncallIds: readonly string[]): Promise<CampaigncallTransition[][]>
  /** The latest entries of each campaign, oldest first. */
  latestOfCampaigns(customerId: string, campaignIds: readonly string[], limit: number): Promise<CampaignTransition[][]>
  /** The entries after a position with what decides whether they are kept, oldest first. */
  agedAfter(position: number, limit: number): Promise<AgedEntry[]>
  /**
   * Positions up to `after` of entries that were kept for calls then in flight, which have ended with an entry after
   * that and up to `through`.
   */
  leftBehind(after: number, through: number, limit: number): Promise<number[]>
  /** For pruning only: `installations.setPrunedThrough` tells the readers, in the same transaction. */
  remove(positions: readonly number[]): Promise<void>
}
