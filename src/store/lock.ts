import { existsSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { StartError } from '../kernel/errors.ts'

/** Held by the one process that may place calls for a database. */
export interface EngineLock {
  release(): void
}

/** How long a holder that is just ending is waited for. */
const patienceMs = 300

/**
 * Takes the lock of a database's engine: a transaction on a file beside it, which the kernel frees when the process dies,
 * however it dies. Throws a StartError (75) that names the holder when another process has it.
 */
export function takeEngineLock(databaseFile: string): EngineLock {
  // By its real path: the same database under another name is the same database.
  const path = existsSync(databaseFile) ? realpathSync(databaseFile) : databaseFile
  const file = `${path}-engine`
  const holderFile = `${file}.holder`
  const client = new Database(file, { timeout: patienceMs })
  try {
    client.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    client.close()
    if (!(error instanceof Database.SqliteError) || !error.code.startsWith('SQLITE_BUSY')) throw error
    throw new StartError(`Another process places the calls of this database: ${readHolder(holderFile)}.`, 75)
  }
  writeFileSync(holderFile, `process ${process.pid}`)
  let isHeld = true
  return {
    release() {
      if (!isHeld) return
      isHeld = false
      rmSync(holderFile, { force: true })
      client.close()
    },
  }
}

function readHolder(holderFile: string): string {
  try {
    return readFileSync(holderFile, 'utf8')
  } catch {
    return 'one that has not said which it is'
  }
}
