import { closeSync, openSync } from 'node:fs'
import Database from 'better-sqlite3'
import { StartError } from '../../kernel/errors.ts'
import { damageMessage } from './guard.ts'

/** Opens a file, and turns SQLite's errors into sentences for a person. */
export function explained<Result>(file: string, open: () => Result): Result {
  try {
    return open()
  } catch (error) {
    throw startErrorOf(file, error) ?? error
  }
}

/**
 * SQLite does not say why it cannot open a file. Throws the system's error if no file at all can be opened (EMFILE).
 */
function assertCanOpen(): void {
  closeSync(openSync(process.execPath, 'r'))
}

/** Explains an SQLite error to a person who starts a program; null for all other errors. */
export function startErrorOf(file: string, error: unknown): StartError | null {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  if (!(cause instanceof Database.SqliteError)) return null
  const { code, message } = cause
  if (code === 'SQLITE_NOTADB') return new StartError(`${file} is not a database.`, 65)
  if (code.startsWith('SQLITE_CORRUPT')) return new StartError(damageMessage(file, message), 65)
  if (code.startsWith('SQLITE_BUSY')) {
    return new StartError(`The database ${file} is locked by another program; end that one first.`, 75)
  }
  if (code.startsWith('SQLITE_IOERR')) {
    return new StartError(`The disk failed while the database ${file} was opened (${code}: ${message}).`, 65)
  }
  if (code === 'SQLITE_FULL') return new StartError(`There is no room left on the disk of ${file}.`, 78)
  if (code.startsWith('SQLITE_CANTOPEN')) assertCanOpen()
  const isShut = code.startsWith('SQLITE_CANTOPEN') || code.startsWith('SQLITE_READONLY') || code === 'SQLITE_PERM'
  return isShut ? new StartError(`The database ${file} cannot be opened for writing (${code}: ${message}).`, 78) : null
}
