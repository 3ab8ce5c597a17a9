import { describe, expect, test } from 'vitest'
import { UniqueConflict } from '../../src/store/contract/errors.ts'
import type { Store, Transaction } from '../../src/store/contract/store.ts'
import {
  aCall,
  aCampaign,
  addCampaign,
  addOneOfEach,
  anAgent,
  anOutplan,
  aTarget,
  customerId,
  givenStore,
  insertCall,
} from './support.ts'

/** The columns that a write is in conflict about; null when there is no conflict. */
async function conflictOf(
  store: Store,
  write: (tx: Transaction) => Promise<unknown>,
): Promise<readonly string[] | null> {
  try {
    await store.transact('ALL', write)
    return null
  } catch (error) {
    if (error instanceof UniqueConflict) return error.fields
    throw error
  }
}

async function given() {
  const { store } = givenStore()
  return { store, ...(await addOneOfEach(store)) }
}

describe('a conflict', () => {
  test('about the name of a campaign says so', async () => {
    const { store } = await given()
    const other = await addCampaign(store, aCampaign('Other'))
    const fresh = aCampaign('Campaign')
    const insert = (tx: Transaction) => tx.campaigns.insert({ ...fresh, actionListId: other.actionListId })
    expect(await conflictOf(store, insert)).toEqual(['name'])
    expect(await conflictOf(store, (tx) => tx.campaigns.update({ ...other, name: 'Campaign' }))).toEqual(['name'])
    expect(await conflictOf(store, (tx) => tx.campaigns.update({ ...other, name: 'Third' }))).toBe(null)
  })

  test('about the name of a campaign is over once that is deleted, and is none between customers', async () => {
    const { store, campaign } = await given()
    await addCampaign(store, aCampaign('Campaign', { customerId: 'other' }))
    await store.transact('ALL', (tx) => tx.campaigns.update({ ...campaign, deletedAt: 1 }))
    await addCampaign(store, aCampaign('Campaign'))
    expect(await store.read.campaigns.byId(customerId, campaign.id)).toMatchObject({ name: 'Campaign', deletedAt: 1 })
  })

  test('about an outdial that is attached says so', async () => {
    const { store, campaign, outdial } = await given()
    const other = await addCampaign(store, aCampaign('Other'))
    const attach = (tx: Transaction) => tx.campaigns.update({ ...other, outdialId: outdial.id })
    expect(await conflictOf(store, attach)).toEqual(['outdialId'])
    await store.transact('ALL', (tx) => tx.campaigns.update({ ...campaign, deletedAt: 1 }))
    expect(await conflictOf(store, attach)).toBe(null)
  })

  test('about the extension of an agent says so', async () => {
    const { store, agent } = await given()
    const insert = (tx: Transaction) => tx.agents.insert(anAgent('100'))
    expect(await conflictOf(store, insert)).toEqual(['extension'])
    expect(await conflictOf(store, (tx) => tx.agents.insert(anAgent('101')))).toBe(null)
    await store.transact('ALL', (tx) => tx.agents.update({ ...agent, deletedAt: 1 }))
    expect(await conflictOf(store, insert)).toBe(null)
  })

  test('about an id says so, within one customer', async () => {
    const { store, outplan } = await given()
    const again = (by: string) => anOutplan({ id: outplan.id, customerId: by })
    expect(await conflictOf(store, (tx) => tx.outplans.insert(again(customerId)))).toEqual(['id'])
    expect(await conflictOf(store, (tx) => tx.outplans.insert(again('other')))).toBe(null)
  })

  test('about an id that a caller chose says so', async () => {
    const { store } = await given()
    const creation = { customerId, id: 'chosen', kind: 'QUEUE' as const, inputHash: 'hash' }
    expect(await conflictOf(store, (tx) => tx.creations.insert(creation))).toBe(null)
    expect(await conflictOf(store, (tx) => tx.creations.insert(creation))).toEqual(['id'])
  })

  test('about the attempt of a target says so', async () => {
    const { store, campaign, target, call } = await given()
    const done = { status: 'DONE', result: 'FAIL', hangupReason: 'BUSY', agentId: null, answeredAt: null, endedAt: 1 }
    await store.transact('ALL', (tx) => tx.campaigncalls.updateAll([{ ...call, ...done } as typeof call]))
    const again = (attempt: number) => (tx: Transaction) => insertCall(tx, aCall(campaign, target, { attempt }))
    expect(await conflictOf(store, again(1))).toEqual(['outdialTargetId', 'attempt'])
    expect(await conflictOf(store, again(2))).toBe(null)
  })

  test('about a second call in flight for a target says so', async () => {
    const { store, campaign, target } = await given()
    const again = (tx: Transaction) => insertCall(tx, aCall(campaign, target, { attempt: 2 }))
    expect(await conflictOf(store, again)).toEqual(['outdialTargetId'])
    const other = await store.transact('ALL', (tx) => tx.outdialTargets.insert(aTarget(target.outdialId)))
    expect(await conflictOf(store, (tx) => insertCall(tx, aCall(campaign, other)))).toBe(null)
  })

  test("about the carrier's id of a call says so", async () => {
    const { store, campaign, target, call } = await given()
    const other = await store.transact('ALL', (tx) => tx.outdialTargets.insert(aTarget(target.outdialId)))
    const again = (tx: Transaction) => insertCall(tx, aCall(campaign, other, { referenceId: call.referenceId }))
    expect(await conflictOf(store, again)).toEqual(['referenceId'])
  })

  test('is told apart from other failures', async () => {
    const { store, campaign } = await given()
    const spoilt = store.transact('ALL', (tx) => tx.campaigns.update({ ...campaign, ratio: 120 }))
    await expect(spoilt).rejects.not.toBeInstanceOf(UniqueConflict)
    await expect(spoilt).rejects.toThrow('CHECK constraint failed: campaign_ratio')
  })
})
