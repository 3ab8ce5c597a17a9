import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createRandom } from '../../src/kernel/random.ts'
import { temporaryFile } from '../support/world.ts'
import { createDisk, type DiskEvent } from './power-loss/disk.ts'
import { readTrace } from './power-loss/trace.ts'

const sector = 512
const written = (at: number, bytes: Buffer): DiskEvent => ({ type: 'WRITTEN', name: 'file', at, bytes })
const of = (letter: string, sectors: number) => Buffer.alloc(sectors * sector, letter)
const created: DiskEvent = { type: 'CREATED', name: 'file' }
const synced: DiskEvent = { type: 'SYNCED', name: 'file' }
const folderSynced: DiskEvent = { type: 'FOLDER_SYNCED' }

/** Everything that 300 power losses left of the file: a letter for each sector, `-` for zeros; null where it is not there. */
function outcomes(...events: DiskEvent[]): Set<string | null> {
  const disk = createDisk()
  for (const event of events) disk.apply(event)
  const random = createRandom(1)
  const found = Array.from({ length: 300 }, () => disk.losePower(random).get('file') ?? null)
  return new Set(found.map((bytes) => bytes && readSectors(bytes)))
}

function readSectors(bytes: Buffer): string {
  const starts = Array.from({ length: bytes.length / sector }, (_, i) => i * sector)
  return starts.map((start) => String.fromCharCode(bytes[start] || 45)).join('')
}

test('what was synced is there, whatever happens', () => {
  expect(outcomes(created, written(0, of('a', 2)), synced, folderSynced)).toEqual(new Set(['aa']))
})

test('what was not synced is there, or is not, or in part; and a file may have grown without it', () => {
  const found = outcomes(created, folderSynced, written(0, of('a', 1)), synced, written(0, of('b', 3)))
  expect(found).toEqual(new Set(['a', 'bbb', 'a--', 'b', 'b--', 'bb', 'bb-', 'ab', 'ab-', 'abb', 'a-b', 'b-b']))
})

test('of two writes that were not synced the later one may be there alone', () => {
  const found = outcomes(created, folderSynced, written(0, of('a', 1)), written(sector, of('b', 1)))
  expect(found).toContain('-b')
  expect(found).toContain('a')
})

test('a write leaves the rest of its sector as it was', () => {
  const disk = createDisk()
  for (const event of [created, folderSynced, written(0, of('a', 1)), written(1, Buffer.from('b')), synced])
    disk.apply(event)
  expect(
    disk
      .losePower(() => 0)
      .get('file')
      ?.toString(),
  ).toBe(`ab${'a'.repeat(sector - 2)}`)
})

test('a file that was synced may be missing while its folder was not', () => {
  expect(outcomes(created, written(0, of('a', 1)), synced)).toEqual(new Set(['a', null]))
})

test('a file that was removed may come back while its folder was not synced', () => {
  const events = [created, written(0, of('a', 1)), synced, folderSynced, { type: 'REMOVED', name: 'file' } as const]
  expect(outcomes(...events)).toEqual(new Set(['a', null]))
  expect(outcomes(...events, folderSynced)).toEqual(new Set([null]))
})

test('a file that was cut short may be as long as before', () => {
  const cut = { type: 'RESIZED', name: 'file', size: sector } as const
  const events = [created, folderSynced, written(0, of('a', 2)), synced, cut]
  expect(outcomes(...events)).toEqual(new Set(['aa', 'a']))
})

const hex = (text: string) => Buffer.from(text).toString('hex').replaceAll(/../g, '\\x$&')

/** Reads a trace of these lines, in which /d/f is the database and /n the notes. */
function read(...lines: string[]) {
  const file = temporaryFile('trace')
  writeFileSync(file, lines.map((line) => `7 ${line}\n`.replaceAll(/\{([^}]*)\}/g, (_, text) => hex(text))).join(''))
  return readTrace(file, '/d/f', '/n')
}

const open = 'openat(AT_FDCWD<{/}>, "{/d/f}", O_RDWR|O_CREAT|O_CLOEXEC, 0644) = 18<{/d/f}>'

test('a trace tells what was done to the files of a database, and what was noted', async () => {
  expect(
    await read(
      open,
      'openat(AT_FDCWD<{/}>, "{/d/f-shm}", O_RDWR|O_CREAT, 0644) = 19<{/d/f-shm}>',
      'rename("{/d/other}", "{/elsewhere}") = 0',
      'pwrite64(18<{/d/f}>, "{abc}", 3, 4096) = 3',
      'write(20<{/n}>, "{asked 1\n}", 8) = 8',
      'fdatasync(18<{/d/f}>) = 0',
      'pwrite64(18<{/d/f}>, "{abc}", 3, 0) = -1 ENOSPC (No space left on device)',
      'fsync(21<{/d}>) = 0',
      'ftruncate(18<{/d/f}>, 2) = 0',
      'unlink("{/d/f}") = 0',
      'fsync(18<{/d/f}>(deleted)) = 0',
      '+++ exited with 0 +++',
    ),
  ).toEqual([
    { type: 'CREATED', name: 'f' },
    { type: 'WRITTEN', name: 'f', at: 4096, bytes: Buffer.from('abc') },
    { type: 'NOTED', text: 'asked 1' },
    { type: 'SYNCED', name: 'f' },
    { type: 'FOLDER_SYNCED' },
    { type: 'RESIZED', name: 'f', size: 2 },
    { type: 'REMOVED', name: 'f' },
  ])
})

test('a write that a trace tells in two parts has its place where it returned', async () => {
  const events = await read(
    open,
    'pwrite64(18<{/d/f}>, "{abc}", 3, 4096 <unfinished ...>',
    'write(20<{/n}>, "{asked 1\n}", 8) = 8',
    '<... pwrite64 resumed>) = 3',
  )
  expect(events.slice(1)).toEqual([
    { type: 'NOTED', text: 'asked 1' },
    { type: 'WRITTEN', name: 'f', at: 4096, bytes: Buffer.from('abc') },
  ])
})

test.for([
  'rename("{/elsewhere}", "{/d/f}") = 0',
  'fallocate(18<{/d/f}>, 0, 0, 4096) = 0',
  'write(18<{/d/f}>, "{abc}", 3) = 3',
  'pwrite64(18<{/d/f}>, "{abc}"..., 3, 0) = 3',
  'unheard of',
  'sendfile(18<{/d/f}>, 19<{/elsewhere}>, NULL, 3) = 3',
])('a trace with a call that cannot be followed is refused: %s', async (line) => {
  await expect(read(open, line)).rejects.toThrow(/a (call|line)/)
})
