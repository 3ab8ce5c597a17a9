import { chmodSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createApp } from '../../src/app/app.ts'
import { silentLog } from '../../src/kernel/log.ts'
import { createSimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import { type BackupOptions, backUpDatabase } from '../../src/store/sqlite/backup.ts'
import { migrateDatabase } from '../../src/store/sqlite/database.ts'
import { addOutplans, bytesOf, filesBeside, rootPageOf, spoilPages } from './files.ts'
import { connectTo, givenFile, givenStore } from './support.ts'

/** A database that was used, and is still open. */
async function givenUsed() {
  const effects = createSimulatedEffects()
  const { store, file } = givenStore({ effects })
  const options = { defaultCountry: null, callDurationMaxMs: 3_600_000, concurrentCallsMax: 0 }
  await createApp(store, effects, silentLog, options)
  await addOutplans(store, 100)
  return { store, file, target: givenFile() }
}

function countOutplans(file: string): unknown {
  const client = connectTo(file, true)
  try {
    return client.prepare('select count(*) from outplan').pluck().get()
  } finally {
    client.close()
  }
}

/** Backs up, and says how that ended, and that nothing was left behind. */
async function failureOf(options: BackupOptions) {
  const before = filesBeside(options.target)
  const error = await backUpDatabase(options).then(
    () => null,
    (thrown: unknown) => thrown,
  )
  expect(filesBeside(options.target)).toEqual(before)
  return error
}

describe('a backup', () => {
  test('has what was committed, what stands in the -wal included, in one file', async () => {
    const { file, target } = await givenUsed()
    const { bytes } = await backUpDatabase({ file, target })
    expect(filesBeside(target)).toEqual(['dialgraph.sqlite'])
    expect(bytes).toBe(statSync(target).size)
    expect(countOutplans(target)).toBe(100)
    // It can be read where nothing can be written.
    const client = connectTo(target, true)
    expect(client.pragma('journal_mode', { simple: true })).toBe('delete')
    client.close()
    expect(filesBeside(target)).toEqual(['dialgraph.sqlite'])
  })

  test('is of one moment, although the database is written meanwhile', async () => {
    const { store, file, target } = await givenUsed()
    await addOutplans(store, 4000)
    let writes = 0
    const onProgress = (share: number) => {
      if (share < 1) writes++
      addOutplans(store, 50)
    }
    await backUpDatabase({ file, target, onProgress })
    expect(writes).toBeGreaterThan(0)
    expect(countOutplans(target)).toBe(4100)
    await store.close()
    expect(countOutplans(file)).toBeGreaterThan(4100)
  })

  test('leaves the database as it is, and nothing beside it, when that is not in use', async () => {
    const { store, file, target } = await givenUsed()
    await store.close()
    const before = [bytesOf(file), ...filesBeside(file)]
    await backUpDatabase({ file, target })
    expect([bytesOf(file), ...filesBeside(file)]).toEqual(before)
  })

  test('may be read by whoever may read the database, and by nobody else', async () => {
    const { file, target } = await givenUsed()
    chmodSync(file, 0o640)
    await backUpDatabase({ file, target })
    expect(statSync(target).mode & 0o777).toBe(0o640)
  })

  test('does not replace a file, unless it is told to', async () => {
    const { file, target } = await givenUsed()
    writeFileSync(target, 'the backup of yesterday')
    expect(await failureOf({ file, target })).toMatchObject({
      exitCode: 64,
      message: expect.stringContaining('--force'),
    })
    expect(statSync(target).size).toBe('the backup of yesterday'.length)
    await backUpDatabase({ file, target, force: true })
    expect(countOutplans(target)).toBe(100)
  })

  test('does not replace a file that somebody makes meanwhile', async () => {
    const { file, target } = await givenUsed()
    const onProgress = () => writeFileSync(target, 'made meanwhile')
    await expect(backUpDatabase({ file, target, onProgress })).rejects.toMatchObject({ exitCode: 64 })
    expect(filesBeside(target)).toEqual(['dialgraph.sqlite'])
    expect(statSync(target).size).toBe('made meanwhile'.length)
  })

  test('is refused where it cannot be', async () => {
    const { file, target } = await givenUsed()
    await expect(backUpDatabase({ file, target: `${target}-folder/backup` })).rejects.toMatchObject({ exitCode: 64 })
    expect(await failureOf({ file, target: file, force: true })).toMatchObject({ exitCode: 64 })
    symlinkSync(file, target)
    expect(await failureOf({ file, target, force: true })).toMatchObject({ exitCode: 64 })
    rmSync(target)
    mkdirSync(target)
    expect(await failureOf({ file, target, force: true })).toMatchObject({ exitCode: 64 })
  })

  test('does not replace a database that is in use', async () => {
    const { file } = await givenUsed()
    const { file: target } = await givenUsed()
    expect(await failureOf({ file, target, force: true })).toMatchObject({ exitCode: 64 })
    expect(countOutplans(target)).toBe(100)
  })
})

describe('a backup that fails leaves nothing behind', () => {
  test('of a mistyped name', async () => {
    const file = givenFile()
    const error = await failureOf({ file, target: givenFile() })
    expect(error).toMatchObject({ exitCode: 78, message: expect.stringContaining('There is no database') })
  })

  test('of a damaged database', async () => {
    const { store, file, target } = await givenUsed()
    await store.close()
    const client = connectTo(file, true)
    const root = rootPageOf(client, 'outplan')
    client.close()
    spoilPages(file, root)
    expect(await failureOf({ file, target })).toMatchObject({
      exitCode: 65,
      message: expect.stringContaining('damaged'),
    })
  })

  test('of a database whose rows refer to none', async () => {
    const { store, file, target } = await givenUsed()
    await store.close()
    const client = connectTo(file)
    client.pragma('foreign_keys = off')
    client.exec("insert into queue_agent values ('customer', 'none', 'none', 0)")
    client.close()
    expect(await failureOf({ file, target })).toMatchObject({
      exitCode: 65,
      message: expect.stringContaining('refers'),
    })
  })

  test('of a database that was never used', async () => {
    const file = givenFile()
    migrateDatabase({ file, create: true })
    expect(await failureOf({ file, target: givenFile() })).toMatchObject({ exitCode: 65 })
  })

  test('that is ended', async () => {
    const { file, target } = await givenUsed()
    const ended = new AbortController()
    const onProgress = () => ended.abort()
    expect(await failureOf({ file, target, onProgress, signal: ended.signal })).toMatchObject({ exitCode: 75 })
    await backUpDatabase({ file, target, onProgress, signal: new AbortController().signal })
  })

  test('beside a program that writes faster than it can be copied', async () => {
    const { store, file, target } = await givenUsed()
    await addOutplans(store, 3000)
    const wal = connectTo(file)
    wal.pragma('wal_autocheckpoint = 0')
    wal.exec('create table bulk (data blob)')
    const onProgress = () => wal.exec('insert into bulk values (zeroblob(30000000))')
    expect(await failureOf({ file, target, onProgress })).toMatchObject({ exitCode: 75 })
    wal.close()
  })
})
