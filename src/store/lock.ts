import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { StartError } from '../kernel/errors.ts'
import { realPathOf } from './paths.ts'

/** Held by the one process that may place calls for a database. */
export interface EngineLock {
  release(): void
}

/** How long a holder that is just ending is waited for. */
const patienceMs = 300

/** Lock files that this process holds. */
const held = new Set<string>()

/**
 * Takes the lock of a database's engine: a transaction on a file beside it, which the kernel frees when the process dies,
 * however it dies. Throws a StartError (75) that names the holder when another process has it.
 */
export function takeEngineLock(databaseFile: string): EngineLock {
  const file = lockFileOf(databaseFile)
  const client = new Database(file, { timeout: patienceMs })
  try {
    client.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    client.close()
    if (!isBusy(error)) throw error
    const holder = readHolder(file) ?? 'one that has not said which it is'
    throw new StartError(`Another process places the calls of this database: ${holder}.`, 75)
  }
  held.add(file)
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

/** Whether this process holds the lock of that database. */
export function holdsEngineLock(databaseFile: string): boolean {
  return held.has(lockFileOf(databaseFile))
}

/** LEFT is the name of a process that died without giving the lock back; the lock itself went with it. */
export type EngineLockState =
  | { readonly state: 'FREE' }
  | { readonly state: 'LEFT'; readonly holder: string }
  | { readonly state: 'HELD'; readonly holder: string | null }

/** Looks who holds the lock, without trying to take it: a program that starts meanwhile is not in the way of this. */
export function lookAtEngineLock(databaseFile: string): EngineLockState {
  const file = lockFileOf(databaseFile)
  const holder = readHolder(file)
  if (isLocked(file)) return { state: 'HELD', holder }
  return holder === null ? { state: 'FREE' } : { state: 'LEFT', holder }
}

/** A reader needs a lock that an exclusive one keeps from it. */
function isLocked(file: string): boolean {
  if (!existsSync(file)) return false
  const client = new Database(file, { readonly: true, timeout: 0 })
  try {
    client.prepare('select count(*) from sqlite_schema').get()
    return false
  } catch (error) {
    if (isBusy(error)) return true
    throw error
  } finally {
    client.close()
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')
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
