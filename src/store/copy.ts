import { chmodSync, chownSync, closeSync, openSync, rmSync, statSync } from 'node:fs'
import Database from 'better-sqlite3'
import type { HaltCause } from '../domain/engine.ts'
import { StartError } from '../kernel/errors.ts'
import { walBytesBeforeReadersLetGo } from './checkpoints.ts'
import { unknownCallsAdvice } from './high-water-mark.ts'
import { assertOurs, findBrokenReference, findDamage, openForReading } from './inspection.ts'
import { readSchemaVersion } from './migrations.ts'
import { realPathOf, sizeOf } from './paths.ts'

export interface CopyOptions {
  /** The database, which may be in use. */
  readonly file: string
  /** Where there is nothing yet. */
  readonly target: string
  /** Ends the copying. */
  readonly signal?: AbortSignal
  /** Told from time to time, with the share that is copied, 0 to 1. */
  readonly onProgress?: (share: number) => void
}

/** Steps of a copy, between which others have the event loop: 8 MiB of pages. */
const pagesAtOnce = 2000
const attemptsMax = 3

/**
 * Copies every page of one state of a database, the content of its -wal included. The whole is one read: SQLite would begin
 * anew with every commit of another process, and never end beside a busy one. Since a read keeps the -wal from being cut, it
 * is let go where that grows too long, and begun anew a few times.
 */
export async function copyDatabase(options: CopyOptions): Promise<void> {
  const { file, target, signal, onProgress } = options
  const wal = `${realPathOf(file)}-wal`
  // Made here, so that nobody else can read what is copied.
  closeSync(openSync(target, 'wx', 0o600))
  const client = openForReading(file)
  try {
    for (let attempt = 1; ; attempt++) {
      client.exec('BEGIN')
      client.prepare('select count(*) from sqlite_schema').get()
      const isDone = await copyPages(client, target, (share) => {
        onProgress?.(share)
        if (signal?.aborted) throw new StartError('The backup was ended.', 75)
        return sizeOf(wal) < walBytesBeforeReadersLetGo
      })
      client.exec('COMMIT')
      if (isDone) return
      if (attempt === attemptsMax) {
        throw new StartError(`${file} is being written faster than it can be copied; try again at a quieter time.`, 75)
      }
    }
  } finally {
    client.close()
  }
}

class LetGo extends Error {}

/** False where `mayGoOn` did not let it end. */
async function copyPages(
  client: Database.Database,
  target: string,
  mayGoOn: (share: number) => boolean,
): Promise<boolean> {
  try {
    await client.backup(target, {
      progress({ totalPages, remainingPages }) {
        if (!mayGoOn(totalPages === 0 ? 0 : 1 - remainingPages / totalPages)) throw new LetGo()
        return pagesAtOnce
      },
    })
    return true
  } catch (error) {
    if (error instanceof LetGo) return false
    throw noRoomFor(target, error) ?? error
  }
}

/** What is read is not written: an error of writing is one of the disk that the copy is on. */
function noRoomFor(target: string, error: unknown): StartError | null {
  const isOfWriting = error instanceof Database.SqliteError && /^SQLITE_(FULL|IOERR_WRITE)/.test(error.code)
  return isOfWriting ? new StartError(`The disk of ${target} has no room for the copy (${error.message}).`, 78) : null
}

/**
 * Makes sure that a copy is a sound database of this program, whole by itself. Throws a StartError (65). Returns the time of
 * the last entry of its log, or that of its creation.
 */
export function examineCopy(copy: string, what: string): { readonly knownUntil: number } {
  const client = new Database(copy, { fileMustExist: true })
  try {
    // Without a -wal it can be read from a medium that cannot be written.
    client.pragma('journal_mode = DELETE')
    const damage = findDamage(client, { deep: true }) ?? findBrokenReference(client)
    if (damage !== null) throw new StartError(`${what} is damaged: ${damage}.`, 65)
    const schema = readSchemaVersion(client)
    assertOurs(what, schema)
    const created = schema.state === 'EMPTY' ? undefined : readTime(client, 'select created_at from installation')
    if (created === undefined) throw new StartError(`${what} is a database that was never used by this program.`, 65)
    return { knownUntil: readTime(client, 'select at from transition order by position desc limit 1') ?? created }
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error
    throw new StartError(`${what} is no database that can be read: ${error.message}.`, 65)
  } finally {
    client.close()
  }
}

export interface CopyMark {
  /** Begins the sentence that says why the engine is halted. */
  readonly what: string
  /** The last moment that the copy knows of. */
  readonly knownUntil: number
  /** `backup`, or null: see the column. */
  readonly databaseFile: string | null
  /** New cursors for the copy; those of before are kept where there is none. */
  readonly epoch?: string
}

const restored: HaltCause = 'RESTORED'

/**
 * Writes into a copy that it is one: its engine is halted until a person lets it go on. It stays the same installation, and
 * that of the calls that were placed.
 */
export function markCopy(copy: string, { what, knownUntil, databaseFile, epoch }: CopyMark): void {
  const reason = `${what} that knows of nothing after ${new Date(knownUntil).toISOString()}. ${unknownCallsAdvice}`
  const client = new Database(copy, { fileMustExist: true })
  try {
    client.exec('BEGIN')
    if (epoch !== undefined) client.prepare('update installation set epoch = ?').run(epoch)
    // One of an earlier version has no such column yet.
    const columns = client.pragma('table_info(installation)') as { readonly name: string }[]
    if (columns.some(({ name }) => name === 'database_file'))
      client.prepare('update installation set database_file = ?').run(databaseFile)
    client
      .prepare("insert into engine (position, state, driver) values (1, 'STOPPED', '') on conflict do nothing")
      .run()
    client
      .prepare(
        `update engine set state = 'HALTED', halt_cause = ?, reason = ?, started_at = null, heartbeat_at = null,
          carrier_available = 0, resume_asked_at = null`,
      )
      .run(restored, reason)
    client.exec('COMMIT')
  } finally {
    client.close()
  }
}

function readTime(client: Database.Database, sql: string): number | undefined {
  return client.prepare(sql).pluck().get() as number | undefined
}

/** Who may read the numbers in the one may read those in the other. */
export function likeOwner(model: string, path: string): void {
  const { mode, uid, gid } = statSync(model)
  chmodSync(path, mode & 0o777)
  const own = statSync(path)
  if (own.uid !== uid || own.gid !== gid) {
    try {
      chownSync(path, uid, gid)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error
    }
  }
}

/** A database, and what SQLite keeps beside it. */
export function removeDatabase(path: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${path}${suffix}`, { force: true })
}

/** True on a file system that has no hard links. */
export function isLinkRefused(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  return ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code)
}
