import { fileURLToPath } from 'node:url'
import type Database from 'better-sqlite3'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import { migrate } from 'drizzle-orm/better-sqlite3/migrator'
import { readMigrationFiles } from 'drizzle-orm/migrator'

export const ownMigrationsFolder = fileURLToPath(new URL('../../../migrations', import.meta.url))

/** How the schema of a database relates to this program's migrations. */
export interface SchemaVersion {
  readonly applied: number
  /** Migrations of this program that the database lacks. */
  readonly pending: number
  /**
   * EMPTY has no tables yet. NEWER was made by a later version of this program. FOREIGN belongs to another program, and
   * must not get our tables.
   */
  readonly state: 'EMPTY' | 'CURRENT' | 'PENDING' | 'NEWER' | 'FOREIGN'
}

const table = '__drizzle_migrations'

/** Reads only. */
export function readSchemaVersion(client: Database.Database, folder = ownMigrationsFolder): SchemaVersion {
  const known = readMigrationFiles({ migrationsFolder: folder }).map((migration) => migration.folderMillis)
  const names = client.prepare("select name from sqlite_schema where type = 'table'").pluck().all()
  if (!names.includes(table)) {
    return { applied: 0, pending: known.length, state: names.length === 0 ? 'EMPTY' : 'FOREIGN' }
  }
  const applied = client.prepare(`select created_at from ${table}`).pluck().all().map(Number)
  const newest = Math.max(0, ...applied)
  // As the migrator does: everything older than the newest applied one counts as applied.
  const pending = known.filter((at) => at > newest).length
  const isNewer = newest > Math.max(0, ...known)
  return { applied: applied.length, pending, state: isNewer ? 'NEWER' : pending > 0 ? 'PENDING' : 'CURRENT' }
}

/** Applies the missing migrations in one transaction: a crash leaves either the old schema or the new one. */
export function applyMigrations(db: BetterSQLite3Database, folder = ownMigrationsFolder): void {
  migrate(db, { migrationsFolder: folder })
}
