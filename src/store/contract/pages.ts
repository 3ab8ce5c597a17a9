import type { CursorValue } from '../../kernel/cursor.ts'

/** A page window: `limit` rows of a list after a row, read forward or backward. */
export interface PageWindow {
  readonly limit: number
  /** The order columns' values of the row after which to read; null begins at the end of the list that is read from. */
  readonly from: readonly CursorValue[] | null
  /** Excludes the rows from this one on; null reads to the other end. */
  readonly until: readonly CursorValue[] | null
  /** False reads towards the beginning of the list; rows are returned in the order of the list all the same. */
  readonly forward: boolean
}

/**
 * Properties that are needed of each row, besides its id and position; null for all. Rows that are read so lack the
 * others: only what shows nothing else may ask for it.
 */
export type Reads<Row> = readonly (keyof Row & string)[] | null
