import fs, { cpSync, existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { basename, dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/store/sqlite/database.ts'
import { bytesOf, startErrorOf } from './files.ts'
import { compactNow, effects, givenBackup, look, restore, spoil } from './restored.ts'
import { givenFile } from './support.ts'

/** Calls back before each change of a name in a folder, whoever makes it, for as long as something runs. */
async function watchNames<Result>(before: () => void, run: () => Promise<Result>): Promise<Result> {
  const { renameSync, linkSync, rmSync, writeFileSync } = fs
  const watched = <Change extends (...args: never[]) => unknown>(change: Change) =>
    ((...args: Parameters<Change>) => {
      before()
      return change(...args)
    }) as Change
  Object.assign(fs, {
    ...{ renameSync: watched(renameSync), linkSync: watched(linkSync) },
    ...{ rmSync: watched(rmSync), writeFileSync: watched(writeFileSync) },
  })
  syncBuiltinESMExports()
  try {
    return await run()
  } finally {
    Object.assign(fs, { renameSync, linkSync, rmSync, writeFileSync })
    syncBuiltinESMExports()
  }
}

describe('a restore in the place of a database that cannot be read', () => {
  test.each([
    ['damaged', spoil],
    ['no database any more', (file: string) => writeFileSync(file, 'overwritten')],
    ['cut off', (file: string) => truncateSync(file, 0)],
  ])('which is %s keeps it as it was found', async (_how, damage) => {
    const { file, from } = await givenBackup()
    damage(file)
    const before = [bytesOf(file), bytesOf(`${file}-wal`)]
    const { keptAs } = await restore({ from, file })
    expect([bytesOf(`${keptAs}`), bytesOf(`${keptAs}-wal`)]).toEqual(before)
    expect(look(file).outplans).toBe(10)
  })

  test('which is gone keeps what is left, and does not take it for a part of the new one', async () => {
    const { file, from } = await givenBackup()
    const alone = givenFile()
    cpSync(`${file}-wal`, `${alone}-wal`)
    const { keptAs } = await restore({ from, file: alone })
    expect(bytesOf(`${keptAs}-wal`)).toBe(bytesOf(`${file}-wal`))
    expect(look(alone).outplans).toBe(10)
  })
})

describe('a restore that is killed', () => {
  /** The folder of a database before each change of a name in it, and after the last, as a process that dies leaves it. */
  async function foldersOf(file: string, from: string): Promise<string[]> {
    const folders: string[] = []
    const keep = () => {
      const folder = dirname(givenFile())
      cpSync(dirname(file), folder, { recursive: true, filter: (path) => !/-shm$|-engine/.test(path) })
      folders.push(folder)
    }
    await watchNames(keep, () => restore({ from, file }))
    keep()
    return folders.map((folder) => `${folder}/${basename(file)}`)
  }

  test('leaves the one database or the other, each as a whole', async () => {
    const { file, from } = await givenBackup()
    const found = (await foldersOf(file, from)).map((image) => {
      openDatabase({ file: image, create: false }).close()
      const { outplans, engine } = look(image)
      return `${outplans} ${engine.halt_cause}`
    })
    expect(found.length).toBeGreaterThan(4)
    expect(new Set(found)).toEqual(new Set(['15 null', '10 RESTORED']))
    expect(found.at(-1)).toBe('10 RESTORED')
  })

  test('in the place of a damaged one leaves the new one, or what is refused and can be restored', async () => {
    const { file, from } = await givenBackup()
    spoil(file)
    const before = [bytesOf(file), bytesOf(`${file}-wal`)]
    const images = await foldersOf(file, from)
    let restored = 0
    for (const image of images) {
      const isOld = existsSync(image) && bytesOf(image) === before[0]
      if (!isOld) {
        const kept = `${image}.before-restore-${compactNow()}`
        expect([bytesOf(kept), bytesOf(`${kept}-wal`)]).toEqual(before)
      }
      if (existsSync(image) && readFileSync(image).toString('latin1').startsWith('SQLite') && !isOld) {
        openDatabase({ file: image, create: false }).close()
        restored++
      } else {
        expect(startErrorOf(() => openDatabase({ file: image, create: true })).exitCode).toBe(65)
        effects.jump(1000)
        await restore({ from, file: image })
        effects.jump(-1000)
      }
      expect(look(image)).toMatchObject({ outplans: 10, engine: { halt_cause: 'RESTORED' } })
    }
    expect(images.length).toBeGreaterThan(6)
    expect(restored).toBeGreaterThan(0)
    expect(restored).toBeLessThan(images.length)
  })
})
