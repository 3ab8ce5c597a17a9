import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { StartError } from '../../src/kernel/errors.ts'
import { migrateDatabase, openDatabase } from '../../src/store/database.ts'
import { anOutplan, connectTo, customerId, givenFile, givenStore } from './support.ts'

/** What opening a file ends with. */
function startErrorOf(open: () => unknown): StartError {
  try {
    open()
  } catch (error) {
    if (error instanceof StartError) return error
    throw error
  }
  throw new Error('the file was opened')
}

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

  test('wait for a lock for 20 ms, since waiting blocks everybody', () => {
    const database = openDatabase({ file: givenFile(), create: true })
    expect(database.writer.pragma('busy_timeout', { simple: true })).toBe(20)
    database.close()
  })
})

describe('migrations', () => {
  test('are applied once', () => {
    const file = givenFile()
    expect(migrateDatabase({ file, create: true }).applied).toBeGreaterThan(0)
    expect(migrateDatabase({ file, create: false })).toEqual({ applied: 0 })
  })

  test('keep what the file holds when it is opened again', async () => {
    const { store, file } = givenStore()
    const outplan = await store.transact((tx) => tx.outplans.insert(anOutplan()))
    await store.close()
    const { store: reopened } = givenStore({ file, create: false })
    expect(await reopened.read.outplans.byId(customerId, outplan.id)).toEqual(outplan)
  })

  test('of a newer program are refused with exit code 65, and the file is left as it is', () => {
    const file = givenFile()
    migrateDatabase({ file, create: true })
    const client = connectTo(file)
    const newest = client.prepare('select max(created_at) as at from __drizzle_migrations').get() as { at: number }
    const add = client.prepare("insert into __drizzle_migrations (hash, created_at) values ('newer', ?)")
    add.run(newest.at + 1)
    const error = startErrorOf(() => openDatabase({ file, create: false }))
    expect(error).toMatchObject({ exitCode: 65, message: expect.stringContaining('newer version') })
    expect(startErrorOf(() => migrateDatabase({ file, create: true })).exitCode).toBe(65)
    expect(client.prepare('select max(created_at) as at from __drizzle_migrations').get()).toEqual({
      at: newest.at + 1,
    })
    client.close()
  })

  test('of the same age are not taken for newer ones', () => {
    const file = givenFile()
    migrateDatabase({ file, create: true })
    expect(() => openDatabase({ file, create: false }).close()).not.toThrow()
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

  test('of a damaged database is refused with exit code 65', () => {
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
