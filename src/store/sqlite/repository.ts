import { and, eq, getTableColumns, sql } from 'drizzle-orm'
import type { AnySQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core'
import { present } from '../../kernel/assert.ts'
import { ConstraintViolation } from '../../kernel/errors.ts'
import { UniqueConflict } from '../contract/errors.ts'
import type { PageWindow, Reads } from '../contract/pages.ts'
import { compiledRead, compiledWrite, type Prepared } from './compiled-statements.ts'
import type { Connection } from './database.ts'
import type { FilterParts, KeysetOrder } from './keyset.ts'
import { createList } from './lists.ts'
import { updateSet } from './sets.ts'
import { align, idList, inList, lazily, placeholders, statementsByShape } from './statement-cache.ts'

const uniquePrefix = 'UNIQUE constraint failed: '

/** Runs a write and distinguishes unique conflicts from other failures. */
export function writing<Result>(write: () => Result): Result {
  try {
    return write()
  } catch (error) {
    if (error instanceof ConstraintViolation && error.message.startsWith(uniquePrefix)) {
      throw new UniqueConflict(fieldsOf(error.message.slice(uniquePrefix.length)))
    }
    throw error
  }
}

/** Fields of "campaign.customer_id, campaign.name" without the customer. */
function fieldsOf(constraint: string): string[] {
  return constraint
    .split(', ')
    .map((column) => (column.split('.')[1] ?? '').replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()))
    .filter((field) => field !== 'customerId')
}

/** A table of a customer's objects, found by id and listed by position. */
export type RepositoryTable = SQLiteTable & {
  readonly position: AnySQLiteColumn
  readonly customerId: AnySQLiteColumn
  readonly id: AnySQLiteColumn
}

/** A row of a table as drizzle reads it. */
export type RowOf<Table extends SQLiteTable> = Table['$inferSelect']

interface Identified {
  readonly position: number
  readonly customerId: string
  readonly id: string
}

/** Columns that are written when a row is inserted, and never again. */
const unchanged = ['position', 'customerId', 'id', 'createdAt']

/** Reads objects of one kind, each from a row of its table. */
export function createReads<Table extends RepositoryTable, Value extends Identified>(
  db: Connection,
  table: Table,
  toValue: (row: RowOf<Table>) => Value,
) {
  const columns = getTableColumns<RepositoryTable>(table)
  const from = () => db.select(columns).from(table as RepositoryTable)
  const reading = (query: { prepare(): Prepared }) => compiledRead<RowOf<Table>>(db, query.prepare(), columns)
  const ofCustomer = eq(table.customerId, sql.placeholder('customerId'))
  const selectByIds = lazily(() => reading(from().where(and(ofCustomer, inList(table.id, 'ids')))))
  const selectById = lazily(() => reading(from().where(and(ofCustomer, eq(table.id, sql.placeholder('id'))))))
  const list = createList<RowOf<Table>>(db, table, columns, from)
  const partials = statementsByShape<ReturnType<typeof createPartialReads<Value>>>()
  /** Reads of some columns; null where a needed property is no column. */
  const partial = (reads: Reads<Value>) => {
    if (reads === null || !reads.every((name) => name in columns)) return null
    const names = [...new Set(['position', 'id', ...reads])].sort()
    return partials(names.join(' '), () => createPartialReads<Value>(db, table, names))
  }

  return {
    async byId(customerId: string, id: string): Promise<Value | null> {
      const [row] = selectById()({ customerId, id: id.toLowerCase() })
      return row === undefined ? null : toValue(row)
    },
    /** In the order of the ids, null where the customer has none. */
    async byIds(customerId: string, ids: readonly string[], reads: Reads<Value> = null): Promise<(Value | null)[]> {
      const some = partial(reads)
      if (some !== null) return align(ids, some.ofIds({ customerId, ids: idList(ids) }), (value) => value.id)
      const rows = selectByIds()({ customerId, ids: idList(ids) })
      return align(ids, rows.map(toValue), (value) => value.id)
    },
    /** One page of a list of the customer's objects, filtered and in keyset order. */
    async page(
      order: KeysetOrder,
      window: PageWindow,
      filter: FilterParts,
      reads: Reads<Value> = null,
    ): Promise<Value[]> {
      const some = partial(reads)
      if (some !== null) return some.list.page(order, window, filter)
      return (await list.page(order, window, filter)).map(toValue)
    },
    /** One page of each of several lists, which differ in a parent. See lists.ts. */
    async pageOfEach(
      parents: readonly string[],
      order: KeysetOrder,
      window: PageWindow,
      filter: FilterParts,
      reads: Reads<Value> = null,
    ): Promise<Value[][]> {
      const some = partial(reads)
      if (some !== null) return some.list.pageOfEach(parents, order, window, filter)
      return (await list.pageOfEach(parents, order, window, filter)).map((rows) => rows.map(toValue))
    },
    count: list.count,
  }
}

/** Reads these columns alone. */
function createPartialReads<Value extends Identified>(
  db: Connection,
  table: RepositoryTable,
  names: readonly string[],
) {
  const all: Readonly<Record<string, AnySQLiteColumn>> = getTableColumns<RepositoryTable>(table)
  const columns = Object.fromEntries(names.map((name) => [name, present(all[name], `the column ${name}`)]))
  const from = () => db.select(columns).from(table)
  const ofIds = and(eq(table.customerId, sql.placeholder('customerId')), inList(table.id, 'ids'))
  return {
    ofIds: compiledRead<Value>(db, from().where(ofIds).prepare(), columns),
    list: createList<Value>(db, table, columns, from as never),
  }
}

/** Writes objects of one kind, each to a row of its table. The store assigns positions. */
export function createWrites<Table extends RepositoryTable, Value extends Identified>(
  db: Connection,
  table: Table,
  toRow: (value: Omit<Value, 'position'>) => Omit<RowOf<Table>, 'position'>,
) {
  const columns = Object.keys(getTableColumns(table))
  const insertRow = lazily(() =>
    compiledWrite(
      db,
      db
        .insert(table)
        .values(placeholders(table, ['position']))
        .prepare(),
    ),
  )
  const updateRows = lazily(() =>
    updateSet(db, table, { set: columns.filter((name) => !unchanged.includes(name)), key: ['position'] }),
  )
  const rowOf = (value: Value) => ({ ...toRow(value), position: value.position })

  return {
    /** Throws UniqueConflict. */
    async insert<New extends Omit<Value, 'position'>>(value: New): Promise<New & { readonly position: number }> {
      const position = writing(() => insertRow()(toRow(value)))
      return { ...value, position }
    },
    /** Writes every column of the object. Throws UniqueConflict. */
    async update(value: Value): Promise<void> {
      writing(() => updateRows()([rowOf(value)]))
    },
    /** The same for many objects. */
    async updateAll(values: readonly Value[]): Promise<void> {
      writing(() => updateRows()(values.map(rowOf)))
    },
  }
}
