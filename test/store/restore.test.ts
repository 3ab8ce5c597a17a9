import { mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { localViewer } from '../../src/app/viewer.ts'
import { openDatabase } from '../../src/store/sqlite/database.ts'
import type { RestoreOptions } from '../../src/store/sqlite/restore.ts'
import { bytesOf, filesBeside } from './files.ts'
import { givenLockHolder } from './lock-holders.ts'
import { compactNow, effects, givenBackup, look, openApp, restore, spoil } from './restored.ts'
import { connectTo, givenFile, givenStore } from './support.ts'

describe('a restore', () => {
  test('puts the backup in the place of the database, and keeps that with what stood in its -wal', async () => {
    const { file, from } = await givenBackup()
    const { keptAs, bytes, knownUntil } = await restore({ from, file })
    expect(keptAs).toBe(`${file}.before-restore-${compactNow()}`)
    expect({ bytes, knownUntil }).toEqual({ bytes: readFileSync(file).length, knownUntil: effects.now() })
    expect(look(file).outplans).toBe(10)
    expect(look(keptAs as string).outplans).toBe(15)
    expect(filesBeside(file).filter((name) => !name.startsWith('dialgraph.sqlite-'))).toEqual([
      'dialgraph.sqlite',
      basename(keptAs as string),
    ])
  })

  test('keeps who the installation is, and makes its cursors new', async () => {
    const { file, from, cursor } = await givenBackup()
    const before = look(from)
    await restore({ from, file })
    const after = look(file)
    expect(after.identity).toEqual(before.identity)
    expect(after.epoch).not.toBe(before.epoch)

    const app = await openApp(givenStore({ file, create: false, effects }).store)
    const list = (after: string) => app.transitions.campaigncallList(localViewer, { after, first: 10 })
    await expect(list(cursor)).rejects.toMatchObject({ code: 'BAD_CURSOR' })
    await expect(list(app.transitions.cursorOf(0))).resolves.toEqual([])
  })

  test('makes another epoch each time', async () => {
    const { file, from } = await givenBackup()
    const epochs = new Set([look(file).epoch])
    for (let i = 0; i < 3; i++) {
      await effects.advance(1000)
      await restore({ from, file })
      epochs.add(look(file).epoch)
    }
    expect(epochs.size).toBe(4)
  })

  test('leaves the engine halted until a person lets it go on, whatever the backup says', async () => {
    const { file, from } = await givenBackup()
    const client = connectTo(from)
    client.exec(
      "update engine set state = 'RUNNING', driver = 'simulator', started_at = 1, heartbeat_at = 2, carrier_available = 1, resume_asked_at = 3",
    )
    client.close()
    await restore({ from, file })
    expect(look(file).engine).toMatchObject({
      ...{
        state: 'HALTED',
        halt_cause: 'RESTORED',
        reason: expect.stringContaining('engineResume'),
        driver: 'simulator',
      },
      ...{ started_at: null, heartbeat_at: null, carrier_available: 0, resume_asked_at: null },
    })
    expect(look(file).engine.reason).toContain(new Date(effects.now()).toISOString())
  })

  test('makes a database where there was none, its folders included', async () => {
    const { from } = await givenBackup()
    const file = `${dirname(givenFile())}/far/away/dialgraph.sqlite`
    expect(await restore({ from, file })).toMatchObject({ keptAs: null })
    expect(look(file).outplans).toBe(10)
    openDatabase({ file, create: false }).close()
  })

  test('follows a symbolic link', async () => {
    const { file, from } = await givenBackup()
    const link = givenFile()
    symlinkSync(file, link)
    await restore({ from, file: link })
    expect(look(file).outplans).toBe(10)
    expect(bytesOf(link)).toBe(bytesOf(file))
  })

  test('takes a database that lies beside its -wal, as the kept one of a damaged database does', async () => {
    const { file, from } = await givenBackup()
    const other = givenFile()
    await restore({ from: file, file: other })
    expect(look(other).outplans).toBe(15)
    await restore({ from, file: other })
  })
})

describe('a restore is refused', () => {
  const refused = async (options: Omit<RestoreOptions, 'effects'>, exitCode: number, text: string) => {
    const before = [bytesOf(options.file), bytesOf(`${options.file}-wal`)]
    await expect(restore(options)).rejects.toMatchObject({ exitCode, message: expect.stringContaining(text) })
    expect([bytesOf(options.file), bytesOf(`${options.file}-wal`)]).toEqual(before)
    expect(filesBeside(options.file).filter((name) => name.includes('restor'))).toEqual([])
  }

  test('while an engine holds the lock of the database', async () => {
    const { file, from } = await givenBackup()
    const holder = await givenLockHolder(file)
    await refused({ from, file }, 75, `process ${holder.pid}`)
    await holder.kill()
    await restore({ from, file })
  })

  test('while a program that places no calls has the database open', async () => {
    const { file, from } = await givenBackup()
    const reader = connectTo(file, true)
    reader.prepare('select count(*) from outplan').get()
    await refused({ from, file }, 75, 'Another program')
    reader.close()
    await restore({ from, file })
  })

  test('while a program has the database open that is damaged', async () => {
    const { file, from } = await givenBackup()
    spoil(file)
    const reader = connectTo(file, true)
    reader.prepare('select count(*) from engine').get()
    await refused({ from, file }, 75, 'Another program')
    reader.close()
    await restore({ from, file })
  })

  test('of a file that is not there, a folder, or no database', async () => {
    const { file, from } = await givenBackup()
    await refused({ from: `${from}.gone`, file }, 65, 'There is no file')
    await refused({ from: dirname(from), file }, 65, 'There is no file')
    writeFileSync(from, 'name,phone\n'.repeat(1000))
    await refused({ from, file }, 65, 'is not a database')
  })

  test('of a damaged backup', async () => {
    const { file, from } = await givenBackup()
    spoil(from)
    await refused({ from, file }, 65, `${from} is damaged`)
    truncateSync(from, 5000)
    await refused({ from, file }, 65, from)
  })

  test('of a backup of a newer version, and of the database of another program', async () => {
    const { file, from } = await givenBackup()
    const client = connectTo(from)
    client.exec("insert into __drizzle_migrations (hash, created_at) values ('newer', 9999999999999)")
    client.close()
    await refused({ from, file }, 65, 'newer version')
    const foreign = givenFile()
    const other = connectTo(foreign)
    other.exec('create table bookmark (id integer primary key)')
    other.close()
    await refused({ from: foreign, file }, 65, 'another program')
  })

  test('from the database itself', async () => {
    const { file } = await givenBackup()
    const link = givenFile()
    symlinkSync(file, link)
    await refused({ from: link, file }, 64, 'from itself')
  })

  test('into a folder', async () => {
    const { from } = await givenBackup()
    const file = givenFile()
    mkdirSync(file)
    await expect(restore({ from, file })).rejects.toMatchObject({ exitCode: 78 })
  })
})
