import { describe, expect, test } from 'vitest'
import type { Campaign } from '../../src/domain/campaign.ts'
import type { CursorValue } from '../../src/kernel/cursor.ts'
import type { CampaignListFilter } from '../../src/store/contract/campaigns.ts'
import type { PageWindow } from '../../src/store/contract/pages.ts'
import type { Store } from '../../src/store/contract/store.ts'
import { aCampaign, addCampaign, customerId, givenStore } from './support.ts'

const orders = {
  'oldest first': { by: 'CREATED_AT', descending: false },
  'newest first': { by: 'CREATED_AT', descending: true },
  'by name': { by: 'NAME', descending: false },
  'by name, backwards': { by: 'NAME', descending: true },
} as const
type OrderName = keyof typeof orders
const orderNames = Object.keys(orders) as OrderName[]

/** Names as they are added: some come twice in lower case, so that the position has to decide. */
const added = ['delta', 'Alpha', 'echo', 'alpha', 'Bravo', 'ECHO', 'charlie']
const sorted: Record<OrderName, readonly string[]> = {
  'oldest first': added,
  'newest first': [...added].reverse(),
  'by name': ['Alpha', 'alpha', 'Bravo', 'charlie', 'delta', 'echo', 'ECHO'],
  'by name, backwards': ['ECHO', 'echo', 'delta', 'charlie', 'Bravo', 'alpha', 'Alpha'],
}

const everything: CampaignListFilter = {
  customerId,
  status: null,
  type: null,
  nameContains: null,
  outdialId: null,
  queueId: null,
  includeDeleted: false,
}

async function given() {
  const { store } = givenStore()
  for (const name of added) await addCampaign(store, aCampaign(name))
  return store
}

function keyOf(order: OrderName, row: Campaign): CursorValue[] {
  return order.startsWith('by name') ? [row.name.toLowerCase(), row.position] : [row.position]
}

const whole: PageWindow = { limit: 100, from: null, until: null, forward: true }

function read(
  store: Store,
  order: OrderName,
  window: Partial<PageWindow> = {},
  filter: Partial<CampaignListFilter> = {},
) {
  return store.read.campaigns.list({ ...everything, ...filter }, orders[order], { ...whole, ...window })
}

/** Goes through a list in pages; `between` happens after each page. */
async function readAll(
  store: Store,
  order: OrderName,
  forward: boolean,
  between: (page: number) => Promise<unknown> = async () => {},
) {
  const names: string[] = []
  let from: CursorValue[] | null = null
  for (let page = 0; ; page++) {
    const rows: Campaign[] = await read(store, order, { limit: 2, from, forward })
    const last = rows.at(forward ? -1 : 0)
    if (last === undefined) return names
    if (forward) names.push(...rows.map((row) => row.name))
    else names.unshift(...rows.map((row) => row.name))
    from = keyOf(order, last)
    await between(page)
  }
}

describe.each(orderNames)('a list %s', (order) => {
  test('comes in its order', async () => {
    const store = await given()
    expect((await read(store, order)).map((row) => row.name)).toEqual(sorted[order])
  })

  test('comes whole in pages, forward and back', async () => {
    const store = await given()
    expect(await readAll(store, order, true)).toEqual(sorted[order])
    expect(await readAll(store, order, false)).toEqual(sorted[order])
  })

  test('neither repeats nor skips a row when others are added between pages', async () => {
    for (const forward of [true, false]) {
      const store = await given()
      // One before and one after every place in the list by name, newest by position.
      const between = async (page: number) => {
        await addCampaign(store, aCampaign(`aaa ${page}`))
        await addCampaign(store, aCampaign(`zzz ${page}`))
      }
      const seen: string[] = []
      let from: CursorValue[] | null = null
      for (let page = 0; page < 20; page++) {
        const rows: Campaign[] = await read(store, order, { limit: 2, from, forward })
        const last = rows.at(forward ? -1 : 0)
        if (last === undefined) break
        seen.push(...rows.map((row) => row.name))
        from = keyOf(order, last)
        if (page < 5) await between(page)
      }
      const old = seen.filter((name) => added.includes(name))
      expect(old.toSorted()).toEqual(added.toSorted())
      expect(new Set(seen).size).toBe(seen.length)
    }
  })

  test('stops before the row that it is read until, in both directions', async () => {
    const store = await given()
    const rows = await read(store, order)
    const key = (i: number) => keyOf(order, rows[i] as Campaign)
    const names = async (window: Partial<PageWindow>) => (await read(store, order, window)).map((row) => row.name)
    expect(await names({ from: key(1), until: key(5) })).toEqual(sorted[order].slice(2, 5))
    expect(await names({ from: key(5), until: key(1), forward: false })).toEqual(sorted[order].slice(2, 5))
    expect(await names({ until: key(3) })).toEqual(sorted[order].slice(0, 3))
    expect(await names({ until: key(3), forward: false })).toEqual(sorted[order].slice(4))
    expect(await names({ from: key(3), until: key(3) })).toEqual([])
  })

  test('is read from its end when it is read back', async () => {
    const store = await given()
    const names = (await read(store, order, { limit: 3, forward: false })).map((row) => row.name)
    expect(names).toEqual(sorted[order].slice(-3))
  })

  test('goes on from the place of a row that is gone', async () => {
    const store = await given()
    const rows = await read(store, order)
    const third = rows[2] as Campaign
    await store.transact('ALL', (tx) => tx.campaigns.update({ ...third, deletedAt: 1 }))
    const following = await read(store, order, { from: keyOf(order, third) })
    expect(following.map((row) => row.name)).toEqual(sorted[order].slice(3))
  })
})

describe('a filtered list', () => {
  test('has the pages of the rows that are left', async () => {
    const store = await given()
    const pages = (from: CursorValue[] | null) => read(store, 'by name', { limit: 2, from }, { nameContains: 'a' })
    const first = await pages(null)
    expect(first.map((row) => row.name)).toEqual(['Alpha', 'alpha'])
    const second = await pages(keyOf('by name', first[1] as Campaign))
    expect(second.map((row) => row.name)).toEqual(['Bravo', 'charlie'])
  })

  test('counts what it would list', async () => {
    const store = await given()
    const count = (filter: Partial<CampaignListFilter>) => store.read.campaigns.count({ ...everything, ...filter })
    expect(await count({})).toBe(7)
    expect(await count({ nameContains: 'a' })).toBe(5)
    expect(await count({ nameContains: 'no such name' })).toBe(0)
    expect(await count({ customerId: 'other' })).toBe(0)
  })

  test('shows deleted rows only when asked', async () => {
    const store = await given()
    const [first] = await read(store, 'oldest first')
    await store.transact('ALL', (tx) => tx.campaigns.update({ ...(first as Campaign), deletedAt: 1 }))
    expect((await read(store, 'oldest first')).map((row) => row.name)).toEqual(added.slice(1))
    expect((await read(store, 'oldest first', {}, { includeDeleted: true })).map((row) => row.name)).toEqual(added)
  })
})
