import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { assertSqliteVersion, openDatabase, sqliteVersion } from '../../src/store/sqlite/database.ts'
import { builtFile } from '../support/built.ts'
import { addOutplans, bytesOf, imageOf, pageByteCount, spoilPages, startErrorOf } from './files.ts'
import { connectTo, customerId, givenFile, givenStore } from './support.ts'

function settingsOf(options: Parameters<typeof openDatabase>[0]) {
  const database = openDatabase(options)
  const of = (name: string) => [database.writer, database.read.$client].map((on) => on.pragma(name, { simple: true }))
  try {
    return { journal: of('journal_mode'), synchronous: of('synchronous'), foreignKeys: of('foreign_keys') }
  } finally {
    database.close()
  }
}

describe('the settings of a connection', () => {
  test('are WAL, synchronous FULL and foreign keys on both connections, also after a reopen', () => {
    const file = givenFile()
    const durable = { journal: ['wal', 'wal'], synchronous: [2, 2], foreignKeys: [1, 1] }
    expect(settingsOf({ file, create: true })).toEqual(durable)
    expect(settingsOf({ file, create: false })).toEqual(durable)
    expect(settingsOf({ file, create: false, synchronous: 'FULL' })).toEqual(durable)
  })

  test('forget commits in a power loss only when that is asked for, and not the next time', () => {
    const file = givenFile()
    expect(settingsOf({ file, create: true, synchronous: 'OFF' }).synchronous).toEqual([0, 0])
    expect(settingsOf({ file, create: false }).synchronous).toEqual([2, 2])
  })

  test('leave it to the store to copy the -wal into the file, and keep little of it afterwards', () => {
    const database = openDatabase({ file: givenFile(), create: true })
    const of = (name: string) => database.writer.pragma(name, { simple: true })
    expect([of('wal_autocheckpoint'), of('journal_size_limit')]).toEqual([0, 16 * 1024 * 1024])
    database.close()
  })

  test('wait for a lock for 20 ms, since waiting blocks everybody', () => {
    const database = openDatabase({ file: givenFile(), create: true })
    expect(database.writer.pragma('busy_timeout', { simple: true })).toBe(20)
    database.close()
  })
})

describe('the version of SQLite', () => {
  test.each(['3.51.2', '3.9.0', '3.50.10', '2.99.99', '3.51'])('%s is refused with exit code 78', (version) => {
    const file = givenFile()
    const error = startErrorOf(() => openDatabase({ file, create: true, sqliteVersion: version }))
    expect(error).toMatchObject({ exitCode: 78, message: expect.stringContaining(`SQLite ${version}`) })
    expect(existsSync(file)).toBe(false)
  })

  test.each(['3.51.3', '3.51.10', '3.52.0', '3.100.0', '4.0.0'])('%s will do', (version) => {
    expect(() => assertSqliteVersion(version)).not.toThrow()
  })

  test('that is built in will do', () => {
    expect(sqliteVersion()).toMatch(/^3\.\d+\.\d+$/)
    expect(() => assertSqliteVersion()).not.toThrow()
  })
})

describe('a path', () => {
  test('where nothing is, is refused with exit code 78 and stays empty', () => {
    const file = givenFile()
    const error = startErrorOf(() => openDatabase({ file, create: false }))
    expect(error).toMatchObject({ exitCode: 78, message: expect.stringContaining(file) })
    expect(existsSync(file)).toBe(false)
  })

  test('where nothing is, becomes a database when it may be made, its folders included', () => {
    const file = `${dirname(givenFile())}/far/away/dialgraph.sqlite`
    openDatabase({ file, create: true }).close()
    expect(existsSync(file)).toBe(true)
  })

  test('of a folder is refused with exit code 78', () => {
    const file = givenFile()
    mkdirSync(file)
    for (const create of [true, false]) {
      expect(startErrorOf(() => openDatabase({ file, create }))).toMatchObject({
        exitCode: 78,
        message: expect.stringContaining('not a file'),
      })
    }
  })

  test('of something that is no database is refused with exit code 65, and is not touched', () => {
    const file = givenFile()
    const text = 'name,phone\nAda,+12025550100\n'.repeat(100)
    writeFileSync(file, text)
    const error = startErrorOf(() => openDatabase({ file, create: true }))
    expect(error).toMatchObject({ exitCode: 65, message: expect.stringContaining('not a database') })
    expect(readFileSync(file, 'utf8')).toBe(text)
  })

  test('of a database of another program is refused with exit code 65, and is not touched', () => {
    const file = givenFile()
    const other = connectTo(file)
    other.exec('create table bookmark (id integer primary key)')
    other.close()
    const before = bytesOf(file)
    const error = startErrorOf(() => openDatabase({ file, create: true }))
    expect(error).toMatchObject({ exitCode: 65, message: expect.stringContaining('another program') })
    expect(bytesOf(file)).toBe(before)
  })

  test('of an empty file becomes a database only when it may be made', () => {
    const file = givenFile()
    writeFileSync(file, '')
    expect(startErrorOf(() => openDatabase({ file, create: false }))).toMatchObject({ exitCode: 78 })
    expect(readFileSync(file)).toHaveLength(0)
    openDatabase({ file, create: true }).close()
    expect(readFileSync(file).length).toBeGreaterThan(0)
  })

  test('whose last changes are still beside it is not made anew', async () => {
    const { store, file } = givenStore()
    await addOutplans(store, 1)
    const gone = givenFile()
    writeFileSync(`${gone}-wal`, readFileSync(`${file}-wal`))
    const empty = imageOf(file)
    truncateSync(empty, 0)
    for (const path of [gone, empty]) {
      const wal = bytesOf(`${path}-wal`)
      for (const create of [true, false]) {
        expect(startErrorOf(() => openDatabase({ file: path, create })).exitCode).toBe(65)
      }
      expect(bytesOf(`${path}-wal`)).toBe(wal)
    }
    expect(existsSync(gone)).toBe(false)
  })

  test('may be a symbolic link', async () => {
    const { store, file } = givenStore()
    await addOutplans(store, 1)
    const link = givenFile()
    symlinkSync(file, link)
    const { store: other } = givenStore({ file: link, create: false })
    expect(await countOutplans(other)).toBe(1)
  })

  const isRoot = process.getuid?.() === 0
  /** Root may write everything, so it has to be somebody else who is refused. */
  const openAsNobody = (file: string) =>
    spawnSync(process.execPath, [builtFile('test/store/open-database.ts'), file], {
      encoding: 'utf8',
      ...(isRoot && { uid: 65534, gid: 65534 }),
    })

  test('of a file that may not be written is refused with exit code 78', () => {
    const file = givenFile()
    openDatabase({ file, create: true }).close()
    chmodSync(file, 0o444)
    expect(openAsNobody(file)).toMatchObject({
      status: 78,
      stderr: expect.stringMatching(/cannot be written by this/),
    })
  })

  test('in a folder that may not be written is refused with exit code 78', () => {
    const file = givenFile()
    openDatabase({ file, create: true }).close()
    chmodSync(file, 0o666)
    chmodSync(dirname(file), 0o555)
    const ended = openAsNobody(file)
    chmodSync(dirname(file), 0o777)
    expect(ended).toMatchObject({ status: 78, stderr: expect.stringContaining(`The folder ${dirname(file)} cannot`) })
    expect(openAsNobody(file)).toMatchObject({ status: 0, stderr: '' })
  })
})

async function countOutplans(store: ReturnType<typeof givenStore>['store']): Promise<number> {
  const page = { limit: 500, from: null, until: null, forward: true }
  return (await store.read.outplans.list(customerId, page)).length
}

describe('a damaged database', () => {
  /** As a process leaves it that was killed: part of it is in the file, part in the -wal. */
  async function givenKilled() {
    const { store, file } = givenStore()
    await addOutplans(store, 200)
    await store.close()
    const { store: again } = givenStore({ file })
    await addOutplans(again, 20)
    return imageOf(file)
  }

  test('is refused with exit code 65, says how to restore, and is not touched', async () => {
    const file = await givenKilled()
    const pages = readFileSync(file).length / pageByteCount
    spoilPages(file, Math.floor(pages / 2), 3)
    const before = [bytesOf(file), bytesOf(`${file}-wal`)]
    const error = startErrorOf(() => openDatabase({ file, create: false }))
    expect(error.exitCode).toBe(65)
    expect(error.message).toContain(`The database ${file} is damaged: `)
    expect(error.message).toContain('dialgraph restore <file>')
    expect([bytesOf(file), bytesOf(`${file}-wal`)]).toEqual(before)
  })

  test('is told from one that was killed and is sound', async () => {
    const file = await givenKilled()
    const { store } = givenStore({ file, create: false })
    expect(await countOutplans(store)).toBe(220)
  })

  test('is found on whichever page the damage is', async () => {
    const file = await givenKilled()
    const client = connectTo(file)
    client.pragma('wal_checkpoint(TRUNCATE)')
    client.close()
    const pages = readFileSync(file).length / pageByteCount
    for (let page = 1; page <= pages; page++) {
      const image = imageOf(file)
      spoilPages(image, page)
      expect({ page, ...startErrorOf(() => openDatabase({ file: image, create: false })) }).toMatchObject({
        page,
        exitCode: 65,
      })
    }
  })

  test('is refused when its end is missing', async () => {
    const { store, file } = givenStore()
    await addOutplans(store, 200)
    await store.close()
    truncateSync(file, readFileSync(file).length / 2)
    expect(startErrorOf(() => openDatabase({ file, create: false })).exitCode).toBe(65)
  })

  test('whose first page is spoilt is refused with exit code 65', () => {
    const file = givenFile()
    openDatabase({ file, create: true }).close()
    const bytes = readFileSync(file)
    writeFileSync(file, bytes.fill(0xff, 100, 4096))
    expect(startErrorOf(() => openDatabase({ file, create: false }))).toMatchObject({
      exitCode: 65,
      message: expect.stringContaining('damaged'),
    })
  })
})
