import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { StartError } from '../../src/kernel/errors.ts'
import { openDatabase } from '../../src/store/database.ts'
import { holdsEngineLock, lookAtEngineLock, takeEngineLock } from '../../src/store/lock.ts'
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
