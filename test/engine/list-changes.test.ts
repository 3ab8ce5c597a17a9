import { expect, test } from 'vitest'
import {
  callsOf,
  dialingOf,
  givenOutdial,
  givenReady,
  givenRunning,
  givenTargets,
  must,
  scripted,
  statusOf,
  targetsOf,
  tel,
} from '../support/given.ts'
import { givenScriptedWorld, givenWorld } from '../support/given-world.ts'

const busy = scripted(50)
const answered = scripted(0)
const continued = { endHandle: 'CONTINUE' as const }

test('a campaign that continues stays RUN without targets, and says so', async () => {
  const world = await givenWorld()
  const { campaign } = await givenRunning(world, { people: [[answered]], campaign: continued })
  await world.run()
  expect(await statusOf(world, campaign.id)).toBe('RUN')
  expect((await dialingOf(world, campaign.id)).blockedBy).toBe('NO_TARGETS')
})

test('a campaign that continues dials a target as soon as it is added', async () => {
  const world = await givenWorld()
  const { campaign, outdial } = await givenRunning(world, { people: [], campaign: continued })
  await world.run()
  await givenTargets(world, outdial.id, [[answered]])
  await world.settle()
  expect(await callsOf(world, campaign.id)).toMatchObject([{ status: 'DIALING', createdAt: world.effects.now() }])
})

test('a campaign that continues dials again as soon as its list is reset', async () => {
  const world = await givenWorld()
  const { campaign, outdial } = await givenRunning(world, {
    people: [[answered], [busy]],
    plan: { maxTryCounts: [1], tryIntervalMs: 0 },
    campaign: continued,
  })
  await world.run()
  const reset = must(await world.app.outdialTargets.reset(world.viewer, outdial.id, 'FAILED'))
  expect(reset.resetCount).toBe(1)
  await world.settle()
  expect(await callsOf(world, campaign.id)).toMatchObject([{}, {}, { status: 'DIALING', tryCount: 1, attempt: 2 }])
})

test('a reset leaves the time of the last attempt: the interval still has to pass', async () => {
  const world = await givenWorld()
  const { campaign, outdial } = await givenRunning(world, {
    people: [[busy]],
    plan: { maxTryCounts: [1], tryIntervalMs: 60_000 },
    campaign: continued,
  })
  await world.advance(1000)
  must(await world.app.outdialTargets.reset(world.viewer, outdial.id, 'ALL'))
  await world.advance(59_999)
  expect(await callsOf(world, campaign.id)).toHaveLength(1)
  await world.advance(1)
  expect(await callsOf(world, campaign.id)).toHaveLength(2)
})

test('a reset leaves the 15 minutes after UNKNOWN', async () => {
  const world = await givenWorld()
  const { campaign, outdial } = await givenRunning(world, {
    people: [[scripted(92)]],
    plan: { maxTryCounts: [1], tryIntervalMs: 0 },
    campaign: continued,
  })
  await world.advance(40_000)
  must(await world.app.outdialTargets.reset(world.viewer, outdial.id, 'ALL'))
  await world.advance(15 * 60_000 - 1)
  expect(await callsOf(world, campaign.id)).toHaveLength(1)
  await world.advance(1)
  expect(await callsOf(world, campaign.id)).toHaveLength(2)
})

test('more tries in the plan make exhausted targets idle again, and they are dialed at once', async () => {
  const world = await givenWorld()
  const { campaign, outplan, outdial } = await givenRunning(world, {
    people: [[busy], [answered]],
    plan: { maxTryCounts: [1], tryIntervalMs: 0 },
    campaign: continued,
  })
  await world.run()
  must(await world.app.outplans.update(world.viewer, outplan.id, { maxTryCounts: [2] }))
  await world.settle()
  // Who was reached stays DONE.
  expect((await targetsOf(world, outdial.id)).map((target) => target.status)).toEqual(['PROGRESSING', 'DONE'])
  expect(await callsOf(world, campaign.id)).toHaveLength(3)
})

test('fewer tries in the plan make waiting targets DONE', async () => {
  const world = await givenWorld()
  const { campaign, outplan, outdial } = await givenRunning(world, { people: [[busy]], plan: { maxTryCounts: [3] } })
  await world.advance(1000)
  must(await world.app.outplans.update(world.viewer, outplan.id, { maxTryCounts: [1] }))
  await world.settle()
  expect(await targetsOf(world, outdial.id)).toMatchObject([{ status: 'DONE' }])
  expect(await statusOf(world, campaign.id)).toBe('STOP')
})

test('a plan that was edited during a call counts at its end', async () => {
  const world = await givenWorld()
  const { outplan, outdial } = await givenRunning(world, { people: [[busy]], plan: { maxTryCounts: [2] } })
  await world.settle()
  must(await world.app.outplans.update(world.viewer, outplan.id, { maxTryCounts: [1] }))
  await world.advance(1000)
  expect(await targetsOf(world, outdial.id)).toMatchObject([{ status: 'DONE' }])
})

test('the background pass goes through a list that is longer than one batch', async () => {
  const world = await givenWorld()
  const people = Array.from({ length: 1200 }, () => [null, answered])
  const { campaign, outplan, outdial } = await givenReady(world, {
    people: people.slice(0, 600),
    plan: { maxTryCounts: [1, 0] },
    campaign: continued,
  })
  await givenTargets(world, outdial.id, people.slice(600))
  await world.run()
  const counted = async () => {
    const [list] = await world.app.outdials.byIds(world.viewer, [outdial.id])
    return [list?.targetsIdle, list?.targetsDone]
  }
  expect(await counted()).toEqual([0, 1200])
  must(await world.app.outplans.update(world.viewer, outplan.id, { maxTryCounts: [1, 1] }))
  await world.run()
  expect(await counted()).toEqual([1200, 0])
  expect(await callsOf(world, campaign.id)).toEqual([])
})

test('a background pass that is under way keeps its campaign running', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const { campaign, outplan } = await givenRunning(world, {
    people: [[busy], [answered]],
    plan: { maxTryCounts: [1], tryIntervalMs: 0 },
  })
  await world.settle()
  const end = { type: 'HANGUP', by: 'THEM', detail: '' } as const
  carrier.tell(carrier.callId(0), { ...end, reason: 'BUSY' })
  await world.settle()
  // The last call ends in the tick that follows the edit: nobody is idle or dialed, but the pass has not begun.
  const edited = world.app.outplans.update(world.viewer, outplan.id, { maxTryCounts: [2] })
  carrier.tell(carrier.callId(1), { ...end, reason: 'NORMAL' })
  must(await edited)
  await world.settle()
  expect(await statusOf(world, campaign.id)).toBe('RUN')
  expect(carrier.requests).toHaveLength(3)
})

test('attaching a plan re-evaluates the list', async () => {
  const world = await givenWorld()
  const { campaign, outdial } = await givenReady(world, { people: [[null, answered]], plan: { maxTryCounts: [0, 1] } })
  const other = await givenReady(world, { people: [], plan: { maxTryCounts: [1] } })
  must(await world.app.campaigns.update(world.viewer, campaign.id, { outplanId: other.outplan.id }))
  await world.run()
  expect(await targetsOf(world, outdial.id)).toMatchObject([{ status: 'DONE', reached: false }])
  must(await world.app.campaigns.update(world.viewer, campaign.id, { outplanId: null }))
  must(await world.app.outplans.update(world.viewer, other.outplan.id, { maxTryCounts: [0, 1] }))
  must(await world.app.campaigns.update(world.viewer, campaign.id, { outplanId: other.outplan.id }))
  await world.run()
  expect(await targetsOf(world, outdial.id)).toMatchObject([{ status: 'IDLE' }])
})

test('attaching a list re-evaluates it by the plan', async () => {
  const world = await givenWorld()
  const outdial = await givenOutdial(world)
  await givenTargets(world, outdial.id, [[null, answered], [answered]])
  const { campaign } = await givenReady(world, { people: [], plan: { maxTryCounts: [1] } })
  must(await world.app.campaigns.update(world.viewer, campaign.id, { outdialId: outdial.id }))
  await world.run()
  expect((await targetsOf(world, outdial.id)).map((target) => target.status)).toEqual(['DONE', 'IDLE'])
})

test('updating a target re-evaluates it in the same transaction', async () => {
  const world = await givenWorld({ startEngine: false })
  const { targets } = await givenReady(world, { people: [[null, answered]], plan: { maxTryCounts: [0, 1] } })
  const id = targets[0]?.id ?? ''
  const moved = await world.app.outdialTargets.update(world.viewer, id, { destinations: [tel(answered)] })
  expect(must(moved).status).toBe('DONE')
  const back = await world.app.outdialTargets.update(world.viewer, id, { destinations: [null, tel(answered)] })
  expect(must(back).status).toBe('IDLE')
})

test('deleted targets are never dialed', async () => {
  const world = await givenWorld()
  const { campaign, targets } = await givenRunning(world, {
    people: [[busy], [answered]],
    campaign: { concurrentCallsMax: 1 },
  })
  await world.settle()
  must(await world.app.outdialTargets.delete(world.viewer, targets[1]?.id ?? ''))
  await world.advance(1000)
  expect(await callsOf(world, campaign.id)).toHaveLength(1)
})

test('deleting the last idle target ends the campaign', async () => {
  const world = await givenWorld()
  const { campaign, targets } = await givenRunning(world, { people: [[busy]] })
  await world.advance(1000)
  must(await world.app.outdialTargets.delete(world.viewer, targets[0]?.id ?? ''))
  await world.settle()
  expect(await statusOf(world, campaign.id)).toBe('STOP')
})

test('a target with a call in flight cannot be deleted', async () => {
  const world = await givenWorld()
  const { targets } = await givenRunning(world, { people: [[busy]] })
  await world.settle()
  const outcome = await world.app.outdialTargets.delete(world.viewer, targets[0]?.id ?? '')
  expect(outcome.errors).toMatchObject([{ code: 'STATE_CONFLICT', field: ['id'] }])
})

test('a reset leaves targets with a call in flight as they are', async () => {
  const world = await givenWorld()
  const { outdial } = await givenRunning(world, { people: [[busy]] })
  await world.settle()
  expect(must(await world.app.outdialTargets.reset(world.viewer, outdial.id, 'ALL')).resetCount).toBe(0)
  expect(await targetsOf(world, outdial.id)).toMatchObject([{ status: 'PROGRESSING', destinations: [{ tryCount: 1 }] }])
})

test('an engine that is stopped in the middle of a background pass ends', async () => {
  const { world } = await givenScriptedWorld()
  const { outplan } = await givenRunning(world, {
    people: Array.from({ length: 20 }, () => [scripted(95)]),
    plan: { maxTryCounts: [1] },
    campaign: { concurrentCallsMax: 1 },
  })
  await world.settle()
  const updated = world.app.outplans.update(world.viewer, outplan.id, { maxTryCounts: [0, 1] })
  await world.engine.stop()
  must(await updated)
  expect((await world.app.engines.get(world.viewer)).state).toBe('STOPPED')
})
