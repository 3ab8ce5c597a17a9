import { expect, test } from 'vitest'
import { engineOf, originates, resume, takeComplaints } from '../support/engine.ts'
import { callsOf, dialingOf, givenRunning, scripted, statusOf } from '../support/given.ts'
import { givenScriptedWorld } from '../support/given-world.ts'
import { givenScriptedMortal, ringing } from '../support/mortal-world.ts'

const hour = 3_600_000
const number = scripted(95)
const plan = { maxTryCounts: [3], tryIntervalMs: 60_000 }

test('a carrier out of reach at the start is waited for, and nothing is dialed', async () => {
  const { world, carrier } = await givenScriptedWorld({ startEngine: false })
  carrier.disconnect()
  await world.engine.start()
  const { campaign } = await givenRunning(world, { people: [[number]], plan })
  await world.advance(60_000)
  expect(await engineOf(world)).toMatchObject({
    state: 'WAITING_FOR_CARRIER',
    reason: 'The carrier cannot be reached: the test says so.',
  })
  expect(await dialingOf(world, campaign.id)).toMatchObject({ blockedBy: 'CARRIER_UNAVAILABLE' })
  expect(originates(carrier)).toBe(0)
  carrier.connect()
  await world.settle()
  expect((await engineOf(world)).state).toBe('RUNNING')
  expect(originates(carrier)).toBe(1)
  takeComplaints(world)
})

test('calls in flight are not given up for a carrier that is back within ten minutes', async () => {
  const { world, carrier, effects, die, restart } = await givenScriptedMortal()
  const { campaign } = await givenRunning(world, { people: [[number]], plan: { maxTryCounts: [1] } })
  await world.settle()
  await die()
  await effects.advance(hour)
  carrier.disconnect()
  const { world: next } = await restart()
  await next.advance(9 * 60_000)
  expect(await callsOf(next, campaign.id)).toMatchObject([{ status: 'DIALING' }])
  expect(carrier.words()).toEqual(['ORIGINATE'])
  carrier.lookupWith(() => ({ type: 'ENDED', reason: 'BUSY', answeredAt: null, endedAt: effects.now() - hour }))
  carrier.connect()
  await next.settle()
  expect(await callsOf(next, campaign.id)).toMatchObject([{ status: 'DONE', hangupReason: 'BUSY' }])
  takeComplaints(next)
})

test('a carrier that stays away is not waited for without end', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const { campaign } = await givenRunning(world, { people: [[number]], plan: { maxTryCounts: [1] } })
  await world.settle()
  carrier.disconnect()
  await world.advance(11 * 60_000)
  expect(await callsOf(world, campaign.id)).toMatchObject([{ status: 'DONE', hangupReason: 'UNKNOWN' }])
  expect(await statusOf(world, campaign.id)).toBe('STOP')
  takeComplaints(world)
})

test('what needs no carrier goes on while it is out of reach', async () => {
  const { world, carrier } = await givenScriptedWorld()
  carrier.disconnect()
  const { campaign } = await givenRunning(world, { people: [[number]], plan, campaign: { type: 'FLOW' } })
  await world.settle()
  expect(await callsOf(world, campaign.id)).toMatchObject([{ status: 'DONE', hangupReason: 'NORMAL' }])
  takeComplaints(world)
})

test('after a lost connection every call in flight is looked up before a new one is placed', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const { campaign } = await givenRunning(world, {
    people: [[number], [number], [number]],
    plan,
    campaign: { concurrentCallsMax: 2 },
  })
  await world.settle()
  carrier.disconnect()
  let answer: (ended: boolean) => void = () => {}
  carrier.lookupWith(
    (callId) =>
      new Promise((resolve) => {
        const now = world.effects.now()
        if (callId === carrier.callId(0)) resolve({ type: 'ENDED', reason: 'BUSY', answeredAt: null, endedAt: now })
        else answer = () => resolve(ringing)
      }),
  )
  carrier.connect()
  await world.settle()
  expect(await engineOf(world)).toMatchObject({
    state: 'RECONCILING',
    reason: expect.stringMatching(/being looked up: 2 left/),
  })
  expect(originates(carrier)).toBe(2)
  answer(true)
  await world.settle()
  expect(await engineOf(world)).toMatchObject({ state: 'RUNNING', adopted: 1 })
  expect(originates(carrier)).toBe(3)
  const [first = []] = await world.app.campaigncalls.transitions(world.viewer, [
    (await callsOf(world, campaign.id))[0]?.id ?? '',
  ])
  expect(first.map((of) => [of.event, of.inferred])).toEqual([
    ['CREATED', false],
    ['ENDED', true],
  ])
  takeComplaints(world)
})

test.each(['RINGING', 'ANSWERED'] as const)('%s of a call in doubt ends the doubt as well', async (type) => {
  const { world, carrier } = await givenScriptedWorld()
  const { campaign } = await givenRunning(world, {
    people: [[number], [number]],
    plan,
    campaign: { concurrentCallsMax: 1 },
  })
  await world.settle()
  carrier.disconnect()
  // Its look-up is on its way, and stays there.
  carrier.lookupWith(() => new Promise(() => {}))
  carrier.connect()
  await world.settle()
  expect((await engineOf(world)).state).toBe('RECONCILING')
  carrier.tell(carrier.callId(0), { type })
  await world.settle()
  expect((await engineOf(world)).state).toBe('RUNNING')
  expect(await callsOf(world, campaign.id)).toHaveLength(1)
  await world.advance(2000)
  takeComplaints(world)
})

test('a live call of ours that the database does not know stops the engine until a person lets it go on', async () => {
  const { world, carrier } = await givenScriptedWorld({ startEngine: false })
  carrier.listWith(['0198c0de-0000-7000-8000-00000000beef'])
  await world.engine.start()
  await givenRunning(world, { people: [[number]], plan })
  await world.advance(60_000)
  expect(await engineOf(world)).toMatchObject({
    state: 'HALTED',
    reason: expect.stringMatching(/restored from an older backup/),
  })
  expect(carrier.words()).toEqual([])
  expect(await resume(world)).toMatchObject({ value: { state: 'RUNNING' } })
  expect(originates(carrier)).toBe(1)
  takeComplaints(world)
})

test('a call that was given up and still lives when the carrier is back is hung up', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const { campaign } = await givenRunning(world, { people: [[number]], plan: { maxTryCounts: [1] } })
  await world.advance(60_000)
  expect(await callsOf(world, campaign.id)).toMatchObject([{ hangupReason: 'UNKNOWN' }])
  carrier.disconnect()
  carrier.listWith([carrier.callId(0) ?? ''])
  const before = carrier.words().length
  carrier.connect()
  await world.settle()
  expect(carrier.words().slice(before)).toEqual(['HANGUP CANCEL'])
  expect((await engineOf(world)).state).toBe('RUNNING')
  takeComplaints(world)
})

test('a carrier that does not list its calls is asked again before anything is dialed', async () => {
  const { world, carrier } = await givenScriptedWorld()
  carrier.disconnect()
  let refusals = 2
  world.driver.list = () => (refusals-- > 0 ? Promise.reject(new Error('busy')) : Promise.resolve([]))
  carrier.connect()
  await givenRunning(world, { people: [[number]], plan })
  await world.settle()
  expect((await engineOf(world)).state).toBe('RECONCILING')
  await world.advance(2000)
  expect((await engineOf(world)).state).toBe('RUNNING')
  expect(originates(carrier)).toBe(1)
  takeComplaints(world)
})

test('a look-up that failed before the carrier could be reached does not put off the one that follows', async () => {
  const { world, carrier, die, restart } = await givenScriptedMortal()
  await givenRunning(world, { people: [[number], [number]], plan, campaign: { concurrentCallsMax: 1 } })
  await world.settle()
  await die()
  carrier.disconnect()
  carrier.lookupWith(() => ringing)
  const { world: next } = await restart()
  carrier.connect()
  await next.advance(1000)
  expect((await engineOf(next)).state).toBe('RUNNING')
  expect(carrier.words()).toEqual(['ORIGINATE', 'LOOKUP'])
  takeComplaints(next)
})
