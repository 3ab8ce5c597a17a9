import { type BigIntStats, statSync } from 'node:fs'
import type Database from 'better-sqlite3'
import { StorageFailure } from '../../kernel/errors.ts'
import { isEngineLockInPlace } from './lock.ts'

/** SQLite's answer: frames in the WAL, and how many of them a checkpoint has copied. */
export interface WalState {
  readonly busy: number
  readonly log: number
  readonly checkpointed: number
}

/**
 * Detects what other programs do to the files of a database in use. Each check takes some microseconds, and returns why
 * nothing committed from now on can be relied on, or null.
 */
export interface Place {
  /**
   * Checks the names and lengths of the database and its WAL, which has to be as long as `state` says. `state` may be
   * old: another process may have reset and truncated the WAL since.
   */
  look(state: WalState | undefined): StorageFailure | null
  /** Checks the WAL alone: for just after a commit, when everything was checked just before. */
  lookAtWal(state: WalState | undefined): StorageFailure | null
  /** Checks the other files too, whose loss does harm only once another process opens the database. */
  lookAround(state: WalState | undefined): StorageFailure | null
}

/** Length of SQLite's header at the beginning of the WAL. */
const walHeaderBytes = 32
/** Length of the header before each page in it. */
export const frameHeaderBytes = 24

export function watchPlace(file: string, writer: Database.Database): Place {
  const wal = `${file}-wal`
  const pageBytes = writer.pragma('page_size', { simple: true }) as number
  const pageCount = writer.prepare<[], number>('pragma page_count').pluck()
  const inodes = new Map([file, wal, `${file}-shm`].map((path) => [path, statsOf(path)?.ino]))
  /** The greatest length of the database so far; only VACUUM makes it shorter. */
  let bytesBefore = statsOf(file)?.size ?? 0n

  /** A file that cannot be examined may be sound. */
  function isGone(path: string, stats = statsOf(path)): boolean {
    return stats !== null && stats?.ino !== inodes.get(path)
  }

  /** After VACUUM the file is shorter by SQLite's own count too, and can be read. */
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

/** Undefined if there is no such file, null if that cannot be determined. */
function statsOf(path: string): BigIntStats | undefined | null {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false })
  } catch {
    return null
  }
}

const broken = (text: string) => new StorageFailure(text, { kind: 'BROKEN' })

const moved = (what: string) =>
  broken(`${what} was moved, replaced or removed while it was in use: new commits would be lost.`)

const cut = (path: string, bytes: bigint) =>
  broken(`${path} was cut to ${bytes} bytes while it was in use: the last commits are lost.`)
