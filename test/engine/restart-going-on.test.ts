import { expect, test } from 'vitest'
import { engineSilentMs } from '../../src/domain/engine.ts'
import type { LookupAnswer } from '../../src/telephony/driver.ts'
import { createSimulator } from '../../src/telephony/simulator/simulator.ts'
import {
  agentsNow,
  callsOf,
  dialingOf,
  givenAgents,
  givenQueue,
  givenRunning,
  must,
  scripted,
} from '../support/given.ts'
import { givenMortalWorld, givenScriptedMortal, restartCase, ringing, talking } from '../support/mortal-world.ts'

const { plan, one } = restartCase

test('a call that waits for an agent is offered to nobody before it is known to live', async () => {
  const { world, carrier, die, restart } = await givenScriptedMortal()
  const queue = await givenQueue(world)
  const [agent] = await givenAgents(world, queue.id, [{}])
  await givenRunning(world, { ...one, campaign: { queueId: queue.id } })
  await world.settle()
  must(await world.app.agents.setStatus(world.viewer, agent?.id ?? '', 'AWAY'))
  carrier.tell(carrier.callId(0), { type: 'ANSWERED' })
  await world.settle()
  await die()
  let answer = (_: LookupAnswer) => {}
  carrier.lookupWith(
    () =>
      new Promise((resolve) => {
        answer = resolve
      }),
  )
  const { world: next } = await restart()
  must(await next.app.agents.setStatus(next.viewer, agent?.id ?? '', 'AVAILABLE'))
  await next.settle()
  expect(carrier.words()).toEqual(['ORIGINATE', 'LOOKUP'])
  answer(talking)
  await next.settle()
  expect(carrier.words()).toEqual(['ORIGINATE', 'LOOKUP', 'CONNECT'])
})

test('a conversation that goes on is adopted with its agent', async () => {
  const { world, carrier, die, restart } = await givenScriptedMortal()
  const queue = await givenQueue(world)
  const agents = await givenAgents(world, queue.id, [{}])
  const { campaign } = await givenRunning(world, { ...one, campaign: { queueId: queue.id } })
  await world.settle()
  const connected = { type: 'AGENT_CONNECTED', agentId: agents[0]?.id ?? '' } as const
  carrier.tell(carrier.callId(0), { type: 'ANSWERED' }, connected)
  await world.settle()
  await die()
  carrier.lookupWith(() => talking)
  const { world: next } = await restart()
  await next.settle()
  expect(await callsOf(next, campaign.id)).toMatchObject([{ status: 'PROGRESSING', phase: 'CONNECTED' }])
  expect(await agentsNow(next, agents)).toMatchObject([{ status: 'BUSY' }])
  carrier.tell(carrier.callId(0), { type: 'HANGUP', reason: 'NORMAL', by: 'THEM', detail: '' })
  await next.settle()
  expect((await callsOf(next, campaign.id))[0]).toMatchObject({ hangupReason: 'NORMAL', result: 'SUCCESS' })
})

test('an agent whose phone rang when the process died can still answer, and goes AWAY at the end of the ring time', async () => {
  for (const answers of [true, false]) {
    const { world, carrier, effects, die, restart } = await givenScriptedMortal()
    const queue = await givenQueue(world, { agentRingMs: 10_000 })
    const agents = await givenAgents(world, queue.id, [{}])
    await givenRunning(world, { ...one, campaign: { queueId: queue.id } })
    await world.settle()
    carrier.tell(carrier.callId(0), { type: 'ANSWERED' })
    await world.advance(3000)
    await die()
    carrier.lookupWith(() => talking)
    const { world: next } = await restart()
    await next.settle()
    expect(await agentsNow(next, agents)).toMatchObject([{ status: 'RINGING' }])
    if (answers) carrier.tell(carrier.callId(0), { type: 'AGENT_CONNECTED', agentId: agents[0]?.id ?? '' })
    await effects.advance(7000)
    expect(await agentsNow(next, agents)).toMatchObject([{ status: answers ? 'BUSY' : 'AWAY' }])
  }
})

test('a SLEEP goes on over a restart and ends when it would have', async () => {
  const { world, carrier, effects, die, restart } = await givenScriptedMortal()
  const actions = [
    { type: 'SLEEP' as const, option: { durationMs: 20_000 } },
    { type: 'HANGUP' as const, option: { reason: 'AMD' } },
  ]
  await givenRunning(world, { ...one, campaign: { actions, concurrentCallsMax: 1 } })
  await world.settle()
  carrier.tell(carrier.callId(0), { type: 'ANSWERED' })
  await world.advance(5000)
  await die()
  carrier.lookupWith(() => talking)
  await restart()
  await effects.advance(14_999)
  expect(carrier.words()).toEqual(['ORIGINATE', 'LOOKUP'])
  await effects.advance(1)
  expect(carrier.words()).toEqual(['ORIGINATE', 'LOOKUP', 'HANGUP AMD'])
})

test('a SLEEP of a call whose answer was missed lasts its time', async () => {
  const { world, carrier, effects, die, restart } = await givenScriptedMortal()
  const actions = [{ type: 'SLEEP' as const, option: { durationMs: 20_000 } }]
  await givenRunning(world, { ...one, campaign: { actions, concurrentCallsMax: 1 } })
  await world.advance(5000)
  await die()
  carrier.lookupWith(() => talking)
  await restart()
  await effects.advance(19_999)
  expect(carrier.words()).toEqual(['ORIGINATE', 'LOOKUP'])
  await effects.advance(1)
  expect(carrier.words()).toEqual(['ORIGINATE', 'LOOKUP', 'HANGUP NORMAL'])
})

test('a FLOW goes on over a restart', async () => {
  const { world, effects, die, restart } = await givenScriptedMortal()
  const actions = [{ type: 'SLEEP' as const, option: { durationMs: 20_000 } }]
  const { campaign } = await givenRunning(world, { ...one, campaign: { type: 'FLOW', actions } })
  await world.advance(5000)
  await die()
  const { world: next } = await restart()
  await effects.advance(15_000)
  expect((await callsOf(next, campaign.id))[0]).toMatchObject({ hangupReason: 'NORMAL', result: 'SUCCESS' })
})

test('an end that was asked for before the process died is asked for again if the call still lives', async () => {
  const { world, carrier, die, restart } = await givenScriptedMortal()
  const { campaign } = await givenRunning(world, one)
  await world.settle()
  const [call] = await callsOf(world, campaign.id)
  must(await world.app.campaigncalls.hangup(world.viewer, call?.id ?? ''))
  await world.settle()
  await die()
  carrier.lookupWith(() => ringing)
  const { world: next } = await restart()
  await next.settle()
  expect(carrier.words()).toEqual(['ORIGINATE', 'HANGUP CANCEL', 'LOOKUP', 'HANGUP CANCEL'])
})

test('an end that was asked for while no engine ran is carried out by the next one', async () => {
  const { world, carrier, die, restart } = await givenScriptedMortal()
  const { campaign } = await givenRunning(world, one)
  await world.settle()
  await die()
  const { world: next } = await restart({ startEngine: false })
  // One that was killed could not say so: it is known by its silence.
  await next.advance(engineSilentMs + 1)
  const [call] = await callsOf(next, campaign.id)
  must(await next.app.campaigncalls.hangup(next.viewer, call?.id ?? ''))
  carrier.lookupWith(() => ringing)
  expect((await dialingOf(next, campaign.id)).blockedBy).toBe('ENGINE_STOPPED')
  await next.engine.start()
  await next.settle()
  expect(carrier.words()).toEqual(['ORIGINATE', 'LOOKUP', 'HANGUP CANCEL'])
})

test('an end that was asked for and not passed on keeps nobody waiting for what became of the call', async () => {
  const { world, carrier, effects, die, restart } = await givenScriptedMortal()
  const { campaign } = await givenRunning(world, one)
  await world.settle()
  const [call] = await callsOf(world, campaign.id)
  await die()
  const { world: between, die: dieAgain } = await restart({ startEngine: false })
  must(await between.app.campaigncalls.hangup(between.viewer, call?.id ?? ''))
  await dieAgain()
  await effects.advance(5000)
  carrier.lookupWith(() => ({ type: 'ENDED', reason: 'BUSY', answeredAt: null, endedAt: effects.now() }))
  const { world: next } = await restart()
  await next.settle()
  expect(carrier.words()).toEqual(['ORIGINATE', 'HANGUP CANCEL', 'LOOKUP', 'ORIGINATE'])
  expect((await callsOf(next, campaign.id))[0]).toMatchObject({ hangupReason: 'CANCEL' })
})

test('a retry interval goes on over a restart', async () => {
  const { world, effects, die, restart } = await givenMortalWorld({
    driver: (of) => createSimulator({ effects: of, seed: 1, speed: 1, answerRate: 1 }),
  })
  const { campaign } = await givenRunning(world, { people: [[scripted(50)]], plan })
  await world.advance(11_000)
  await die()
  const { world: next } = await restart()
  await effects.advance(49_999)
  expect(await callsOf(next, campaign.id)).toHaveLength(1)
  await effects.advance(1)
  expect(await callsOf(next, campaign.id)).toHaveLength(2)
})
