import { describe, expect, test } from 'vitest'
import type { LogEntry, LogFilter, NewLogEntry } from '../../src/domain/transition.ts'
import { matchesFilter } from '../../src/domain/transition.ts'
import type { Store } from '../../src/store/contract/store.ts'
import { addOneOfEach, connectTo, customerId, givenStore, madeAt } from './support.ts'

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
  await store.transact('ALL', (tx) => tx.transitions.append(entries))
  const all = await allOf(store)
  const matching = async (filter: Partial<LogFilter>, after = 0, limit = 100) =>
    (await store.read.transitions.matchingAfter({ customerId, kind: 'CAMPAIGNCALL', ...filter }, after, limit)) ?? []
  return { store, file, all, matching }
}

async function allOf({ read }: Store): Promise<LogEntry[]> {
  return (await read.transitions.after(0, 100)) ?? []
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
    const last = await store.transact('ALL', (tx) => tx.transitions.append([notice, notice]))
    const positions = (await allOf(store)).map((entry) => entry.position)
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
    const failed = store.transact('ALL', async (tx) => {
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
    const position = await store.transact('ALL', (tx) => tx.transitions.append([notice]))
    expect(position).toBeGreaterThan(all.at(-1)?.position ?? 0)
  })

  test('is read from a place on, so many at once', async () => {
    const { store, all } = await givenLog()
    expect(await store.read.transitions.after(all[3]?.position ?? 0, 2)).toEqual(all.slice(4, 6))
    expect(await store.read.transitions.after(all.at(-1)?.position ?? 0, 2)).toEqual([])
  })

  test('refuses a version of a call that it has already', async () => {
    const { store } = await givenLog()
    await expect(store.transact('ALL', (tx) => tx.transitions.append([callStep('call', 2)]))).rejects.toThrow('UNIQUE')
    await expect(store.transact('ALL', (tx) => tx.transitions.append([callStep('call', 3)]))).resolves.toBeGreaterThan(
      0,
    )
    await expect(
      store.transact('ALL', (tx) => tx.transitions.append([of(callStep('call', 2), 'other')])),
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
    await store.transact('ALL', (tx) => tx.transitions.append(more))
    const latest = async (customer: string, limit: number) =>
      (await store.read.transitions.latestOfCampaigns(customer, ['none', 'campaign'], limit)).map(given)
    expect(await latest(customerId, 2)).toEqual([[], more.slice(1)])
    expect(await latest(customerId, 50)).toEqual([[], [entries[0], ...more]])
    expect(await latest('other', 50)).toEqual([[], []])
  })
})

describe('a log that was pruned', () => {
  /** The first six entries are gone, and readers are told so. */
  async function given() {
    const { store, file, all } = await givenLog()
    const through = all[5]?.position ?? 0
    await store.transact('ALL', async (tx) => {
      await tx.installations.insert(
        { installationId: 'installation', epoch: 'epoch', cursorKey: 'key', term: 1 },
        madeAt,
      )
      await tx.transitions.remove(all.slice(0, 6).map((entry) => entry.position))
      await tx.installations.setPrunedThrough(through)
    })
    return { store, file, through, kept: all.slice(6) }
  }
  const agents: LogFilter = { customerId, kind: 'AGENT' }

  test('says so to whoever reads on from before, whatever the filter', async () => {
    const { store, through } = await given()
    for (const position of [0, through - 1]) {
      expect(await store.read.transitions.after(position, 100)).toBe(null)
      expect(await store.read.transitions.matchingAfter(agents, position, 100)).toBe(null)
      expect(await store.read.transitions.matchingAfter({ ...agents, queueId: 'nobody' }, position, 1)).toBe(null)
    }
  })

  test('is read on from where the pruning ended, and from any later place', async () => {
    const { store, through, kept } = await given()
    expect(await store.read.transitions.after(through, 100)).toEqual(kept)
    expect(await store.read.transitions.after(kept.at(-1)?.position ?? 0, 100)).toEqual([])
    expect(await store.read.transitions.matchingAfter(agents, through, 100)).toEqual([kept[0]])
    expect(await store.read.transitions.matchingAfter({ ...agents, queueId: 'nobody' }, through, 100)).toEqual([])
  })

  test('begins at the oldest entry kept for whoever names no place', async () => {
    const { store, kept } = await given()
    expect(await store.read.transitions.matchingAfter(agents, null, 100)).toEqual([kept[0]])
  })

  test('does not go back in its positions when nothing is left of it', async () => {
    const { store, kept } = await given()
    const last = kept.at(-1)?.position ?? 0
    await store.transact('ALL', async (tx) => {
      await tx.transitions.remove(kept.map((entry) => entry.position))
      await tx.installations.setPrunedThrough(last)
    })
    expect(await store.read.transitions.latestPosition()).toBe(last)
    expect(await store.transact('ALL', (tx) => tx.transitions.append([notice]))).toBe(last + 1)
  })

  test('is the same to a reader in a transaction that has pruned and is not committed', async () => {
    const { store, through, kept } = await given()
    const undone = store.transact('ALL', async (tx) => {
      await tx.transitions.remove([through + 1])
      await tx.installations.setPrunedThrough(through + 1)
      expect(await tx.transitions.after(through, 100)).toBe(null)
      expect(await store.read.transitions.after(through, 100)).toEqual(kept)
      throw new Error('undone')
    })
    await expect(undone).rejects.toThrow('undone')
    expect(await store.read.transitions.after(through, 100)).toEqual(kept)
  })
})

describe('what pruning looks at', () => {
  test('is the age of entries, and whether their call is in flight', async () => {
    const { store } = givenStore()
    const { call } = await addOneOfEach(store)
    const steps = [callStep(call.id, 1), callStep('no such call', 1), of(callStep(call.id, 1), 'other')]
    await store.transact('ALL', (tx) => tx.transitions.append(steps))
    const aged = async () => (await store.read.transitions.agedAfter(0, 10)).map(({ at, inFlight }) => [at, inFlight])
    expect(await aged()).toEqual([
      [madeAt, false],
      [madeAt, true],
      [madeAt, false],
      [madeAt, false],
    ])
    const done = { status: 'DONE', result: 'FAIL', hangupReason: 'BUSY', answeredAt: null, endedAt: madeAt } as const
    await store.transact('ALL', (tx) => tx.campaigncalls.updateAll([{ ...call, ...done, agentId: null }]))
    expect((await aged()).map(([, inFlight]) => inFlight)).toEqual([false, false, false, false])
  })

  test('is what was left behind for calls that have ended since', async () => {
    const { store, all } = await givenLog()
    const [, first, , , second, other] = all.map((entry) => entry.position)
    const left = (after = 0, through = 0) => store.read.transitions.leftBehind(after, through, 10)
    expect(await left(first, second)).toEqual([first])
    expect(await left(first, (second ?? 0) - 1)).toEqual([])
    expect(await left(other, 100)).toEqual([])
    expect(await left(0, 100)).toEqual([])
  })
})
