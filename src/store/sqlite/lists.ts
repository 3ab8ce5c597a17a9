import { type AnyColumn, and, count, inArray, type SQL, sql } from 'drizzle-orm'
import type { AnySQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { PageWindow } from '../contract/pages.ts'
import { type CompiledRead, compiledRead, type Prepared } from './compiled-statements.ts'
import type { Connection } from './database.ts'
import { type FilterParts, inListOrder, type KeysetOrder, windowClauses, windowShape, windowValues } from './keyset.ts'
import { slowRead } from './slow-read.ts'
import { statementsByShape } from './statement-cache.ts'

/** The parents of several lists, given as a JSON array under that name. */
export const parents = sql`json_each(${sql.placeholder('parents')}) as parents`

/** The condition on the column that refers to the parent of a list. */
export function ofEachParent(column: AnyColumn): SQL {
  return sql`${column} = parents.value`
}

const positionOf = (row: unknown) => (row as { readonly position: number }).position

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
  table: SQLiteTable & { readonly position: AnySQLiteColumn },
  /** What `from` selects, flat, in its order. */
  selection: Readonly<Record<string, AnySQLiteColumn>>,
  from: () => ListQuery,
) {
  const windows = statementsByShape<Read<Row>>()
  const pagesOfEach = statementsByShape<CompiledRead<Row & { readonly parent: number }>>()
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

  /** For each of some parents, the rows of its page, found by the index that carries the filter. */
  function compileEach(order: KeysetOrder, window: PageWindow, filter: FilterParts) {
    const clauses = windowClauses(order, window, filter)
    const ofParent = db
      .select({ position: table.position })
      .from(table)
      .where(clauses.where)
      .orderBy(...clauses.orderBy)
      .limit(clauses.limit)
    const query = db
      .select({ parent: sql<number>`parents.key`, ...selection })
      .from(parents)
      .innerJoin(table, inArray(table.position, ofParent))
    return compiledRead<Row & { readonly parent: number }>(db, query.prepare(), { parent: null, ...selection })
  }

  return {
    /**
     * The same page of several lists, in the order of their parents, with one statement. An index carries the filter,
     * whose condition on the parent is `ofEachParent`, and the list is ordered by position.
     */
    async pageOfEach(
      parentIds: readonly string[],
      order: KeysetOrder,
      window: PageWindow,
      filter: FilterParts,
    ): Promise<Row[][]> {
      const read = pagesOfEach(windowShape(order, window, filter), () => compileEach(order, window, filter))
      const pages: Row[][] = parentIds.map(() => [])
      const rows = read({
        ...windowValues(window, filter),
        parents: JSON.stringify(parentIds.map((id) => id.toLowerCase())),
      })
      for (const row of rows) pages[row.parent]?.push(row)
      const sign = order.descending ? -1 : 1
      for (const page of pages) page.sort((a, b) => sign * (positionOf(a) - positionOf(b)))
      return pages
    },
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
