import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import {
  agentsNow,
  callsOf,
  eventsOf,
  givenAgents,
  givenQueue,
  givenRunning,
  must,
  scripted,
  statusOf,
  stepsOf,
} from '../support/given.ts'
import { givenScriptedWorld, givenWorld } from '../support/given-world.ts'

const people = [[scripted(0)]]
const hungUp = { type: 'HANGUP', reason: 'NORMAL', by: 'THEM', detail: '' } as const
const answered = { type: 'ANSWERED' } as const
const plan = { maxTryCounts: [1] }

test('CC-1: hangup news that comes twice is one ENDED transition, and counts once', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const { campaign } = await givenRunning(world, { people, plan })
  await world.settle()
  carrier.tell(carrier.callId(0), answered, hungUp, hungUp)
  await world.settle()
  carrier.tell(carrier.callId(0), hungUp)
  await world.settle()
  expect(await eventsOf(world, campaign.id)).toEqual([['CREATED', 'ANSWERED', 'ENDED']])
  const [stats] = await world.app.campaigns.stats(world.viewer, [campaign.id])
  expect(stats).toMatchObject({ callsTotal: 1, callsDialing: 0, callsProgressing: 0, success: 1, answered: 1 })
  expect(stats?.hangupReasons).toMatchObject([{ reason: 'NORMAL', count: 1 }])
})

test('CC-2: answer news after the hangup fills in answeredAt, CORRECTED, and DONE stays', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const { campaign } = await givenRunning(world, { people, plan })
  await world.advance(3000)
  carrier.tell(carrier.callId(0), hungUp)
  await world.settle()
  const [before] = await callsOf(world, campaign.id)
  expect(before).toMatchObject({ status: 'DONE', answeredAt: null })
  carrier.tell(carrier.callId(0), answered, answered)
  await world.settle()
  const [after] = await callsOf(world, campaign.id)
  expect(after).toMatchObject({ status: 'DONE', result: 'SUCCESS', hangupReason: 'NORMAL', version: 3 })
  expect(after?.status === 'DONE' && after.answeredAt).toBe(world.effects.now())
  expect(await stepsOf(world, campaign.id)).toMatchObject([
    [{ event: 'CREATED' }, { event: 'ENDED' }, { event: 'CORRECTED', from: 'DONE', to: 'DONE', result: 'SUCCESS' }],
  ])
  const [stats] = await world.app.campaigns.stats(world.viewer, [campaign.id])
  expect(stats).toMatchObject({ callsTotal: 1, success: 1, answered: 1 })
})

test('an answer that is told of after the end, and is later by the clock, was at the end', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const { campaign } = await givenRunning(world, { people, plan })
  await world.advance(3000)
  carrier.tell(carrier.callId(0), hungUp)
  const endedAt = world.effects.now()
  await world.advance(2000)
  carrier.tell(carrier.callId(0), answered)
  await world.settle()
  expect(await callsOf(world, campaign.id)).toMatchObject([{ status: 'DONE', endedAt, answeredAt: endedAt }])
})

test('news that comes twice and out of order leads to what happened (number 94)', async () => {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    const world = await givenWorld({ seed })
    const { campaign } = await givenRunning(world, { people: [[scripted(94)]], plan })
    await world.run()
    const [call] = await callsOf(world, campaign.id)
    expect(call).toMatchObject({ status: 'DONE', hangupReason: 'NORMAL', result: 'SUCCESS' })
    expect(call?.status === 'DONE' && call.answeredAt).not.toBeNull()
    const [events = []] = await eventsOf(world, campaign.id)
    expect([
      ['CREATED', 'ANSWERED', 'ENDED'],
      ['CREATED', 'ENDED', 'CORRECTED'],
    ]).toContainEqual(events)
    expect(await statusOf(world, campaign.id)).toBe('STOP')
  }
})

test('disordered news of a call with a queue leaves no agent behind', async () => {
  for (const seed of [1, 2, 3, 4]) {
    const world = await givenWorld({ seed })
    const queue = await givenQueue(world)
    const agents = await givenAgents(world, queue.id, [{}, { extension: `8${seed}99` }])
    await givenRunning(world, { people: [[scripted(94)], [scripted(94)]], plan, campaign: { queueId: queue.id } })
    await world.run()
    for (const agent of await agentsNow(world, agents)) expect(['AVAILABLE', 'AWAY']).toContain(agent.status)
  }
})

test('an answer and a hangup that arrive together, with nobody to take the call, are recorded as they came', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const queue = await givenQueue(world)
  const [agent] = await givenAgents(world, queue.id, [{}])
  const { campaign } = await givenRunning(world, { people, plan, campaign: { queueId: queue.id } })
  await world.settle()
  must(await world.app.agents.setStatus(world.viewer, agent?.id ?? '', 'AWAY'))
  await world.settle()
  // The first piece of news begins a tick; what comes meanwhile is recorded in one go.
  carrier.tell(carrier.callId(0), { type: 'RINGING' }, answered, hungUp)
  await world.settle()
  expect(await callsOf(world, campaign.id)).toMatchObject([{ status: 'DONE', hangupReason: 'ABANDONED' }])
  expect(await eventsOf(world, campaign.id)).toEqual([['CREATED', 'ANSWERED', 'ENDED']])
})

test('an answer that arrives after the longest duration has the call hung up, and not queued', async () => {
  const { world, carrier } = await givenScriptedWorld({ app: { callDurationMaxMs: 10_000 } })
  const queue = await givenQueue(world)
  const [agent] = await givenAgents(world, queue.id, [{}])
  const { campaign } = await givenRunning(world, { people, plan, campaign: { queueId: queue.id } })
  await world.settle()
  must(await world.app.agents.setStatus(world.viewer, agent?.id ?? '', 'AWAY'))
  const { now } = world.effects
  const at = now()
  await world.advance(11_000)
  carrier.tellAt(at, carrier.callId(0), answered)
  await world.settle()
  expect(carrier.words()).toEqual(['ORIGINATE', 'HANGUP TIMEOUT'])
  expect(await callsOf(world, campaign.id)).toMatchObject([
    { status: 'PROGRESSING', answeredAt: at, endRequest: { reason: 'TIMEOUT' } },
  ])
})

test('news of an unknown call is logged, and acted on by nobody', async () => {
  const { world, carrier } = await givenScriptedWorld()
  await world.settle()
  const before = world.app.reader.latestPosition()
  carrier.tell('0198c0de-0000-7000-8000-000000000000', answered, hungUp)
  await world.settle()
  expect(world.complaints.map((of) => of.message)).toEqual(Array(2).fill('news of an unknown call'))
  expect(world.app.reader.latestPosition()).toBe(before)
})

test('news of one call that cannot be recorded does not keep that of another from being recorded', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const { campaign } = await givenRunning(world, { people: [[scripted(0)], [scripted(1)]], plan })
  await world.settle()
  const spoiler = new Database(world.file)
  spoiler.exec(`create trigger poison before update on campaigncall when new.reference_id = '${carrier.callId(0)}'
    begin select raise(abort, 'poison'); end`)
  spoiler.close()
  carrier.tell(carrier.callId(0), answered)
  carrier.tell(carrier.callId(1), answered)
  await world.settle()
  expect((await callsOf(world, campaign.id)).map((call) => call.status)).toEqual(['DIALING', 'PROGRESSING'])
  expect(world.complaints.splice(0)).toMatchObject([
    { level: 'error', message: 'news of a call could not be recorded' },
  ])
})

test('an instant that is none is taken as now', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const { campaign } = await givenRunning(world, { people: [[scripted(0)]], plan })
  await world.settle()
  carrier.tellAt(Number.NaN, carrier.callId(0), answered)
  await world.settle()
  expect(await callsOf(world, campaign.id)).toMatchObject([{ status: 'PROGRESSING', answeredAt: world.effects.now() }])
})

test('a word for ringing, early media or a digit changes nothing', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const { campaign } = await givenRunning(world, { people, plan })
  await world.settle()
  const [before] = await callsOf(world, campaign.id)
  carrier.tell(carrier.callId(0), { type: 'RINGING' }, { type: 'EARLY_MEDIA' }, { type: 'DIGIT', digit: '5' })
  await world.settle()
  expect(await callsOf(world, campaign.id)).toEqual([before])
})
