import { chmodSync, chownSync, closeSync, openSync, rmSync, statSync } from 'node:fs'
import Database from 'better-sqlite3'
import type { HaltCause } from '../../domain/engine.ts'
import { StartError } from '../../kernel/errors.ts'
import { walBytesBeforeReadersRelease } from './checkpoints.ts'
import { unknownCallsAdvice } from './high-water-mark.ts'
import { assertOurs, findBrokenReference, findDamage, openForReading } from './inspection.ts'
import { readSchemaVersion } from './migrations.ts'
import { realPathOf, sizeOf } from './paths.ts'

export interface CopyOptions {
  /** The database, which may be in use. */
  readonly file: string
  /** Must not exist. */
  readonly target: string
  /** Aborts the copy. */
  readonly signal?: AbortSignal
  /** Called from time to time with the share that is copied, 0 to 1. */
  readonly onProgress?: (share: number) => void
}

/** Pages copied before the event loop runs: 8 MiB. */
const pagesAtOnce = 2000
const attemptsMax = 3

/**
 * Copies every page of one state of a database, including its WAL. The whole copy is one read: otherwise SQLite would
 * start again with every commit of another process, and never finish beside a busy one. A read keeps the WAL from being
 * reset, so if the WAL grows too long, the read is released and started again a few times.
 */
export async function copyDatabase(options: CopyOptions): Promise<void> {
  const { file, target, signal, onProgress } = options
  const wal = `${realPathOf(file)}-wal`
  // Created here, so that nobody else can read the copy.
  closeSync(openSync(target, 'wx', 0o600))
  const client = openForReading(file)
  try {
    for (let attempt = 1; ; attempt++) {
      client.exec('BEGIN')
      client.prepare('select count(*) from sqlite_schema').get()
      const isDone = await copyPages(client, target, (share) => {
        onProgress?.(share)
        if (signal?.aborted) throw new StartError('The backup was ended.', 75)
        return sizeOf(wal) < walBytesBeforeReadersRelease
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

class Released extends Error {}

/** Returns false if `mayContinue` stopped it. */
async function copyPages(
  client: Database.Database,
  target: string,
  mayContinue: (share: number) => boolean,
): Promise<boolean> {
  try {
    await client.backup(target, {
      progress({ totalPages, remainingPages }) {
        if (!mayContinue(totalPages === 0 ? 0 : 1 - remainingPages / totalPages)) throw new Released()
        return pagesAtOnce
      },
    })
    return true
  } catch (error) {
    if (error instanceof Released) return false
    throw noRoomFor(target, error) ?? error
  }
}

/** The source is only read: a write error comes from the disk of the copy. */
function noRoomFor(target: string, error: unknown): StartError | null {
  const isOfWriting = error instanceof Database.SqliteError && /^SQLITE_(FULL|IOERR_WRITE)/.test(error.code)
  return isOfWriting ? new StartError(`The disk of ${target} has no room for the copy (${error.message}).`, 78) : null
}

/**
 * Checks that a copy is a sound, complete database of this program. Throws a StartError (65). Returns the time of the
 * last entry of its log, or of its creation.
 */
export function examineCopy(copy: string, what: string): { readonly knownUntil: number } {
  const client = new Database(copy, { fileMustExist: true })
  try {
    // Without a WAL it can be read from read-only media.
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
    throw new StartError(`${what} is not a readable database: ${error.message}.`, 65)
  } finally {
    client.close()
  }
}

export interface CopyMark {
  /** The beginning of the sentence that says why the engine is halted. */
  readonly what: string
  /** The time of the newest entry of the copy. */
  readonly knownUntil: number
  /** `backup`, or null: see the column. */
  readonly databaseFile: string | null
  /** New epoch, which invalidates earlier cursors; null keeps them. */
  readonly epoch?: string
}

const restored: HaltCause = 'RESTORED'

/**
 * Marks a copy as such: its engine is halted until a person resumes it. It keeps the installation id, and so the id of
 * the calls that were placed.
 */
export function markCopy(copy: string, { what, knownUntil, databaseFile, epoch }: CopyMark): void {
  const reason = `${what} that contains nothing after ${new Date(knownUntil).toISOString()}. ${unknownCallsAdvice}`
  const client = new Database(copy, { fileMustExist: true })
  try {
    client.exec('BEGIN')
    if (epoch !== undefined) client.prepare('update installation set epoch = ?').run(epoch)
    // A copy of an earlier version has no such column yet.
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

/** Gives one file the permissions of the other: who may read the numbers in one may read them in both. */
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

/** A database and the files that SQLite keeps beside it. */
export function removeDatabase(path: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${path}${suffix}`, { force: true })
}

/** True on a file system without hard links. */
export function isLinkRefused(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  return ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code)
}
