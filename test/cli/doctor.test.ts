import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { type DoctorOptions, examine } from '../../src/cli/doctor-checks.ts'
import { backUpDatabase } from '../../src/store/sqlite/backup.ts'
import { migrateDatabase } from '../../src/store/sqlite/database.ts'
import { startServer } from './server.ts'
import { givenPath, openApp, runCommand } from './support.ts'

/** A database that was used, and is not in use. */
async function givenDatabase(): Promise<string> {
  const file = givenPath()
  const { close } = await openApp(file, true)
  await close()
  return file
}

function change(file: string, sql: string): void {
  const client = new Database(file)
  client.pragma('foreign_keys = off')
  client.exec(sql)
  client.close()
}

const now = Date.UTC(2026, 0, 5, 9)
const usual = { deep: false, now, nodeVersion: '20.20.2', nodeVersionRange: '>=20.19' }

/** What is said of one thing. */
async function stateOf(name: string, options: Partial<DoctorOptions> & { file: string }) {
  const checks = await examine({ ...usual, ...options })
  const found = checks.find((check) => check.name === name)
  return found && [found.state, found.message]
}

describe('doctor', () => {
  test('prints a line for everything it looked at, and ends with exit code 0 where all is well', async () => {
    const DIALGRAPH_DATABASE = await givenDatabase()
    const { exitCode, stdout, stderr } = await runCommand(['doctor'], { DIALGRAPH_DATABASE })
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    const lines = stdout.trimEnd().split('\n')
    const columns = lines.map((line) => line.match(/^(\S+(?: \S+)?) {2,}(ok|warning|problem) +(\S.*\.)$/)?.slice(1, 3))
    expect(columns).toEqual([
      ['node', 'ok'],
      ['sqlite', 'ok'],
      ['file', 'ok'],
      // The tests keep their databases in memory.
      ['file system', 'warning'],
      ['room', 'ok'],
      ['schema', 'ok'],
      ['settings', 'ok'],
      ['lock', 'ok'],
      ['integrity', 'ok'],
      ['engine', 'ok'],
      ['clock', 'ok'],
      ['calls', 'ok'],
    ])
    expect(new Set(lines.map((line) => line.search(/ok|warning/))).size).toBe(1)
  })

  test('prints JSON when it is asked to', async () => {
    const DIALGRAPH_DATABASE = await givenDatabase()
    const { stdout } = await runCommand(['doctor', '--json', '--deep'], { DIALGRAPH_DATABASE })
    const { well, checks } = JSON.parse(stdout)
    expect(well).toBe(true)
    expect(checks[1]).toEqual({ name: 'sqlite', state: 'OK', message: expect.stringMatching(/^SQLite 3\.\d+\.\d+\.$/) })
  })

  test('changes nothing, and leaves nothing behind', async () => {
    const file = await givenDatabase()
    const before = [readFileSync(file).toString('base64'), ...readdirSync(dirname(file)).sort()]
    await runCommand(['doctor', '--deep'], { DIALGRAPH_DATABASE: file })
    expect([readFileSync(file).toString('base64'), ...readdirSync(dirname(file)).sort()]).toEqual(before)
  })

  test('may run beside serve, and says who places the calls', async () => {
    const { file, child } = await startServer()
    const { exitCode, stdout } = await runCommand(['doctor', '--deep'], { DIALGRAPH_DATABASE: file })
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(new RegExp(`lock +ok +Held by process ${child.pid}\\.`))
    // It says what it is doing a moment after it is heard, and every 2 s.
    expect(stdout).toMatch(/engine +(ok|warning) +[A-Z_]+, last heartbeat \d+ s ago\./)
    expect(stdout).toMatch(/settings +ok +journal WAL, synchronous FULL, foreign keys enforced\./)
  }, 60_000)
})

describe('doctor finds', () => {
  test('that there is no database, with exit code 78', async () => {
    const DIALGRAPH_DATABASE = givenPath()
    const { exitCode, stdout } = await runCommand(['doctor'], { DIALGRAPH_DATABASE })
    expect(exitCode).toBe(78)
    expect(stdout).toMatch(/file +problem +There is no database at/)
    expect(readdirSync(dirname(DIALGRAPH_DATABASE))).toEqual([])
    mkdirSync(DIALGRAPH_DATABASE)
    expect((await runCommand(['doctor'], { DIALGRAPH_DATABASE })).exitCode).toBe(78)
  })

  test('damage, with exit code 65, wherever it is', async () => {
    const sound = await givenDatabase()
    const pageCount = readFileSync(sound).length / 4096
    for (const page of [0, 1, Math.floor(pageCount / 2), pageCount - 1]) {
      const DIALGRAPH_DATABASE = givenPath()
      const bytes = readFileSync(sound)
      writeFileSync(DIALGRAPH_DATABASE, bytes.fill(0xff, page * 4096 + (page === 0 ? 100 : 0), (page + 1) * 4096))
      const { exitCode, stdout } = await runCommand(['doctor'], { DIALGRAPH_DATABASE })
      expect({ page, exitCode }).toEqual({ page, exitCode: 65 })
      expect(stdout).toMatch(/integrity +problem +The database .* is damaged: .*dialgraph restore/)
    }
  })

  test('a file that is no database, with exit code 65', async () => {
    const DIALGRAPH_DATABASE = givenPath()
    writeFileSync(DIALGRAPH_DATABASE, 'notes '.repeat(1000))
    const { exitCode, stdout } = await runCommand(['doctor', '--json'], { DIALGRAPH_DATABASE })
    expect({ exitCode, well: JSON.parse(stdout).well }).toEqual({ exitCode: 65, well: false })
  })

  test('rows that refer to none only when it looks deeply', async () => {
    const file = await givenDatabase()
    change(file, "insert into queue_agent values ('default', 'none', 'none', 0)")
    expect(await stateOf('integrity', { file })).toEqual(['OK', expect.any(String)])
    expect(await stateOf('integrity', { file, deep: true })).toEqual([
      'PROBLEM',
      expect.stringContaining('queue_agent'),
    ])
  })

  test('a schema that is newer, older or not ours', async () => {
    const file = await givenDatabase()
    change(file, "insert into __drizzle_migrations (hash, created_at) values ('newer', 9999999999999)")
    expect(await stateOf('schema', { file })).toEqual(['PROBLEM', expect.stringContaining('newer version')])
    change(file, 'update __drizzle_migrations set created_at = 1')
    expect(await stateOf('schema', { file })).toEqual(['WARNING', expect.stringContaining('pending')])
    const foreign = givenPath()
    change(foreign, 'create table bookmark (id integer primary key)')
    expect(await stateOf('schema', { file: foreign })).toEqual(['PROBLEM', expect.stringContaining('another program')])
  })

  test('a database that was never used', async () => {
    const file = givenPath()
    migrateDatabase({ file, create: true })
    expect(await stateOf('engine', { file })).toEqual(['WARNING', expect.stringContaining('not been used')])
  })

  test('a name that a killed process left at the lock', async () => {
    const file = await givenDatabase()
    writeFileSync(`${file}-engine`, '')
    writeFileSync(`${file}-engine.holder`, 'process 4711')
    expect(await stateOf('lock', { file })).toEqual(['OK', expect.stringMatching(/^Free\. process 4711 held it/)])
  })

  test('an engine that is halted, and why', async () => {
    const file = await givenDatabase()
    change(file, "update engine set state = 'HALTED', halt_cause = 'INVARIANT', reason = 'Two calls for one target.'")
    expect(await stateOf('engine', { file })).toEqual(['WARNING', expect.stringContaining('Two calls for one target.')])
  })

  test('a backup, which says until when it reaches', async () => {
    const file = await givenDatabase()
    const target = givenPath()
    await backUpDatabase({ file, target })
    expect(await stateOf('engine', { file: target })).toEqual([
      'WARNING',
      expect.stringMatching(
        /It was halted: This database is a backup that contains nothing after \d{4}-.*engineResume/,
      ),
    ])
  })

  test('a copy of a database that an engine ran on, and leaves it as it is', async () => {
    const { file, child, ended } = await startServer()
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    expect(await stateOf('engine', { file })).toEqual(['OK', expect.stringMatching(/^Not running/)])
    const copy = givenPath()
    copyFileSync(file, copy)
    const finding = [
      'WARNING',
      expect.stringMatching(/serve will start it HALTED: The file of this database is not the one/),
    ]
    expect(await stateOf('engine', { file: copy })).toEqual(finding)
    expect(await stateOf('engine', { file: copy })).toEqual(finding)
    rmSync(`${file}-engine.mark`)
    rmSync(`${file}-engine`)
    expect(await stateOf('engine', { file })).toEqual([
      'WARNING',
      expect.stringMatching(/serve will start it HALTED: The high-water mark .* is missing/),
    ])
  }, 60_000)

  test('nothing in a database that is in use, whose mark lies ahead of what it has read', async () => {
    const { file } = await startServer()
    rmSync(`${file}-engine.mark`)
    expect(await stateOf('engine', { file })).not.toContain('serve will start it HALTED')
  }, 60_000)

  test('an engine whose process holds the lock, and is silent', async () => {
    const { file } = await startServer()
    const message = await stateOf('engine', { file, now: Date.now() + 60_000 })
    expect(message).toEqual(['WARNING', expect.stringContaining('silent')])
  }, 60_000)

  test('a clock that was set back', async () => {
    const file = await givenDatabase()
    change(file, `update engine set heartbeat_at = ${now + 3 * 60_000}`)
    expect(await stateOf('clock', { file })).toEqual(['WARNING', expect.stringContaining('3 min later')])
    expect(await stateOf('clock', { file, now: now + 3 * 60_000 })).toEqual(['OK', expect.any(String)])
  })

  test('a Node.js that is too old, compared number by number', async () => {
    const file = await givenDatabase()
    const of = (nodeVersion: string) => stateOf('node', { file, nodeVersion })
    expect(await of('20.9.0')).toEqual(['PROBLEM', expect.stringContaining('too old')])
    expect(await of('20.19.0')).toEqual(['OK', 'Node.js 20.19.0.'])
    expect(await of('100.0.0')).toEqual(['OK', 'Node.js 100.0.0.'])
  })
})
