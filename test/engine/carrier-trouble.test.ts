import { expect, test } from 'vitest'
import type { OriginateAnswer } from '../../src/telephony/driver.ts'
import { callsOf, dialingOf, givenRunning, must, scripted, stepsOf, targetsOf } from '../support/given.ts'
import { givenScriptedWorld } from '../support/given-world.ts'

const number = scripted(0)
const plan = { dialTimeoutMs: 20_000, tryIntervalMs: 60_000, maxTryCounts: [3] }
const rejected: OriginateAnswer = { type: 'REJECTED', reason: 'FAILED' }
const accepted: OriginateAnswer = { type: 'ACCEPTED' }

test('the engine hangs a call up at the end of its ring time when the driver does not', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const { campaign } = await givenRunning(world, { people: [[number]], plan })
  await world.advance(19_999)
  expect(carrier.words()).toEqual(['ORIGINATE'])
  await world.advance(1)
  expect(carrier.words()).toEqual(['ORIGINATE', 'HANGUP NO_ANSWER'])
  carrier.tell(carrier.callId(0), { type: 'HANGUP', reason: 'CANCEL', by: 'US', detail: '' })
  await world.settle()
  expect(await callsOf(world, campaign.id)).toMatchObject([{ hangupReason: 'NO_ANSWER', result: 'FAIL' }])
})

test('a call whose final news does not come is looked up 10 s after its ring time, and then UNKNOWN', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const { campaign } = await givenRunning(world, { people: [[number]], plan })
  await world.advance(29_999)
  expect(await callsOf(world, campaign.id)).toMatchObject([{ status: 'DIALING' }])
  await world.advance(1)
  expect(carrier.words()).toEqual(['ORIGINATE', 'HANGUP NO_ANSWER', 'LOOKUP'])
  expect(await callsOf(world, campaign.id)).toMatchObject([{ status: 'DONE', hangupReason: 'UNKNOWN' }])
  const [steps = []] = await stepsOf(world, campaign.id)
  expect(steps.at(-1)).toMatchObject({ event: 'ENDED', inferred: true })
})

test('a call that is found to have ended gets its reason and its answer from the carrier', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const { campaign } = await givenRunning(world, { people: [[number]], plan })
  const answeredAt = world.effects.now() + 4000
  const ended = { type: 'ENDED', reason: 'NORMAL', answeredAt, endedAt: answeredAt + 1000 } as const
  carrier.lookupWith(() => (world.effects.now() > answeredAt ? ended : { type: 'CANNOT_TELL' }))
  carrier.answerWith(() => ({ type: 'INDETERMINATE' }))
  await world.advance(5000)
  expect(await callsOf(world, campaign.id)).toMatchObject([{ status: 'DONE', hangupReason: 'NORMAL', answeredAt }])
  const [steps = []] = await stepsOf(world, campaign.id)
  expect(steps.map((step) => [step.event, step.inferred])).toEqual([
    ['CREATED', false],
    ['ANSWERED', true],
    ['ENDED', true],
  ])
})

test('a call that still lives 10 s after its end was asked for is hung up once more', async () => {
  const { world, carrier } = await givenScriptedWorld()
  await givenRunning(world, { people: [[number]], plan })
  carrier.lookupWith(() => ({ type: 'LIVE', state: 'RINGING' }))
  await world.advance(30_000)
  const once = ['ORIGINATE', 'HANGUP NO_ANSWER', 'LOOKUP', 'HANGUP NO_ANSWER']
  expect(carrier.words()).toEqual(once)
  await world.advance(10_000)
  expect(carrier.words()).toEqual([...once, 'LOOKUP', 'HANGUP NO_ANSWER'])
})

test('an answer of the interface that leaves doubt has the call looked up, and never sent again', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const { campaign } = await givenRunning(world, { people: [[number]], plan })
  carrier.answerWith(() => ({ type: 'INDETERMINATE' }))
  await world.advance(0)
  carrier.lookupWith(() => ({ type: 'LIVE', state: 'RINGING' }))
  await world.advance(1000)
  carrier.tell(carrier.callId(0), { type: 'ANSWERED' })
  await world.settle()
  expect(carrier.requests).toHaveLength(1)
  expect(await callsOf(world, campaign.id)).toMatchObject([{ status: 'PROGRESSING' }])
})

test('"not seen" proves nothing before the ring time and 10 s are over; then the try is given back', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const { campaign, outdial } = await givenRunning(world, { people: [[number]], plan })
  carrier.answerWith(() => ({ type: 'INDETERMINATE' }))
  carrier.lookupWith(() => ({ type: 'NOT_SEEN' }))
  await world.advance(29_999)
  expect(await callsOf(world, campaign.id)).toMatchObject([{ status: 'DIALING' }])
  carrier.answerWith(() => accepted)
  await world.advance(1)
  const [call, again] = await callsOf(world, campaign.id)
  expect(call).toMatchObject({ status: 'DONE', hangupReason: 'CANCEL', tryCount: 1, attempt: 1 })
  // Never tried, so due at once, with the same try and another attempt.
  expect(again).toMatchObject({ status: 'DIALING', tryCount: 1, attempt: 2 })
  expect(await targetsOf(world, outdial.id)).toMatchObject([{ lastAttemptAt: 0 }])
})

test('an interface that does not answer within its deadline leaves doubt', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const { campaign } = await givenRunning(world, { people: [[number]], plan })
  carrier.answerWith(() => new Promise(() => {}))
  await world.advance(1999)
  expect(carrier.words()).toEqual(['ORIGINATE'])
  await world.advance(1)
  expect(carrier.words()).toEqual(['ORIGINATE', 'LOOKUP'])
  expect(await callsOf(world, campaign.id)).toMatchObject([{ status: 'DIALING' }])
})

test('an interface that fails leaves doubt', async () => {
  const { world, carrier } = await givenScriptedWorld()
  await givenRunning(world, { people: [[number]], plan })
  carrier.answerWith(() => Promise.reject(new Error('connection reset')))
  await world.settle()
  expect(carrier.words()).toEqual(['ORIGINATE', 'LOOKUP'])
})

test('a call that cannot be handed over within 2 s of its commit is never sent, and gives its try back', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const stall = stallAfterCommit(world.app.ticks)
  const { campaign, outdial } = await givenRunning(world, { people: [[number]], plan })
  await world.advance(2000)
  stall.release(1)
  await world.settle()
  expect(carrier.requests).toEqual([])
  // After a moment, since the machine may be as slow as before.
  await world.advance(1000)
  expect(carrier.requests).toMatchObject([{ tryCount: 1 }])
  const [late, next] = await callsOf(world, campaign.id)
  expect(late).toMatchObject({ status: 'DONE', hangupReason: 'CANCEL', tryCount: 1, attempt: 1 })
  expect(next).toMatchObject({ status: 'DIALING', tryCount: 1, attempt: 2 })
  expect(await targetsOf(world, outdial.id)).toMatchObject([{ lastAttemptAt: 0, destinations: [{ tryCount: 1 }] }])

  /** Holds back what a tick committed until the test lets it go, and that many ms more. */
  function stallAfterCommit(ticks: typeof world.app.ticks) {
    let go = (_: number) => {}
    const held = new Promise<number>((resolve) => {
      go = resolve
    })
    const run = ticks.run
    ticks.run = async (request) => {
      const result = await run(request)
      if (result.commands.length > 0 && (await Promise.race([held, false])) === false) {
        world.effects.jump(await held)
      }
      return result
    }
    return { release: (moreMs: number) => go(moreMs) }
  }
})

test('a request that the switch refuses gives its try back and leaves the time of the last attempt', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const { campaign, outdial } = await givenRunning(world, { people: [[number]], plan })
  carrier.answerWith(() => rejected)
  await world.advance(999)
  expect(await callsOf(world, campaign.id)).toMatchObject([{ status: 'DONE', hangupReason: 'FAILED', result: 'FAIL' }])
  const [target] = await targetsOf(world, outdial.id)
  expect(target).toMatchObject({ status: 'IDLE', lastAttemptAt: 0, outcome: null, attempt: 1 })
  expect(target?.destinations.map((of) => of.tryCount)).toEqual([0])
})

test('the third attempt in a row that was not placed counts as a try, and sets its time', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const { campaign, outdial } = await givenRunning(world, { people: [[number]], plan })
  carrier.answerWith(() => rejected)
  await world.advance(10_000)
  expect(await callsOf(world, campaign.id)).toMatchObject([{ tryCount: 1 }, { tryCount: 1 }, { tryCount: 1 }])
  const [target] = await targetsOf(world, outdial.id)
  expect(target).toMatchObject({ status: 'IDLE', attempt: 3, unplacedInRow: 0, outcome: 'FAIL' })
  expect(target?.destinations.map((of) => of.tryCount)).toEqual([1])
  // 1 s and 2 s of pause before the second and the third attempt, and then the interval.
  expect(target?.lastAttemptAt).toBe(carrier.asked.at(-1)?.at)
  await world.advance(53_000)
  expect(carrier.requests.map((request) => request.tryCount)).toEqual([1, 1, 1, 2])
})

test('the trunk pauses 1, 2, 4 … 60 s after refusals, and then one call is placed', async () => {
  const { world, carrier } = await givenScriptedWorld()
  await givenRunning(world, { people: Array.from({ length: 300 }, () => [number]), plan })
  carrier.answerWith(() => rejected)
  const startedAt = world.effects.now()
  await world.settle()
  const burst = carrier.requests.length
  await world.advance(183_000)
  const seconds = carrier.asked.slice(burst).map((of) => (of.at - startedAt) / 1000)
  expect(seconds).toEqual([1, 3, 7, 15, 31, 63, 123, 183])
})

test('while the trunk pauses, the report says that the carrier is unavailable', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const { campaign } = await givenRunning(world, { people: [[number], [number]], plan })
  carrier.answerWith(() => rejected)
  await world.settle()
  expect((await dialingOf(world, campaign.id)).blockedBy).toBe('CARRIER_UNAVAILABLE')
})

test('once the one call after a pause is accepted, the others are placed', async () => {
  const { world, carrier } = await givenScriptedWorld()
  await givenRunning(world, { people: Array.from({ length: 10 }, () => [number]), plan })
  carrier.answerWith(() => rejected)
  await world.settle()
  expect(carrier.requests).toHaveLength(10)
  let answerTrial = (_: OriginateAnswer) => {}
  carrier.answerWith(
    () =>
      new Promise((resolve) => {
        answerTrial = resolve
      }),
  )
  await world.advance(1000)
  expect(carrier.requests).toHaveLength(11)
  carrier.answerWith(() => accepted)
  answerTrial(accepted)
  await world.settle()
  expect(carrier.requests).toHaveLength(20)
})

test('an acceptance that was on its way when another request was refused does not end the pause', async () => {
  const { world, carrier } = await givenScriptedWorld()
  let count = 0
  carrier.answerWith(() => (++count === 1 ? rejected : accepted))
  await givenRunning(world, { people: Array.from({ length: 3 }, () => [number]), plan })
  await world.settle()
  expect(carrier.requests).toHaveLength(3)
  await world.advance(999)
  // Without the pause the refused target, which is due at once, would have been tried again.
  expect(carrier.requests).toHaveLength(3)
  await world.advance(1)
  expect(carrier.requests).toHaveLength(4)
})

test('the switch may ask for a longer pause', async () => {
  const { world, carrier } = await givenScriptedWorld()
  await givenRunning(world, { people: [[number]], plan })
  carrier.answerWith(() => ({ ...rejected, retryAfterMs: 7000 }))
  await world.advance(6999)
  expect(carrier.requests).toHaveLength(1)
  await world.advance(1)
  expect(carrier.requests).toHaveLength(2)
})

test('a pause that ends with nothing to dial is over quietly', async () => {
  const { world, carrier } = await givenScriptedWorld()
  let count = 0
  carrier.answerWith(() => (++count <= 3 ? rejected : accepted))
  await givenRunning(world, { people: [[number]], plan })
  // The third refusal counts as a try: the target rests while the pause of 4 s ends.
  await world.advance(63_000)
  expect(carrier.requests).toHaveLength(4)
})

test('a call that is never sent after a pause does not keep the trunk waiting for its answer', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const { campaign } = await givenRunning(world, { people: [[number], [number]], plan })
  carrier.answerWith(() => rejected)
  await world.settle()
  expect(carrier.requests).toHaveLength(2)
  carrier.answerWith(() => accepted)
  // The end of the one call is asked for between its commit and the carrier.
  const withdrawn = world.app.ticks.withdrawn
  world.app.ticks.withdrawn = async (callIds) => {
    world.app.ticks.withdrawn = withdrawn
    const [call] = (await callsOf(world, campaign.id)).filter((of) => of.status === 'DIALING')
    must(await world.app.campaigncalls.hangup(world.viewer, call?.id ?? ''))
    return withdrawn(callIds)
  }
  await world.advance(1000)
  expect(carrier.requests).toHaveLength(3)
  expect(await callsOf(world, campaign.id)).toMatchObject([{}, {}, { hangupReason: 'CANCEL' }, { status: 'DIALING' }])
})

test.each([
  ['ended', { type: 'HANGUP', reason: 'UNKNOWN', by: 'THEM', detail: '' }] as const,
  ['rings', { type: 'RINGING' }] as const,
])(
  'calls that are told of as the carrier comes back, each as one that %s, keep nobody waiting',
  async (_what, news) => {
    const { world, carrier } = await givenScriptedWorld()
    await givenRunning(world, { people: [[number], [number], [number]], plan, campaign: { concurrentCallsMax: 2 } })
    await world.settle()
    carrier.disconnect()
    await world.settle()
    carrier.lookupWith(() => ({ type: 'LIVE', state: 'RINGING' }))
    // A driver that has compared what it knows with what lives tells of it first: of the second one while the first is recorded.
    carrier.tell(carrier.callId(0), news)
    carrier.tell(carrier.callId(1), news)
    carrier.connect()
    await world.settle()
    expect((await world.app.engines.get(world.viewer)).state).toBe('RUNNING')
    const next = news.type === 'HANGUP' ? ['ORIGINATE'] : ['LOOKUP', 'LOOKUP']
    expect(carrier.words()).toEqual(['ORIGINATE', 'ORIGINATE', ...next])
  },
)
