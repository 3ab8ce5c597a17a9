import { closeSync, fstatSync, fsyncSync, openSync, readSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import { assert } from '../../kernel/assert.ts'
import type { Effects } from '../../kernel/effects.ts'
import type { Installation } from '../contract/installations.ts'
import { backupIdentity, type HighWaterMark, type MarkState } from '../contract/mark.ts'
import { fileIdentityOf, mayBeSameFile } from './file-identity.ts'
import { holdsEngineLock, lookAtEngineLock, noteInEngineLock, readEngineLockNote } from './lock.ts'
import { syncPath } from './paths.ts'

/**
 * How far the engine of a database has come, stored outside the database: in a file beside it after every commit that
 * appends to the log, and in the locked file once a second. A database that is behind its mark has lost committed data.
 * The mark is written after the commit and is not synced, so it may be behind the database, but never ahead.
 */

interface Mark extends MarkState {
  /** Counts the writes: the highest is the latest. */
  readonly write: number
}

/** Interval in which the file is checked, and the mark is also written to the locked file. */
const lookIntervalMs = 1000

/** `file` is the database's real path, and exists. */
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

  function release(): void {
    if (descriptor !== null) closeSync(descriptor)
    descriptor = null
  }

  /** The file may have been removed or replaced. */
  function lookAround(mark: MarkState): void {
    if (effects.monotonic() - lookedAt < lookIntervalMs) return
    lookedAt = effects.monotonic()
    if (descriptor !== null && !isInPlace(path, descriptor)) release()
    noteInEngineLock(file, encode({ ...mark, write: writes }).trimEnd())
  }

  function note(position: number): void {
    if (state === null) return
    state = { ...state, position: Math.max(position, state.position) }
    try {
      lookAround(state)
      write(state)
    } catch {
      // The mark stays behind until the next write.
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
      release()
    },
  }
}

interface Present {
  readonly installation: Installation
  readonly position: number
  readonly fileIdentity: string
}

/** What a person gets to read about a database that may lack its latest calls. */
export const unknownCallsAdvice =
  'Calls may have been placed that it does not contain, and would be placed again: check the calls at the carrier, then resume the engine with engineResume.'

/** Evidence that a database is not the latest state of its installation, or not the only one; null if there is none. */
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
    return `The high-water mark of this database, ${markFileOf(file)}, is missing or cannot be read, so nothing shows that the database is complete. ${unknownCallsAdvice}`
  }
  if (mark.epoch !== epoch) {
    return `Another state of this database was in use here, with a different log. ${unknownCallsAdvice}`
  }
  if (mark.position > position || mark.term > term) {
    const reached = `its log ends at ${position} in term ${term}, but had reached ${mark.position} in term ${mark.term}`
    return `This database is an earlier state: ${reached}. An earlier copy was put in its place, or its -wal was lost. ${unknownCallsAdvice}`
  }
  return null
}

function markFileOf(file: string): string {
  return `${file}-engine.mark`
}

/** Written alternately, each in a page of its own: a power failure can damage only one of them. */
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

/** Null if the text was not made by `encode`. */
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

/** Opens the file without truncating it: its content may be the only evidence that the database is behind. */
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
