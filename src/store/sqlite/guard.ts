import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs'
import Database from 'better-sqlite3'
import { ConstraintViolation, RequestError, StorageFailure } from '../../kernel/errors.ts'
import { sizeOf } from './paths.ts'

/** Checks every use of a database's file, so that none follows a lasting failure. */
export interface Guard {
  /** Runs something that uses the file. After the first lasting failure, throws that failure instead. */
  run<Result>(work: () => Result): Result
  /** Records a lasting failure that was found otherwise. Returns the first one. */
  give(failure: StorageFailure): StorageFailure
  /** Looks for the cause of a failure, to report the cause instead. */
  explainBy(find: () => StorageFailure | null): void
  /** The lasting failure, if there is one. */
  failure(): StorageFailure | null
}

/**
 * Calls `onBroken` once, with the first lasting failure and before anything else can run: a failed read or sync, a
 * damaged page. Continuing is not safe even if the next statement would succeed. After a failed fsync the system marks
 * the pages as clean, so that the next fsync reports success for data that is not on the disk; SQLite would then reuse
 * the journal that is the only good copy. And the failed transaction may be in the journal all the same: only a new
 * process, which recovers the file first, sees whether it was committed.
 */
export function createGuard(file: string, onBroken?: (failure: StorageFailure) => void): Guard {
  let broken: StorageFailure | null = null
  let find: () => StorageFailure | null = () => null
  let isExplaining = false

  /** Looking for the cause uses the file once more, which may fail in the same way. */
  function causeOf(failure: StorageFailure): StorageFailure {
    isExplaining = true
    try {
      return find() ?? failure
    } catch {
      return failure
    } finally {
      isExplaining = false
    }
  }

  function give(failure: StorageFailure): StorageFailure {
    const cause = broken ?? causeOf(failure)
    if (broken === null) {
      broken = cause
      onBroken?.(cause)
    }
    return broken
  }

  return {
    run(work) {
      if (broken !== null) throw broken
      try {
        return work()
      } catch (error) {
        if (isExplaining) throw error
        const found = assess(error, file)
        throw 'lasting' in found ? give(found.lasting) : found.passing
      }
    },
    give,
    explainBy(own) {
      find = own
    },
    failure: () => broken,
  }
}

/** Every statement of the connection goes through the guard from here on. */
export function guardStatements(client: Database.Database, guard: Guard): void {
  const prepare = client.prepare.bind(client)
  client.prepare = ((source: string) => {
    const statement = guard.run(() => prepare(source))
    const { run, get, all } = statement
    return Object.assign(statement, {
      run: (...values: unknown[]) => guard.run(() => run.apply(statement, values)),
      get: (...values: unknown[]) => guard.run(() => get.apply(statement, values)),
      all: (...values: unknown[]) => guard.run(() => all.apply(statement, values)),
    })
  }) as typeof client.prepare
}

/**
 * What a caller gets for an error of the database: storage failures are reported as such; a broken constraint is a
 * defect.
 */
export function asStorageError(error: unknown): unknown {
  // A trigger is not ours.
  if (!(error instanceof Database.SqliteError) || error.code === 'SQLITE_CONSTRAINT_TRIGGER') return error
  if (error.code.startsWith('SQLITE_CONSTRAINT')) return new ConstraintViolation(error.message, { cause: error })
  if (error.code === 'SQLITE_FULL' || mayBeRefused(error.code)) return refused('NO_ROOM', error)
  if (!/^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(error.code)) {
    return new StorageFailure(error.message, { kind: 'FAILED', cause: error })
  }
  const text = `The database is locked by another program (${error.code}); nothing was changed.`
  return new StorageFailure(text, { kind: 'BUSY', cause: error })
}

/** Why a sound disk accepts nothing until a person has corrected it. */
type WriteRefusal = 'NO_ROOM' | 'READ_ONLY'

const refusalMessages: Readonly<Record<WriteRefusal, string>> = {
  NO_ROOM: 'There is no room left on the disk; nothing was changed.',
  READ_ONLY: 'The disk has become read-only; nothing was changed.',
}

function refused(why: WriteRefusal, cause: unknown): RequestError {
  return new RequestError('STORAGE_FULL', refusalMessages[why], { cause })
}

/** The failure that an error of the database means, and what a caller gets for a temporary one. */
function assess(error: unknown, file: string): { readonly lasting: StorageFailure } | { readonly passing: unknown } {
  if (!(error instanceof Database.SqliteError)) return { passing: error }
  const { code, message } = error
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') return { lasting: damaged(file, message, error) }
  if (!code.startsWith('SQLITE_IOERR')) return { passing: asStorageError(error) }
  const why = mayBeRefused(code) ? whyRefused(file) : null
  if (why !== null) return { passing: refused(why, error) }
  const text = `The disk failed under the database ${file} (${code}: ${message}). Look at the disk, then start again.`
  return { lasting: new StorageFailure(text, { kind: 'BROKEN', cause: error }) }
}

/** The failure of a file with content that nobody wrote. */
export function damaged(file: string, finding: string, cause?: unknown): StorageFailure {
  return new StorageFailure(damageMessage(file, finding), { kind: 'DAMAGED', cause })
}

/** What a person gets to read about a damaged database. */
export function damageMessage(file: string, finding: string): string {
  const what = finding.replaceAll(/\s+/g, ' ').replace(/\.$/, '')
  return `The database ${file} is damaged: ${what}. It was left as it is; put a backup in its place with "dialgraph restore <file>".`
}

/**
 * SQLite reports SQLITE_FULL for ENOSPC alone: a quota (EDQUOT), a file size limit (EFBIG) and a read-only disk (EROFS)
 * look like a fault. After a failed sync they are one: nobody knows what was not written.
 */
function mayBeRefused(code: string): boolean {
  return ['SQLITE_IOERR_WRITE', 'SQLITE_IOERR_SHMSIZE', 'SQLITE_IOERR_TRUNCATE'].includes(code)
}

const probeByteCount = 64 * 1024
const refusals: Readonly<Record<string, WriteRefusal>> = {
  ...{ ENOSPC: 'NO_ROOM', EDQUOT: 'NO_ROOM', EFBIG: 'NO_ROOM', EROFS: 'READ_ONLY' },
}

/**
 * Why the disk accepts nothing, found out by writing, since SQLite does not pass on the error number. Null if it
 * accepts a write. The probe is written at the end of the files, since a file size limit applies only there; the gap
 * before it takes no room.
 */
function whyRefused(file: string): WriteRefusal | null {
  const probe = `${file}-room-${process.pid}`
  try {
    const descriptor = openSync(probe, 'w')
    try {
      const at = Math.max(sizeOf(file), sizeOf(`${file}-wal`))
      const written = writeSync(descriptor, Buffer.alloc(probeByteCount), 0, probeByteCount, at)
      fsyncSync(descriptor)
      return written === probeByteCount ? null : 'NO_ROOM'
    } finally {
      closeSync(descriptor)
      rmSync(probe)
    }
  } catch (error) {
    return refusals[(error as NodeJS.ErrnoException).code ?? ''] ?? null
  }
}
