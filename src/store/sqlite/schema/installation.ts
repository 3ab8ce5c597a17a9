import { sql } from 'drizzle-orm'
import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { customerId, holds, position } from './columns.ts'

/** One row: the identity of this database and its state. */
export const installation = sqliteTable(
  'installation',
  {
    position: position(),
    /** Created once with the database; kept by backup and restore; sent with every call that is placed. */
    installationId: text().notNull(),
    /** New at creation and at every restore: cursors of another epoch are refused. */
    epoch: text().notNull(),
    cursorKey: text().notNull(),
    /** Raised by one each time an engine takes over. */
    term: integer().notNull().default(0),
    /** Log entries up to here may have been pruned: a reader behind it has missed some. */
    prunedThrough: integer().notNull().default(0),
    /**
     * The file that the engine runs on, as `fileIdentityOf` names it, or `backup` in a backup. Null until an engine has
     * run, and while the engine waits for a person because the database may lack its latest calls.
     */
    databaseFile: text(),
    createdAt: integer().notNull(),
  },
  (table) => [holds('installation_single', sql`${table.position} = 1`)],
)

export const customer = sqliteTable('customer', { id: text().primaryKey(), createdAt: integer().notNull() })

/**
 * Ids that callers chose, with a hash of their input: a repeated creation returns the same object
 * (docs/rules.md#repeatable-creations).
 */
export const creation = sqliteTable(
  'creation',
  { customerId: customerId(), id: text().notNull(), kind: text().notNull(), inputHash: text().notNull() },
  (table) => [primaryKey({ columns: [table.customerId, table.id] })],
)
