import { execFileSync, spawnSync } from 'node:child_process'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { RequestError, StorageFailure } from '../../src/kernel/errors.ts'
import type { DatabaseOptions } from '../../src/store/sqlite/database.ts'
import { builtFile } from '../support/built.ts'
import { addOutplans, bytesOf, imageOf, pageByteCount, rootPageOf, spoilPages } from './files.ts'
import { anOutplan, connectTo, customerId, givenStore } from './support.ts'

/** A store whose disk fails at the statements that begin like this, once that is asked for. */
function givenFailing(statement: string, code: string, options: Partial<DatabaseOptions> = {}) {
  const disk = { fails: false }
  const broken: StorageFailure[] = []
  const seen: string[] = []
  const { store, file } = givenStore({
    onStatement(sql) {
      seen.push(sql)
      if (disk.fails && sql.startsWith(statement)) throw new Database.SqliteError('disk I/O error', code)
    },
    onBroken: (failure) => {
      broken.push(failure)
      seen.push('broken')
    },
    ...options,
  })
  return { store, file, disk, broken, seen }
}

const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error: unknown) => error,
  )
const read = (store: ReturnType<typeof givenStore>['store']) =>
  store.read.outplans.list(customerId, { limit: 10, from: null, until: null, forward: true })

describe('a disk that fails', () => {
  test.each([
    ['at the sync of a commit', 'COMMIT', 'SQLITE_IOERR_FSYNC'],
    ['as a page is read', 'insert into "outplan"', 'SQLITE_IOERR_READ'],
    ['at the beginning', 'BEGIN', 'SQLITE_IOERR_LOCK'],
    ['as it is written, although there is room', 'insert into "outplan"', 'SQLITE_IOERR_WRITE'],
  ])('%s is told of at once, and nothing is done with the database after it', async (_when, statement, code) => {
    const { store, disk, broken, seen } = givenFailing(statement, code)
    disk.fails = true
    seen.length = 0
    const error = await caught(store.transact('ALL', (tx) => tx.outplans.insert(anOutplan())))
    expect(broken).toEqual([error])
    expect(error).toBeInstanceOf(StorageFailure)
    expect(error).toMatchObject({ kind: 'BROKEN', message: expect.stringContaining(code) })
    // Nothing ran between the failure and its being told.
    expect(seen.indexOf('broken')).toBe(seen.findIndex((sql) => sql.startsWith(statement)) + 1)

    disk.fails = false
    seen.length = 0
    expect(await caught(store.transact('ALL', (tx) => tx.outplans.insert(anOutplan())))).toBe(error)
    expect(await caught(read(store))).toBe(error)
    expect(seen).toEqual([])
    expect(broken).toHaveLength(1)
  })

  test('under a reader is told of as well', async () => {
    const { store, disk, broken } = givenFailing('select', 'SQLITE_IOERR_READ')
    disk.fails = true
    expect(await caught(read(store))).toMatchObject({ kind: 'BROKEN' })
    expect(broken).toHaveLength(1)
  })

  test('leaves the -wal to the next process, which finds there what was committed', async () => {
    const { store, file, disk } = givenFailing('COMMIT', 'SQLITE_IOERR_FSYNC')
    await addOutplans(store, 3)
    disk.fails = true
    await caught(addOutplans(store, 3))
    const before = [bytesOf(file), bytesOf(`${file}-wal`)]
    await store.close()
    expect([bytesOf(file), bytesOf(`${file}-wal`)]).toEqual(before)
    const { store: next } = givenStore({ file })
    expect(await read(next)).toHaveLength(3)
  })

  test('is told from one that is sound: its -wal is in the file after the end', async () => {
    const { store, file } = givenStore()
    await addOutplans(store, 3)
    await store.close()
    expect(await read(givenStore({ file: imageOf(file) }).store)).toHaveLength(3)
    expect(() => bytesOf(`${file}-wal`)).toThrow('ENOENT')
  })
})

describe('a disk without room', () => {
  test('does not break the store: the caller is told, and the next one may have more luck', async () => {
    const { store, disk, broken } = givenFailing('insert into "outplan"', 'SQLITE_FULL')
    disk.fails = true
    const error = await caught(addOutplans(store, 1))
    expect(error).toBeInstanceOf(RequestError)
    expect(error).toMatchObject({ code: 'STORAGE_FULL' })
    disk.fails = false
    await addOutplans(store, 1)
    expect(broken).toEqual([])
    expect(await read(store)).toHaveLength(1)
  })

  test('is told from one that fails also where it is a limit on the size of files', () => {
    const file = imageOf(givenStore().file)
    const limited = `ulimit -f 2000; exec "$0" "$1" "$2"`
    const { stdout, stderr } = spawnSync(
      'bash',
      ['-c', limited, process.execPath, builtFile('test/store/fill-database.ts'), file],
      {
        encoding: 'utf8',
      },
    )
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual({ error: 'STORAGE_FULL', broken: 0, isReadable: true })
  })
})

describe('a disk that has become read-only', () => {
  test.for(['SQLITE_IOERR_WRITE', 'SQLITE_IOERR_TRUNCATE', 'SQLITE_IOERR_SHMSIZE'])(
    'does not break the store that meets it by %s: it goes on once the disk can be written again',
    async (code, { skip }) => {
      const { store, file, disk, broken } = givenFailing('insert into "outplan"', code)
      const folder = dirname(file)
      try {
        // What SQLite has open stays as it is; whoever opens a file from now on meets a disk that cannot be written.
        execFileSync('mount', ['--bind', folder, folder], { stdio: 'ignore' })
        execFileSync('mount', ['-o', 'remount,bind,ro', folder], { stdio: 'ignore' })
      } catch {
        return skip('this machine does not let a test mount')
      }
      disk.fails = true
      const error = await caught(addOutplans(store, 1)).finally(() => execFileSync('umount', [folder]))
      expect(error).toBeInstanceOf(RequestError)
      expect(error).toMatchObject({ code: 'STORAGE_FULL', message: expect.stringContaining('read-only') })
      disk.fails = false
      await addOutplans(store, 1)
      expect(broken).toEqual([])
    },
  )
})

describe('damage that is met at work', () => {
  async function givenSpoilt() {
    const broken: StorageFailure[] = []
    const { store, file } = givenStore()
    await addOutplans(store, 200)
    await store.close()
    const { store: again } = givenStore({ file, onBroken: (failure) => broken.push(failure) })
    const client = connectTo(file, true)
    const root = rootPageOf(client, 'outplan')
    client.close()
    spoilPages(file, root)
    return { store: again, broken }
  }

  test('ends a read, and is told with what to do', async () => {
    const { store, broken } = await givenSpoilt()
    const error = await caught(store.read.outplans.byId(customerId, 'none').then(() => read(store)))
    expect(broken).toEqual([error])
    expect(error).toMatchObject({ kind: 'DAMAGED', message: expect.stringContaining('dialgraph restore') })
  })

  test('ends a transaction', async () => {
    const { store, broken } = await givenSpoilt()
    expect(await caught(addOutplans(store, 1))).toMatchObject({ kind: 'DAMAGED' })
    expect(broken).toHaveLength(1)
  })
})

test('a reader who meets a lock is told that the database is busy', async () => {
  const { store, disk, broken } = givenFailing('select', 'SQLITE_BUSY_RECOVERY')
  disk.fails = true
  expect(await caught(read(store))).toMatchObject({ name: 'StorageFailure', kind: 'BUSY' })
  expect(broken).toEqual([])
})

test.each(['SQLITE_CANTOPEN', 'SQLITE_NOMEM', 'SQLITE_READONLY'])('%s is not taken for a lock', async (code) => {
  const { store, disk, broken } = givenFailing('insert into "outplan"', code)
  disk.fails = true
  expect(await caught(addOutplans(store, 1))).toMatchObject({ name: 'StorageFailure', kind: 'FAILED' })
  expect(broken).toEqual([])
})

test('a lock that another process holds breaks nothing', async () => {
  const { store, disk, broken } = givenFailing('BEGIN', 'SQLITE_BUSY', {})
  disk.fails = true
  setImmediate(() => {
    disk.fails = false
  })
  await addOutplans(store, 1)
  expect(broken).toEqual([])
})

test('pages of the tests are as long as those of the program', () => {
  const { file } = givenStore()
  const client = connectTo(file, true)
  expect(client.pragma('page_size', { simple: true })).toBe(pageByteCount)
  client.close()
})
