import { expect, test } from 'vitest'
import { callsOf, givenReady, givenRunning, scripted, targetsOf } from '../support/given.ts'
import { action, outcomesOf } from '../support/given-actions.ts'
import { givenScriptedMortal, restartCase, talking } from '../support/mortal-world.ts'
import { createScriptedSender } from '../support/scripted-sender.ts'

const { one, plan } = restartCase
const message = action('MESSAGE_SEND', { text: 'Hi' })
const webhook = action('WEBHOOK_SEND', { url: 'https://example.com/', data: 1 })

/** A call that was answered, with these actions, in a process that can die. */
async function givenAnsweredMortal(
  actions: ReturnType<typeof action>[],
  sender?: ReturnType<typeof createScriptedSender>,
) {
  const mortal = await givenScriptedMortal(sender && { sender: sender.sender })
  const { world, carrier } = mortal
  const { campaign } = await givenRunning(world, { ...one, campaign: { actions, concurrentCallsMax: 1 } })
  await world.settle()
  carrier.tell(carrier.callId(0), { type: 'ANSWERED' })
  await world.settle()
  carrier.lookupWith(() => talking)
  return { ...mortal, campaign, callId: carrier.callId(0) }
}

test('a FLOW that was sending when the process died ends UNKNOWN, and is sent only after a reset', async () => {
  const desk = createScriptedSender()
  const { world, die, restart, effects } = await givenScriptedMortal({ sender: desk.sender })
  const { campaign, outdial } = await givenRunning(world, {
    ...{ people: [[scripted(0)]], plan },
    campaign: { type: 'FLOW', actions: [message, webhook], endHandle: 'CONTINUE' },
  })
  await world.settle()
  expect(desk.sent).toHaveLength(1)
  await die()
  const { world: next } = await restart()
  desk.release()
  await next.settle()
  expect(await callsOf(next, campaign.id)).toMatchObject([{ hangupReason: 'UNKNOWN' }])
  expect(await outcomesOf(next, campaign.id)).toEqual([['unknown: the process ended before the result was known']])
  expect(await targetsOf(next, outdial.id)).toMatchObject([{ status: 'DONE', reached: true }])
  await effects.advance(1_000_000)
  expect(desk.sent).toHaveLength(1)
  await next.app.outdialTargets.reset(next.viewer, outdial.id, 'ALL')
  await next.settle()
  expect(desk.sent).toHaveLength(2)
})

test('wherever the process dies, nothing is sent twice, and what may have been sent is told of', async () => {
  const ends = new Set<string>()
  for (let point = 0; point < 160; point += 2) {
    const desk = createScriptedSender()
    const { world, dieAtPoint, die, restart } = await givenScriptedMortal({ sender: desk.sender })
    const { campaign } = await givenReady(world, {
      people: [[scripted(0)]],
      plan: { ...plan, maxTryCounts: [1] },
      campaign: { type: 'FLOW', actions: [message] },
    })
    dieAtPoint(point)
    await world.app.campaigns.run(world.viewer, campaign.id).catch(() => null)
    await world.settle()
    desk.answer(0, 'TAKEN')
    await world.settle()
    await die()
    const { world: next } = await restart()
    desk.release()
    await next.settle()
    desk.answer(0, 'TAKEN')
    await next.settle()
    const calls = await callsOf(next, campaign.id)
    expect(desk.sent.length, `dying at point ${point}`).toBeLessThanOrEqual(1)
    expect(calls.length, `dying at point ${point}`).toBeGreaterThanOrEqual(desk.sent.length)
    for (const call of calls)
      ends.add(call.status === 'DONE' ? `${call.hangupReason} ${desk.sent.length}` : call.status)
  }
  // Nobody knows whether it was sent before the process died, also where it was not.
  expect([...ends].sort()).toEqual(['NORMAL 1', 'UNKNOWN 0', 'UNKNOWN 1'])
})

test('a call that was sending when the process died goes on, and what came of it is UNKNOWN', async () => {
  const desk = createScriptedSender()
  const { carrier, die, restart, campaign } = await givenAnsweredMortal([message, action('DIGITS_RECEIVE')], desk)
  await die()
  const { world: next } = await restart()
  await next.settle()
  expect(await outcomesOf(next, campaign.id)).toEqual([
    ['unknown: the process ended before the result was known', null],
  ])
  expect(carrier.words()).toContain('RECEIVE_DIGITS')
  expect(desk.sent).toHaveLength(1)
})

test('digits that were pressed before a restart count, and the rest of their time goes on', async () => {
  const { carrier, world, die, restart, campaign, callId, effects } = await givenAnsweredMortal([
    action('DIGITS_RECEIVE', { length: 3, timeoutMs: 10_000 }),
    action('DIGITS_RECEIVE', { length: 3, timeoutMs: 10_000 }),
  ])
  carrier.tell(callId, { type: 'DIGIT', digit: '1' })
  await world.advance(4000)
  await die()
  const { world: next } = await restart()
  await next.settle()
  carrier.tell(callId, { type: 'DIGIT', digit: '2' })
  await effects.advance(5999)
  expect(await outcomesOf(next, campaign.id)).toEqual([[null]])
  await effects.advance(1)
  expect(await outcomesOf(next, campaign.id)).toEqual([['received digits 12', null]])
})

test('variables, jumps and what was run survive a restart', async () => {
  const id = '0198c0de-0000-7000-8000-000000000001'
  const { die, restart, campaign, effects } = await givenAnsweredMortal([
    action('VARIABLE_SET', { variable: 'plan', value: 'gold' }),
    action('SLEEP', { durationMs: 10_000 }, id),
    action('GOTO', { targetId: id, loopCount: 2 }),
    action('BRANCH', { variable: 'plan', targets: { gold: id } }),
  ])
  await effects.advance(15_000)
  await die()
  const { world: next } = await restart()
  await effects.advance(25_000)
  const jumps = ['slept', 'jumped, 1 of 2', 'slept', 'jumped, 2 of 2', 'slept', 'went on', 'matched gold', 'slept']
  expect(await outcomesOf(next, campaign.id)).toEqual([['set', ...jumps, 'went on', 'matched gold', null]])
})

test('a loop that was cut off by the end of the process goes on where it stood, and takes its 1000 steps in all', async () => {
  const id = '0198c0de-0000-7000-8000-000000000001'
  const { die, restart, campaign } = await givenAnsweredMortal([
    { ...action('SLEEP', { durationMs: 0 }, id), nextId: id },
  ])
  await die()
  const { world: next } = await restart()
  await next.settle()
  await next.advance(1)
  const [outcomes = []] = await outcomesOf(next, campaign.id)
  expect(outcomes).toEqual(Array.from({ length: 1000 }, () => 'slept'))
  expect(await callsOf(next, campaign.id)).toMatchObject([{ endRequest: { reason: 'FAILED' } }])
})

test('a machine detection and a CONNECT whose news was missed end with their time', async () => {
  const { carrier, die, restart, campaign, effects } = await givenAnsweredMortal([
    action('AMD'),
    action('CONNECT', { destinations: [scripted(1)], ringTimeoutMs: 5000 }),
    action('DIGITS_RECEIVE'),
  ])
  await die()
  const { world: next } = await restart()
  await effects.advance(15_000)
  expect(await outcomesOf(next, campaign.id)).toEqual([['not sure', null]])
  await effects.advance(15_000)
  expect(await outcomesOf(next, campaign.id)).toEqual([['not sure', 'nobody answered', null]])
  expect(carrier.words().slice(-3)).toEqual(['DIAL', 'HANG_UP_LEG', 'RECEIVE_DIGITS'])
})

test('who was connected by a CONNECT is left to talk over a restart', async () => {
  const { carrier, world, die, restart, campaign, callId, effects } = await givenAnsweredMortal([
    action('CONNECT', { destinations: [scripted(1)] }),
  ])
  const dialed = carrier.asked.find((of) => of.what === 'DIAL')
  const legId = dialed?.what === 'DIAL' ? dialed.legId : ''
  carrier.tell(callId, { type: 'LEG_CONNECTED', legId })
  await world.settle()
  await die()
  const { world: next } = await restart()
  await effects.advance(600_000)
  expect(carrier.words().slice(2)).toEqual(['LOOKUP'])
  carrier.tell(callId, { type: 'LEG_ENDED', legId, answered: true })
  await next.settle()
  expect(await outcomesOf(next, campaign.id)).toEqual([[`connected to ${scripted(1)}`]])
})
