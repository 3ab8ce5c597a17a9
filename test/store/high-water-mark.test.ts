import { readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createSimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import { mayBeSameFile } from '../../src/store/sqlite/file-identity.ts'
import { createHighWaterMark, findGap } from '../../src/store/sqlite/high-water-mark.ts'
import { readEngineLockNote, takeEngineLock } from '../../src/store/sqlite/lock.ts'
import { givenFile } from './support.ts'

const state = { installationId: 'installation', epoch: 'epoch', term: 3, position: 100 }
const stored = { ...state, cursorKey: 'key', prunedThrough: 0 }

/** A mark that is kept, and whether a database that has come to a place is behind it. */
function givenMark() {
  const file = givenFile()
  writeFileSync(file, '')
  const effects = createSimulatedEffects()
  const mark = createHighWaterMark(file, effects)
  mark.create(state)
  mark.begin(state)
  const gapAt = (position: number, of: Partial<typeof stored> = {}) => {
    const installation = { ...stored, ...of, databaseFile: mark.fileIdentity }
    return findGap(file, { installation, position, fileIdentity: mark.fileIdentity })
  }
  return { file, effects, mark, gapAt, path: `${file}-engine.mark` }
}

const behind = (reached: number) => expect.stringContaining(`had reached ${reached} in term 3`)
const missing = expect.stringContaining('is missing or cannot be read')

describe('a high-water mark', () => {
  test('shows that a database has lost its latest entry, and no more than that', () => {
    const { mark, gapAt } = givenMark()
    for (const position of [101, 102, 103, 250]) {
      mark.note(position)
      expect(gapAt(position - 1)).toEqual(behind(position))
      expect(gapAt(position)).toBe(null)
      expect(gapAt(position + 1)).toBe(null)
    }
    expect(gapAt(250, { term: 2 })).toEqual(behind(250))
    expect(gapAt(250, { term: 4 })).toBe(null)
    mark.close()
    expect(gapAt(249)).toEqual(behind(250))
  })

  test('does not go back', () => {
    const { mark, gapAt } = givenMark()
    mark.note(200)
    mark.note(150)
    expect(gapAt(199)).toEqual(behind(200))
  })

  test('is that of one installation, and of one epoch of it', () => {
    const { gapAt } = givenMark()
    expect(gapAt(100, { installationId: 'another' })).toEqual(missing)
    expect(gapAt(100, { epoch: 'another' })).toMatch(/Another state of this database was in use here/)
  })

  test('is read by the part that a power loss has spared', () => {
    const { mark, gapAt, path } = givenMark()
    for (const position of [101, 102]) mark.note(position)
    const bytes = readFileSync(path)
    const latest = bytes.lastIndexOf('"position":102') > 4096 ? 4096 : 0
    writeFileSync(path, Buffer.from(bytes).fill(0, latest, latest + 512))
    expect(gapAt(100)).toEqual(behind(101))
    expect(gapAt(101)).toBe(null)
    writeFileSync(path, Buffer.from(bytes).fill('9', latest + 90, latest + 91))
    expect(gapAt(100)).toEqual(behind(101))
    truncateSync(path, 0)
    expect(gapAt(100)).toEqual(missing)
  })

  test('is not longer than two pages, however long it is kept', () => {
    const { mark, path } = givenMark()
    for (let i = 0; i < 1000; i++) mark.note(100 + i)
    expect(statSync(path).size).toBeLessThanOrEqual(8192)
  })

  test('that was removed meanwhile is there again within a second of the next entry', async () => {
    const { effects, mark, gapAt, path } = givenMark()
    rmSync(path)
    await effects.advance(1000)
    mark.note(101)
    expect(gapAt(100)).toEqual(behind(101))
  })

  test('is kept in the file of the lock as well: once a second, and at the end', async () => {
    const { file, effects, mark, gapAt, path } = givenMark()
    const lock = takeEngineLock(file)
    await effects.advance(1000)
    mark.note(101)
    mark.note(102)
    expect(readEngineLockNote(file)).toContain('"position":101')
    rmSync(path)
    expect(gapAt(100)).toEqual(behind(101))
    mark.note(103)
    mark.close()
    lock.release()
    rmSync(path, { force: true })
    expect(gapAt(102)).toEqual(behind(103))
    expect(gapAt(103)).toBe(null)
  })

  test('of an earlier state that was put back with its file is outdone by that in the file of the lock', () => {
    const { file, mark, gapAt, path } = givenMark()
    const earlier = readFileSync(path)
    const lock = takeEngineLock(file)
    mark.note(200)
    mark.close()
    lock.release()
    writeFileSync(path, earlier)
    expect(gapAt(100)).toEqual(behind(200))
  })

  test('that cannot be written stays behind, and nothing fails for it', () => {
    const { mark, gapAt } = givenMark()
    const { note } = mark
    mark.close()
    expect(() => note(300)).not.toThrow()
    expect(gapAt(100)).toBe(null)
  })
})

describe('two identities', () => {
  test.each([
    ['1:2', '1:2', true],
    ['1:2', '1:3', false],
    ['1:2', '3:2', false],
    ['1:?', '1:2', true],
    ['1:?', '3:2', false],
    ['?:?', '1:2', true],
    ['1:2', '?:?', true],
  ])('%s and %s may be those of one file: %s', (one, other, expected) => {
    expect(mayBeSameFile(one, other)).toBe(expected)
    expect(mayBeSameFile(other, one)).toBe(expected)
  })
})
