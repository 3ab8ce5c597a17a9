import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { RequestError } from '../../src/kernel/errors.ts'
import { createSimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import type { Store, Transaction } from '../../src/store/contract/store.ts'
import { anOutplan, connectTo, customerId, givenStore } from './support.ts'

const yieldToLoop = () => new Promise<void>((resolve) => setImmediate(resolve))
const add = (tx: Transaction, name: string) => tx.outplans.insert(anOutplan({ name }))

/** Names of the outplans that are committed. */
async function names(store: Store): Promise<string[]> {
  const plans = await store.read.outplans.list(customerId, { limit: 100, from: null, until: null, forward: true })
  return plans.map((plan) => plan.name)
}

describe('transactions', () => {
  test('run one at a time, in the order of the calls, however long each takes', async () => {
    const { store } = givenStore()
    const steps: string[] = []
    const run = (name: string, turns: number) =>
      store.transact('ALL', async (tx) => {
        steps.push(`${name} begins`)
        for (let turn = 0; turn < turns; turn++) await yieldToLoop()
        await add(tx, name)
        steps.push(`${name} ends`)
        return name
      })
    expect(await Promise.all([run('a', 5), run('b', 0), run('c', 2)])).toEqual(['a', 'b', 'c'])
    expect(steps).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
    expect(await names(store)).toEqual(['a', 'b', 'c'])
  })

  test('undo everything when the callback throws, and the next one goes on', async () => {
    const { store } = givenStore()
    const failed = store.transact('ALL', async (tx) => {
      await add(tx, 'a')
      throw new Error('thought better of it')
    })
    const next = store.transact('ALL', (tx) => add(tx, 'b'))
    await expect(failed).rejects.toThrow('thought better of it')
    await next
    expect(await names(store)).toEqual(['b'])
  })

  test('undo everything when the commit itself is refused', async () => {
    let refuse = false
    const onStatement = (sql: string) => {
      if (refuse && sql === 'COMMIT') throw new Error('no commit')
    }
    const { store } = givenStore({ onStatement })
    refuse = true
    await expect(store.transact('ALL', (tx) => add(tx, 'a'))).rejects.toThrow('no commit')
    refuse = false
    await store.transact('ALL', (tx) => add(tx, 'b'))
    expect(await names(store)).toEqual(['b'])
  })

  test('say STORAGE_FULL, and no more, when the disk is full', async () => {
    const full = new Database.SqliteError('database or disk is full', 'SQLITE_FULL')
    const { store } = givenStore({
      onStatement: (sql) => {
        if (sql.startsWith('insert into "outplan"')) throw full
      },
    })
    const error = await store.transact('ALL', (tx) => add(tx, 'a')).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(RequestError)
    expect(error).toMatchObject({ code: 'STORAGE_FULL', message: expect.not.stringContaining('SQLITE') })
  })

  test('begin with the lock for writing, so that they never have to turn into writers', async () => {
    const statements: string[] = []
    const { store } = givenStore({ onStatement: (sql) => statements.push(sql) })
    statements.length = 0
    await store.transact('ALL', (tx) => add(tx, 'a'))
    expect(statements.map((sql) => sql.split(' ').slice(0, 2).join(' '))).toEqual([
      'BEGIN IMMEDIATE',
      'insert into',
      'COMMIT',
    ])
  })

  test('give the event loop a turn after each 5 ms', async () => {
    let clockMs = 0
    let yields = 0
    const effects = {
      ...createSimulatedEffects(),
      monotonic: () => clockMs,
      yieldToLoop: () => {
        yields++
        return yieldToLoop()
      },
    }
    const { store } = givenStore({ effects })
    const lasting = (ms: number) =>
      store.transact('ALL', async () => {
        clockMs += ms
      })
    await Promise.all([lasting(2), lasting(2), lasting(1)])
    expect(yields).toBe(0)
    await Promise.all([lasting(6), lasting(6), lasting(6)])
    expect(yields).toBe(2)
  })
})

describe('a transaction inside a transaction', () => {
  test('is refused, also where a helper begins it', async () => {
    const { store } = givenStore()
    const helper = async () => {
      await yieldToLoop()
      return store.transact('ALL', async () => 'inner')
    }
    await expect(store.transact('ALL', () => helper())).rejects.toThrow('no transaction inside a transaction')
    await expect(helper()).resolves.toBe('inner')
  })

  test('is refused although it is of another store', async () => {
    const [{ store }, { store: other }] = [givenStore(), givenStore()]
    const nested = store.transact('ALL', () => other.transact('ALL', async () => 'inner'))
    await expect(nested).rejects.toThrow('no transaction inside a transaction')
  })
})

describe('a tx after its end', () => {
  const kept = async (fail: boolean) => {
    const { store } = givenStore()
    let tx: Transaction | undefined
    const run = store.transact('ALL', async (own) => {
      tx = own
      await add(own, 'inside')
      if (fail) throw new Error('failed')
    })
    await run.catch(() => {})
    if (tx === undefined) throw new Error('the transaction never ran')
    return { store, tx }
  }

  test('throws when it is used, whether it was committed or not', async () => {
    for (const fail of [true, false]) {
      const { store, tx } = await kept(fail)
      expect(() => tx.outplans).toThrow('a transaction to be used before its end')
      expect(() => tx.savepoint).toThrow('a transaction to be used before its end')
      expect(await names(store)).toEqual(fail ? [] : ['inside'])
    }
  })
})

describe('a store', () => {
  test('shows its readers what is committed, and nothing else', async () => {
    const { store } = givenStore()
    await store.transact('ALL', async (tx) => {
      await add(tx, 'a')
      expect(await names(store)).toEqual([])
    })
    expect(await names(store)).toEqual(['a'])
  })

  test('lets a transaction see what it has written', async () => {
    const { store } = givenStore()
    await store.transact('ALL', async (tx) => {
      const { id } = await add(tx, 'a')
      expect(await tx.outplans.byId(customerId, id)).toMatchObject({ name: 'a' })
    })
  })

  test('refuses to write through its reader', async () => {
    const { store } = givenStore()
    await expect(store.read.outplans.insert(anOutplan())).rejects.toThrow('readonly')
    expect(await names(store)).toEqual([])
  })

  test('finishes what is under way before it closes, and refuses what comes later', async () => {
    const { store, file } = givenStore()
    const running = store.transact('ALL', async (tx) => {
      await yieldToLoop()
      return add(tx, 'a')
    })
    const waiting = store.transact('ALL', (tx) => add(tx, 'b'))
    await store.close()
    await Promise.all([running, waiting])
    expect(() => store.transact('ALL', async () => {})).toThrow('a store that is open')
    const { store: reopened } = givenStore({ file })
    expect(await names(reopened)).toEqual(['a', 'b'])
  })
})

describe("another connection's lock", () => {
  test('is waited for', async () => {
    const { store, file } = givenStore({ effects: createSimulatedEffects() })
    const other = connectTo(file)
    other.exec('begin immediate')
    let settled = false
    const transacted = store
      .transact('ALL', (tx) => add(tx, 'a'))
      .finally(() => {
        settled = true
      })
    for (let turn = 0; turn < 3; turn++) await yieldToLoop()
    expect(settled).toBe(false)
    other.exec('commit')
    other.close()
    await transacted
    expect(await names(store)).toEqual(['a'])
  })

  test('is given up on after 5 s', async () => {
    let clockMs = 0
    const monotonic = () => {
      clockMs += 1000
      return clockMs
    }
    const effects = { ...createSimulatedEffects(), monotonic }
    const { store, file } = givenStore({ effects })
    const other = connectTo(file)
    other.exec('begin immediate')
    await expect(store.transact('ALL', (tx) => add(tx, 'a'))).rejects.toMatchObject({
      ...{ name: 'StorageFailure', kind: 'BUSY', cause: { code: 'SQLITE_BUSY' } },
    })
    other.exec('commit')
    other.close()
    await store.transact('ALL', (tx) => add(tx, 'b'))
    expect(await names(store)).toEqual(['b'])
  })

  test('of a reader does not hold a transaction up', async () => {
    const { store, file } = givenStore()
    const other = connectTo(file, true)
    other.exec('begin')
    expect(other.prepare('select count(*) as total from outplan').get()).toEqual({ total: 0 })
    await store.transact('ALL', (tx) => add(tx, 'a'))
    expect(other.prepare('select count(*) as total from outplan').get()).toEqual({ total: 0 })
    other.close()
  })
})
