import { describe, expect, test } from 'vitest'
import type { LogEntry, LogFilter, NewLogEntry } from '../../src/domain/transition.ts'
import { matchesFilter } from '../../src/domain/transition.ts'
import { connectTo, customerId, givenStore, madeAt } from './support.ts'

const base = { customerId, at: madeAt }
const callStep = (campaigncallId: string, version: number, campaignId = 'campaign'): NewLogEntry => ({
  ...base,
  kind: 'CAMPAIGNCALL',
  campaignId,
  campaigncallId,
  version,
  event: version === 1 ? 'CREATED' : 'ENDED',
  from: version === 1 ? null : 'DIALING',
  to: version === 1 ? 'DIALING' : 'DONE',
  agentId: null,
  result: version === 1 ? null : 'FAIL',
  hangupReason: version === 1 ? null : 'BUSY',
  inferred: version > 1,
})
const campaignStep = (campaignId: string, cause = 'Run by a test.'): NewLogEntry => ({
  ...base,
  kind: 'CAMPAIGN',
  campaignId,
  from: 'STOP',
  to: 'RUN',
  cause,
})
const agentStep = (agentId: string, queueIds: string[]): NewLogEntry => ({
  ...base,
  kind: 'AGENT',
  agentId,
  from: 'AWAY',
  to: 'AVAILABLE',
  queueIds,
})
const notice: NewLogEntry = { ...base, kind: 'NOTICE', topic: 'OUTDIAL', subjectId: 'outdial' }
const of = (entry: NewLogEntry, customer: string): NewLogEntry => ({ ...entry, customerId: customer })

const entries: NewLogEntry[] = [
  campaignStep('campaign'),
  callStep('call', 1),
  agentStep('agent', ['queue', 'other queue']),
  notice,
  callStep('call', 2),
  callStep('other call', 1, 'other campaign'),
  agentStep('other agent', []),
  of(callStep('foreign call', 1), 'other'),
  of(agentStep('foreign agent', ['queue']), 'other'),
  campaignStep('other campaign'),
]

async function givenLog() {
  const { store, file } = givenStore()
  await store.transact((tx) => tx.transitions.append(entries))
  const all = await store.read.transitions.after(0, 100)
  const matching = (filter: Partial<LogFilter>, after = 0, limit = 100) =>
    store.read.transitions.matchingAfter({ customerId, kind: 'CAMPAIGNCALL', ...filter }, after, limit)
  return { store, file, all, matching }
}

/** Without their places, as they were given. */
const given = (log: readonly LogEntry[]) => log.map(({ position: _, ...entry }) => entry)

describe('the log', () => {
  test('gives back every kind of entry as it was appended, in order', async () => {
    const { all } = await givenLog()
    expect(given(all)).toEqual(entries)
  })

  test('has positions that rise strictly, also over transactions', async () => {
    const { store } = await givenLog()
    const last = await store.transact((tx) => tx.transitions.append([notice, notice]))
    const positions = (await store.read.transitions.after(0, 100)).map((entry) => entry.position)
    expect(positions).toEqual([...new Set(positions)].sort((a, b) => a - b))
    expect(positions.at(-1)).toBe(last)
    expect(await store.read.transitions.latestPosition()).toBe(last)
  })

  test('is at position 0 while nothing was appended', async () => {
    const { store } = givenStore()
    expect(await store.read.transitions.latestPosition()).toBe(0)
  })

  test('keeps nothing of a transaction that was undone', async () => {
    const { store, all } = await givenLog()
    const failed = store.transact(async (tx) => {
      await tx.transitions.append([notice])
      throw new Error('undone')
    })
    await expect(failed).rejects.toThrow('undone')
    expect(await store.read.transitions.after(0, 100)).toEqual(all)
  })

  test('never gives a position twice, although the newest entries were taken away', async () => {
    const { store, file, all } = await givenLog()
    const client = connectTo(file)
    client.exec('delete from transition')
    client.close()
    const position = await store.transact((tx) => tx.transitions.append([notice]))
    expect(position).toBeGreaterThan(all.at(-1)?.position ?? 0)
  })

  test('is read from a place on, so many at once', async () => {
    const { store, all } = await givenLog()
    expect(await store.read.transitions.after(all[3]?.position ?? 0, 2)).toEqual(all.slice(4, 6))
    expect(await store.read.transitions.after(all.at(-1)?.position ?? 0, 2)).toEqual([])
  })

  test('refuses a version of a call that it has already', async () => {
    const { store } = await givenLog()
    await expect(store.transact((tx) => tx.transitions.append([callStep('call', 2)]))).rejects.toThrow('UNIQUE')
    await expect(store.transact((tx) => tx.transitions.append([callStep('call', 3)]))).resolves.toBeGreaterThan(0)
    await expect(
      store.transact((tx) => tx.transitions.append([of(callStep('call', 2), 'other')])),
    ).resolves.toBeGreaterThan(0)
  })
})

describe('a filter of the log', () => {
  const filters: Partial<LogFilter>[] = [
    {},
    { kind: 'CAMPAIGN' },
    { kind: 'AGENT' },
    { campaignId: 'campaign' },
    { kind: 'CAMPAIGN', campaignId: 'other campaign' },
    { kind: 'AGENT', queueId: 'queue' },
    { kind: 'AGENT', queueId: 'other queue' },
    { kind: 'AGENT', queueId: 'no such queue' },
    { campaignId: 'no such campaign' },
    { customerId: 'other' },
    { customerId: 'other', kind: 'AGENT', queueId: 'queue' },
    { customerId: 'other', campaignId: 'other campaign' },
  ]

  test.each(filters)('%o lets through the same in SQL as in memory', async (filter) => {
    const { all, matching } = await givenLog()
    const expected = all.filter((entry) => matchesFilter(entry, { customerId, kind: 'CAMPAIGNCALL', ...filter }))
    expect(await matching(filter)).toEqual(expected)
  })

  test('lets through what it names, and nothing of another customer', async () => {
    const { matching } = await givenLog()
    expect(given(await matching({ campaignId: 'campaign' }))).toEqual([entries[1], entries[4]])
    expect(given(await matching({ kind: 'AGENT', queueId: 'queue' }))).toEqual([entries[2]])
    expect(given(await matching({ kind: 'AGENT' }))).toEqual([entries[2], entries[6]])
  })

  test('goes on from a place, so many at once', async () => {
    const { matching } = await givenLog()
    const [first, second] = await matching({})
    expect(await matching({}, first?.position, 1)).toEqual([second])
  })

  test('takes ids in any case', async () => {
    const { matching } = await givenLog()
    expect(await matching({ campaignId: 'CAMPAIGN' })).toHaveLength(2)
    expect(await matching({ kind: 'AGENT', queueId: 'QUEUE' })).toHaveLength(1)
  })
})

describe('the history', () => {
  test('of calls comes call by call, each by its version', async () => {
    const { store } = await givenLog()
    const histories = await store.read.transitions.ofCalls(customerId, ['other call', 'call', 'foreign call', 'none'])
    expect(histories.map(given)).toEqual([[entries[5]], [entries[1], entries[4]], [], []])
  })

  test('of a campaign is the latest of it, oldest first', async () => {
    const { store } = await givenLog()
    const more = ['a', 'b', 'c'].map((cause) => campaignStep('campaign', cause))
    await store.transact((tx) => tx.transitions.append(more))
    expect(given(await store.read.transitions.latestOfCampaign(customerId, 'campaign', 2))).toEqual(more.slice(1))
    expect(given(await store.read.transitions.latestOfCampaign(customerId, 'campaign', 50))).toEqual([
      entries[0],
      ...more,
    ])
    expect(await store.read.transitions.latestOfCampaign('other', 'campaign', 50)).toEqual([])
  })
})
