import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Effects } from '../../src/kernel/effects.ts'
import type { StorageFailure } from '../../src/kernel/errors.ts'
import { limits } from '../../src/limits.ts'
import { createGuard } from '../../src/store/sqlite/guard.ts'
import { createReadingThreads, stillWantedFunction } from '../../src/store/sqlite/reading-threads.ts'
import { manualTimers } from '../server/manual-timers.ts'
import { addOneOfEach, customerId, givenStore } from './support.ts'

/** Threads over a database that is there, whose timers are the test's. */
async function given() {
  const { store, file } = givenStore()
  await addOneOfEach(store)
  const { timer, elapse, count } = manualTimers()
  const broken: StorageFailure[] = []
  const guard = createGuard(file, (failure) => broken.push(failure))
  const threads = createReadingThreads({ file, guard, effects: { timer } as Effects })
  onTestFinished(() => threads.stop())
  return { file, threads, elapse, timers: count, broken }
}

/** Goes through so many rows that no test lives to see its end, and asks now and then whether it is still wanted. */
const endless = `with recursive number(n) as (select 1 union all select n + 1 from number)
  select n from number where (n & 4095 <> 0 or ${stillWantedFunction}()) and n < 0`

const timedOut = { name: 'RequestError', code: 'TIMED_OUT' }

describe('a read in a thread', () => {
  test('gives the rows as their values', async () => {
    const { threads, timers } = await given()
    expect(await threads.all('select name, position from campaign where customer_id = ?', [customerId])).toEqual([
      ['Campaign', 1],
    ])
    expect(timers()).toBe(0)
  })

  test('sees what was committed before it', async () => {
    const { store } = givenStore({ readingThreads: true })
    await addOneOfEach(store)
    const listing = { customerId, nameContains: 'out', includeDeleted: false }
    expect(await store.read.outdials.count(listing)).toBe(1)
    const page = { limit: 10, from: null, until: null, forward: true }
    expect(await store.read.outdials.list(listing, page)).toMatchObject([{ name: 'Outdial', targetsIdle: 0 }])
    expect(await store.read.outdials.list({ ...listing, nameContains: 'nobody' }, page)).toEqual([])
  })

  test('is given up after two seconds, and its thread ends there and then', async () => {
    const { threads, elapse } = await given()
    const read = threads.all(endless, [])
    elapse(limits.readingWithinMs - 1)
    const outcome = await Promise.race([read.catch(() => 'over'), threads.all('select 1', []).then(() => 'goes on')])
    expect(outcome).toBe('goes on')
    elapse(1)
    await expect(read).rejects.toMatchObject(timedOut)
    // Settles when every thread has ended, which one inside SQLite does only when that comes back.
    await threads.stop()
  })

  test('is replaced by others as soon as it is given up', async () => {
    const { threads, elapse } = await given()
    const reads = [threads.all(endless, []), threads.all(endless, [])]
    const next = threads.all('select 2', [])
    elapse(limits.readingWithinMs)
    for (const read of reads) await expect(read).rejects.toMatchObject(timedOut)
    expect(await next).toEqual([[2]])
  })

  test('that waits for a thread waits for ten seconds at most', async () => {
    const { threads, elapse, timers } = await given()
    const reads: Promise<unknown>[] = []
    for (let i = 0; i < 12; i++) reads.push(threads.all(endless, []).catch((error: unknown) => error))
    for (let ms = 0; ms < limits.operationWithinMs; ms += limits.readingWithinMs) elapse(limits.readingWithinMs)
    for (const outcome of await Promise.all(reads)) expect(outcome).toMatchObject(timedOut)
    expect(timers()).toBe(0)
  })

  test('that is not carried out says why, and the next one is', async () => {
    const { threads, broken } = await given()
    await expect(threads.all('select a from nowhere', [])).rejects.toThrow('no such table: nowhere')
    await expect(threads.all("insert into customer values ('a', 1)", [])).rejects.toThrow()
    expect(broken).toEqual([])
    expect(await threads.all('select 3', [])).toEqual([[3]])
  })

  test('that finds the file damaged says so to the whole program', async () => {
    const { store, file } = givenStore()
    await addOneOfEach(store)
    await store.close()
    const bytes = readFileSync(file)
    writeFileSync(file, bytes.fill(0xff, 200))
    const broken: StorageFailure[] = []
    const guard = createGuard(file, (failure) => broken.push(failure))
    const threads = createReadingThreads({ file, guard, effects: { timer: manualTimers().timer } })
    onTestFinished(() => threads.stop())
    await expect(threads.all('select * from campaign', [])).rejects.toMatchObject({ kind: 'DAMAGED' })
    expect(broken).toMatchObject([{ kind: 'DAMAGED' }])
  })

  test('is refused once the store is closed, also where it waits', async () => {
    const { threads } = await given()
    const reads = [1, 2, 3].map(() => threads.all(endless, []).catch(({ message }: Error) => message))
    await threads.stop()
    expect(await Promise.all(reads)).toEqual(Array(3).fill('the store is closed'))
    await expect(threads.all('select 4', [])).rejects.toThrow('the store is closed')
  })
})
