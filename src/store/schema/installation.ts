import { sql } from 'drizzle-orm'
import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { customerId, holds, position } from './columns.ts'

/** One row: what identifies this database and its state. */
export const installation = sqliteTable(
  'installation',
  {
    position: position(),
    /** Made once with the database; kept by backup and restore; carried by every call we place. */
    installationId: text().notNull(),
    /** New at creation and at every restore: cursors of another epoch are refused. */
    epoch: text().notNull(),
    cursorKey: text().notNull(),
    /** Raised by one each time an engine takes over. */
    term: integer().notNull().default(0),
    /** Of the log, entries up to here may have been pruned: a reader that is behind it has missed some. */
    prunedThrough: integer().notNull().default(0),
    /**
     * The file that the engine runs on, as `fileIdentityOf` names it, or `backup` in a backup. Null until an engine has run,
     * and where an engine has to wait for a person because the database may not know of its latest calls.
     */
    databaseFile: text(),
    createdAt: integer().notNull(),
  },
  (table) => [holds('installation_single', sql`${table.position} = 1`)],
)

export const customer = sqliteTable('customer', { id: text().primaryKey(), createdAt: integer().notNull() })

/**
 * Ids that callers chose, with a hash of what they asked for: the same creation sent again is the same
 * (docs/rules.md#repeatable-creations).
 */
export const creation = sqliteTable(
  'creation',
  { customerId: customerId(), id: text().notNull(), kind: text().notNull(), inputHash: text().notNull() },
  (table) => [primaryKey({ columns: [table.customerId, table.id] })],
)
