import { expect, test } from 'vitest'
import type { ActionInput, CampaignCreateInput } from '../../src/app/requests.ts'
import { callsOf, givenRunning, must, scripted, statusOf, stepsOf, targetsOf } from '../support/given.ts'
import { action, flowsOf, givenAnswered, outcomesOf } from '../support/given-actions.ts'
import { givenScriptedWorld } from '../support/given-world.ts'
import { createScriptedSender } from '../support/scripted-sender.ts'

const webhook = action('WEBHOOK_SEND', { url: 'https://example.com/hook', data: { name: '{{target.name}}' } })
const message = action('MESSAGE_SEND', { text: 'Hi' })
const sleep = (durationMs: number) => action('SLEEP', { durationMs })
const hangup = { type: 'HANGUP', reason: 'NORMAL', by: 'THEM', detail: '' } as const

async function givenFlow(actions: readonly ActionInput[], campaign: Partial<CampaignCreateInput> = {}, count = 1) {
  const desk = createScriptedSender()
  const { world, carrier } = await givenScriptedWorld({ sender: desk.sender })
  desk.release()
  const ready = await givenRunning(world, {
    people: Array.from({ length: count }, () => [scripted(0)]),
    plan: { maxTryCounts: [3], tryIntervalMs: 60_000 },
    campaign: { type: 'FLOW', actions, ...campaign },
  })
  await world.settle()
  return { world, carrier, desk, ...ready, calls: () => callsOf(world, ready.campaign.id) }
}

test('what is to be sent is stored before it is sent, under the id that it is sent with', async () => {
  const { world, desk, campaign } = await givenFlow([webhook])
  expect(desk.sent).toMatchObject([{ type: 'WEBHOOK', method: 'POST', body: '{"name":""}' }])
  const [flow] = await flowsOf(world, campaign.id)
  expect(flow).toMatchObject({ status: 'RUNNING', wait: { type: 'SENDING', sendingId: desk.sent[0]?.id } })
  expect(flow?.currentAction).toMatchObject({ type: 'WEBHOOK_SEND' })
})

test('a FLOW ends NORMAL when everything was taken', async () => {
  const { world, desk, calls, campaign, outdial } = await givenFlow([message, webhook])
  expect(desk.sent).toHaveLength(1)
  expect(desk.sent[0]).toMatchObject({ type: 'MESSAGE', to: scripted(0), from: '+12025550199', text: 'Hi' })
  desk.answer(0, 'TAKEN')
  await world.settle()
  expect(desk.sent).toHaveLength(2)
  expect(await calls()).toMatchObject([{ status: 'PROGRESSING' }])
  desk.answer(1, 'TAKEN')
  await world.settle()
  expect(await calls()).toMatchObject([{ hangupReason: 'NORMAL', result: 'SUCCESS' }])
  expect(await outcomesOf(world, campaign.id)).toEqual([['sent', 'sent']])
  expect(await targetsOf(world, outdial.id)).toMatchObject([{ status: 'DONE', reached: true }])
  expect(await statusOf(world, campaign.id)).toBe('STOP')
})

test('each sending is in the log, so that a database that lost one is seen to be older than it', async () => {
  const { world, desk } = await givenFlow([message, webhook])
  const before = world.app.reader.latestPosition()
  desk.answer(0, 'TAKEN')
  await world.settle()
  expect(desk.sent).toHaveLength(2)
  expect(world.app.reader.latestPosition()).toBeGreaterThan(before)
})

test('a FLOW whose sending is refused ends FAILED, runs no further action, and is tried again', async () => {
  const { world, desk, calls, campaign, outdial } = await givenFlow([message, webhook])
  desk.answer(0, 'REFUSED', 'no such number')
  await world.settle()
  expect(await calls()).toMatchObject([{ hangupReason: 'FAILED', result: 'FAIL' }])
  expect(await outcomesOf(world, campaign.id)).toEqual([['refused: no such number']])
  expect(await targetsOf(world, outdial.id)).toMatchObject([{ status: 'IDLE' }])
  expect(desk.sent).toHaveLength(1)
  await world.advance(60_000)
  expect(desk.sent).toHaveLength(2)
  expect(desk.sent[1]?.id).not.toBe(desk.sent[0]?.id)
})

test('a FLOW whose sending may have been taken ends UNKNOWN, and its target is DONE until a reset', async () => {
  const { world, desk, calls, campaign, outdial } = await givenFlow([message, webhook], { endHandle: 'CONTINUE' })
  desk.answer(0, 'UNKNOWN', 'no answer')
  await world.settle()
  expect(await calls()).toMatchObject([{ hangupReason: 'UNKNOWN', result: 'FAIL' }])
  expect((await stepsOf(world, campaign.id))[0]?.at(-1)).toMatchObject({ event: 'ENDED', inferred: true })
  expect(await outcomesOf(world, campaign.id)).toEqual([['unknown: no answer']])
  expect(await targetsOf(world, outdial.id)).toMatchObject([{ status: 'DONE', reached: true }])
  await world.advance(1_000_000)
  expect(desk.sent).toHaveLength(1)
  must(await world.app.outdialTargets.reset(world.viewer, outdial.id, 'ALL'))
  await world.settle()
  expect(desk.sent).toHaveLength(2)
})

test('without a way to send, a FLOW fails and says so', async () => {
  const { world } = await givenScriptedWorld()
  const email = action('EMAIL_SEND', { to: ['a@example.com'], subject: 'x', text: 'y' })
  for (const [of, noun] of [
    [webhook, 'webhooks'],
    [email, 'mail'],
    [message, 'messages'],
  ] as const) {
    const { campaign } = await givenRunning(world, {
      people: [[scripted(0)]],
      plan: { maxTryCounts: [1] },
      campaign: { type: 'FLOW', actions: [of] },
    })
    await world.settle()
    expect(await outcomesOf(world, campaign.id)).toEqual([[`refused: there is no way to send ${noun} here`]])
    expect(await callsOf(world, campaign.id)).toMatchObject([{ hangupReason: 'FAILED' }])
  }
})

test('a FLOW of a hundred targets has one sending for each', async () => {
  const { world, desk, campaign, calls } = await givenFlow([message], {}, 100)
  expect(new Set(desk.sent.map((sending) => sending.id)).size).toBe(100)
  for (const index of desk.sent.keys()) desk.answer(index, 'TAKEN')
  await world.settle()
  expect((await calls()).every((call) => call.status === 'DONE' && call.result === 'SUCCESS')).toBe(true)
  expect(await statusOf(world, campaign.id)).toBe('STOP')
})

test('what is sent on a call is waited for, and whatever comes of it, the call goes on', async () => {
  for (const type of ['TAKEN', 'REFUSED', 'UNKNOWN'] as const) {
    const desk = createScriptedSender()
    const answered = await givenAnswered([message, action('HANGUP', { reason: 'AMD' })], { sender: desk.sender })
    expect(answered.carrier.words()).toEqual(['ORIGINATE'])
    desk.answer(0, type)
    await answered.world.settle()
    expect(answered.carrier.words()).toEqual(['ORIGINATE', 'HANGUP AMD'])
    const noted = type === 'TAKEN' ? 'sent' : `${type.toLowerCase()}: the server said so`
    expect(await answered.outcomes()).toEqual([noted, 'hung up'])
  }
})

test('what came of a sending is noted also when the call has ended meanwhile, or is about to', async () => {
  for (const isDone of [true, false]) {
    const desk = createScriptedSender()
    const answered = await givenAnswered([message, webhook], { sender: desk.sender })
    if (isDone) await answered.tell(hangup)
    else await answered.hangUp()
    expect(await answered.outcomes()).toEqual([isDone ? 'the call ended' : null])
    desk.answer(0, 'TAKEN')
    await answered.world.settle()
    expect(await answered.outcomes()).toEqual(['sent'])
    expect(await answered.flow()).toMatchObject({ status: 'ENDED', wait: null })
    expect(desk.sent).toHaveLength(1)
  }
})

test('news of the call and of its sending that come together both count', async () => {
  const desk = createScriptedSender()
  const answered = await givenAnswered([message, action('DIGITS_RECEIVE')], { sender: desk.sender })
  desk.answer(0, 'TAKEN')
  await answered.world.settle()
  answered.carrier.tell(answered.callId, { type: 'DIGIT', digit: '1' })
  await answered.tell(hangup)
  expect(await answered.outcomes()).toEqual(['sent', 'received digits 1'])
})

test('an engine that ends waits a moment for what is being sent, and sends nothing more', async () => {
  const { world, desk, calls } = await givenFlow([message, webhook, sleep(0)])
  const stopped = world.engine.stop()
  await world.advance(1000)
  expect(desk.stopCount).toBe(0)
  desk.answer(0, 'TAKEN')
  await world.settle()
  await stopped
  expect(desk).toMatchObject({ stopCount: 1, sent: { length: 1 } })
  expect(await calls()).toMatchObject([{ hangupReason: 'FAILED' }])
})

test('an engine that ends waits 5 s at most: what came of the sending is then UNKNOWN', async () => {
  const { world, desk, calls } = await givenFlow([message])
  const stopped = world.engine.stop()
  await world.advance(4999)
  expect(desk.stopCount).toBe(0)
  await world.advance(1)
  await stopped
  expect(desk.stopCount).toBe(1)
  expect(await calls()).toMatchObject([{ hangupReason: 'UNKNOWN' }])
})

test('a sender that breaks its promise leaves it unknown', async () => {
  const { world, carrier } = await givenScriptedWorld({
    sender: { missing: () => null, send: () => Promise.reject(new Error('broken')), async stop() {} },
  })
  const { campaign } = await givenRunning(world, {
    people: [[scripted(0)]],
    campaign: { type: 'FLOW', actions: [message] },
  })
  await world.settle()
  expect(await callsOf(world, campaign.id)).toMatchObject([{ hangupReason: 'UNKNOWN' }])
  expect(carrier.asked).toEqual([])
  expect(world.complaints.splice(0)).toMatchObject([{ level: 'error', message: expect.stringContaining('sender') }])
})

async function hangUp(world: Awaited<ReturnType<typeof givenFlow>>['world'], callId: string | undefined) {
  must(await world.app.campaigncalls.hangup(world.viewer, callId ?? ''))
  await world.settle()
}

test('a FLOW that is ended on request while something is being sent is UNKNOWN, and is not sent again', async () => {
  const { world, desk, calls, campaign, outdial } = await givenFlow([webhook])
  await hangUp(world, (await calls())[0]?.id)
  expect(await calls()).toMatchObject([{ result: 'FAIL', hangupReason: 'UNKNOWN' }])
  expect(await targetsOf(world, outdial.id)).toMatchObject([{ status: 'DONE', reached: true }])
  desk.answer(0, 'TAKEN')
  await world.settle()
  expect(await outcomesOf(world, campaign.id)).toEqual([['sent']])
  expect(await calls()).toMatchObject([{ hangupReason: 'UNKNOWN' }])
  expect(desk.sent).toHaveLength(1)
})

test('a FLOW that is ended on request after all that it sent was taken is NORMAL', async () => {
  const { world, desk, calls, outdial } = await givenFlow([webhook, sleep(60_000), message])
  desk.answer(0, 'TAKEN')
  await world.advance(1000)
  await hangUp(world, (await calls())[0]?.id)
  expect(await calls()).toMatchObject([{ result: 'SUCCESS', hangupReason: 'NORMAL' }])
  expect(await targetsOf(world, outdial.id)).toMatchObject([{ status: 'DONE', reached: true, outcome: 'SUCCESS' }])
  expect(desk.sent).toHaveLength(1)
})
