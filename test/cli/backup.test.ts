import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startServer } from './server.ts'
import { ask, givenPath, openApp, runCommand, startProgram } from './support.ts'

/** A database with one queue, that nobody uses. */
async function givenDatabase() {
  const DIALGRAPH_DATABASE = givenPath()
  const { app, viewer, close } = await openApp(DIALGRAPH_DATABASE, true)
  const queue = { name: 'Team', detail: '', strategy: 'RANDOM' as const, waitTimeoutMs: 1000, agentRingMs: 1000 }
  await app.queues.create(viewer, queue)
  await close()
  return { DIALGRAPH_DATABASE }
}

describe('backup', () => {
  test('says what it copied, and how long it took', async () => {
    const environment = await givenDatabase()
    const target = givenPath('backup.sqlite')
    expect(await runCommand(['backup', target], environment)).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(/^Copied .+ to .+, and checked the copy: \d+\.\d kB in \d+\.\d s\.\n$/),
      stderr: '',
    })
    expect(statSync(target).size).toBeGreaterThan(0)
  })

  test('replaces a file only when it is told to', async () => {
    const environment = await givenDatabase()
    const target = givenPath('backup.sqlite')
    await runCommand(['backup', target], environment)
    const refused = await runCommand(['backup', target], environment)
    expect(refused).toMatchObject({ exitCode: 64, stderr: expect.stringContaining('exists already') })
    expect(await runCommand(['backup', target, '--force'], environment)).toMatchObject({ exitCode: 0, stderr: '' })
  })

  test('leaves nobody behind who listens for signals', async () => {
    const environment = await givenDatabase()
    const before = process.listenerCount('SIGINT')
    await runCommand(['backup', givenPath('backup.sqlite')], environment)
    expect(process.listenerCount('SIGINT')).toBe(before)
  })

  test('of a mistyped name ends with exit code 78, and leaves nothing behind', async () => {
    const target = givenPath('backup.sqlite')
    const { exitCode, stderr } = await runCommand(['backup', target], { DIALGRAPH_DATABASE: givenPath() })
    expect({ exitCode, stderr }).toEqual({ exitCode: 78, stderr: expect.stringContaining('There is no database at') })
    expect(readdirSync(dirname(target))).toEqual([])
  })
})

describe('restore', () => {
  test('says what it did, where the database of before is, and what has to be done', async () => {
    const environment = await givenDatabase()
    const target = givenPath('backup.sqlite')
    await runCommand(['backup', target], environment)
    const { exitCode, stdout, stderr } = await runCommand(['restore', target], environment)
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^Restored .+ from .+: \d+\.\d kB, with nothing later than \S+Z\.$/),
      expect.stringMatching(/^The previous database is kept as .+\.before-restore-\S+Z\.$/),
      expect.stringContaining('engineResume'),
      '',
    ])
    const kept = stdout.match(/kept as (\S+)\.\n/)?.[1] ?? ''
    expect(existsSync(kept)).toBe(true)
  })

  test('of a file that is no backup ends with exit code 65', async () => {
    const environment = await givenDatabase()
    const { exitCode, stderr } = await runCommand(['restore', givenPath('gone')], environment)
    expect({ exitCode, stderr }).toEqual({ exitCode: 65, stderr: expect.stringContaining('There is no file') })
  })
})

test('a backup is made while serve runs, a restore is not, and serve starts halted after it', async () => {
  const server = await startServer()
  const environment = { DIALGRAPH_DATABASE: server.file }
  const target = givenPath('backup.sqlite')
  expect(await runCommand(['backup', target], environment)).toMatchObject({ exitCode: 0, stderr: '' })
  const refused = await runCommand(['restore', target], environment)
  expect(refused).toMatchObject({ exitCode: 75, stderr: expect.stringContaining(`process ${server.child.pid}`) })
  server.child.kill('SIGTERM')
  await server.ended

  expect(await runCommand(['restore', target], environment)).toMatchObject({ exitCode: 0, stderr: '' })
  const next = startProgram(['serve'], { ...environment, DIALGRAPH_PORT: '0' })
  const { data } = await ask(await next.address(), '{ engine { state reason } }')
  expect(data.engine).toEqual({ state: 'HALTED', reason: expect.stringContaining('restored from a backup') })
}, 60_000)
