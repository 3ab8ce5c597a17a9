import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { StartError } from '../../kernel/errors.ts'
import { realPathOf } from './paths.ts'

/** Held by the one process that may place calls for a database. */
export interface EngineLock {
  release(): void
}

/** How long to wait for a holder that is just ending. */
const patienceMs = 300

interface Held {
  readonly client: Database.Database
  /** The locked file by its real path. */
  readonly inode: bigint | undefined
}

/** Locks that this process holds, by the path of their file. */
const held = new Map<string, Held>()

/**
 * Takes the lock of a database's engine: a transaction on a file beside it, which the kernel releases when the process
 * dies, however it dies. Throws a StartError: 75 naming the holder when another process has it, 65 or 78 if the file
 * cannot be used.
 */
export function takeEngineLock(databaseFile: string): EngineLock {
  const file = lockFileOf(databaseFile)
  const client = openLocked(file)
  held.set(file, { client, inode: inodeOf(file) })
  writeFileSync(holderFileOf(file), `process ${process.pid}`)
  let isHeld = true
  return {
    release() {
      if (!isHeld) return
      isHeld = false
      held.delete(file)
      rmSync(holderFileOf(file), { force: true })
      client.close()
    },
  }
}

/** The lock outlives the transaction: in this mode SQLite releases none before the connection is closed. */
function openLocked(file: string): Database.Database {
  let client: Database.Database | null = null
  try {
    client = new Database(file, { timeout: patienceMs })
    client.pragma('page_size = 512')
    client.exec('create table if not exists note (position integer primary key, text text not null) strict')
    client.pragma('locking_mode = EXCLUSIVE')
    // From here on one page is overwritten in place. It is one sector: written as a whole or not at all, without
    // journal and sync.
    client.pragma('journal_mode = MEMORY')
    client.pragma('synchronous = OFF')
    client.exec('BEGIN EXCLUSIVE')
    client.exec('COMMIT')
    return client
  } catch (error) {
    client?.close()
    throw refusalOf(file, error)
  }
}

function refusalOf(file: string, error: unknown): unknown {
  if (isBusy(error)) {
    const holder = readHolder(file) ?? 'one that left no note'
    return new StartError(`Another process places the calls of this database: ${holder}.`, 75)
  }
  if (!(error instanceof Database.SqliteError)) return error
  const { code, message } = error
  if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT')) {
    const advice = 'Remove it while no process uses the database.'
    return new StartError(`The file ${file}, which the engine locks, is damaged: ${message}. ${advice}`, 65)
  }
  return new StartError(`The file ${file}, which the engine locks, cannot be used (${code}: ${message}).`, 78)
}

/** Whether this process holds the lock of that database. */
export function holdsEngineLock(databaseFile: string): boolean {
  return held.has(lockFileOf(databaseFile))
}

/**
 * False if this process holds the lock of that database and its file was removed or replaced since: another process
 * could then lock the file of that name.
 */
export function isEngineLockInPlace(databaseFile: string): boolean {
  const file = lockFileOf(databaseFile)
  const own = held.get(file)
  return own === undefined || inodeOf(file) === own.inode
}

/** Stores a text of up to 300 characters in the file that this process has locked; does nothing without the lock. */
export function noteInEngineLock(databaseFile: string, text: string): void {
  held
    .get(lockFileOf(databaseFile))
    ?.client.prepare('insert into note values (1, ?) on conflict do update set text = excluded.text')
    .run(text)
}

/** The text that was stored last; null if there is none, or another process holds the lock. */
export function readEngineLockNote(databaseFile: string): string | null {
  const file = lockFileOf(databaseFile)
  const own = held.get(file)
  if (own !== undefined) return selectNote(own.client)
  if (!existsSync(file)) return null
  const client = new Database(file, { readonly: true, timeout: 0 })
  try {
    return selectNote(client)
  } catch (error) {
    // Held by another process, or without a note: made by an earlier version.
    if (error instanceof Database.SqliteError) return null
    throw error
  } finally {
    client.close()
  }
}

function selectNote(client: Database.Database): string | null {
  return (client.prepare('select text from note').pluck().get() as string | undefined) ?? null
}

/** LEFT: the process died without removing its note; the lock itself was released. */
export type EngineLockState =
  | { readonly state: 'FREE' }
  | { readonly state: 'LEFT'; readonly holder: string }
  | { readonly state: 'HELD'; readonly holder: string | null }

/** Finds the holder of the lock without trying to take it, so that a program that starts meanwhile is not refused. */
export function lookAtEngineLock(databaseFile: string): EngineLockState {
  const file = lockFileOf(databaseFile)
  const holder = readHolder(file)
  if (held.has(file) || isLocked(file)) return { state: 'HELD', holder }
  return holder === null ? { state: 'FREE' } : { state: 'LEFT', holder }
}

/** A reader needs a shared lock, which an exclusive one prevents. */
function isLocked(file: string): boolean {
  if (!existsSync(file)) return false
  const client = new Database(file, { readonly: true, timeout: 0 })
  try {
    client.prepare('select count(*) from sqlite_schema').get()
    return false
  } catch (error) {
    if (isBusy(error)) return true
    throw refusalOf(file, error)
  } finally {
    client.close()
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')
}

function inodeOf(file: string): bigint | undefined {
  return statSync(file, { bigint: true, throwIfNoEntry: false })?.ino
}

function lockFileOf(databaseFile: string): string {
  return `${realPathOf(databaseFile)}-engine`
}

function holderFileOf(lockFile: string): string {
  return `${lockFile}.holder`
}

function readHolder(lockFile: string): string | null {
  try {
    return readFileSync(holderFileOf(lockFile), 'utf8')
  } catch {
    return null
  }
}
