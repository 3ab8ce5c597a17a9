import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import type { Logger } from 'drizzle-orm'
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3'
import { migrate } from 'drizzle-orm/better-sqlite3/migrator'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { assert } from '../kernel/assert.ts'
import { StartError } from '../kernel/errors.ts'

export type Connection = BetterSQLite3Database & { readonly $client: Database.Database }

export interface DatabaseOptions {
  /** A path; `file:` addresses and :memory: are not understood, since two connections share the file. */
  readonly file: string
  /** Make the file where there is none. Otherwise a mistyped name is an error, not an empty database. */
  readonly create: boolean
  /** Memory for pages of the file, for each of the two connections; 32 MiB when nothing is said. */
  readonly cacheKibibytes?: number
  /** OFF forgets commits in a power loss: for tests on a memory disk only. */
  readonly synchronous?: 'FULL' | 'OFF'
  /** Told of every statement before it runs. It may throw, and the statement is then not run. */
  readonly onStatement?: (sql: string) => void
}

export interface OpenDatabase {
  /** The one connection that writes. */
  readonly writer: Database.Database
  readonly write: Connection
  /** Sees what is committed; refuses to write. */
  readonly read: Connection
  close(): void
}

const migrationsFolder = fileURLToPath(new URL('../../migrations', import.meta.url))
/** On the main thread waiting for a lock blocks everybody: transact tries again instead. */
const busyTimeoutMs = 20
const cacheKibibytesDefault = 32 * 1024

/** Opens both connections, applies what migrations are missing and asserts every setting that durability rests on. */
export function openDatabase(options: DatabaseOptions): OpenDatabase {
  prepareFile(options)
  const writer = connect(options, false)
  try {
    const write = wrap(writer, options)
    applyMigrations(write)
    const reader = connect(options, true)
    return {
      writer,
      write,
      read: wrap(reader, options),
      close() {
        reader.close()
        writer.close()
      },
    }
  } catch (error) {
    writer.close()
    throw error
  }
}

/** Names of the migrations that were applied now, oldest first. */
export function migrateDatabase(options: DatabaseOptions): { readonly applied: number } {
  prepareFile(options)
  const writer = connect(options, false)
  try {
    return { applied: applyMigrations(wrap(writer, options)) }
  } finally {
    writer.close()
  }
}

function wrap(client: Database.Database, { onStatement }: DatabaseOptions): Connection {
  const logger: Logger | undefined = onStatement && { logQuery: (sql) => onStatement(sql) }
  const connection = drizzle(client, { casing: 'snake_case', ...(logger && { logger }) })
  if (onStatement) hooks.set(connection, onStatement)
  return connection
}

const hooks = new WeakMap<Connection, (sql: string) => void>()

/** Who is told of the statements of a connection, for those that do not go through drizzle. */
export function statementHook(connection: Connection): ((sql: string) => void) | undefined {
  return hooks.get(connection)
}

/** Makes sure that there is a file to open, or may be made. Throws a StartError. */
export function prepareFile({ file, create }: Pick<DatabaseOptions, 'file' | 'create'>): void {
  if (existsSync(file)) {
    if (!statSync(file).isFile()) throw new StartError(`The database ${file} is not a file.`, 78)
    return
  }
  if (!create)
    throw new StartError(`There is no database at ${file}. Name an existing one, or let it be made with --create.`, 78)
  mkdirSync(dirname(file), { recursive: true })
}

function connect(options: DatabaseOptions, readonly: boolean): Database.Database {
  const client = new Database(options.file, { readonly, fileMustExist: readonly, timeout: busyTimeoutMs })
  try {
    if (!readonly) client.pragma('journal_mode = WAL')
    const synchronous = options.synchronous ?? 'FULL'
    client.pragma(`synchronous = ${synchronous}`)
    client.pragma('foreign_keys = ON')
    client.pragma(`cache_size = -${options.cacheKibibytes ?? cacheKibibytesDefault}`)
    client.pragma('temp_store = MEMORY')
    const found = client.pragma('synchronous', { simple: true })
    assert(found === (synchronous === 'FULL' ? 2 : 0), `synchronous to be ${synchronous}, found ${found}`)
    assert(client.pragma('journal_mode', { simple: true }) === 'wal', 'the journal to be in WAL mode')
    assert(client.pragma('foreign_keys', { simple: true }) === 1, 'foreign keys to be enforced')
    return client
  } catch (error) {
    client.close()
    if (error instanceof Database.SqliteError && error.code === 'SQLITE_NOTADB') {
      throw new StartError(`${options.file} is not a database.`, 65)
    }
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_CORRUPT')) {
      throw new StartError(`The database ${options.file} is damaged; restore it from a backup.`, 65)
    }
    throw error
  }
}

function applyMigrations(db: Connection): number {
  const known = readMigrationFiles({ migrationsFolder })
  const before = appliedMigrations(db)
  const newest = Math.max(0, ...known.map((migration) => migration.folderMillis))
  if (before.some((at) => at > newest)) {
    throw new StartError('The database was made by a newer version of this program; use that one.', 65)
  }
  migrate(db, { migrationsFolder })
  return appliedMigrations(db).length - before.length
}

function appliedMigrations(db: Connection): number[] {
  const table = '__drizzle_migrations'
  const exists = db.$client.prepare('select 1 from sqlite_schema where name = ?').get(table)
  if (exists === undefined) return []
  const rows = db.$client.prepare(`select created_at as at from ${table}`).all() as { at: number }[]
  return rows.map((row) => Number(row.at))
}
