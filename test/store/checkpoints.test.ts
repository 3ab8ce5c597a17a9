import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { StorageFailure } from '../../src/kernel/errors.ts'
import { createSimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import type { Store } from '../../src/store/store.ts'
import { addOutplans } from './files.ts'
import { anOutdial, connectTo, givenStore } from './support.ts'

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
  await store.transact(async (tx) => {
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
    await store.transact(async (tx) => {
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
    const breathe = async () => next()
    const { store, file } = givenStore({ effects: { ...simulated, breathe } })
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
    const breathe = async () => {
      clockMs += 1000
    }
    const effects = { ...simulated, monotonic: () => clockMs, breathe }
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

describe('a file that is taken away under the program', () => {
  async function givenWatched() {
    const effects = createSimulatedEffects()
    const broken: StorageFailure[] = []
    const { store, file } = givenStore({ effects, onBroken: (failure) => broken.push(failure) })
    /** A write, and the look around that follows it. */
    const work = async () => {
      await addOutplans(store, 1)
      await effects.advance(1000)
    }
    await work()
    expect(broken).toEqual([])
    return { file, broken, work }
  }

  test.each([
    ['moved', (file: string) => renameSync(file, `${file}.old`)],
    ['removed', (file: string) => rmSync(file)],
    ['robbed of its -wal', (file: string) => rmSync(`${file}-wal`)],
    [
      'replaced',
      (file: string) => {
        writeFileSync(`${file}.new`, '')
        renameSync(`${file}.new`, file)
      },
    ],
  ])('and is %s is told of, since what is written now would be lost', async (_how, take) => {
    const { file, broken, work } = await givenWatched()
    take(file)
    await work()
    expect(broken).toMatchObject([{ kind: 'BROKEN', message: expect.stringContaining('moved, replaced or removed') }])
    await expect(work()).rejects.toBe(broken[0])
  })
})
