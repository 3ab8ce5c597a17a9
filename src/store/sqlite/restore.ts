import {
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import type { Effects } from '../../kernel/effects.ts'
import { StartError } from '../../kernel/errors.ts'
import { copyDatabase, examineCopy, isLinkRefused, likeOwner, markCopy, removeDatabase } from './copy.ts'
import { findDamage, openForReading } from './inspection.ts'
import { takeEngineLock } from './lock.ts'
import { isAllowed, kindOfFile, realPathOf, sizeOf, syncPath } from './paths.ts'

export interface RestoreOptions {
  readonly from: string
  /** The database that receives the backup's content. Need not exist. */
  readonly file: string
  readonly effects: Effects
}

export interface RestoreResult {
  readonly bytes: number
  /** Where the previous database is kept; null if there was none. */
  readonly keptAs: string | null
  /** The time of the backup's newest entry. */
  readonly knownUntil: number
}

/**
 * Replaces a database by a backup. A crash leaves the one or the other. Throws a StartError: 65 if the file is not a
 * backup, is damaged or is of a newer version, 75 if the database is in use.
 *
 * The backup does not know what was done after it, so its cursors are invalidated, and its engine stays halted until a
 * person resumes it (docs/rules.md#log).
 */
export async function restoreDatabase({ from, file, effects }: RestoreOptions): Promise<RestoreResult> {
  const path = realPathOf(file)
  assertSource(from, path)
  assertPlace(file, path)
  const lock = takeEngineLock(path)
  const copy = `${path}.restoring`
  // Left by a killed process: the lock says that nobody is using it now.
  removeDatabase(copy)
  try {
    await copySource(from, copy)
    const { knownUntil } = examineCopy(copy, from)
    // It stays the same installation; the new epoch distinguishes it from the database that the backup was made of.
    const what = 'This database was restored from a backup'
    markCopy(copy, { what, knownUntil, databaseFile: null, epoch: effects.id() })
    likeOwner(existsSync(path) ? path : from, copy)
    syncPath(copy)
    const keptAs = replace(path, copy, `${path}.before-restore-${compactTime(effects.now())}`)
    syncPath(dirname(path))
    return { bytes: sizeOf(path), keptAs, knownUntil }
  } finally {
    removeDatabase(copy)
    lock.release()
  }
}

function assertSource(from: string, path: string): void {
  if (!statSync(from, { throwIfNoEntry: false })?.isFile()) throw new StartError(`There is no file ${from}.`, 65)
  if (realPathOf(from) === path) throw new StartError('A database cannot be restored from itself.', 64)
  if (kindOfFile(from) !== 'DATABASE') throw new StartError(`${from} is not a database.`, 65)
}

function assertPlace(file: string, path: string): void {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found && !found.isFile()) throw new StartError(`The database ${file} is not a file.`, 78)
  const folder = dirname(path)
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true })
  if (!isAllowed(folder, constants.W_OK | constants.X_OK)) {
    throw new StartError(`The folder ${folder} cannot be written.`, 78)
  }
}

async function copySource(from: string, copy: string): Promise<void> {
  try {
    await copyDatabase({ file: from, target: copy })
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error
    throw new StartError(`${from} is not a readable database: ${error.message}.`, 65)
  }
}

/** ISO 8601 without characters that some file systems refuse: 20260105T090000.000Z. */
function compactTime(at: number): string {
  return new Date(at).toISOString().replaceAll(/[-:]/g, '')
}

/** Renames the copy to the path. Returns the name under which the previous file is kept. */
function replace(path: string, copy: string, kept: string): string | null {
  if (existsSync(path) && isSound(path)) {
    replaceSound(path, copy, kept)
    return kept
  }
  return replaceUnsound(path, copy, kept) ? kept : null
}

function isSound(path: string): boolean {
  try {
    if (kindOfFile(path) !== 'DATABASE') return false
    const client = openForReading(path)
    try {
      return findDamage(client) === null
    } finally {
      client.close()
    }
  } catch {
    return false
  }
}

/** How long to wait for a process that is just ending. */
const patienceMs = 1000

/**
 * Runs a checkpoint first, for which nobody else may have the file open. Then one rename replaces the whole database: a
 * WAL left behind would be taken for that of the new one.
 */
function replaceSound(path: string, copy: string, kept: string): void {
  const client = new Database(path, { fileMustExist: true, timeout: patienceMs })
  try {
    client.pragma('locking_mode = EXCLUSIVE')
    client.pragma('journal_mode = DELETE')
    client.pragma('locking_mode = NORMAL')
    client.prepare('select count(*) from sqlite_schema').get()
    client.exec('BEGIN EXCLUSIVE')
    keep(path, kept)
    renameSync(copy, path)
  } catch (error) {
    throw isBusy(error) ? inUse(path) : error
  } finally {
    client.close()
  }
}

/** Placed at the path while the files of a damaged database are moved: no program takes it for a database. */
const placeholder = 'A restore of this database was interrupted: run "dialgraph restore <file>" again.\n'

/**
 * Keeps a damaged database as it was found, with its WAL as a separate file. Returns whether there was anything to
 * keep.
 */
function replaceUnsound(path: string, copy: string, kept: string): boolean {
  assertNotOpen(path)
  const isLeft = (suffix: string) => existsSync(`${path}${suffix}`)
  const found = ['', '-wal', '-journal'].filter(isLeft)
  const worthKeeping = found.filter((suffix) => suffix !== '' || !isPlaceholder(path))
  for (const suffix of worthKeeping) keep(`${path}${suffix}`, `${kept}${suffix}`)
  if (found.length > 0) {
    syncPath(dirname(path))
    writeFileSync(`${path}.restoring-note`, placeholder, { flush: true })
    renameSync(`${path}.restoring-note`, path)
    for (const suffix of ['-wal', '-shm', '-journal']) rmSync(`${path}${suffix}`, { force: true })
    syncPath(dirname(path))
  }
  renameSync(copy, path)
  return worthKeeping.length > 0
}

/**
 * Refuses if the database is open elsewhere. Under a second name, locks see the same file, but SQLite finds no WAL that
 * it could copy into it. If the first page is damaged, who has it open cannot be determined.
 */
function assertNotOpen(path: string): void {
  const other = `${path}.restoring-look`
  try {
    rmSync(other, { force: true })
    linkSync(path, other)
    const client = new Database(other, { timeout: patienceMs })
    try {
      client.pragma('locking_mode = EXCLUSIVE')
      client.prepare('select count(*) from sqlite_schema').get()
    } finally {
      client.close()
    }
  } catch (error) {
    if (isBusy(error)) throw inUse(path)
  } finally {
    removeDatabase(other)
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')
}

function inUse(path: string): StartError {
  return new StartError(`Another program has the database ${path} open; end that one first.`, 75)
}

function isPlaceholder(path: string): boolean {
  return sizeOf(path) === placeholder.length && readFileSync(path, 'utf8') === placeholder
}

/** A second name for a file; a copy if the file system has no hard links. */
function keep(path: string, kept: string): void {
  try {
    linkSync(path, kept)
  } catch (error) {
    if (!isLinkRefused(error)) throw error
    copyFileSync(path, kept, constants.COPYFILE_EXCL)
    syncPath(kept)
  }
}
