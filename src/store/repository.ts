import Database from 'better-sqlite3'
import { and, eq, getTableColumns, sql } from 'drizzle-orm'
import type { AnySQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core'
import { compiledRead, compiledWrite, type Prepared } from './compiled-statements.ts'
import type { Connection } from './database.ts'
import type { FilterParts, KeysetOrder, PageWindow } from './keyset.ts'
import { createList } from './lists.ts'
import { updateSet } from './sets.ts'
import { align, idList, inList, lazily, placeholders } from './statement-cache.ts'

/** A unique constraint was violated: "campaign.customer_id, campaign.name". */
export class UniqueConflict extends Error {
  override name = 'UniqueConflict'
  /** Names of the columns without customer_id: ["name"]. */
  readonly columns: readonly string[]
  constructor(constraint: string) {
    super(`not unique: ${constraint}`)
    this.columns = constraint
      .split(', ')
      .map((column) => column.split('.')[1] ?? '')
      .filter((column) => column !== 'customer_id')
  }
}

const uniquePrefix = 'UNIQUE constraint failed: '

/** Runs a write and distinguishes unique conflicts from other failures. */
export function writing<Result>(write: () => Result): Result {
  try {
    return write()
  } catch (error) {
    if (error instanceof Database.SqliteError && error.message.startsWith(uniquePrefix)) {
      throw new UniqueConflict(error.message.slice(uniquePrefix.length))
    }
    throw error
  }
}

/** A table of a customer's objects, found by id and listed by position. */
export type RepositoryTable = SQLiteTable & {
  readonly position: AnySQLiteColumn
  readonly customerId: AnySQLiteColumn
  readonly id: AnySQLiteColumn
}

/** Maps a row of the table to a domain object and back. */
export interface Mapping<Value> {
  toValue(row: Record<string, unknown>): Value
  toRow(value: Value): Record<string, unknown>
}

/** Columns that are written when a row is inserted, and never again. */
const unchanged = ['position', 'customerId', 'id', 'createdAt']

type NewValue<Value> = Omit<Value, 'position'>

/** Reads and writes whole objects of one kind. `Value` has the columns of its table, as `mapping` says. */
export function createRepository<
  Value extends { readonly position: number; readonly customerId: string; readonly id: string },
>(db: Connection, table: RepositoryTable, mapping: Mapping<Value>) {
  const columns = getTableColumns(table)
  const from = () => db.select(columns).from(table)
  const toValue = (row: unknown) => mapping.toValue(row as Record<string, unknown>)
  const reading = (query: { prepare(): Prepared }) =>
    compiledRead<Record<string, unknown>>(db, query.prepare(), columns)
  const ofCustomer = eq(table.customerId, sql.placeholder('customerId'))
  const selectByIds = lazily(() => reading(from().where(and(ofCustomer, inList(table.id, 'ids')))))
  const selectById = lazily(() => reading(from().where(and(ofCustomer, eq(table.id, sql.placeholder('id'))))))
  const insertRow = lazily(() =>
    compiledWrite(
      db,
      db
        .insert(table)
        .values(placeholders(table, ['position']))
        .prepare(),
    ),
  )
  const updateRow = lazily(() =>
    db
      .update(table)
      .set(placeholders(table, unchanged))
      .where(eq(table.position, sql.placeholder('position')))
      .prepare(),
  )
  const updateRows = lazily(() =>
    updateSet(db, table, { set: Object.keys(columns).filter((name) => !unchanged.includes(name)), key: ['position'] }),
  )
  const list = createList<Record<string, unknown>>(db, table, columns, from)

  return {
    async byId(customerId: string, id: string): Promise<Value | null> {
      const [row] = selectById()({ customerId, id: id.toLowerCase() })
      return row === undefined ? null : toValue(row)
    },
    /** In the order of the ids, null where the customer has none. */
    async byIds(customerId: string, ids: readonly string[]): Promise<(Value | null)[]> {
      const rows = selectByIds()({ customerId, ids: idList(ids) })
      return align(ids, rows.map(toValue), (value) => value.id)
    },
    /** Throws UniqueConflict. */
    async insert(value: NewValue<Value>): Promise<Value> {
      const row = mapping.toRow({ ...value, position: 0 } as unknown as Value)
      const position = writing(() => insertRow()(row))
      return { ...value, position } as unknown as Value
    },
    /** Writes every column of the object. Throws UniqueConflict. */
    async update(value: Value): Promise<void> {
      writing(() => updateRow().run(mapping.toRow(value)))
    },
    /** The same for many objects. */
    async updateAll(values: readonly Value[]): Promise<void> {
      writing(() => updateRows()(values.map(mapping.toRow)))
    },
    /** One page of a list of the customer's objects, filtered and in keyset order. */
    async page(order: KeysetOrder, window: PageWindow, filter: FilterParts): Promise<Value[]> {
      return (await list.page(order, window, filter)).map(toValue)
    },
    /** One page of each of several lists, which differ in a parent. See lists.ts. */
    async pageOfEach(
      parents: readonly string[],
      order: KeysetOrder,
      window: PageWindow,
      filter: FilterParts,
    ): Promise<Value[][]> {
      return (await list.pageOfEach(parents, order, window, filter)).map((rows) => rows.map(toValue))
    },
    count: list.count,
  }
}
