import { type AnyColumn, and, type Column, count, type SQL } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import { compiledRead, type Prepared } from './compiled-statements.ts'
import type { Connection } from './database.ts'
import {
  type FilterParts,
  inListOrder,
  type KeysetOrder,
  type PageWindow,
  windowClauses,
  windowShape,
  windowValues,
} from './keyset.ts'
import { slowRead } from './slow-read.ts'
import { statementsByShape } from './statement-cache.ts'

/** A drizzle query that a list completes. */
interface ListQuery {
  where(condition: SQL | undefined): {
    orderBy(...terms: SQL[]): {
      limit(limit: never): { prepare(): Prepared; toSQL(): { sql: string; params: unknown[] } }
    }
  }
}

type Read<Row> = (values: Readonly<Record<string, unknown>>) => Row[] | Promise<Row[]>

/**
 * Pages and counts of a list. A page whose filter is covered by an index is read at once; every other page, and every
 * count, may have to scan the whole table, and is read in a thread.
 */
export function createList<Row>(
  db: Connection,
  table: SQLiteTable & { readonly position: AnyColumn },
  /** What `from` selects, flat, in its order. */
  selection: Readonly<Record<string, Column>>,
  from: () => ListQuery,
) {
  const windows = statementsByShape<Read<Row>>()
  const counts = statementsByShape<(values: Readonly<Record<string, unknown>>) => Promise<{ total: number }[]>>()

  function compileRead(order: KeysetOrder, window: PageWindow, filter: FilterParts): Read<Row> {
    const clauses = windowClauses(order, window, filter)
    const query = (stillWanted: SQL | undefined) =>
      from()
        .where(and(stillWanted, clauses.where))
        .orderBy(...clauses.orderBy)
        .limit(clauses.limit as never)
    if (filter.isCarried) return compiledRead<Row>(db, query(undefined).prepare(), selection)
    return slowRead<Row>(db, table.position, selection, query)
  }

  return {
    async page(order: KeysetOrder, window: PageWindow, filter: FilterParts): Promise<Row[]> {
      const read = windows(windowShape(order, window, filter), () => compileRead(order, window, filter))
      return inListOrder(await read(windowValues(window, filter)), window)
    },
    async count(filter: FilterParts): Promise<number> {
      const read = counts(filter.shape, () =>
        slowRead<{ total: number }>(db, table.position, { total: null }, (stillWanted) =>
          db
            .select({ total: count() })
            .from(table)
            .where(and(stillWanted, ...filter.conditions)),
        ),
      )
      const [row] = await read(filter.values)
      return row?.total ?? 0
    },
  }
}
