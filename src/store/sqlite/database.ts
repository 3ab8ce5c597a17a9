import { constants, existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import type { Logger } from 'drizzle-orm'
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3'
import { assert } from '../../kernel/assert.ts'
import { StartError, type StorageFailure } from '../../kernel/errors.ts'
import type { CheckOutcome } from './background-check.ts'
import { explained } from './explain.ts'
import { createGuard, damageMessage, type Guard, guardStatements } from './guard.ts'
import { inspectDatabase } from './inspection.ts'
import { holdsEngineLock, takeEngineLock } from './lock.ts'
import { applyMigrations, readSchemaVersion } from './migrations.ts'
import { assertOneName } from './names.ts'
import { isAllowed, kindOfFile, realPathOf, sizeOf } from './paths.ts'

export type Connection = BetterSQLite3Database & { readonly $client: Database.Database }

export interface DatabaseOptions {
  /** A path; `file:` addresses and :memory: are not supported, since two connections share the file. */
  readonly file: string
  /** Create the file if there is none. Otherwise a mistyped name is an error, not an empty database. */
  readonly create: boolean
  /** Page cache of each of the two connections; 32 MiB by default. */
  readonly cacheKibibytes?: number
  /** OFF loses commits in a power failure: for tests on a memory disk only. */
  readonly synchronous?: 'FULL' | 'OFF'
  /** Called before every statement. If it throws, the statement does not run. */
  readonly onStatement?: (sql: string) => void
  /**
   * Called once, before anything else can run, when the file can no longer be relied on. The process has to end by
   * process.exit or a kill: its memory may contain a transaction that the file does not.
   */
  readonly onBroken?: (failure: StorageFailure) => void
  /** Called with the result of the background check of a large file, which runs if `onBroken` is given. */
  readonly onChecked?: (outcome: CheckOutcome) => void
  /** Replaces the program's migrations. */
  readonly migrationsFolder?: string
  /** Replaces the version of the built-in SQLite. */
  readonly sqliteVersion?: string
  /** Of files above this size only some tables are checked before use; 128 MiB by default. */
  readonly checkedFirstBytesMax?: number
}

export interface OpenDatabase {
  /** The file's real path, beside which its WAL lies. */
  readonly file: string
  /** The one connection that writes. */
  readonly writer: Database.Database
  readonly write: Connection
  /** Sees committed data; refuses to write. */
  readonly read: Connection
  readonly guard: Guard
  /** False if the file is so large that only its most important tables were checked. */
  readonly isChecked: boolean
  close(): void
}

/** Waiting for a lock would block the main thread: transact retries instead. */
const busyTimeoutMs = 20
/** While the file is being opened there is nobody to block. */
const openPatienceMs = 2000
const cacheKibibytesDefault = 32 * 1024
/** Length to which the WAL is truncated at a reset. */
const walBytesKept = 16 * 1024 * 1024

/** The first version without the bug that could damage a file when two connections reset its WAL at the same moment. */
const sqliteVersionMin = '3.51.3'

/**
 * Opens both connections, applies missing migrations and asserts every setting that durability relies on. Throws a
 * StartError, before writing anything, if the file cannot or must not be used.
 */
export function openDatabase(options: DatabaseOptions): OpenDatabase {
  const file = realPathOf(options.file)
  let isOpen = false
  // Before it is open, the thrown error reports the failure.
  const guard = createGuard(file, (failure) => isOpen && options.onBroken?.(failure))
  return explained(options.file, () => {
    const { writer, write, isChecked } = openWriter(options, guard)
    try {
      const reader = connect(options, guard, true)
      isOpen = true
      return {
        ...{ file, writer, write, guard, isChecked, read: wrap(reader, options, guard) },
        close() {
          // The connection that closes last runs a checkpoint if it may write, which it must not do after a failure.
          const inOrder = guard.failure() === null ? [reader, writer] : [writer, reader]
          for (const client of inOrder) client.close()
        },
      }
    } catch (error) {
      writer.close()
      throw error
    }
  })
}

/** Applies missing migrations only. Returns how many. */
export function migrateDatabase(options: DatabaseOptions): { readonly applied: number } {
  return explained(options.file, () => {
    const { writer, applied } = openWriter(options, createGuard(options.file))
    writer.close()
    return { applied }
  })
}

function openWriter(options: DatabaseOptions, guard: Guard) {
  assertSqliteVersion(options.sqliteVersion)
  prepareFile(options)
  const { isChecked } = sizeOf(options.file) > 0 ? inspectDatabase(options.file, options) : { isChecked: true }
  const writer = connect(options, guard, false)
  try {
    const write = wrap(writer, options, guard)
    const applied = migrateAlone(write, options)
    writer.pragma(`busy_timeout = ${busyTimeoutMs}`)
    return { writer, write, isChecked, applied }
  } catch (error) {
    writer.close()
    throw error
  }
}

/**
 * Must not run beside a program that places calls, which uses the earlier schema. Returns how many migrations were
 * applied.
 */
function migrateAlone(write: Connection, { file, migrationsFolder }: DatabaseOptions): number {
  const { pending } = readSchemaVersion(write.$client, migrationsFolder)
  if (pending === 0) return 0
  const lock = holdsEngineLock(file) ? null : takeEngineLock(file)
  try {
    applyMigrations(write, migrationsFolder)
    write.$client.pragma('wal_checkpoint(TRUNCATE)')
    return pending
  } finally {
    lock?.release()
  }
}

function wrap(client: Database.Database, { onStatement }: DatabaseOptions, guard: Guard): Connection {
  const hook = onStatement && ((sql: string) => guard.run(() => onStatement(sql)))
  const logger: Logger | undefined = hook && { logQuery: hook }
  const connection = drizzle(client, { casing: 'snake_case', ...(logger && { logger }) })
  if (hook) hooks.set(connection, hook)
  return connection
}

const hooks = new WeakMap<Connection, (sql: string) => void>()

/** The listeners to the statements of a connection, for statements that do not go through drizzle. */
export function statementHook(connection: Connection): ((sql: string) => void) | undefined {
  return hooks.get(connection)
}

/** Throws a StartError (78) if the built-in SQLite is too old. Versions are compared number by number. */
export function assertSqliteVersion(version = sqliteVersion()): void {
  const isOlder = version.localeCompare(sqliteVersionMin, 'en', { numeric: true }) < 0
  if (!isOlder) return
  const text = `SQLite ${version} is built in, which can damage a database; ${sqliteVersionMin} or newer is needed. Install the packages again.`
  throw new StartError(text, 78)
}

export function sqliteVersion(): string {
  const client = new Database(':memory:')
  try {
    return client.prepare('select sqlite_version()').pluck().get() as string
  } finally {
    client.close()
  }
}

/** Checks from outside that the file can be opened, or may be created. Throws a StartError. */
export function prepareFile({ file, create }: Pick<DatabaseOptions, 'file' | 'create'>): void {
  const path = realPathOf(file)
  const hasWal = sizeOf(`${path}-wal`) > 0
  if (existsSync(path)) checkFile(file, path, hasWal, create)
  else if (hasWal) {
    const advice = `Put the file back, or restore a backup with "dialgraph restore <file>".`
    throw new StartError(
      `The database ${file} does not exist, but its latest changes are in ${path}-wal. ${advice}`,
      65,
    )
  } else if (!create) {
    throw new StartError(`There is no database at ${file}. Name an existing one, or create one with --create.`, 78)
  } else makeFolder(dirname(path))
  if (!isAllowed(dirname(path), constants.W_OK | constants.X_OK)) {
    throw new StartError(
      `The folder ${dirname(path)} cannot be written: SQLite keeps two files beside the database.`,
      78,
    )
  }
}

function checkFile(file: string, path: string, hasWal: boolean, create: boolean): void {
  if (!statSync(path).isFile()) throw new StartError(`The database ${file} is not a file.`, 78)
  assertOneName(file, path)
  if (!isAllowed(path, constants.R_OK | constants.W_OK)) {
    throw new StartError(`The database ${file} cannot be written by this user, or is on a read-only disk.`, 78)
  }
  const kind = kindOfFile(path)
  if (kind === 'OTHER') throw new StartError(`${file} is not a database.`, 65)
  // SQLite would delete the WAL of an empty file.
  if (kind === 'EMPTY' && hasWal) throw new StartError(damageMessage(file, 'it is empty, but has a -wal'), 65)
  if (kind === 'EMPTY' && !create) {
    throw new StartError(`${file} is an empty file. Name a database, or create one with --create.`, 78)
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    throw new StartError(`The folder ${folder} cannot be created: ${(error as Error).message}.`, 78)
  }
}

function connect(options: DatabaseOptions, guard: Guard, readonly: boolean): Database.Database {
  const timeout = readonly ? busyTimeoutMs : openPatienceMs
  const client = new Database(options.file, { readonly, fileMustExist: readonly, timeout })
  try {
    guardStatements(client, guard)
    if (!readonly) {
      if (client.pragma('journal_mode = WAL', { simple: true }) !== 'wal') {
        throw new StartError(
          `${options.file} is on a file system without features that SQLite needs, such as a network share. Keep it on a local disk.`,
          78,
        )
      }
      // SQLite's automatic checkpoint hides the failure of a disk: see checkpoints.ts.
      client.pragma('wal_autocheckpoint = 0')
      client.pragma(`journal_size_limit = ${walBytesKept}`)
    }
    configure(client, options)
    assert(client.pragma('journal_mode', { simple: true }) === 'wal', 'the journal to be in WAL mode')
    return client
  } catch (error) {
    client.close()
    throw error
  }
}

/** Settings of a connection, asserted where durability relies on them. */
export function configure(
  client: Database.Database,
  {
    synchronous = 'FULL',
    cacheKibibytes = cacheKibibytesDefault,
  }: Pick<DatabaseOptions, 'synchronous' | 'cacheKibibytes'>,
): void {
  client.pragma(`synchronous = ${synchronous}`)
  client.pragma('foreign_keys = ON')
  client.pragma(`cache_size = -${cacheKibibytes}`)
  client.pragma('temp_store = MEMORY')
  const found = client.pragma('synchronous', { simple: true })
  assert(found === (synchronous === 'FULL' ? 2 : 0), `synchronous to be ${synchronous}, found ${found}`)
  assert(client.pragma('foreign_keys', { simple: true }) === 1, 'foreign keys to be enforced')
}
