import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { StartError } from '../../src/kernel/errors.ts'
import { openDatabase } from '../../src/store/sqlite/database.ts'
import {
  holdsEngineLock,
  isEngineLockInPlace,
  lookAtEngineLock,
  noteInEngineLock,
  readEngineLockNote,
  takeEngineLock,
} from '../../src/store/sqlite/lock.ts'
import { filesBeside, startErrorOf } from './files.ts'
import { givenLockHolder } from './lock-holders.ts'
import { givenFile } from './support.ts'

test('the lock of an engine is refused to a second process, which is told who holds it', async () => {
  const file = givenFile()
  const child = await givenLockHolder(file)
  expect(() => takeEngineLock(file)).toThrow(`process ${child.pid}`)
  expect(() => takeEngineLock(file)).toThrow(StartError)
  await child.kill()
})

test('the lock is free as soon as its holder is dead, however it died', async () => {
  const file = givenFile()
  const child = await givenLockHolder(file)
  await child.kill()
  takeEngineLock(file).release()
})

test('the lock can be taken again once it was released', () => {
  const file = givenFile()
  takeEngineLock(file).release()
  takeEngineLock(file).release()
})

test('the lock is seen to be held, left behind by the dead, and free, without being taken', async () => {
  const file = givenFile()
  expect(lookAtEngineLock(file)).toEqual({ state: 'FREE' })
  const child = await givenLockHolder(file)
  const holder = `process ${child.pid}`
  expect(lookAtEngineLock(file)).toEqual({ state: 'HELD', holder })
  await child.kill()
  expect(lookAtEngineLock(file)).toEqual({ state: 'LEFT', holder })
  const lock = takeEngineLock(file)
  expect(lookAtEngineLock(file)).toEqual({ state: 'HELD', holder: `process ${process.pid}` })
  lock.release()
  expect(lookAtEngineLock(file)).toEqual({ state: 'FREE' })
})

test('this process knows whether the lock is its own', async () => {
  const file = givenFile()
  writeFileSync(file, '')
  expect(holdsEngineLock(file)).toBe(false)
  const lock = takeEngineLock(file)
  expect(holdsEngineLock(file)).toBe(true)
  lock.release()
  expect(holdsEngineLock(file)).toBe(false)
  const child = await givenLockHolder(file)
  expect(holdsEngineLock(file)).toBe(false)
  await child.kill()
})

test('what the holder notes in the file is there for the next one, however the holder died', async () => {
  const file = givenFile()
  const first = takeEngineLock(file)
  expect(readEngineLockNote(file)).toBe(null)
  noteInEngineLock(file, 'one')
  noteInEngineLock(file, 'two')
  expect(readEngineLockNote(file)).toBe('two')
  first.release()
  expect(readEngineLockNote(file)).toBe('two')
  const child = await givenLockHolder(file)
  // Not while another process may be writing it.
  expect(readEngineLockNote(file)).toBe(null)
  // Without the lock nothing is noted.
  noteInEngineLock(file, 'three')
  await child.kill()
  expect(readEngineLockNote(file)).toBe('two')
  const second = takeEngineLock(file)
  expect(readEngineLockNote(file)).toBe('two')
  second.release()
  expect(filesBeside(file)).toEqual(['dialgraph.sqlite-engine'])
})

test('the holder knows when its file was removed or replaced, and nobody else does', () => {
  const file = givenFile()
  expect(isEngineLockInPlace(file)).toBe(true)
  const lock = takeEngineLock(file)
  expect(isEngineLockInPlace(file)).toBe(true)
  rmSync(`${file}-engine`)
  expect(isEngineLockInPlace(file)).toBe(false)
  writeFileSync(`${file}-engine`, '')
  expect(isEngineLockInPlace(file)).toBe(false)
  lock.release()
  expect(isEngineLockInPlace(file)).toBe(true)
})

test.each([
  ['no database', (path: string) => writeFileSync(path, 'process 4711\n'.repeat(100)), 65, 'is damaged'],
  ['a folder', (path: string) => mkdirSync(path), 78, 'cannot be used'],
])('a file of the lock that is %s is told of in a sentence', (_what, make, exitCode, text) => {
  const file = givenFile()
  make(`${file}-engine`)
  const error = startErrorOf(() => takeEngineLock(file))
  expect(error).toMatchObject({ exitCode, message: expect.stringContaining(text) })
  expect(error.message).toContain(`${file}-engine`)
})

test.each(['a link to a folder', 'a link to where nothing is yet', 'a folder'])(
  'the lock taken over %s is that of the database that is made there',
  (where) => {
    const folder = dirname(givenFile())
    const file = `${folder}/link/dialgraph.sqlite`
    if (where === 'a link to a folder') {
      mkdirSync(`${folder}/real`)
      symlinkSync('real', `${folder}/link`)
    } else mkdirSync(`${folder}/link`)
    if (where === 'a link to where nothing is yet') symlinkSync('../dialgraph.sqlite', file)
    const lock = takeEngineLock(file)
    openDatabase({ file, create: true }).close()
    expect(holdsEngineLock(file)).toBe(true)
    lock.release()
  },
)
