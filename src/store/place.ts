import { type BigIntStats, statSync } from 'node:fs'
import type Database from 'better-sqlite3'
import { StorageFailure } from '../kernel/errors.ts'
import { isEngineLockInPlace } from './lock.ts'

/** As SQLite answers: frames in the -wal, and how many of them are in the file already. */
export interface WalState {
  readonly busy: number
  readonly log: number
  readonly checkpointed: number
}

/**
 * Sees what other programs do to the files of a database while it is in use. Each look costs some microseconds, and says why
 * nothing that is committed from now on can be relied on; null while it can.
 */
export interface Place {
  /**
   * Looks at the names and lengths of the database and its -wal, which has to be as long as `state` says. That may be of some
   * time ago: another process may have begun the -wal anew since, and have cut it.
   */
  look(state: WalState | undefined): StorageFailure | null
  /** Looks at the -wal alone: for just after a commit, when all of it was looked at just before. */
  lookAtWal(state: WalState | undefined): StorageFailure | null
  /** Looks at the other files as well, whose loss does harm only once another process opens the database. */
  lookAround(state: WalState | undefined): StorageFailure | null
}

/** SQLite's, at the beginning of the -wal. */
const walHeaderBytes = 32
/** The same, before each page in it. */
export const frameHeaderBytes = 24

export function watchPlace(file: string, writer: Database.Database): Place {
  const wal = `${file}-wal`
  const pageBytes = writer.pragma('page_size', { simple: true }) as number
  const pageCount = writer.prepare<[], number>('pragma page_count').pluck()
  const inodes = new Map([file, wal, `${file}-shm`].map((path) => [path, statsOf(path)?.ino]))
  /** The database has been as long as this, and gets no shorter but by VACUUM. */
  let bytesBefore = statsOf(file)?.size ?? 0n

  /** What cannot be looked at may be well. */
  function isGone(path: string, stats = statsOf(path)): boolean {
    return stats !== null && stats?.ino !== inodes.get(path)
  }

  /** What VACUUM has made shorter is shorter by SQLite's own count as well, and can be read. */
  function isCut(): boolean {
    try {
      return BigInt((pageCount.get() ?? 0) * pageBytes) >= bytesBefore
    } catch {
      return true
    }
  }

  function look(state: WalState | undefined): StorageFailure | null {
    const own = statsOf(file)
    if (isGone(file, own)) return moved(`The database ${file}`)
    const bytes = own?.size ?? bytesBefore
    if (bytes < bytesBefore && isCut()) return cut(file, bytes)
    bytesBefore = bytes
    return lookAtWal(state)
  }

  function lookAtWal(state: WalState | undefined): StorageFailure | null {
    const log = statsOf(wal)
    if (isGone(wal, log)) return moved(`The database ${file}`)
    const frames = state?.log ?? 0
    const walBytes = BigInt(frames === 0 ? 0 : walHeaderBytes + frames * (pageBytes + frameHeaderBytes))
    return log && log.size < walBytes ? cut(wal, log.size) : null
  }

  return {
    look,
    lookAtWal,
    lookAround(state) {
      if (isGone(`${file}-shm`)) return moved(`${file}-shm`)
      if (isEngineLockInPlace(file)) return look(state)
      return broken(
        `${file}-engine was moved, replaced or removed while it was locked: another process could place calls.`,
      )
    },
  }
}

/** Undefined where there is no such file, null where that cannot be found out. */
function statsOf(path: string): BigIntStats | undefined | null {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false })
  } catch {
    return null
  }
}

const broken = (text: string) => new StorageFailure(text, { kind: 'BROKEN' })

const moved = (what: string) =>
  broken(`${what} was moved, replaced or removed while it was in use: what is committed now would be lost.`)

const cut = (path: string, bytes: bigint) =>
  broken(`${path} was cut to ${bytes} bytes while it was in use: what was committed last is lost.`)
