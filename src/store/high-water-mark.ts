import { closeSync, fstatSync, fsyncSync, openSync, readSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import { assert } from '../kernel/assert.ts'
import type { Effects } from '../kernel/effects.ts'
import { fileIdentityOf, mayBeSameFile } from './file-identity.ts'
import type { Installation } from './installations.ts'
import { holdsEngineLock, lookAtEngineLock, noteInEngineLock, readEngineLockNote } from './lock.ts'
import { syncPath } from './paths.ts'

/*
 * How far the engine of a database has come, kept outside of the database: in a file beside it after every commit that adds to
 * the log, and in the locked file once a second. A database that is behind its mark has lost what was committed. The mark is
 * written after the commit and is not synced, so it may be behind the database, and is never ahead of it.
 */

/** As `databaseFile` of a backup says it. */
export const backupIdentity = 'backup'

export interface HighWaterMark {
  /** Identity of the database's file. */
  readonly fileIdentity: string
  /** True from `begin` to `close`. */
  readonly isKept: boolean
  /**
   * Why calls may have been placed that this state of the database does not know of, as a sentence for a person; null where
   * nothing shows that, or another process runs the engine and has looked already.
   */
  findGap(installation: Installation, position: number): string | null
  /** Makes sure that there is a file for the mark, on the disk. To be called before anything in the database relies on it. */
  create(state: MarkState): void
  /** Keeps the mark from now on. */
  begin(state: MarkState): void
  /** The log has come to this position, and that is committed. Costs one write, and never throws: a mark may be behind. */
  note(position: number): void
  close(): void
}

export interface MarkState {
  readonly installationId: string
  readonly epoch: string
  readonly term: number
  /** Of the last entry of the log. */
  readonly position: number
}

interface Mark extends MarkState {
  /** Counts what was written: the highest is the latest. */
  readonly write: number
}

/** How often the file is looked for, and the mark is kept in the locked file as well. */
const lookIntervalMs = 1000

/** `file` is the database's real path, and is there. */
export function createHighWaterMark(file: string, effects: Pick<Effects, 'monotonic'>): HighWaterMark {
  const path = markFileOf(file)
  const fileIdentity = fileIdentityOf(file)
  let state: MarkState | null = null
  let descriptor: number | null = null
  let writes = 0
  let lookedAt = Number.NEGATIVE_INFINITY

  function write(mark: MarkState): void {
    descriptor ??= openMark(path)
    const bytes = Buffer.from(encode({ ...mark, write: ++writes }), 'latin1')
    writeSync(descriptor, bytes, 0, bytes.length, (writes % slotCount) * slotBytes)
  }

  function letGo(): void {
    if (descriptor !== null) closeSync(descriptor)
    descriptor = null
  }

  /** Somebody may have removed the file, or put another one in its place. */
  function lookAround(mark: MarkState): void {
    if (effects.monotonic() - lookedAt < lookIntervalMs) return
    lookedAt = effects.monotonic()
    if (descriptor !== null && !isInPlace(path, descriptor)) letGo()
    noteInEngineLock(file, encode({ ...mark, write: writes }).trimEnd())
  }

  function note(position: number): void {
    if (state === null) return
    state = { ...state, position: Math.max(position, state.position) }
    try {
      lookAround(state)
      write(state)
    } catch {
      // It stays behind until the next one.
    }
  }

  return {
    fileIdentity,
    get isKept() {
      return state !== null
    },
    findGap(installation, position) {
      const { databaseFile } = installation
      if (databaseFile === null || (!holdsEngineLock(file) && lookAtEngineLock(file).state === 'HELD')) return null
      return findGap(file, { installation, position, fileIdentity })
    },
    create(first) {
      writes = Math.max(0, ...readMarks(file).map((mark) => mark.write))
      write(first)
      fsyncSync(descriptor as number)
      syncPath(dirname(path))
    },
    begin(first) {
      if (descriptor === null) writes = Math.max(0, ...readMarks(file).map((mark) => mark.write))
      state = first
      note(first.position)
    },
    note,
    close() {
      // In the locked file as well.
      lookedAt = Number.NEGATIVE_INFINITY
      note(state?.position ?? 0)
      state = null
      letGo()
    },
  }
}

interface Present {
  readonly installation: Installation
  readonly position: number
  readonly fileIdentity: string
}

/** What a person is told who has a database that may not know of the latest calls. */
export const unknownCallsAdvice =
  'Calls may have been placed that it does not know of, and would be placed again: look at what the carrier says of them, then let the engine go on with engineResume.'

/** What shows that a database is not the latest state of its installation, or not the only one; null where nothing does. */
export function findGap(file: string, { installation, position, fileIdentity }: Present): string | null {
  const { databaseFile, installationId, epoch, term } = installation
  if (databaseFile === null) return null
  if (databaseFile === backupIdentity) return `This database is a backup. ${unknownCallsAdvice}`
  if (!mayBeSameFile(databaseFile, fileIdentity)) {
    return `The file of this database is not the one that the engine ran on before: it is a copy, or was moved to another disk. ${unknownCallsAdvice}`
  }
  const [mark] = readMarks(file)
    .filter((of) => of.installationId === installationId)
    .sort((a, b) => b.write - a.write)
  if (mark === undefined) {
    return `The high-water mark of this database, ${markFileOf(file)}, is not there or cannot be read, so nothing shows that the database is complete. ${unknownCallsAdvice}`
  }
  if (mark.epoch !== epoch) {
    return `Another state of this database was in use here, in which its log went another way. ${unknownCallsAdvice}`
  }
  if (mark.position > position || mark.term > term) {
    const reached = `its log ends at ${position} in term ${term}, and has been at ${mark.position} in term ${mark.term}`
    return `This database is older than what was done with it: ${reached}. An earlier state was put in its place, or its -wal was lost. ${unknownCallsAdvice}`
  }
  return null
}

function markFileOf(file: string): string {
  return `${file}-engine.mark`
}

/** Written in turns, each on a page of its own: what a power loss spoils is the one or the other. */
const slotCount = 2
const slotBytes = 4096
/** One sector: written as a whole or not at all. */
const markBytes = 512

/** One line of text: the mark as JSON, its checksum, and spaces. */
function encode(mark: Mark): string {
  const json = JSON.stringify(mark)
  const text = `${json} ${crc32(json).toString(16)}`
  assert(text.length < markBytes, `a mark of less than ${markBytes} characters`)
  return `${text.padEnd(markBytes - 1)}\n`
}

/** Null where it is not what `encode` made. */
function decode(text: string): Mark | null {
  const [, json = '', checksum] = /^(\{.*\}) ([0-9a-f]+)\s*$/.exec(text) ?? []
  return crc32(json).toString(16) === checksum ? JSON.parse(json) : null
}

/** All marks that can be read, in no order. */
function readMarks(file: string): Mark[] {
  const texts = [...readSlots(markFileOf(file)), readEngineLockNote(file) ?? '']
  return texts.map(decode).filter((mark) => mark !== null)
}

function readSlots(path: string): string[] {
  let descriptor: number
  try {
    descriptor = openSync(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  try {
    return Array.from({ length: slotCount }, (_, slot) => {
      const bytes = Buffer.alloc(markBytes)
      const count = readSync(descriptor, bytes, 0, markBytes, slot * slotBytes)
      return bytes.toString('latin1', 0, count)
    })
  } finally {
    closeSync(descriptor)
  }
}

/** Opens the file as it is: what stands in it may be the only proof that the database is behind it. */
function openMark(path: string): number {
  try {
    return openSync(path, 'r+')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return openSync(path, 'wx+')
  }
}

function isInPlace(path: string, descriptor: number): boolean {
  const named = statSync(path, { bigint: true, throwIfNoEntry: false })
  return named !== undefined && named.ino === fstatSync(descriptor, { bigint: true }).ino
}
