import { existsSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import type Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { StorageFailure } from '../../src/kernel/errors.ts'
import { createSimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import type { Store } from '../../src/store/contract/store.ts'
import { takeEngineLock } from '../../src/store/sqlite/lock.ts'
import { addOutplans, bytesOf, pageByteCount } from './files.ts'
import { anOutdial, anOutplan, connectTo, customerId, givenStore } from './support.ts'

const mebibyte = 1024 * 1024
const walBytesMax = 64 * mebibyte

/** Frames in the -wal, and how many of them are in the file as well. */
function walOf(file: string) {
  const client = connectTo(file, true)
  const { log, checkpointed } = client.prepare('pragma wal_checkpoint(noop)').get() as Record<string, number>
  client.close()
  return { log, checkpointed, bytes: statSync(`${file}-wal`).size }
}

/** One transaction that adds about 4 MiB to the -wal. */
async function addMuch(store: Store): Promise<void> {
  await store.transact('ALL', async (tx) => {
    for (let i = 0; i < 400; i++) await tx.outdials.insert(anOutdial({ data: 'd'.repeat(10_000) }))
  })
}

describe('what is committed', () => {
  test('is copied from the -wal into the file within a second, once', async () => {
    const effects = createSimulatedEffects()
    const { store, file } = givenStore({ effects })
    await addOutplans(store, 10)
    const before = walOf(file)
    expect(before.log).toBeGreaterThan(before.checkpointed ?? 0)
    await effects.advance(999)
    expect(walOf(file)).toEqual(before)
    await effects.advance(1)
    expect(walOf(file)).toEqual({ ...before, checkpointed: before.log })
  })

  test('does not keep a simulated world from coming to rest', async () => {
    const effects = createSimulatedEffects()
    const { store } = givenStore({ effects })
    await addOutplans(store, 10)
    const startedAt = effects.monotonic()
    await effects.run()
    expect(effects.monotonic()).toBe(startedAt)
  })

  test('is copied between two transactions, not within one', async () => {
    const effects = createSimulatedEffects()
    const { store, file } = givenStore({ effects })
    await addOutplans(store, 10)
    let before = walOf(file)
    await store.transact('ALL', async (tx) => {
      await effects.advance(2000)
      before = walOf(file)
      await tx.outdials.insert(anOutdial())
    })
    expect(before.checkpointed).toBeLessThan(before.log ?? 0)
    await effects.settle()
    const after = walOf(file)
    expect(after.log).toBeGreaterThan(before.log ?? 0)
    expect(after.checkpointed).toBe(after.log)
  })
})

describe('a burst of writes', () => {
  test('leaves the -wal short, with nobody beside it', async () => {
    const { store, file } = givenStore()
    for (let i = 0; i < 20; i++) await addMuch(store)
    expect(statSync(file).size).toBeGreaterThan(walBytesMax)
    expect(statSync(`${file}-wal`).size).toBeLessThan(16 * mebibyte)
  })

  test('leaves the -wal under 64 MiB beside readers who overlap without a pause', async () => {
    const simulated = createSimulatedEffects()
    let next = () => {}
    const yieldToLoop = async () => next()
    const { store, file } = givenStore({ effects: { ...simulated, yieldToLoop } })
    let [reading, resting] = [connectTo(file, true), connectTo(file, true)]
    /** One begins before the other ends: at no moment is there no reader. */
    next = () => {
      resting.exec('begin')
      resting.prepare('select count(*) from outplan').get()
      if (reading.inTransaction) reading.exec('rollback')
      ;[reading, resting] = [resting, reading]
    }
    let most = 0
    for (let i = 0; i < 20; i++) {
      next()
      await addMuch(store)
      most = Math.max(most, statSync(`${file}-wal`).size)
    }
    for (const reader of [reading, resting]) reader.close()
    expect(most).toBeGreaterThan(8 * mebibyte)
    expect(most).toBeLessThan(walBytesMax)
  })

  test('waits for a reader who never ends, tells of it after 5 s, and goes on after him', async () => {
    const simulated = createSimulatedEffects()
    let clockMs = 0
    const yieldToLoop = async () => {
      clockMs += 1000
    }
    const effects = { ...simulated, monotonic: () => clockMs, yieldToLoop }
    const { store, file } = givenStore({ effects })
    const reader = connectTo(file, true)
    reader.exec('begin')
    reader.prepare('select count(*) from outplan').get()
    let added = 0
    const burst = async () => {
      for (let i = 0; i < 40; i++) {
        await addMuch(store)
        added++
      }
    }
    const error = await burst().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(StorageFailure)
    expect(error).toMatchObject({ kind: 'BUSY' })
    expect(clockMs).toBeGreaterThanOrEqual(5000)
    expect(added).toBeGreaterThan(5)
    expect(statSync(`${file}-wal`).size).toBeGreaterThan(32 * mebibyte)
    expect(statSync(`${file}-wal`).size).toBeLessThan(walBytesMax)

    reader.close()
    await addMuch(store)
    expect(statSync(`${file}-wal`).size).toBeLessThan(16 * mebibyte)
  })
})

/** A database in use, of which something stands in the -wal alone and something in the file. */
async function givenWatched() {
  const effects = createSimulatedEffects()
  const broken: StorageFailure[] = []
  const { store, file } = givenStore({ effects, onBroken: (failure) => broken.push(failure) })
  const write = () => addOutplans(store, 20)
  /** Until what was written is looked at, and copied into the file. */
  const lookAround = () => effects.advance(1000)
  await write()
  await lookAround()
  await write()
  expect(broken).toEqual([])
  return { store, file, broken, write, lookAround }
}

/** What is told of a database that can no longer be relied on. */
const unfit = (message: RegExp) => [{ kind: 'BROKEN', message: expect.stringMatching(message) }]

const takings: readonly (readonly [string, RegExp, (file: string) => void])[] = [
  ['whose file was moved', /moved, replaced or removed/, (file) => renameSync(file, `${file}.old`)],
  ['whose file was removed', /moved, replaced or removed/, (file) => rmSync(file)],
  ['whose -wal was removed', /moved, replaced or removed/, (file) => rmSync(`${file}-wal`)],
  [
    'whose file was replaced',
    /moved, replaced or removed/,
    (file) => {
      writeFileSync(`${file}.new`, '')
      renameSync(`${file}.new`, file)
    },
  ],
  ['whose -wal was cut to nothing', /-wal was cut to 0 bytes/, (file) => truncateSync(`${file}-wal`)],
  [
    'whose -wal lost its last page',
    /-wal was cut to \d+ bytes/,
    (file) => truncateSync(`${file}-wal`, statSync(`${file}-wal`).size - pageByteCount),
  ],
  ['whose file was cut to nothing', /sqlite was cut to 0 bytes/, (file) => truncateSync(file)],
  [
    'whose file lost its last page',
    /sqlite was cut to \d+ bytes/,
    (file) => truncateSync(file, statSync(file).size - pageByteCount),
  ],
]

describe('a database', () => {
  test.each(takings)('%s is told of by the next commit, which fails', async (_how, message, take) => {
    const { store, file, broken, write } = await givenWatched()
    take(file)
    // It writes little enough to need nothing of what was taken away.
    const error = await store
      .transact('ALL', (tx) => tx.outplans.insert(anOutplan()))
      .catch((thrown: unknown) => thrown)
    expect(broken).toMatchObject(unfit(message))
    expect(error).toBe(broken[0])
    await expect(write()).rejects.toBe(broken[0])
  })

  test.each(takings)('%s is told of although nothing more is written', async (_how, message, take) => {
    const { file, broken, lookAround } = await givenWatched()
    take(file)
    const before = existsSync(file) ? bytesOf(file) : ''
    await lookAround()
    expect(broken).toMatchObject(unfit(message))
    // Not even what is left of the -wal is copied.
    expect(existsSync(file) ? bytesOf(file) : '').toBe(before)
  })

  test.each(takings)('%s is not taken for a damaged one by who reads it', async (_how, message, take) => {
    const { store, file, broken } = await givenWatched()
    take(file)
    const list = { limit: 100, from: null, until: null, forward: true }
    // What is in memory may still be read.
    await store.read.outplans.list(customerId, list).catch(() => null)
    if (broken.length > 0) expect(broken).toMatchObject(unfit(message))
    await store.close().catch(() => null)
  })

  test.each(takings)(
    '%s is told of by the end of the program, which leaves it as it is',
    async (_how, message, take) => {
      const { store, file, broken } = await givenWatched()
      take(file)
      const before = existsSync(file) ? bytesOf(file) : ''
      await expect(store.close()).rejects.toMatchObject({ kind: 'BROKEN' })
      expect(broken).toMatchObject(unfit(message))
      expect(existsSync(file) ? bytesOf(file) : '').toBe(before)
    },
  )

  test('whose -shm was removed is told of within a second', async () => {
    const { file, broken, lookAround } = await givenWatched()
    rmSync(`${file}-shm`)
    await lookAround()
    expect(broken).toMatchObject(unfit(/-shm was moved, replaced or removed/))
  })

  test.each([
    ['removed', (file: string) => rmSync(file)],
    [
      'replaced',
      (file: string) => {
        writeFileSync(`${file}.new`, '')
        renameSync(`${file}.new`, file)
      },
    ],
  ])('whose engine holds a lock of which the file was %s is told of within a second', async (_how, take) => {
    const { file, broken, write, lookAround } = await givenWatched()
    const lock = takeEngineLock(file)
    await write()
    await lookAround()
    expect(broken).toEqual([])
    take(`${file}-engine`)
    await write()
    await lookAround()
    expect(broken).toMatchObject(unfit(/-engine was moved, .* while it was locked: another process could place calls/))
    lock.release()
  })

  test.each<readonly [string, (client: Database.Database) => void]>([
    ['vacuumed', (client) => client.exec('vacuum')],
    ['relieved of its -wal', (client) => client.pragma('wal_checkpoint(truncate)')],
    [
      'vacuumed and relieved of its -wal',
      (client) => {
        client.exec('vacuum')
        client.pragma('wal_checkpoint(truncate)')
      },
    ],
  ])('that another program has %s goes on', async (_how, change) => {
    const { file, store, broken, write, lookAround } = await givenWatched()
    await addMuch(store)
    const other = connectTo(file)
    other.exec('delete from outdial')
    const before = statSync(file).size
    change(other)
    other.close()
    for (let i = 0; i < 3; i++) {
      await write()
      await lookAround()
    }
    expect(broken).toEqual([])
    if (_how.startsWith('vacuumed')) expect(statSync(file).size).toBeLessThan(before)
  })
})
