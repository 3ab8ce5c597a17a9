import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { migrateDatabase, openDatabase } from '../../src/store/sqlite/database.ts'
import { takeEngineLock } from '../../src/store/sqlite/lock.ts'
import { ownMigrationsFolder } from '../../src/store/sqlite/migrations.ts'
import { bytesOf, imageOf, startErrorOf } from './files.ts'
import { givenLockHolder } from './lock-holders.ts'
import { anOutplan, connectTo, customerId, givenFile, givenStore } from './support.ts'

/** The program's migrations, and two more. */
function givenMigrations(): string {
  const folder = `${dirname(givenFile())}/migrations`
  cpSync(ownMigrationsFolder, folder, { recursive: true })
  const path = `${folder}/meta/_journal.json`
  const journal = JSON.parse(readFileSync(path, 'utf8'))
  const last = journal.entries.at(-1)
  const further = ['one', 'two'].map((name, i) => {
    const table = `extra_${name}`
    const statements = [
      `create table ${table} (name text not null) strict`,
      `create index ${table}_name on ${table} (name)`,
      `insert into ${table} values ('first')`,
      ...(name === 'two' ? ['drop index extra_one_name'] : []),
    ]
    writeFileSync(`${folder}/${table}.sql`, statements.join(';\n--> statement-breakpoint\n'))
    return { ...last, idx: last.idx + 1 + i, when: last.when + 1 + i, tag: table }
  })
  writeFileSync(path, JSON.stringify({ ...journal, entries: [...journal.entries, ...further] }))
  return folder
}

describe('migrations', () => {
  test('are applied once', () => {
    const file = givenFile()
    expect(migrateDatabase({ file, create: true }).applied).toBeGreaterThan(0)
    expect(migrateDatabase({ file, create: false })).toEqual({ applied: 0 })
  })

  test('keep what the file holds when it is opened again', async () => {
    const { store, file } = givenStore()
    const outplan = await store.transact('ALL', (tx) => tx.outplans.insert(anOutplan()))
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

  test('leave the schema of before or that of after, wherever the process dies', () => {
    const folder = givenMigrations()
    const file = givenFile()
    openDatabase({ file, create: true }).close()
    const images: string[] = []
    const onStatement = (sql: string) => void images.push(imageOf(file), sql)
    openDatabase({ file, create: false, migrationsFolder: folder, onStatement }).close()
    images.push(imageOf(file), 'the end')

    const found: string[] = []
    for (let i = 0; i < images.length; i += 2) {
      const client = connectTo(images[i] as string)
      const names = client
        .prepare("select name from sqlite_schema where name like 'extra%' order by name")
        .pluck()
        .all()
      expect(client.pragma('integrity_check', { simple: true })).toBe('ok')
      client.close()
      found.push(names.join())
      const opened = openDatabase({ file: images[i] as string, create: false, migrationsFolder: folder })
      expect(opened.writer.prepare('select count(*) from extra_two').pluck().get()).toBe(1)
      opened.close()
    }
    const after = 'extra_one,extra_two,extra_two_name'
    expect(new Set(found)).toEqual(new Set(['', after]))
    expect(found.indexOf(after)).toBe(found.length - 1)
    expect(found.length).toBeGreaterThan(6)
  })

  test('of a database that is new are all there or none, wherever the process dies', () => {
    const file = givenFile()
    const images: string[] = []
    openDatabase({ file, create: true, onStatement: () => images.push(imageOf(file)) }).close()
    const tables = images.map((image) => {
      const client = connectTo(image)
      const count = client
        .prepare("select count(*) from sqlite_schema where tbl_name <> '__drizzle_migrations'")
        .pluck()
        .get()
      client.close()
      openDatabase({ file: image, create: true }).close()
      return count
    })
    expect(tables.length).toBeGreaterThan(50)
    expect(new Set(tables)).toEqual(new Set([0]))
  })

  test('are not applied under a process that places calls, and are once it has ended', async () => {
    const file = givenFile()
    openDatabase({ file, create: true }).close()
    const migrationsFolder = givenMigrations()
    const holder = await givenLockHolder(file)
    const before = bytesOf(file)
    const error = startErrorOf(() => openDatabase({ file, create: false, migrationsFolder }))
    expect(error).toMatchObject({ exitCode: 75, message: expect.stringContaining(`process ${holder.pid}`) })
    expect(bytesOf(file)).toBe(before)
    // Without a migration to apply there is nothing against it.
    openDatabase({ file, create: false }).close()
    await holder.kill()
    expect(migrateDatabase({ file, create: false, migrationsFolder })).toEqual({ applied: 2 })
  })

  test('are applied by the process that places the calls itself', () => {
    const file = givenFile()
    openDatabase({ file, create: true }).close()
    const lock = takeEngineLock(file)
    expect(migrateDatabase({ file, create: false, migrationsFolder: givenMigrations() })).toEqual({ applied: 2 })
    expect(() => takeEngineLock(file)).toThrow(`process ${process.pid}`)
    lock.release()
  })

  test('of the same age are not taken for newer ones', () => {
    const file = givenFile()
    migrateDatabase({ file, create: true })
    expect(() => openDatabase({ file, create: false }).close()).not.toThrow()
  })
})
