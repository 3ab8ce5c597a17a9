import { expect, test } from 'vitest'
import type { ActionInput, CampaignCreateInput } from '../../src/app/requests.ts'
import {
  callsOf,
  dialingOf,
  eventsOf,
  givenQueue,
  givenReady,
  givenRunning,
  must,
  scripted,
  statusOf,
  targetsOf,
} from '../support/given.ts'
import { givenScriptedWorld } from '../support/given-world.ts'

const people = [[scripted(0)]]
const sleep = (durationMs: number): ActionInput => ({ type: 'SLEEP', option: { durationMs } })
const id = '0198c0de-0000-7000-8000-000000000001'

async function givenFlow(actions: readonly ActionInput[], campaign: Partial<CampaignCreateInput> = {}, count = 1) {
  const { world, carrier } = await givenScriptedWorld()
  const ready = await givenRunning(world, {
    people: Array.from({ length: count }, () => people[0] ?? []),
    plan: { maxTryCounts: [1] },
    campaign: { type: 'FLOW', actions, ...campaign },
  })
  await world.settle()
  return { world, carrier, ...ready }
}

test('a FLOW campaign asks the carrier for nothing', async () => {
  const { world, carrier, campaign } = await givenFlow([sleep(1000)])
  await world.run()
  expect(carrier.asked).toEqual([])
  expect(await callsOf(world, campaign.id)).toMatchObject([{ referenceType: 'FLOW', referenceId: null }])
})

test('a FLOW campaigncall is PROGRESSING at once, answeredAt set, and ends NORMAL after its last action', async () => {
  const { world, campaign, outdial } = await givenFlow([sleep(5000)])
  const now = world.effects.now()
  expect(await callsOf(world, campaign.id)).toMatchObject([{ status: 'PROGRESSING', answeredAt: now }])
  await world.advance(5000)
  expect(await callsOf(world, campaign.id)).toMatchObject([{ hangupReason: 'NORMAL', result: 'SUCCESS' }])
  expect(await eventsOf(world, campaign.id)).toEqual([['CREATED', 'ANSWERED', 'ENDED']])
  expect(await targetsOf(world, outdial.id)).toMatchObject([{ status: 'DONE', reached: true }])
  expect(await statusOf(world, campaign.id)).toBe('STOP')
})

test('STOP ends a FLOW, NORMAL', async () => {
  const { world, campaign } = await givenFlow([{ type: 'STOP', option: {} }, sleep(5000)])
  expect(await callsOf(world, campaign.id)).toMatchObject([{ hangupReason: 'NORMAL', endedAt: world.effects.now() }])
})

test('a FLOW without actions ends NORMAL at once', async () => {
  const { world, campaign } = await givenFlow([])
  expect(await callsOf(world, campaign.id)).toMatchObject([{ status: 'DONE', hangupReason: 'NORMAL' }])
  expect(await statusOf(world, campaign.id)).toBe('STOP')
})

test('a FLOW that loops ends FAILED after 1000 steps', async () => {
  const { world, campaign } = await givenFlow([{ id, nextId: id, ...sleep(0) }])
  await world.advance(1)
  expect(await callsOf(world, campaign.id)).toMatchObject([{ hangupReason: 'FAILED', result: 'FAIL' }])
})

test('FLOW campaigncalls count toward concurrentCallsMax', async () => {
  const { world, campaign } = await givenFlow([sleep(1000)], { concurrentCallsMax: 2 }, 5)
  expect(await callsOf(world, campaign.id)).toHaveLength(2)
  expect((await dialingOf(world, campaign.id)).blockedBy).toBe('CONCURRENCY')
  await world.run()
  expect(await callsOf(world, campaign.id)).toHaveLength(5)
})

test('FLOW campaigncalls that end at once do not hold up the others where one at a time is allowed', async () => {
  const { world, campaign } = await givenFlow([], { concurrentCallsMax: 1 }, 20)
  expect(await callsOf(world, campaign.id)).toHaveLength(20)
})

test('a carrier that takes no calls does not block a FLOW campaign', async () => {
  const { world, carrier } = await givenScriptedWorld()
  carrier.answerWith(() => ({ type: 'REJECTED', reason: 'FAILED' }))
  const call = await givenRunning(world, { people })
  await world.settle()
  expect((await dialingOf(world, call.campaign.id)).blockedBy).toBe('CARRIER_UNAVAILABLE')
  const { campaign } = await givenRunning(world, { people, campaign: { type: 'FLOW' } })
  await world.settle()
  expect(await callsOf(world, campaign.id)).toMatchObject([{ result: 'SUCCESS' }])
})

test('a FLOW campaign that is stopped while a FLOW sleeps is STOPPING until it ends', async () => {
  const { world, campaign } = await givenFlow([sleep(5000)], {}, 2)
  expect(must(await world.app.campaigns.stop(world.viewer, campaign.id)).status).toBe('STOPPING')
  await world.advance(5000)
  expect(await statusOf(world, campaign.id)).toBe('STOP')
})

test('a FLOW that is ended on request before anything was sent is CANCEL, and its target is tried again', async () => {
  const { world, campaign, outdial } = await givenFlow([sleep(5000)], { endHandle: 'CONTINUE' })
  const [call] = await callsOf(world, campaign.id)
  must(await world.app.campaigncalls.hangup(world.viewer, call?.id ?? ''))
  await world.settle()
  expect(await callsOf(world, campaign.id)).toMatchObject([
    { status: 'DONE', result: 'FAIL', hangupReason: 'CANCEL', endedAt: world.effects.now() },
  ])
  expect(await targetsOf(world, outdial.id)).toMatchObject([{ reached: false, outcome: 'FAIL' }])
})

test('a FLOW campaign takes no queue, and no action that needs a call', async () => {
  const { world } = await givenScriptedWorld()
  const queue = await givenQueue(world)
  const { campaign } = await givenReady(world, { people: [], campaign: { type: 'FLOW' } })
  const { campaigns } = world.app
  const withQueue = await campaigns.update(world.viewer, campaign.id, { queueId: queue.id })
  expect(withQueue.errors).toMatchObject([{ code: 'INVALID', field: ['input', 'queueId'] }])
  const actions: ActionInput[] = [sleep(1), { type: 'TALK', option: { text: 'Hello' } }]
  const withTalk = await campaigns.update(world.viewer, campaign.id, { actions })
  expect(withTalk.errors).toMatchObject([{ code: 'INVALID', field: ['input', 'actions', '1'] }])
})
