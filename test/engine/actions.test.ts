import { expect, test } from 'vitest'
import type { ActionInput } from '../../src/app/requests.ts'
import { agentsNow, callsOf, eventsOf, givenAgents, givenQueue, givenRunning, scripted } from '../support/given.ts'
import { flowsOf } from '../support/given-actions.ts'
import { givenScriptedWorld, givenWorld } from '../support/given-world.ts'

const number = scripted(95)
const plan = { maxTryCounts: [1] }
const play = (url: string): ActionInput => ({ type: 'PLAY', option: { urls: [url] } })
const sleep = (durationMs: number): ActionInput => ({ type: 'SLEEP', option: { durationMs } })
const id = (n: number) => `0198c0de-0000-7000-8000-00000000000${n}`

/** A world in which a call with these actions was just answered. */
async function givenAnswered(actions: readonly ActionInput[], withQueue = false) {
  const { world, carrier } = await givenScriptedWorld()
  const queue = await givenQueue(world)
  const agents = await givenAgents(world, queue.id, [{}])
  const { campaign } = await givenRunning(world, {
    people: [[number]],
    plan,
    campaign: { actions, queueId: withQueue ? queue.id : null },
  })
  await world.settle()
  carrier.tell(carrier.callId(0), { type: 'ANSWERED' })
  await world.settle()
  const endPlayback = async () => {
    const last = carrier.asked.filter((of) => of.what === 'PLAY').at(-1)
    const playbackId = last?.what === 'PLAY' ? last.playbackId : ''
    carrier.tell(carrier.callId(0), { type: 'PLAYBACK_ENDED', playbackId, end: 'PLAYED', playedMs: 1000 })
    await world.settle()
  }
  return { world, carrier, agents, campaign, endPlayback }
}

test('TALK and PLAY wait for their end, and the end of the list hangs up, NORMAL', async () => {
  const { carrier, endPlayback } = await givenAnswered([
    { type: 'ANSWER', option: {} },
    { type: 'TALK', option: { text: 'Hello' } },
    play('https://example.com/a.wav'),
  ])
  expect(carrier.words()).toEqual(['ORIGINATE', 'PLAY'])
  await endPlayback()
  expect(carrier.words()).toEqual(['ORIGINATE', 'PLAY', 'PLAY'])
  await endPlayback()
  expect(carrier.words()).toEqual(['ORIGINATE', 'PLAY', 'PLAY', 'HANGUP NORMAL'])
})

test('the end of a playback that is not the awaited one moves nothing', async () => {
  const { world, carrier } = await givenAnswered([play('https://example.com/a.wav')])
  carrier.tell(carrier.callId(0), { type: 'PLAYBACK_ENDED', playbackId: id(1), end: 'PLAYED', playedMs: 1000 })
  await world.settle()
  expect(carrier.words()).toEqual(['ORIGINATE', 'PLAY'])
})

test('the end of a playback that comes twice moves on once', async () => {
  const { world, carrier, endPlayback } = await givenAnswered([
    play('https://example.com/a.wav'),
    play('https://example.com/b.wav'),
  ])
  const first = carrier.asked.at(-1)
  await endPlayback()
  const playbackId = first?.what === 'PLAY' ? first.playbackId : ''
  carrier.tell(carrier.callId(0), { type: 'PLAYBACK_ENDED', playbackId, end: 'PLAYED', playedMs: 1000 })
  await world.settle()
  expect(carrier.words()).toEqual(['ORIGINATE', 'PLAY', 'PLAY'])
})

test('SLEEP lasts durationMs', async () => {
  const { world, carrier } = await givenAnswered([sleep(5000), play('https://example.com/a.wav')])
  await world.advance(4999)
  expect(carrier.words()).toEqual(['ORIGINATE'])
  await world.advance(1)
  expect(carrier.words()).toEqual(['ORIGINATE', 'PLAY'])
})

test('STOP ends the actions: with nobody to talk to the call is hung up, NORMAL', async () => {
  const { world, carrier, agents } = await givenAnswered([{ type: 'STOP', option: {} }], true)
  expect(carrier.words()).toEqual(['ORIGINATE', 'HANGUP NORMAL'])
  expect(await agentsNow(world, agents)).toMatchObject([{ status: 'AVAILABLE' }])
})

test('HANGUP ends the call with its reason', async () => {
  const { world, carrier, campaign } = await givenAnswered([{ type: 'HANGUP', option: { reason: 'AMD' } }])
  expect(carrier.words()).toEqual(['ORIGINATE', 'HANGUP AMD'])
  carrier.tell(carrier.callId(0), { type: 'HANGUP', reason: 'NORMAL', by: 'US', detail: '' })
  await world.settle()
  expect(await callsOf(world, campaign.id)).toMatchObject([{ hangupReason: 'AMD', result: 'FAIL' }])
})

test('an empty list without a queue leaves the call to the called side', async () => {
  const { world, carrier, campaign } = await givenAnswered([])
  await world.advance(600_000)
  expect(carrier.words()).toEqual(['ORIGINATE'])
  carrier.tell(carrier.callId(0), { type: 'HANGUP', reason: 'NORMAL', by: 'THEM', detail: '' })
  await world.settle()
  expect(await callsOf(world, campaign.id)).toMatchObject([{ hangupReason: 'NORMAL', result: 'SUCCESS' }])
})

test('with a queue a QUEUE_JOIN is run after the last action, and the stored actions stay as they are', async () => {
  const { world, carrier, campaign, endPlayback } = await givenAnswered([play('https://example.com/a.wav')], true)
  await endPlayback()
  expect(carrier.words()).toEqual(['ORIGINATE', 'PLAY', 'CONNECT'])
  expect(await eventsOf(world, campaign.id)).toEqual([['CREATED', 'ANSWERED', 'AGENT_RINGING']])
  const [stored] = await world.app.campaigns.byIds(world.viewer, [campaign.id])
  expect(stored?.actions.map((action) => action.type)).toEqual(['PLAY'])
})

test('nothing is run after a QUEUE_JOIN of the actions', async () => {
  const { carrier } = await givenAnswered([{ type: 'QUEUE_JOIN', option: {} }, play('https://example.com/a.wav')], true)
  expect(carrier.words()).toEqual(['ORIGINATE', 'CONNECT'])
})

test('nextId jumps over what lies between', async () => {
  const { carrier, endPlayback } = await givenAnswered([
    { ...play('https://example.com/a.wav'), nextId: id(3) },
    { type: 'HANGUP', option: { reason: 'FAILED' } },
    { id: id(3), type: 'HANGUP', option: { reason: 'AMD' } },
  ])
  await endPlayback()
  expect(carrier.words()).toEqual(['ORIGINATE', 'PLAY', 'HANGUP AMD'])
})

test('a loop of actions is hung up, FAILED, after 1000 steps', async () => {
  const { world, carrier } = await givenAnswered([{ id: id(1), nextId: id(1), ...sleep(0) }])
  await world.advance(1)
  expect(carrier.words()).toEqual(['ORIGINATE', 'HANGUP FAILED'])
})

test('a loop that takes no time lets others go first, and a called side who hangs up meanwhile ends it', async () => {
  const { world, carrier, campaign } = await givenAnswered([{ id: id(1), nextId: id(1), ...sleep(0) }])
  carrier.tell(carrier.callId(0), { type: 'HANGUP', reason: 'NORMAL', by: 'THEM', detail: '' })
  await world.advance(1)
  expect(carrier.words()).toEqual(['ORIGINATE'])
  const [flow] = await flowsOf(world, campaign.id)
  expect(flow).toMatchObject({ status: 'ENDED', currentAction: null, wait: null })
  expect(flow?.stepCount).toBeLessThan(1000)
  expect(new Set(flow?.executed.map(({ outcome }) => outcome))).toEqual(new Set(['slept']))
  expect(flow?.executed).toHaveLength(flow?.stepCount ?? 0)
})

test('a loop that takes time is hung up, FAILED, after 1000 steps as well', async () => {
  const world = await givenWorld()
  const { campaign } = await givenRunning(world, {
    people: [[number]],
    plan,
    campaign: { actions: [{ id: id(1), nextId: id(1), ...sleep(1000) }] },
  })
  await world.run()
  const [call] = await callsOf(world, campaign.id)
  expect(call).toMatchObject({ hangupReason: 'FAILED' })
  expect(call?.status === 'DONE' && call.endedAt - (call.answeredAt ?? 0)).toBe(1_000_000)
})

test('a called side that hangs up ends the actions', async () => {
  const { world, carrier, endPlayback } = await givenAnswered([play('https://example.com/a.wav'), sleep(5000)])
  carrier.tell(carrier.callId(0), { type: 'HANGUP', reason: 'NORMAL', by: 'THEM', detail: '' })
  await world.settle()
  await endPlayback()
  await world.advance(60_000)
  expect(carrier.words()).toEqual(['ORIGINATE', 'PLAY'])
})
