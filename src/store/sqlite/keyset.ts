import { type AnyColumn, and, asc, desc, type SQL, sql } from 'drizzle-orm'
import type { CursorValue } from '../../kernel/cursor.ts'
import type { PageWindow } from '../contract/pages.ts'
import { unindexed } from './statement-cache.ts'

/** A total order of a list: by `position`, or by another column and then `position`. */
export interface KeysetOrder {
  readonly columns: readonly AnyColumn[]
  readonly descending: boolean
  /**
   * The filter matches few rows: they are found by it and then sorted, instead of scanning the whole list in its order.
   */
  readonly sorted?: boolean
}

/** The conditions of a filter, with their names: statements are prepared once for each shape. */
export interface FilterParts {
  readonly shape: string
  /**
   * Whether an index covers the whole filter in the order of the list: a page is then read without looking at any other
   * row.
   */
  readonly isCarried: boolean
  readonly conditions: readonly SQL[]
  readonly values: Readonly<Record<string, unknown>>
}

/**
 * Collects the conditions of a filter, without those whose value is null or missing. `carried` are the shapes, names
 * joined by commas, that an index of the table covers.
 */
export function filterParts(
  parts: readonly { readonly name: string; readonly value: unknown; readonly condition: SQL }[],
  carried: ReadonlySet<string> = new Set(),
): FilterParts {
  const used = parts.filter(({ value }) => value !== null && value !== undefined)
  const shape = used.map(({ name }) => name).join(',')
  return {
    shape,
    isCarried: carried.has(shape),
    conditions: used.map(({ condition }) => condition),
    values: Object.fromEntries(
      used.map(({ name, value }) => [name, Array.isArray(value) ? JSON.stringify(value) : value]),
    ),
  }
}

/** True when rows are read in descending order of the key. */
function readsDown(order: KeysetOrder, window: PageWindow): boolean {
  return order.descending === window.forward
}

/** Distinguishes the statements of one list. */
export function windowShape(order: KeysetOrder, window: PageWindow, filter: FilterParts): string {
  const names = order.columns.map((column) => column.name).join('+')
  return `${names} ${order.sorted ? 'sorted' : ''} ${readsDown(order, window) ? 'down' : 'up'} ${window.from ? 'from' : ''} ${window.until ? 'until' : ''} ${filter.shape}`
}

/** WHERE, ORDER BY and LIMIT. The position is compared as a row value, which SQLite answers from the index. */
export function windowClauses(order: KeysetOrder, window: PageWindow, filter: FilterParts) {
  const down = readsDown(order, window)
  const terms = order.columns.map((column) => (order.sorted ? unindexed(column) : column))
  const columns = sql.join(terms, sql`, `)
  const beyond = (name: string, further: boolean) => {
    const places = sql.join(
      order.columns.map((_, i) => sql.placeholder(`${name}${i}`)),
      sql`, `,
    )
    return down === further ? sql`(${columns}) < (${places})` : sql`(${columns}) > (${places})`
  }
  const bounds = [...(window.from ? [beyond('from', true)] : []), ...(window.until ? [beyond('until', false)] : [])]
  return {
    where: and(...filter.conditions, ...bounds),
    orderBy: terms.map((term) => (down ? desc(term) : asc(term))),
    limit: sql.placeholder('limit'),
  }
}

export function windowValues(window: PageWindow, filter: FilterParts): Record<string, unknown> {
  const places = (name: string, values: readonly CursorValue[] | null) =>
    Object.fromEntries((values ?? []).map((value, i) => [`${name}${i}`, value]))
  return { ...filter.values, ...places('from', window.from), ...places('until', window.until), limit: window.limit }
}

/** Rows in the order of the list, in whichever direction they were read. */
export function inListOrder<Row>(rows: Row[], window: PageWindow): Row[] {
  return window.forward ? rows : rows.reverse()
}
