import { randomUUID } from 'node:crypto'
import { describe, expect, it, onTestFinished } from 'vitest'
import { newActiveflow, type Wait } from '../../src/domain/activeflow.ts'
import type { Agent } from '../../src/domain/agent.ts'
import type { Campaign } from '../../src/domain/campaign.ts'
import type { Campaigncall } from '../../src/domain/campaigncall.ts'
import { beginAttempt, type OutdialTarget } from '../../src/domain/outdial-target.ts'
import type { NewLogEntry } from '../../src/domain/transition.ts'
import { UniqueConflict } from '../../src/store/contract/errors.ts'
import type { Scope } from '../../src/store/contract/scope.ts'
import type { Changes, Store, Tables, Transaction } from '../../src/store/contract/store.ts'
import { aCall, aCampaign, anAgent, anOutdial, anOutplan, aQueue, aTarget, customerId, madeAt } from './support.ts'

const nothing: Changes = {
  calls: { added: [], changed: [] },
  targets: [],
  agents: [],
  activeflows: { added: [], changed: [], executions: [], outcomes: [] },
  counters: { campaigns: [], reasons: [], outdials: [], unknown: 0 },
  entries: [],
}

const notice = (subjectId: string): NewLogEntry => ({
  ...{ kind: 'NOTICE', customerId, at: madeAt, topic: 'CAMPAIGN' },
  subjectId,
})

/** What every store behind `src/store/contract` has to do. `open` gives an empty one. */
export function describeStore(name: string, open: () => Promise<Store>): void {
  async function given() {
    const store = await open()
    onTestFinished(() => store.close())
    const parents = await store.transact('ALL', async (tx) => {
      await tx.engines.insert()
      const outplan = await tx.outplans.insert(anOutplan())
      const outdial = await tx.outdials.insert(anOutdial())
      const queue = await tx.queues.insert(aQueue())
      const fresh = aCampaign('Campaign', { outplanId: outplan.id, outdialId: outdial.id, queueId: queue.id })
      await tx.campaigns.insertActions(customerId, fresh.actionListId, [])
      return { campaign: await tx.campaigns.insert(fresh), outdial }
    })
    return { store, ...parents }
  }

  /** Targets with a call of each, added in one transaction. */
  async function addCalls(store: Store, campaign: Campaign, count: number) {
    const targets: OutdialTarget[] = []
    const calls: Campaigncall[] = []
    await store.transact('ALL', async (tx) => {
      for (let i = 0; i < count; i++) {
        const target = await tx.outdialTargets.insert(aTarget(campaign.outdialId ?? ''))
        targets.push(target)
        calls.push({ ...aCall(campaign, target), position: 0 } as Campaigncall)
      }
      await tx.apply({ ...nothing, calls: { added: calls, changed: [] } })
    })
    return { targets, calls }
  }

  describe(`a transaction of ${name}`, () => {
    it('is not seen before it is committed, and wholly after that', async () => {
      const { store } = await given()
      await store.transact('ALL', async (tx) => {
        await tx.agents.insert(anAgent('100'))
        expect(await store.read.agents.count({ customerId, status: null, queueId: null, extension: null })).toBe(0)
      })
      expect(await store.read.agents.count({ customerId, status: null, queueId: null, extension: null })).toBe(1)
    })

    it('leaves nothing when it fails', async () => {
      const { store } = await given()
      const failing = store.transact('ALL', async (tx) => {
        await tx.agents.insert(anAgent('100'))
        await tx.transitions.append([notice('a')])
        throw new Error('on purpose')
      })
      await expect(failing).rejects.toThrow('on purpose')
      expect(await store.read.agents.count({ customerId, status: null, queueId: null, extension: null })).toBe(0)
      expect(await store.read.transitions.after(0, 10)).toEqual([])
    })

    it('runs after the one before it has ended', async () => {
      const { store } = await given()
      const steps: string[] = []
      const run = (step: string) =>
        store.transact('ALL', async (tx) => {
          steps.push(`${step} begins`)
          await tx.engines.get()
          await Promise.resolve()
          steps.push(`${step} ends`)
        })
      await Promise.all([run('a'), run('b')])
      expect(steps).toEqual(['a begins', 'a ends', 'b begins', 'b ends'])
    })

    it('undoes a savepoint that fails, and keeps the rest', async () => {
      const { store } = await given()
      await store.transact('ALL', async (tx) => {
        await tx.transitions.append([notice('kept')])
        const failing = tx.savepoint(async () => {
          await tx.transitions.append([notice('undone')])
          throw new Error('on purpose')
        })
        await expect(failing).rejects.toThrow('on purpose')
        await tx.transitions.append([notice('kept too')])
      })
      expect((await store.read.transitions.after(0, 10))?.map((of) => 'subjectId' in of && of.subjectId)).toEqual([
        'kept',
        'kept too',
      ])
    })

    it('cannot be used after its end', async () => {
      const { store } = await given()
      const kept: Transaction[] = []
      await store.transact('ALL', async (tx) => void kept.push(tx))
      await expect(async () => kept[0]?.engines.get()).rejects.toThrow()
    })
  })

  describe(`changes that ${name} applies`, () => {
    it.each([1, 2, 3, 29, 99, 100, 101, 231])('are %i calls, in the order in which they were added', async (count) => {
      const { store, campaign } = await given()
      const { calls } = await addCalls(store, campaign, count)
      const stored = await store.read.campaigncalls.inFlight('ALL')
      expect(stored.map((call) => call.id)).toEqual(calls.map((call) => call.id))
      expect(stored.map((call) => ({ ...call, position: 0 }))).toEqual(calls)
      const positions = stored.map((call) => call.position)
      expect(positions).toEqual([...positions].sort((a, b) => a - b))
    })

    it('change each call and each target in its own way', async () => {
      const { store, campaign } = await given()
      const { targets, calls } = await addCalls(store, campaign, 131)
      const changed = calls.map((call, i) => ({ ...call, version: i + 2, wakeAt: 1000 + i }))
      const attempts = targets.map((before, i) => ({ before, after: beginAttempt(before, 0, 5000 + i) }))
      await store.transact('ALL', (tx) => tx.apply({ ...nothing, calls: { added: [], changed }, targets: attempts }))
      const found = await store.read.campaigncalls.byIds(
        customerId,
        calls.map((call) => call.id),
      )
      expect(found.map((call) => call && { ...call, position: 0 })).toEqual(changed)
      const stored = await store.read.outdialTargets.byIds(
        customerId,
        targets.map((target) => target.id),
      )
      expect(stored).toEqual(attempts.map((of) => of.after))
    })

    it('end a call of a target before the next one is added', async () => {
      const { store, campaign } = await given()
      const { targets, calls } = await addCalls(store, campaign, 1)
      const [target, call] = [targets[0] as OutdialTarget, calls[0] as Campaigncall]
      const ended = {
        ...call,
        ...{ status: 'DONE', result: 'FAIL', hangupReason: 'BUSY', agentId: null, answeredAt: null, endedAt: madeAt },
        ...{ version: 2, wakeAt: null },
      } as Campaigncall
      const next = { ...aCall(campaign, target, { attempt: 2 }), position: 0 } as Campaigncall
      await store.transact('ALL', (tx) => tx.apply({ ...nothing, calls: { added: [next], changed: [ended] } }))
      expect((await store.read.campaigncalls.inFlight('ALL')).map((of) => of.id)).toEqual([next.id])
    })

    it('append the log last, in one rising order without gaps', async () => {
      const { store } = await given()
      const ids = Array.from({ length: 250 }, () => randomUUID())
      const last = await store.transact('ALL', (tx) => tx.apply({ ...nothing, entries: ids.map(notice) }))
      const entries = (await store.read.transitions.after(0, 1000)) ?? []
      expect(entries.map((of) => 'subjectId' in of && of.subjectId)).toEqual(ids)
      expect(entries.map((of) => of.position)).toEqual(ids.map((_, i) => (last ?? 0) - ids.length + 1 + i))
      expect(await store.read.transitions.latestPosition()).toBe(last)
      expect(await store.transact('ALL', (tx) => tx.apply(nothing))).toBeNull()
    })

    it('are refused as a whole where one of them breaks a constraint', async () => {
      const { store, campaign } = await given()
      const { targets } = await addCalls(store, campaign, 3)
      const again = targets.map((target, i) => ({
        ...aCall(campaign, target, { attempt: i === 2 ? 1 : 2 }),
        position: 0,
      })) as Campaigncall[]
      const applying = store.transact('ALL', (tx) => tx.apply({ ...nothing, calls: { added: again, changed: [] } }))
      await expect(applying).rejects.toBeInstanceOf(UniqueConflict)
      expect(await store.read.campaigncalls.countInFlight('ALL')).toBe(3)
    })
  })

  describe(`the scope of ${name}`, () => {
    /** A campaign with a call that waits for an agent, and everything that can be due, of another customer each time. */
    async function addCustomer(store: Store, owner: string) {
      const own = { customerId: owner }
      return store.transact('ALL', async (tx) => {
        const outplan = await tx.outplans.insert(anOutplan(own))
        const outdial = await tx.outdials.insert(anOutdial({ ...own, reevaluatedPosition: 0 }))
        const queue = await tx.queues.insert(aQueue(own))
        const references = { outplanId: outplan.id, outdialId: outdial.id, queueId: queue.id }
        const fresh = aCampaign('Campaign', { ...own, ...references, status: 'RUN' })
        await tx.campaigns.insertActions(owner, fresh.actionListId, [])
        const campaign = await tx.campaigns.insert(fresh)
        const target = await tx.outdialTargets.insert(aTarget(outdial.id, own))
        const dialing = { ...aCall(campaign, target, own), position: 0, queueId: queue.id, wakeAt: 1000 }
        const answered = { status: 'PROGRESSING', phase: 'WAITING', answeredAt: madeAt, queuedAt: madeAt } as const
        const call = { ...dialing, ...answered } as Campaigncall
        const free = await tx.agents.insert(anAgent('1', { ...own, status: 'AVAILABLE' }))
        const ringing = await tx.agents.insert(anAgent('2', { ...own, status: 'RINGING', ringUntil: 1000 }))
        await tx.queues.setMembers(owner, queue.id, [free.id, ringing.id])
        const wait = { type: 'SENDING', sendingId: owner } as unknown as Wait
        const flow = { ...newActiveflow(call), wait }
        await tx.apply({
          ...nothing,
          calls: { added: [call], changed: [] },
          activeflows: { ...nothing.activeflows, added: [flow] },
        })
        return { call, ringing }
      })
    }

    it.each<[string, (read: Tables, scope: Scope, referenceIds: string[]) => Promise<readonly unknown[]>]>([
      ['campaigns that are not stopped', (read, scope) => read.campaigns.active(scope)],
      ['lists to re-evaluate', (read, scope) => read.outdials.reevaluating(scope, 10)],
      ['calls in flight', (read, scope) => read.campaigncalls.inFlight(scope)],
      ['calls with a due timeout', (read, scope) => read.campaigncalls.due(scope, 1000, 10)],
      ['calls by the ids of the carrier', (read, scope, ids) => read.campaigncalls.byReferenceIds(scope, ids)],
      ['agents whose ring time is over', (read, scope) => read.agents.due(scope, 1000, 10)],
      ['queues to serve', (read, scope) => read.agents.servableQueues(scope)],
      ['sendings without a result', (read, scope) => read.activeflows.openSendings(scope)],
    ])('leaves the %s of one customer, or of all', async (_, readIn) => {
      const store = await open()
      onTestFinished(() => store.close())
      const added = [await addCustomer(store, 'one'), await addCustomer(store, 'other')]
      const references = added.map(({ call }) => call.referenceId ?? '')
      const ownersIn = async (scope: Scope) =>
        (await readIn(store.read, scope, references)).map((of) => (of as { customerId: string }).customerId).sort()
      expect(await ownersIn('ALL')).toEqual(['one', 'other'])
      expect(await ownersIn({ customerId: 'other' })).toEqual(['other'])
      expect(await ownersIn({ customerId: 'nobody' })).toEqual([])
    })

    it('counts, and finds the next time, of one customer or of all', async () => {
      const store = await open()
      onTestFinished(() => store.close())
      await addCustomer(store, 'one')
      await addCustomer(store, 'other')
      for (const [scope, count] of [['ALL', 2] as const, [{ customerId: 'one' }, 1] as const]) {
        expect(await store.read.campaigncalls.countInFlight(scope)).toBe(count)
        expect(await store.read.campaigncalls.nextDueAt(scope)).toBe(1000)
        expect(await store.read.agents.nextDueAt(scope)).toBe(1000)
      }
      const nobody = { customerId: 'nobody' }
      expect(await store.read.campaigncalls.countInFlight(nobody)).toBe(0)
      expect(await store.read.campaigncalls.nextDueAt(nobody)).toBeNull()
      expect(await store.read.agents.nextDueAt(nobody)).toBeNull()
    })

    it('of a transaction refuses changes of another customer', async () => {
      const store = await open()
      onTestFinished(() => store.close())
      const { ringing } = await addCustomer(store, 'other')
      const changing = store.transact({ customerId: 'one' }, (tx) =>
        tx.apply({ ...nothing, agents: [{ ...ringing, name: 'Changed' }] }),
      )
      await expect(changing).rejects.toThrow('another customer')
      expect((await store.read.agents.byId('other', ringing.id))?.name).toBe('Agent')
    })
  })

  describe(`lists of ${name}`, () => {
    it('of several parents are those of each', async () => {
      const { store, campaign } = await given()
      const { targets } = await addCalls(store, campaign, 5)
      const filter = {
        ...{ customerId, campaignId: null, outdialId: null, queueId: null, outdialTargetId: null, agentId: null },
        ...{ status: null, result: null, hangupReason: null, createdAfter: null, createdBefore: null },
      }
      const ids = [targets[3]?.id ?? '', 'none', targets[0]?.id ?? '']
      const window = { limit: 10, from: null, until: null, forward: true }
      const own = { ...filter, outdialTargetId: ids[0] ?? '' }
      const pages = await store.read.campaigncalls.listOfEach('outdialTargetId', ids, own, true, window)
      for (const [i, outdialTargetId] of ids.entries())
        expect(pages[i]).toEqual(await store.read.campaigncalls.list({ ...filter, outdialTargetId }, true, window))
    })

    it('find objects by ids in their order, whatever the case of the letters', async () => {
      const { store } = await given()
      const agents: Agent[] = []
      for (const extension of ['100', '200'])
        agents.push(await store.transact('ALL', (tx) => tx.agents.insert(anAgent(extension))))
      const ids = [agents[1]?.id.toUpperCase() ?? '', 'none', agents[0]?.id ?? '']
      expect((await store.read.agents.byIds(customerId, ids)).map((of) => of?.extension)).toEqual([
        '200',
        undefined,
        '100',
      ])
      expect(await store.read.agents.byIds('another', ids)).toEqual([null, null, null])
    })
  })
}
