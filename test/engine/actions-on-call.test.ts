import { expect, test } from 'vitest'
import type { MediaCommand } from '../../src/domain/media.ts'
import { callsOf, givenRunning, scripted } from '../support/given.ts'
import { action, actionId, givenAnswered } from '../support/given-actions.ts'
import { givenScriptedWorld } from '../support/given-world.ts'
import type { Asked } from '../support/scripted-driver.ts'

const talk = action('TALK', { text: 'Press one' })
const sleep = (durationMs: number) => action('SLEEP', { durationMs })
const hangup = { type: 'HANGUP', reason: 'NORMAL', by: 'THEM', detail: '' } as const

/** An id out of what the carrier was asked last. */
function lastId(asked: readonly Asked[], name: 'playbackId' | 'recordingId' | 'legId'): string {
  const entry = asked.findLast((of) => name in of) as Record<string, string> | undefined
  return entry?.[name] ?? ''
}

test('a menu goes on by the digit that is pressed', async () => {
  const menu = await givenAnswered([
    action('DIGITS_RECEIVE', { timeoutMs: 5000 }),
    action('BRANCH', { variable: 'digits', targets: { 1: actionId(1), 2: actionId(2) } }),
    action('HANGUP', { reason: 'FAILED' }, actionId(1)),
    action('HANGUP', { reason: 'AMD' }, actionId(2)),
  ])
  await menu.tell({ type: 'DIGIT', digit: '2' })
  expect(menu.carrier.words()).toEqual(['ORIGINATE', 'RECEIVE_DIGITS', 'HANGUP AMD'])
  expect(await menu.outcomes()).toEqual(['received digits 2', 'matched 2', 'hung up'])
})

test('a DIGITS_RECEIVE that nobody answers ends with its time', async () => {
  const { world, carrier, outcomes } = await givenAnswered([action('DIGITS_RECEIVE', { timeoutMs: 5000 })])
  await world.advance(4999)
  expect(carrier.words()).toEqual(['ORIGINATE', 'RECEIVE_DIGITS'])
  await world.advance(1)
  expect(carrier.words()).toEqual(['ORIGINATE', 'RECEIVE_DIGITS', 'HANGUP NORMAL'])
  expect(await outcomes()).toEqual(['received no digits'])
})

test('a digit cuts off the TALK before a DIGITS_RECEIVE', async () => {
  const { carrier, tell, outcomes } = await givenAnswered([talk, action('DIGITS_RECEIVE', { length: 2 })])
  await tell({ type: 'DIGIT', digit: '1' })
  expect(carrier.words()).toEqual(['ORIGINATE', 'PLAY', 'STOP_PLAYBACK', 'RECEIVE_DIGITS'])
  await tell({ type: 'PLAYBACK_ENDED', playbackId: lastId(carrier.asked, 'playbackId'), end: 'PLAYED', playedMs: 1000 })
  expect(await outcomes()).toEqual(['cut off by a digit', null])
})

test('BEEP and DIGITS_SEND wait for their end', async () => {
  const { world, carrier, tell } = await givenAnswered([
    action('BEEP'),
    action('DIGITS_SEND', { digits: '12', durationMs: 100, intervalMs: 200 }),
    action('STOP'),
  ])
  expect(carrier.words()).toEqual(['ORIGINATE', 'TONE'])
  await tell({ type: 'PLAYBACK_ENDED', playbackId: lastId(carrier.asked, 'playbackId'), end: 'PLAYED', playedMs: 1000 })
  expect(carrier.asked.at(-1)).toMatchObject({ what: 'SEND_DIGITS', digits: '12' })
  await world.advance(599)
  expect(carrier.words()).toHaveLength(3)
  await world.advance(1)
  expect(carrier.words().at(-1)).toBe('HANGUP NORMAL')
})

test('AMD hangs a machine up, AMD, and the target is tried again', async () => {
  const { carrier, tell, call, outcomes } = await givenAnswered([action('AMD'), talk])
  expect(carrier.words()).toEqual(['ORIGINATE', 'DETECT_MACHINE'])
  await tell({ type: 'MACHINE', result: 'MACHINE' })
  expect(carrier.words()).toEqual(['ORIGINATE', 'DETECT_MACHINE', 'HANGUP AMD'])
  await tell(hangup)
  expect(await call()).toMatchObject({ hangupReason: 'AMD', result: 'FAIL' })
  expect(await outcomes()).toEqual(['machine detected'])
})

test('AMD lets a person go on, and keeps what it found as a variable', async () => {
  const { carrier, tell, flow } = await givenAnswered([action('AMD'), talk])
  await tell({ type: 'MACHINE', result: 'HUMAN' })
  expect(carrier.words()).toEqual(['ORIGINATE', 'DETECT_MACHINE', 'PLAY'])
  expect((await flow())?.variables).toMatchObject({ 'call.machine': 'HUMAN' })
})

test('CONNECT calls all, connects the first, and goes on when that one hangs up', async () => {
  const { world, carrier, tell, outcomes } = await givenAnswered([
    action('CONNECT', { destinations: [scripted(1), scripted(2)] }),
    talk,
  ])
  expect(carrier.words()).toEqual(['ORIGINATE', 'DIAL', 'DIAL'])
  const [first, second] = carrier.asked.flatMap((of) => (of.what === 'DIAL' ? [of.legId] : []))
  await tell({ type: 'LEG_CONNECTED', legId: second ?? '' })
  expect(carrier.asked.at(-1)).toMatchObject({ what: 'HANG_UP_LEG', legId: first })
  await tell({ type: 'LEG_ENDED', legId: first ?? '', answered: false })
  await world.advance(600_000)
  expect(carrier.words()).toEqual(['ORIGINATE', 'DIAL', 'DIAL', 'HANG_UP_LEG'])
  await tell({ type: 'LEG_ENDED', legId: second ?? '', answered: true })
  expect(carrier.words().at(-1)).toBe('PLAY')
  expect(await outcomes()).toEqual([`connected to ${scripted(2)}`, null])
})

test('CONNECT goes on when nobody answers, and says so', async () => {
  const { world, carrier, outcomes } = await givenAnswered([
    action('CONNECT', { destinations: [scripted(1)], ringTimeoutMs: 5000 }),
  ])
  await world.advance(15_000)
  expect(carrier.words()).toEqual(['ORIGINATE', 'DIAL', 'HANG_UP_LEG', 'HANGUP NORMAL'])
  expect(await outcomes()).toEqual(['nobody answered'])
})

test('CONNECT rings nobody while the engine places no calls', async () => {
  const { world, carrier, outcomes } = await givenAnswered([
    sleep(1000),
    action('CONNECT', { destinations: [scripted(1)] }),
  ])
  carrier.listWith(['0198c0de-0000-7000-8000-000000000099'])
  carrier.disconnect()
  carrier.lookupWith(() => ({ type: 'LIVE', state: 'ANSWERED' }))
  carrier.connect()
  await world.settle()
  await world.advance(1000)
  expect(carrier.words()).not.toContain('DIAL')
  expect(await outcomes()).toEqual(['slept', 'refused: no calls are placed at the moment'])
  expect(world.complaints.splice(0).map((of) => of.message)).toContain('the engine places no calls')
})

test('what is recorded is told of with the call: where it lies, and from when to when', async () => {
  const { world, carrier, tell, call, outcomes } = await givenAnswered([
    action('RECORDING_START', { beep: true }),
    sleep(5000),
    action('RECORDING_STOP'),
    sleep(5000),
  ])
  const startedAt = world.effects.now()
  const recordingId = lastId(carrier.asked, 'recordingId')
  const recordings = async () => {
    const [list] = await world.app.activeflows.recordings(world.viewer, [(await call())?.id ?? ''])
    return list
  }
  expect(await recordings()).toMatchObject([{ startedAt, endedAt: null, location: `${recordingId}.wav` }])
  await world.advance(5000)
  expect(carrier.asked.at(-1)).toMatchObject({ what: 'STOP_RECORDING', recordingId })
  await tell({ type: 'RECORDING_ENDED', recordingId, location: '/var/spool/r.wav', failed: false })
  expect(await recordings()).toMatchObject([{ startedAt, endedAt: startedAt + 5000, location: '/var/spool/r.wav' }])
  await tell({ type: 'RECORDING_ENDED', recordingId, location: 'elsewhere', failed: true })
  expect(await recordings()).toMatchObject([{ location: '/var/spool/r.wav' }])
  expect(await outcomes()).toEqual(['recording', 'slept', 'stopped recording', null])
})

test('a recording that ends after its call is told of all the same, and one whose end is never heard ends with it', async () => {
  for (const isHeard of [true, false]) {
    const { world, carrier, tell, call } = await givenAnswered([action('RECORDING_START'), sleep(5000)])
    await tell(hangup)
    const recordingId = lastId(carrier.asked, 'recordingId')
    if (isHeard) await tell({ type: 'RECORDING_ENDED', recordingId, location: 'r.wav', failed: false })
    const [list] = await world.app.activeflows.recordings(world.viewer, [(await call())?.id ?? ''])
    expect(list).toMatchObject([{ endedAt: world.effects.now(), location: isHeard ? 'r.wav' : `${recordingId}.wav` }])
  }
})

test('a recording that failed is none, and another one can be begun', async () => {
  const { world, carrier, tell, call, outcomes } = await givenAnswered([
    action('RECORDING_START'),
    sleep(1000),
    action('RECORDING_START'),
    sleep(1000),
  ])
  const recordingId = lastId(carrier.asked, 'recordingId')
  await tell({ type: 'RECORDING_ENDED', recordingId, location: '', failed: true })
  await world.advance(1000)
  expect(carrier.words().filter((word) => word === 'START_RECORDING')).toHaveLength(2)
  const [list] = await world.app.activeflows.recordings(world.viewer, [(await call())?.id ?? ''])
  expect(list).toHaveLength(1)
  expect(await outcomes()).toEqual(['refused: nothing could be recorded', 'slept', 'recording', null])
})

test('a driver that lacks what an action needs has it refused at once', async () => {
  const { world, carrier } = await givenScriptedWorld()
  Object.assign(carrier.driver, { capabilities: new Set() })
  const { campaign } = await givenRunning(world, {
    people: [[scripted(95)]],
    campaign: {
      actions: [
        action('BEEP'),
        action('DIGITS_SEND', { digits: '1' }),
        action('AMD'),
        action('RECORDING_START'),
        action('CONNECT', { destinations: [scripted(1)] }),
        action('DIGITS_RECEIVE'),
      ],
    },
  })
  await world.settle()
  carrier.tell(carrier.callId(0), { type: 'ANSWERED' })
  await world.settle()
  const [call] = await callsOf(world, campaign.id)
  const [flow] = await world.app.activeflows.byIds(world.viewer, [call?.activeflowId ?? ''])
  const [details] = await world.app.activeflows.details(world.viewer, flow ? [flow] : [])
  expect(details?.executed.map((of) => of.outcome)).toEqual([
    'refused: the driver scripted cannot beep',
    'refused: the driver scripted cannot send digits',
    'refused: the driver scripted cannot tell a machine from a person',
    'refused: the driver scripted cannot record',
    'refused: the driver scripted cannot call somebody else',
    null,
  ])
  expect(carrier.words()).toEqual(['ORIGINATE'])
})

test('a request that fails on its way is refused as well', async () => {
  const { world, carrier } = await givenScriptedWorld()
  Object.assign(carrier.driver, { perform: () => Promise.reject(new Error('no connection')) })
  await givenRunning(world, { people: [[scripted(95)]], campaign: { actions: [action('AMD')] } })
  await world.settle()
  carrier.tell(carrier.callId(0), { type: 'ANSWERED' })
  await world.settle()
  expect(carrier.words()).toEqual(['ORIGINATE', 'HANGUP NORMAL'])
})

test('a call that ends in the middle of an action ends it, and no news of it counts any more', async () => {
  const { world, carrier, tell, flow, outcomes } = await givenAnswered([action('DIGITS_RECEIVE'), talk])
  await tell(hangup, { type: 'DIGIT', digit: '1' }, { type: 'MACHINE', result: 'HUMAN' })
  expect(await outcomes()).toEqual(['the call ended'])
  expect(await flow()).toMatchObject({ status: 'ENDED', currentAction: null })
  await world.advance(60_000)
  expect(carrier.words()).toEqual(['ORIGINATE', 'RECEIVE_DIGITS'])
})

test('nothing goes on in a call whose end was asked for', async () => {
  const { carrier, tell, hangUp, outcomes } = await givenAnswered([action('DIGITS_RECEIVE'), talk])
  await hangUp()
  await tell({ type: 'DIGIT', digit: '1' })
  expect(carrier.words()).toEqual(['ORIGINATE', 'RECEIVE_DIGITS', 'HANGUP NORMAL'])
  await tell(hangup)
  expect(await outcomes()).toEqual(['the call ended'])
})

test('texts are spoken with what the target and the call say', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const spoken: string[] = []
  Object.assign(carrier.driver, {
    async perform(_callId: string, command: MediaCommand) {
      if (command.type === 'SPEAK') spoken.push(command.speech.text)
    },
  })
  const { targets } = await givenRunning(world, {
    people: [[scripted(95)]],
    campaign: {
      actions: [action('TALK', { text: 'Hello {{target.name}}, {{target.data.plan}}, {{destination.target}}' })],
    },
  })
  const input = { name: 'Ann', data: '{"plan": "gold"}' }
  await world.app.outdialTargets.update(world.viewer, targets[0]?.id ?? '', input)
  await world.settle()
  carrier.tell(carrier.callId(0), { type: 'ANSWERED' })
  await world.settle()
  expect(spoken).toEqual([`Hello Ann, gold, ${scripted(95)}`])
})
