import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import {
  callsOf,
  givenCampaign,
  givenOutdial,
  givenOutplan,
  givenReady,
  givenRunning,
  must,
  scripted,
  statusOf,
  targetsOf,
} from '../support/given.ts'
import { givenScriptedWorld, givenWorld } from '../support/given-world.ts'

const answered = scripted(0)
const minuteMs = 60_000

const triesOf = (calls: readonly { destinationIndex: number; tryCount: number }[]) =>
  calls.map((call) => [call.destinationIndex, call.tryCount])

test('INVALID_NUMBER makes its destination unusable, and the next one is dialed', async () => {
  const world = await givenWorld()
  const { campaign, outdial } = await givenRunning(world, {
    people: [[scripted(75), answered]],
    plan: { maxTryCounts: [3, 1], tryIntervalMs: 1000 },
  })
  await world.run()
  expect(triesOf(await callsOf(world, campaign.id))).toEqual([
    [0, 1],
    [1, 1],
  ])
  const [target] = await targetsOf(world, outdial.id)
  expect(target?.destinations).toMatchObject([
    { unusable: true, tryCount: 1 },
    { unusable: false, tryCount: 1 },
  ])
})

test('no plan makes an unusable destination usable again, a reset does', async () => {
  const world = await givenWorld()
  const { campaign, outdial, outplan } = await givenRunning(world, {
    people: [[scripted(75)]],
    plan: { maxTryCounts: [1], tryIntervalMs: 0 },
    campaign: { endHandle: 'CONTINUE' },
  })
  await world.run()
  must(await world.app.outplans.update(world.viewer, outplan.id, { maxTryCounts: [5] }))
  await world.run()
  expect(await callsOf(world, campaign.id)).toHaveLength(1)
  must(await world.app.outdialTargets.reset(world.viewer, outdial.id, 'ALL'))
  await world.run()
  expect(await callsOf(world, campaign.id)).toHaveLength(2)
})

test('a changed address of an unusable destination is dialed', async () => {
  const world = await givenWorld()
  const { campaign, targets } = await givenRunning(world, {
    people: [[scripted(75)]],
    plan: { maxTryCounts: [1], tryIntervalMs: 0 },
    campaign: { endHandle: 'CONTINUE' },
  })
  await world.run()
  const address = { type: 'TEL' as const, target: answered, targetName: '', name: '', detail: '' }
  must(await world.app.outdialTargets.update(world.viewer, targets[0]?.id ?? '', { destinations: [address] }))
  await world.run()
  expect(await callsOf(world, campaign.id)).toMatchObject([{ hangupReason: 'INVALID_NUMBER' }, { result: 'SUCCESS' }])
})

test('a destination that is not a number ends INVALID_NUMBER without the carrier being asked', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const outplan = await givenOutplan(world, { maxTryCounts: [3] })
  const outdial = await givenOutdial(world)
  const sip = { type: 'SIP' as const, target: 'sip:anna@example.com', targetName: '', name: '', detail: '' }
  const target = { name: '', detail: '', data: '', destinations: [sip] }
  must(await world.app.outdialTargets.add(world.viewer, outdial.id, [target]))
  const campaign = await givenCampaign(world, { outplanId: outplan.id, outdialId: outdial.id })
  must(await world.app.campaigns.run(world.viewer, campaign.id))
  await world.settle()
  expect(carrier.asked).toEqual([])
  expect(await callsOf(world, campaign.id)).toMatchObject([
    { hangupReason: 'INVALID_NUMBER', result: 'FAIL', tryCount: 1 },
  ])
  expect(await targetsOf(world, outdial.id)).toMatchObject([
    { status: 'DONE', destinations: [{ tryCount: 1, unusable: true }] },
  ])
  expect(await statusOf(world, campaign.id)).toBe('STOP')
})

test.each(['+49116117', '+19005550123', '+19999999999'])(
  '%s, stored before such numbers were refused, ends INVALID_NUMBER without the carrier being asked',
  async (number) => {
    const { world, carrier } = await givenScriptedWorld()
    const { campaign, outdial } = await givenReady(world, { people: [[answered]], plan: { maxTryCounts: [3] } })
    await world.settle()
    const database = new Database(world.file)
    database.prepare('update destination set target = ?').run(number)
    database.close()
    must(await world.app.campaigns.run(world.viewer, campaign.id))
    await world.settle()
    expect(carrier.asked).toEqual([])
    expect(await callsOf(world, campaign.id)).toMatchObject([{ hangupReason: 'INVALID_NUMBER', result: 'FAIL' }])
    expect(await targetsOf(world, outdial.id)).toMatchObject([{ status: 'DONE', destinations: [{ unusable: true }] }])
  },
)

test('targets without a number do not stop the others, even when one call at a time is allowed', async () => {
  const world = await givenWorld()
  const outplan = await givenOutplan(world)
  const outdial = await givenOutdial(world)
  const address = { targetName: '', name: '', detail: '' }
  const sip = { ...address, type: 'SIP' as const, target: 'sip:anna@example.com' }
  const tel = { ...address, type: 'TEL' as const, target: answered }
  const person = { name: '', detail: '', data: '' }
  const people = [sip, sip, tel].map((of) => ({ ...person, destinations: [of] }))
  must(await world.app.outdialTargets.add(world.viewer, outdial.id, people))
  const references = { outplanId: outplan.id, outdialId: outdial.id }
  const campaign = await givenCampaign(world, { ...references, concurrentCallsMax: 1 })
  must(await world.app.campaigns.run(world.viewer, campaign.id))
  await world.settle()
  expect(await callsOf(world, campaign.id)).toHaveLength(3)
})

test('after TIMEOUT a target is DONE, reached, although the result is FAIL', async () => {
  const world = await givenWorld({ app: { callDurationMaxMs: 30_000 } })
  const { campaign, outdial } = await givenRunning(world, { people: [[scripted(95)]], plan: { tryIntervalMs: 0 } })
  await world.run()
  const [call] = await callsOf(world, campaign.id)
  expect(call).toMatchObject({ status: 'DONE', hangupReason: 'TIMEOUT', result: 'FAIL' })
  expect(call?.status === 'DONE' && call.endedAt - (call.answeredAt ?? 0)).toBe(30_000)
  expect(await targetsOf(world, outdial.id)).toMatchObject([{ status: 'DONE', reached: true, outcome: 'FAIL' }])
})

test('a call of which nothing is heard ends UNKNOWN 10 s after its ring time, and its target rests 15 minutes', async () => {
  const world = await givenWorld()
  const { campaign, outdial } = await givenRunning(world, {
    people: [[scripted(92)]],
    plan: { maxTryCounts: [2], tryIntervalMs: 1000, dialTimeoutMs: 20_000 },
  })
  await world.advance(29_999)
  expect(await callsOf(world, campaign.id)).toMatchObject([{ status: 'DIALING' }])
  await world.advance(1)
  expect(await callsOf(world, campaign.id)).toMatchObject([{ status: 'DONE', hangupReason: 'UNKNOWN', result: 'FAIL' }])
  expect(await targetsOf(world, outdial.id)).toMatchObject([{ status: 'IDLE', lastUnknown: true }])
  await world.advance(15 * minuteMs - 1)
  expect(await callsOf(world, campaign.id)).toHaveLength(1)
  await world.advance(1)
  expect(await callsOf(world, campaign.id)).toHaveLength(2)
})

test('a longer interval than 15 minutes counts after UNKNOWN too', async () => {
  const world = await givenWorld()
  const { campaign } = await givenRunning(world, {
    people: [[scripted(92)]],
    plan: { maxTryCounts: [2], tryIntervalMs: 20 * minuteMs, dialTimeoutMs: 20_000 },
  })
  await world.advance(30_000 + 20 * minuteMs - 1)
  expect(await callsOf(world, campaign.id)).toHaveLength(1)
  await world.advance(1)
  expect(await callsOf(world, campaign.id)).toHaveLength(2)
})

test('the reasons that the network gives are results, and each counts as a try', async () => {
  const world = await givenWorld()
  const { campaign } = await givenRunning(world, {
    people: [[scripted(0)], [scripted(50)], [scripted(60)], [scripted(70)], [scripted(75)]],
    plan: { maxTryCounts: [1], dialTimeoutMs: 10_000 },
  })
  await world.run()
  const ends = (await callsOf(world, campaign.id)).map(
    (call) => call.status === 'DONE' && [call.hangupReason, call.result],
  )
  expect(ends).toEqual([
    ['NORMAL', 'SUCCESS'],
    ['BUSY', 'FAIL'],
    ['NO_ANSWER', 'FAIL'],
    ['CONGESTION', 'FAIL'],
    ['INVALID_NUMBER', 'FAIL'],
  ])
  expect(await statusOf(world, campaign.id)).toBe('STOP')
})
