import { constants, existsSync } from 'node:fs'
import Database from 'better-sqlite3'
import { StartError } from '../../kernel/errors.ts'
import { damageMessage } from './guard.ts'
import { readSchemaVersion, type SchemaVersion } from './migrations.ts'
import { isAllowed, sizeOf } from './paths.ts'

/**
 * Files up to this size are checked as a whole before use: at some 700 MB a second, with the data in memory and the
 * machine idle, that takes at most 0.2 s. A list of 1 000 000 targets makes a file of 440 MB, whose check would take a
 * third of the 2 s in which a killed process has to be ready again, and all of it on a busy machine; so it is checked
 * in the background.
 */
const checkedFirstBytesMaxDefault = 128 * 1024 * 1024

/**
 * The tables of a larger file that are checked at once: its identity, and what decides about dialing. These tables stay
 * small.
 */
const tablesCheckedFirst = [
  ...['installation', 'engine', 'customer', '__drizzle_migrations', 'campaign', 'campaign_counter', 'outdial'],
  ...['outdial_counter', 'outplan', 'queue', 'queue_agent', 'agent'],
]

/** How long a read-only connection waits for a lock. */
const lookPatienceMs = 2000

/**
 * Opens a connection that changes nothing and leaves no files behind. SQLite creates -wal and -shm for readers too, but
 * only a connection that may write removes them; if there is a WAL already, that one would run a checkpoint. So the
 * kind of connection depends on the WAL.
 */
export function openForReading(file: string): Database.Database {
  const readonly = existsSync(`${file}-wal`) || !isAllowed(file, constants.W_OK)
  const client = new Database(file, { readonly, fileMustExist: true, timeout: lookPatienceMs })
  client.pragma('query_only = ON')
  return client
}

/** The first error in the file, or in one table of it; null if there is none. */
export function findDamage(client: Database.Database, options: { deep?: boolean; table?: string } = {}): string | null {
  const check = options.deep ? 'integrity_check' : 'quick_check'
  const argument = options.table === undefined ? '1' : `"${options.table}"`
  try {
    const finding = client.pragma(`${check}(${argument})`, { simple: true })
    return finding === 'ok' ? null : String(finding)
  } catch (error) {
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_CORRUPT')) return error.message
    throw error
  }
}

/** The first row with a dangling reference; null if there is none. */
export function findBrokenReference(client: Database.Database): string | null {
  const [found] = client.pragma('foreign_key_check') as { readonly table: string; readonly parent: string }[]
  return found === undefined ? null : `a row of ${found.table} refers to a missing row of ${found.parent}`
}

/**
 * Checks a database, including its WAL, before anything is written to it. Throws a StartError (65) if it is damaged,
 * made by a newer version, or of another program. Returns whether all of it was checked.
 */
export function inspectDatabase(
  file: string,
  options: { readonly migrationsFolder?: string; readonly checkedFirstBytesMax?: number } = {},
): { readonly schema: SchemaVersion; readonly isChecked: boolean } {
  const client = openForReading(file)
  try {
    const schema = readSchemaVersion(client, options.migrationsFolder)
    assertOurs(file, schema)
    const isChecked = sizeOf(file) <= (options.checkedFirstBytesMax ?? checkedFirstBytesMaxDefault)
    const damage = isChecked ? findDamage(client) : firstDamage(client)
    if (damage !== null) throw new StartError(damageMessage(file, damage), 65)
    return { schema, isChecked }
  } finally {
    client.close()
  }
}

/** Throws a StartError (65) unless this program knows the schema. */
export function assertOurs(file: string, { state }: SchemaVersion): void {
  if (state === 'NEWER') {
    throw new StartError(`The database ${file} was made by a newer version of this program; use that one.`, 65)
  }
  if (state === 'FOREIGN') throw new StartError(`${file} is a database of another program.`, 65)
}

function firstDamage(client: Database.Database): string | null {
  const present = client.prepare("select name from sqlite_schema where type = 'table'").pluck().all()
  for (const table of tablesCheckedFirst.filter((name) => present.includes(name))) {
    const damage = findDamage(client, { table })
    if (damage !== null) return damage
  }
  return null
}
