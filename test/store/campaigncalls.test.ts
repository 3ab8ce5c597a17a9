import { describe, expect, test } from 'vitest'
import type { Campaign } from '../../src/domain/campaign.ts'
import { agentOf, type Campaigncall, type DoneCall, type ProgressingCall } from '../../src/domain/campaigncall.ts'
import type { CampaigncallListFilter } from '../../src/store/contract/campaigncalls.ts'
import type { Store } from '../../src/store/contract/store.ts'
import {
  aCall,
  aCampaign,
  addCampaign,
  anOutdial,
  anOutplan,
  aQueue,
  aTarget,
  customerId,
  givenStore,
  insertCall,
  madeAt,
} from './support.ts'

const done = (of: Partial<DoneCall> = {}) =>
  ({
    status: 'DONE',
    result: 'FAIL',
    hangupReason: 'BUSY',
    agentId: null,
    answeredAt: null,
    endedAt: madeAt,
    ...of,
  }) as const
const progressing = (of: Partial<ProgressingCall> = {}) =>
  ({ status: 'PROGRESSING', phase: 'ACTIONS', agentId: null, answeredAt: madeAt, ...of }) as const

async function givenCampaign(store: Store, name: string, poolId?: string): Promise<Campaign> {
  const parents = await store.transact('ALL', async (tx) => ({
    outplan: await tx.outplans.insert(anOutplan()),
    outdial: await tx.outdials.insert(anOutdial()),
    queue: await tx.queues.insert(aQueue(poolId ? { poolId } : {})),
  }))
  const { outplan, outdial, queue } = parents
  return addCampaign(store, aCampaign(name, { outplanId: outplan.id, outdialId: outdial.id, queueId: queue.id }))
}

/** A call of a new target, changed to what it is to be. */
function addCall(store: Store, campaign: Campaign, of: object, created: object = {}): Promise<Campaigncall> {
  return store.transact('ALL', async (tx) => {
    const target = await tx.outdialTargets.insert(aTarget(campaign.outdialId ?? ''))
    const call = await insertCall(tx, aCall(campaign, target, created))
    const changed = { ...call, ...of } as Campaigncall
    await tx.campaigncalls.updateAll([changed])
    return changed
  })
}

async function givenCalls() {
  const { store } = givenStore()
  const [a, b] = [await givenCampaign(store, 'a'), await givenCampaign(store, 'b')]
  const calls: Campaigncall[] = []
  for (const campaign of [a, b]) {
    for (const [i, of] of [
      {},
      progressing({ phase: 'WAITING' }),
      done(),
      done({ hangupReason: 'NORMAL', result: 'SUCCESS', agentId: 'agent', answeredAt: madeAt }),
      progressing({ phase: 'CONNECTED', agentId: 'agent' }),
    ].entries()) {
      calls.push(await addCall(store, campaign, of, { createdAt: madeAt + i }))
    }
  }
  return { store, a, b, calls }
}

const all: CampaigncallListFilter = {
  customerId,
  campaignId: null,
  outdialId: null,
  queueId: null,
  outdialTargetId: null,
  agentId: null,
  status: null,
  result: null,
  hangupReason: null,
  createdAfter: null,
  createdBefore: null,
}

/** The filter as a question to one call. */
function matches(call: Campaigncall, filter: CampaigncallListFilter): boolean {
  const is = (wanted: unknown, found: unknown) => wanted === null || wanted === found
  const result = call.status === 'DONE' ? call.result : null
  const reason = call.status === 'DONE' ? call.hangupReason : null
  return (
    call.customerId === filter.customerId &&
    is(filter.campaignId, call.campaignId) &&
    is(filter.outdialId, call.outdialId) &&
    is(filter.queueId, call.queueId) &&
    is(filter.outdialTargetId, call.outdialTargetId) &&
    is(filter.agentId, agentOf(call)) &&
    is(filter.result, result) &&
    (filter.status === null || filter.status.includes(call.status)) &&
    (filter.hangupReason === null || (reason !== null && filter.hangupReason.includes(reason))) &&
    (filter.createdAfter === null || call.createdAt > filter.createdAfter) &&
    (filter.createdBefore === null || call.createdAt < filter.createdBefore)
  )
}

type Given = Awaited<ReturnType<typeof givenCalls>>
const filters: Record<string, (given: Given) => Partial<CampaigncallListFilter>> = {
  nothing: () => ({}),
  'a campaign': ({ a }) => ({ campaignId: a.id }),
  'an outdial': ({ b }) => ({ outdialId: b.outdialId }),
  'a queue': ({ a }) => ({ queueId: a.queueId }),
  'a target': ({ calls }) => ({ outdialTargetId: calls[3]?.outdialTargetId ?? '' }),
  'an agent': () => ({ agentId: 'agent' }),
  'a status': () => ({ status: ['DONE'] }),
  'no status at all': () => ({ status: [] }),
  'what is in flight': () => ({ status: ['DIALING', 'PROGRESSING'] }),
  'what is in flight of a campaign': ({ a }) => ({ campaignId: a.id, status: ['DIALING', 'PROGRESSING'] }),
  'what is in flight of a queue': ({ b }) => ({ queueId: b.queueId, status: ['PROGRESSING'] }),
  'what is in flight of an agent': () => ({ agentId: 'agent', status: ['PROGRESSING'] }),
  'what is in flight of a target': ({ calls }) => ({
    outdialTargetId: calls[0]?.outdialTargetId ?? '',
    status: ['DIALING'],
  }),
  'a result': () => ({ result: 'SUCCESS' }),
  'reasons of a hangup': () => ({ hangupReason: ['BUSY', 'CANCEL'] }),
  'the time of creation, both ends left out': () => ({ createdAfter: madeAt, createdBefore: madeAt + 3 }),
  'another customer': () => ({ customerId: 'other' }),
  "another customer's calls in flight": () => ({ customerId: 'other', status: ['DIALING'] }),
}

describe.each(Object.entries(filters))('a list of calls filtered by %s', (_, filterOf) => {
  const given = async () => {
    const made = await givenCalls()
    const filter = { ...all, ...filterOf(made) }
    const expected = made.calls.filter((call) => matches(call, filter))
    return { ...made, filter, expected }
  }

  test('has the calls that match, in order, and counts them', async () => {
    const { store, filter, expected } = await given()
    const whole = { limit: 100, from: null, until: null, forward: true }
    expect(await store.read.campaigncalls.list(filter, false, whole)).toEqual(expected)
    expect(await store.read.campaigncalls.list(filter, true, whole)).toEqual(expected.toReversed())
    expect(await store.read.campaigncalls.count(filter)).toBe(expected.length)
  })

  test('comes whole in pages, in both orders, forward and back', async () => {
    const { store, filter, expected } = await given()
    for (const descending of [false, true]) {
      for (const forward of [false, true]) {
        const seen: Campaigncall[] = []
        let from: number[] | null = null
        for (;;) {
          const window = { limit: 2, from, until: null, forward }
          const rows: Campaigncall[] = await store.read.campaigncalls.list(filter, descending, window)
          const last = rows.at(forward ? -1 : 0)
          if (last === undefined) break
          if (forward) seen.push(...rows)
          else seen.unshift(...rows)
          from = [last.position]
        }
        expect(seen).toEqual(descending ? expected.toReversed() : expected)
      }
    }
  })
})

describe('a call', () => {
  test.each([
    ['dialing', { lookupAt: 5, wakeAt: 6, endRequest: { reason: 'CANCEL', at: 1, sentAt: null } }],
    [
      'progressing',
      progressing({ phase: 'OFFERED', queuedAt: 7, endRequest: { reason: 'TIMEOUT', at: 1, sentAt: 2 } }),
    ],
    ['done', done({ hangupReason: 'NORMAL', result: 'SUCCESS', agentId: 'agent', answeredAt: 1, version: 4 })],
  ] as const)('that is %s is read as it was written', async (_, of) => {
    const { store } = givenStore()
    const call = await addCall(store, await givenCampaign(store, 'a'), of)
    expect(await store.read.campaigncalls.byId(customerId, call.id)).toEqual(call)
    expect(await store.read.campaigncalls.byReferenceIds('ALL', [call.referenceId ?? '', 'unknown'])).toEqual([call])
  })
})

describe('what pacing counts', () => {
  test('is the calls that dial, and the answered ones that nobody serves and nobody has asked to end, over the pool', async () => {
    const { store } = givenStore()
    const [a, b, other] = [
      await givenCampaign(store, 'a', 'pool'),
      await givenCampaign(store, 'b', 'pool'),
      await givenCampaign(store, 'c', 'other pool'),
    ]
    const endRequest = { reason: 'CANCEL', at: 1, sentAt: null } as const
    for (const campaign of [a, b, other]) {
      await addCall(store, campaign, {})
      await addCall(store, campaign, { endRequest })
      await addCall(store, campaign, done())
      await addCall(store, campaign, progressing())
      await addCall(store, campaign, progressing({ phase: 'WAITING' }))
      await addCall(store, campaign, progressing({ phase: 'WAITING', endRequest }))
      await addCall(store, campaign, progressing({ phase: 'OFFERED' }))
      await addCall(store, campaign, progressing({ phase: 'CONNECTED', agentId: 'agent' }))
    }
    expect(await store.read.campaigncalls.poolCounts(customerId, ['pool'])).toEqual([{ dialing: 4, unserved: 4 }])
    expect(await store.read.campaigncalls.poolCounts('other', ['pool'])).toEqual([{ dialing: 0, unserved: 0 }])
    expect(await store.read.queues.waitingCalls(customerId, [a.queueId ?? '', 'none'])).toEqual([2, 0])
    expect(await store.read.campaigncalls.countInFlight('ALL')).toBe(21)
    expect((await store.read.campaigncalls.inFlight('ALL')).map((call) => call.position)).toEqual(
      (await store.read.campaigncalls.inFlight('ALL')).map((call) => call.position).toSorted((x, y) => x - y),
    )
  })
})
