import { expect, test } from 'vitest'
import type { LookupAnswer } from '../../src/telephony/driver.ts'
import { createSimulator } from '../../src/telephony/simulator/simulator.ts'
import {
  agentsNow,
  callsOf,
  givenAgents,
  givenQueue,
  givenRunning,
  must,
  scripted,
  statusOf,
  stepsOf,
  targetsOf,
} from '../support/given.ts'
import { givenMortalWorld, givenScriptedMortal, restartCase, ringing, talking } from '../support/mortal-world.ts'

const { number, plan, one } = restartCase

test('a call that rings on is adopted: it is never sent again, and its answer counts', async () => {
  const { world, carrier, die, restart } = await givenScriptedMortal()
  const { campaign } = await givenRunning(world, one)
  await world.advance(3000)
  await die()
  carrier.lookupWith(() => ringing)
  const { world: next } = await restart()
  await next.settle()
  expect(carrier.words()).toEqual(['ORIGINATE', 'LOOKUP'])
  carrier.tell(carrier.callId(0), { type: 'ANSWERED' })
  await next.settle()
  expect(await callsOf(next, campaign.id)).toMatchObject([{ status: 'PROGRESSING', lookupAt: null }])
})

test('a call that was answered while nobody listened is adopted, and the missed answer is inferred', async () => {
  const { world, carrier, die, restart } = await givenScriptedMortal()
  const { campaign } = await givenRunning(world, { ...one, campaign: { actions: [{ type: 'HANGUP', option: {} }] } })
  await world.advance(3000)
  await die()
  carrier.lookupWith((callId) => (callId === carrier.callId(0) ? talking : ringing))
  const { world: next } = await restart()
  await next.settle()
  const [steps = []] = await stepsOf(next, campaign.id)
  expect(steps.map((step) => [step.event, step.inferred])).toEqual([
    ['CREATED', false],
    ['ANSWERED', true],
  ])
  // Its actions have begun, and ask for its end once.
  expect(carrier.words().filter((word) => word.startsWith('HANGUP'))).toEqual(['HANGUP NORMAL'])
})

test('a call that ended while nobody listened is DONE with its reason before anything is dialed', async () => {
  const { world, carrier, effects, die, restart } = await givenScriptedMortal()
  const { campaign, outdial } = await givenRunning(world, one)
  await world.advance(3000)
  await die()
  const endedAt = effects.now()
  await effects.advance(5000)
  carrier.lookupWith(() => ({ type: 'ENDED', reason: 'BUSY', answeredAt: null, endedAt }))
  const { world: next } = await restart()
  await next.settle()
  expect(carrier.words()).toEqual(['ORIGINATE', 'LOOKUP', 'ORIGINATE'])
  expect(await callsOf(next, campaign.id)).toMatchObject([
    { status: 'DONE', hangupReason: 'BUSY' },
    { status: 'DIALING' },
  ])
  const [steps = []] = await stepsOf(next, campaign.id)
  expect(steps.at(-1)).toMatchObject({ event: 'ENDED', inferred: true })
  expect((await targetsOf(next, outdial.id)).map((target) => target.status)).toEqual(['IDLE', 'PROGRESSING'])
})

test('a call that ended while nobody listened for long has the reason of the carrier, not that of a time that ran out', async () => {
  const { world, carrier, effects, die, restart } = await givenScriptedMortal()
  const { campaign } = await givenRunning(world, one)
  await world.advance(3000)
  await die()
  const answeredAt = effects.now()
  await effects.advance(3_600_000)
  const endedAt = answeredAt + 5000
  carrier.lookupWith(() => ({ type: 'ENDED', reason: 'NORMAL', answeredAt, endedAt }))
  const { world: next } = await restart()
  await next.settle()
  expect(carrier.words()).toEqual(['ORIGINATE', 'LOOKUP', 'ORIGINATE'])
  expect((await callsOf(next, campaign.id))[0]).toMatchObject({ hangupReason: 'NORMAL', result: 'SUCCESS', answeredAt })
})

test('a call that rings on beyond its time while nobody listened is hung up once it was looked up', async () => {
  const { world, carrier, effects, die, restart } = await givenScriptedMortal()
  await givenRunning(world, one)
  await world.advance(3000)
  await die()
  await effects.advance(60_000)
  carrier.lookupWith(() => ringing)
  const { world: next } = await restart()
  await next.settle()
  expect(carrier.words()).toEqual(['ORIGINATE', 'LOOKUP', 'HANGUP NO_ANSWER'])
})

test('nothing is dialed until the carrier has said of every call in flight what became of it', async () => {
  const { world, carrier, die, restart } = await givenScriptedMortal()
  await givenRunning(world, { ...one, campaign: {} })
  await world.settle()
  const second = await givenRunning(world, one)
  await world.settle()
  must(await world.app.campaigns.stop(world.viewer, second.campaign.id))
  await world.settle()
  await die()
  const answers: ((answer: LookupAnswer) => void)[] = []
  carrier.lookupWith(() => new Promise((resolve) => answers.push(resolve)))
  const { world: next } = await restart()
  await next.settle()
  expect(carrier.requests).toHaveLength(3)
  must(await next.app.campaigns.run(next.viewer, second.campaign.id))
  must(await next.app.campaigns.update(next.viewer, second.campaign.id, { concurrentCallsMax: null }))
  await next.settle()
  expect(answers).toHaveLength(3)
  for (const [i, answer] of answers.entries()) {
    expect(carrier.requests).toHaveLength(3)
    answer(ringing)
    await next.settle()
    if (i === 2) expect(carrier.requests).toHaveLength(4)
  }
})

test('news that comes before the calls in flight were looked up does not start a call', async () => {
  const { world, carrier, die, restart } = await givenScriptedMortal()
  await givenRunning(world, { people: [[number], [number], [number]], plan, campaign: { concurrentCallsMax: 2 } })
  await world.settle()
  await die()
  carrier.tellAtStart(carrier.callId(0), { type: 'HANGUP', reason: 'BUSY', by: 'THEM', detail: '' })
  carrier.lookupWith(() => new Promise(() => {}))
  const { world: next } = await restart()
  await next.settle()
  expect(carrier.requests).toHaveLength(2)
  // An interface that never answers is given up, so that the engine can be stopped.
  await next.advance(2000)
})

test('a call whose look-up fails and whose hangup is heard then is in doubt no longer', async () => {
  const { world, carrier, die, restart } = await givenScriptedMortal()
  const { campaign } = await givenRunning(world, one)
  await world.settle()
  await die()
  carrier.lookupWith(() => Promise.reject(new Error('not connected')))
  const { world: next } = await restart()
  await next.settle()
  expect(carrier.requests).toHaveLength(1)
  carrier.tell(carrier.callId(0), { type: 'HANGUP', reason: 'BUSY', by: 'THEM', detail: '' })
  await next.settle()
  expect(await callsOf(next, campaign.id)).toMatchObject([{ hangupReason: 'BUSY' }, { status: 'DIALING' }])
})

test('a look-up that fails is made again', async () => {
  const { world, carrier, die, restart } = await givenScriptedMortal()
  await givenRunning(world, one)
  await world.settle()
  await die()
  carrier.lookupWith(() => Promise.reject(new Error('not connected')))
  const { world: next } = await restart()
  await next.settle()
  carrier.lookupWith(() => ringing)
  await next.advance(10_000)
  expect(carrier.words()).toEqual(['ORIGINATE', 'LOOKUP', 'LOOKUP'])
})

test('a call that died with the process before it was sent gives its try back after its ring time and 10 s', async () => {
  const { world, carrier, effects, die, restart } = await givenScriptedMortal()
  world.app.ticks.withdrawn = () => new Promise(() => {})
  const { campaign } = await givenRunning(world, one)
  await world.settle()
  await die()
  expect(carrier.requests).toEqual([])
  carrier.lookupWith(() => ({ type: 'NOT_SEEN' }))
  const { world: next } = await restart()
  await effects.advance(29_999)
  expect(await callsOf(next, campaign.id)).toMatchObject([{ status: 'DIALING' }])
  expect(carrier.requests).toEqual([])
  await effects.advance(1)
  expect(await callsOf(next, campaign.id)).toMatchObject([
    { status: 'DONE', hangupReason: 'CANCEL', tryCount: 1, attempt: 1 },
    { status: 'DIALING', tryCount: 1, attempt: 2 },
  ])
})

test('a call of which the carrier cannot tell stays in flight until its ring time and 10 s are over, then it is UNKNOWN', async () => {
  const { world, effects, die, restart } = await givenScriptedMortal()
  const { campaign, outdial } = await givenRunning(world, one)
  await world.advance(3000)
  await die()
  const { world: next } = await restart()
  await effects.advance(26_999)
  expect(await callsOf(next, campaign.id)).toMatchObject([{ status: 'DIALING' }])
  await effects.advance(1)
  expect((await callsOf(next, campaign.id))[0]).toMatchObject({
    status: 'DONE',
    hangupReason: 'UNKNOWN',
    result: 'FAIL',
  })
  expect((await targetsOf(next, outdial.id))[0]).toMatchObject({ lastUnknown: true, destinations: [{ tryCount: 1 }] })
})

test('an answered call that the carrier has never seen is UNKNOWN as well: it was placed', async () => {
  const { world, carrier, die, restart } = await givenScriptedMortal()
  const { campaign, outdial } = await givenRunning(world, one)
  await world.settle()
  carrier.tell(carrier.callId(0), { type: 'ANSWERED' })
  await world.settle()
  await die()
  carrier.lookupWith(() => ({ type: 'NOT_SEEN' }))
  const { world: next } = await restart()
  await next.settle()
  expect((await callsOf(next, campaign.id))[0]).toMatchObject({ status: 'DONE', hangupReason: 'UNKNOWN' })
  expect((await targetsOf(next, outdial.id))[0]).toMatchObject({ destinations: [{ tryCount: 1 }] })
})

test('an answered call that is gone without a known cause is UNKNOWN, and its agent is free', async () => {
  const { world, carrier, die, restart } = await givenScriptedMortal()
  const queue = await givenQueue(world)
  const agents = await givenAgents(world, queue.id, [{}])
  const { campaign } = await givenRunning(world, { ...one, campaign: { queueId: queue.id } })
  await world.settle()
  const connected = { type: 'AGENT_CONNECTED', agentId: agents[0]?.id ?? '' } as const
  carrier.tell(carrier.callId(0), { type: 'ANSWERED' }, connected)
  await world.settle()
  await die()
  const { world: next } = await restart()
  await next.settle()
  expect((await callsOf(next, campaign.id))[0]).toMatchObject({ status: 'DONE', hangupReason: 'UNKNOWN' })
  expect(await agentsNow(next, agents)).toMatchObject([{ status: 'AVAILABLE', campaigncallId: null }])
})

test('a campaign goes on over many deaths of the process until every target is DONE, none tried too often', async () => {
  const mortal = await givenMortalWorld({
    driver: (of) => createSimulator({ effects: of, seed: 7, speed: 1, answerRate: 0.5 }),
  })
  const { world } = mortal
  const people = Array.from({ length: 12 }, (_, i) => [scripted([0, 50, 60, 70, 85, 90][i % 6] ?? 0)])
  const { campaign, outdial } = await givenRunning(world, {
    people,
    plan: { ...plan, maxTryCounts: [2], tryIntervalMs: 1000 },
    campaign: { concurrentCallsMax: 3 },
  })
  let current = mortal
  for (const afterMs of [700, 2100, 300, 4000, 1]) {
    await current.effects.advance(afterMs)
    await current.die()
    await current.effects.advance(200)
    current = await current.restart()
  }
  const { world: last } = current
  await last.run()
  expect(await statusOf(last, campaign.id)).toBe('STOP')
  const targets = await targetsOf(last, outdial.id)
  expect(targets.every((target) => target.status === 'DONE')).toBe(true)
  for (const target of targets) {
    const tries = target.destinations[0]?.tryCount ?? 0
    expect(tries).toBeLessThanOrEqual(2)
  }
})
