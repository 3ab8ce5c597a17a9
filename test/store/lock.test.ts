import { fork } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { StartError } from '../../src/kernel/errors.ts'
import { takeEngineLock } from '../../src/store/lock.ts'
import { temporaryFile } from '../support/world.ts'

const holder = new URL('../support/lock-holder.ts', import.meta.url)

/** A process that holds the lock until it dies. */
async function givenHolder(file: string) {
  const child = fork(holder, [file], { execArgv: ['--import', 'tsx'] })
  await once(child, 'message')
  return child
}

test('the lock of an engine is refused to a second process, which is told who holds it', async () => {
  const file = temporaryFile()
  const child = await givenHolder(file)
  expect(() => takeEngineLock(file)).toThrow(`process ${child.pid}`)
  expect(() => takeEngineLock(file)).toThrow(StartError)
  child.kill('SIGKILL')
  await once(child, 'exit')
})

test('the lock is free as soon as its holder is dead, however it died', async () => {
  const file = temporaryFile()
  const child = await givenHolder(file)
  child.kill('SIGKILL')
  await once(child, 'exit')
  takeEngineLock(file).release()
})

test('the lock can be taken again once it was released', () => {
  const file = temporaryFile()
  takeEngineLock(file).release()
  takeEngineLock(file).release()
})
