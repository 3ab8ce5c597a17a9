import { describe, expect, test } from 'vitest'
import { createSimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import type { Store, Transaction } from '../../src/store/contract/store.ts'
import { anOutplan, customerId, givenStore } from './support.ts'

const add = (tx: Transaction, name: string) => tx.outplans.insert(anOutplan({ name }))

async function names(store: Store): Promise<string[]> {
  const plans = await store.read.outplans.list(customerId, { limit: 100, from: null, until: null, forward: true })
  return plans.map((plan) => plan.name)
}

/** Settles when the test says so. */
function gate() {
  let open: () => void = () => {}
  let fail: (error: Error) => void = () => {}
  const opened = new Promise<void>((resolve, reject) => {
    open = resolve
    fail = reject
  })
  return { opened, open, fail }
}

describe('a part of a transaction', () => {
  test('that throws is undone alone, and its error is thrown', async () => {
    const { store } = givenStore()
    await store.transact('ALL', async (tx) => {
      await add(tx, 'before')
      const part = tx.savepoint(async () => {
        await add(tx, 'inside')
        throw new Error('one bad target')
      })
      await expect(part).rejects.toThrow('one bad target')
      await add(tx, 'after')
    })
    expect(await names(store)).toEqual(['before', 'after'])
  })

  test('that succeeds is kept, and its result is handed on', async () => {
    const { store } = givenStore()
    const name = await store.transact('ALL', (tx) => tx.savepoint(async () => (await add(tx, 'inside')).name))
    expect(name).toBe('inside')
    expect(await names(store)).toEqual(['inside'])
  })

  test('is undone with its transaction', async () => {
    const { store } = givenStore()
    const failed = store.transact('ALL', async (tx) => {
      await tx.savepoint(() => add(tx, 'inside'))
      throw new Error('failed later')
    })
    await expect(failed).rejects.toThrow('failed later')
    expect(await names(store)).toEqual([])
  })

  test('inside a part undoes only itself', async () => {
    const { store } = givenStore()
    await store.transact('ALL', (tx) =>
      tx.savepoint(async () => {
        await add(tx, 'outer')
        const inner = tx.savepoint(async () => {
          await add(tx, 'inner')
          throw new Error('inner failed')
        })
        await expect(inner).rejects.toThrow('inner failed')
      }),
    )
    expect(await names(store)).toEqual(['outer'])
  })
})

describe('a transaction that does not end', () => {
  const given = () => {
    const effects = createSimulatedEffects()
    return { effects, ...givenStore({ effects }) }
  }

  test('is rolled back after 5 s, and the next one is served', async () => {
    const { effects, store } = given()
    const stuck = store.transact('ALL', async (tx) => {
      await add(tx, 'stuck')
      await gate().opened
    })
    const outcome = stuck.then(
      () => 'committed',
      (error: Error) => error.message,
    )
    const next = store.transact('ALL', (tx) => add(tx, 'next'))
    await effects.advance(5000)
    expect(await outcome).toBe('a transaction was still open after 5000 ms')
    await next
    expect(await names(store)).toEqual(['next'])
  })

  test('is left alone until then', async () => {
    const { effects, store } = given()
    const { opened, open } = gate()
    const slow = store.transact('ALL', async (tx) => {
      await opened
      await add(tx, 'slow')
    })
    await effects.advance(4999)
    open()
    await slow
    await effects.advance(10_000)
    expect(await names(store)).toEqual(['slow'])
  })

  test('cannot write any more when it goes on', async () => {
    const { effects, store } = given()
    const { opened, open } = gate()
    let refusal: unknown = null
    const stuck = store.transact('ALL', async (tx) => {
      await opened
      try {
        await add(tx, 'late')
      } catch (error) {
        refusal = error
      }
    })
    const outcome = expect(stuck).rejects.toThrow('still open')
    await effects.advance(5000)
    open()
    await outcome
    await effects.settle()
    expect(refusal).toMatchObject({ message: 'a transaction to be used before its end' })
    expect(await names(store)).toEqual([])
  })

  test.each(['fails', 'ends'] as const)('and whose part %s later leaves the part of another alone', async (how) => {
    const { effects, store } = given()
    const [stuck, going] = [gate(), gate()]
    const expired = store.transact('ALL', (tx) => tx.savepoint(() => stuck.opened))
    expired.catch(() => {})
    await effects.advance(5000)
    const other = store.transact('ALL', (tx) =>
      tx.savepoint(async () => {
        await add(tx, 'inside')
        await going.opened
      }),
    )
    if (how === 'fails') stuck.fail(new Error('too late'))
    else stuck.open()
    await effects.settle()
    going.open()
    await other
    await expect(expired).rejects.toThrow('still open')
    expect(await names(store)).toEqual(['inside'])
  })
})
