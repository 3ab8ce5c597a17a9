import { execFileSync } from 'node:child_process'
import { linkSync, mkdirSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { backUpDatabase } from '../../src/store/sqlite/backup.ts'
import { openDatabase } from '../../src/store/sqlite/database.ts'
import { takeEngineLock } from '../../src/store/sqlite/lock.ts'
import { startErrorOf } from './files.ts'
import { givenFile } from './support.ts'

function givenDatabase(): string {
  const file = givenFile()
  openDatabase({ file, create: true }).close()
  return file
}

const open = (file: string) => openDatabase({ file, create: false }).close()

/** Shows a file or a folder at another path. False where nothing may be mounted. */
function mount(from: string, to: string): boolean {
  try {
    execFileSync('mount', ['--bind', from, to], { stdio: 'ignore' })
  } catch {
    return false
  }
  onTestFinished(() => void execFileSync('umount', [to]))
  return true
}

describe('a database is refused', () => {
  test('under either of two names, and used again once it has one', async () => {
    const file = givenDatabase()
    const link = `${file}.link`
    linkSync(file, link)
    for (const [name, other] of [
      [file, link],
      [link, file],
    ] as const) {
      const error = startErrorOf(() => open(name))
      expect(error).toMatchObject({ exitCode: 78, message: expect.stringContaining(`a hard link: ${other}.`) })
      // A copy would lack what stands in the -wal of the other name.
      await expect(backUpDatabase({ file: name, target: givenFile() })).rejects.toMatchObject({ exitCode: 78 })
    }
    unlinkSync(link)
    open(file)
  })

  test('whose second name is in another folder, which cannot be found', () => {
    const file = givenDatabase()
    linkSync(file, givenFile())
    expect(startErrorOf(() => open(file)).message).toContain('a hard link: in another folder.')
  })

  test('that is mounted as a file by itself', ({ skip }) => {
    const file = givenDatabase()
    const other = `${dirname(givenFile())}/a database.sqlite`
    writeFileSync(other, '')
    if (!mount(file, other)) return skip('this machine does not let a test mount')
    expect(startErrorOf(() => open(other))).toMatchObject({
      exitCode: 78,
      message: expect.stringContaining('mounted as a single file'),
    })
    open(file)
  })
})

describe('a database is used', () => {
  test('by a symbolic link', () => {
    const link = givenFile()
    symlinkSync(givenDatabase(), link)
    open(link)
  })

  test.each(['before-restore-20260105T090000.000Z', 'restoring-look'])(
    'that has a second name, .%s, of a restore that was interrupted, but not by that name',
    (suffix) => {
      const file = givenDatabase()
      linkSync(file, `${file}.${suffix}`)
      open(file)
      expect(startErrorOf(() => open(`${file}.${suffix}`)).exitCode).toBe(78)
      linkSync(file, givenFile())
      expect(startErrorOf(() => open(file)).exitCode).toBe(78)
    },
  )

  test('by whichever path its folder is mounted at, with one lock for all of them', ({ skip }) => {
    const file = givenDatabase()
    const folder = `${dirname(givenFile())}/mounted`
    mkdirSync(folder)
    if (!mount(dirname(file), folder)) return skip('this machine does not let a test mount')
    const other = `${folder}/${basename(file)}`
    open(other)
    const lock = takeEngineLock(file)
    expect(() => takeEngineLock(other)).toThrow('Another process places the calls')
    lock.release()
    takeEngineLock(other).release()
  })
})
