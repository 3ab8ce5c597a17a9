import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { engineSilentMs } from '../../src/domain/engine.ts'
import { engineOf, originates, resume, takeComplaints } from '../support/engine.ts'
import { callsOf, dialingOf, givenReady, givenRunning, must, scripted, statusOf, targetsOf } from '../support/given.ts'
import { givenScriptedWorld, givenWorld } from '../support/given-world.ts'
import { givenScriptedMortal, ringing } from '../support/mortal-world.ts'
import { createWorld } from '../support/world.ts'

const hour = 3_600_000
const number = scripted(95)
const plan = { maxTryCounts: [3], tryIntervalMs: 60_000 }

test('an engine that places calls is RUNNING, says where, and since when', async () => {
  const world = await givenWorld()
  const now = world.effects.now()
  expect(await engineOf(world)).toEqual({
    ...{ state: 'RUNNING', reason: null, driver: 'simulator', term: 1, startedAt: now, heartbeatAt: now },
    ...{ here: true, callsInFlight: 0, adopted: 0, unknown: 0 },
  })
})

test('an engine writes a heartbeat every 2 s, and none once it is stopped', async () => {
  const world = await givenWorld()
  const startedAt = world.effects.now()
  await world.advance(5000)
  expect((await engineOf(world)).heartbeatAt).toBe(startedAt + 4000)
  await world.engine.stop()
  const { state, heartbeatAt, here, reason } = await engineOf(world)
  expect({ state, heartbeatAt, here, reason }).toEqual({
    ...{ state: 'STOPPED', heartbeatAt: startedAt + 5000, here: false },
    reason: 'No process runs the engine.',
  })
  await world.advance(10_000)
  expect((await engineOf(world)).heartbeatAt).toBe(heartbeatAt)
})

test('RUNNING already, engineResume does nothing; of an engine that is stopped it is a conflict', async () => {
  const world = await givenWorld()
  expect(await resume(world)).toMatchObject({ value: { state: 'RUNNING' }, errors: [] })
  await world.engine.stop()
  expect(await resume(world)).toMatchObject({
    value: { state: 'STOPPED' },
    errors: [{ code: 'STATE_CONFLICT', field: ['state'] }],
  })
})

test.each([hour, -hour])('a clock that jumps by %i ms stops all dialing until it is back', async (jumpMs) => {
  const { world, carrier } = await givenScriptedWorld()
  const { campaign, outdial } = await givenRunning(world, { people: [[number]], plan })
  await world.settle()
  const { createdAt } = (await callsOf(world, campaign.id))[0] ?? { createdAt: 0 }
  world.effects.jump(jumpMs)
  await world.advance(2000)
  const { state, reason } = await engineOf(world)
  expect(state).toBe('HALTED')
  expect(reason).toMatch(jumpMs > 0 ? /set forward by 3600 s/ : /set back by 3600 s/)
  expect(await dialingOf(world, campaign.id)).toMatchObject({ blockedBy: 'ENGINE_STOPPED' })
  // Calls in flight are still recorded, at the time that goes on evenly.
  carrier.tell(carrier.callId(0), { type: 'HANGUP', reason: 'BUSY', by: 'THEM', detail: '' })
  await world.settle()
  expect(await callsOf(world, campaign.id)).toMatchObject([{ status: 'DONE', endedAt: createdAt + 2000 }])
  await world.advance(120_000)
  expect(originates(carrier)).toBe(1)
  world.effects.jump(-jumpMs)
  await world.advance(2000)
  expect((await engineOf(world)).state).toBe('RUNNING')
  expect(originates(carrier)).toBe(2)
  expect(await targetsOf(world, outdial.id)).toMatchObject([{ status: 'PROGRESSING', attempt: 2 }])
  takeComplaints(world)
})

test('a person may accept the new time, and intervals are then counted by it', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const { campaign } = await givenRunning(world, { people: [[number]], plan: { ...plan, tryIntervalMs: 2 * hour } })
  await world.settle()
  carrier.tell(carrier.callId(0), { type: 'HANGUP', reason: 'BUSY', by: 'THEM', detail: '' })
  await world.settle()
  world.effects.jump(hour)
  await world.advance(2000)
  expect(await resume(world)).toMatchObject({ value: { state: 'RUNNING', reason: null }, errors: [] })
  await world.advance(hour - 2001)
  expect(originates(carrier)).toBe(1)
  await world.advance(1)
  expect(originates(carrier)).toBe(2)
  expect(await callsOf(world, campaign.id)).toMatchObject([{}, { createdAt: world.effects.now() }])
  takeComplaints(world)
})

test('a request on its way is not given up for a clock that was set forward and accepted', async () => {
  const { world, carrier } = await givenScriptedWorld()
  carrier.answerWith(() => ({ type: 'INDETERMINATE' }))
  carrier.lookupWith(() => ({ type: 'NOT_SEEN' }))
  const ringMs = 20_000
  const { campaign } = await givenRunning(world, { people: [[number]], plan: { ...plan, dialTimeoutMs: ringMs } })
  await world.settle()
  world.effects.jump(hour)
  await world.advance(2000)
  await resume(world)
  await world.advance(ringMs + 9000)
  expect(await callsOf(world, campaign.id)).toMatchObject([{ status: 'DIALING' }])
  await world.advance(3000)
  expect(await callsOf(world, campaign.id)).toMatchObject([{ status: 'DONE', hangupReason: 'CANCEL' }, {}])
  takeComplaints(world)
})

test('a clock that was set back while no engine ran stops the next one', async () => {
  const { world, carrier, effects, die, restart } = await givenScriptedMortal()
  await givenRunning(world, { people: [[number], [number]], plan, campaign: { concurrentCallsMax: 1 } })
  await world.advance(10_000)
  await die()
  effects.jump(-hour)
  carrier.lookupWith(() => ringing)
  const { world: next } = await restart()
  expect(await engineOf(next)).toMatchObject({ state: 'HALTED', reason: expect.stringMatching(/set back/) })
  await next.advance(hour + 20_000)
  expect((await engineOf(next)).state).toBe('RUNNING')
  takeComplaints(next)
})

test('a disk that is full stops the engine, and it goes on once there is room', async () => {
  const disk = { full: false }
  const world = await createWorld({
    onStatement(sql) {
      if (disk.full && sql === 'COMMIT') throw new Database.SqliteError('database or disk is full', 'SQLITE_FULL')
    },
  })
  const { campaign } = await givenReady(world, { people: [[number]], plan })
  await world.settle()
  disk.full = true
  await expect(world.app.campaigns.run(world.viewer, campaign.id)).rejects.toMatchObject({ code: 'STORAGE_FULL' })
  await world.advance(500)
  expect(await engineOf(world)).toMatchObject({ state: 'HALTED', reason: expect.stringMatching(/no room left/) })
  await world.advance(5000)
  disk.full = false
  await world.advance(2000)
  expect((await engineOf(world)).state).toBe('RUNNING')
  expect(await statusOf(world, campaign.id)).toBe('STOP')
  must(await world.app.campaigns.run(world.viewer, campaign.id))
  await world.settle()
  expect(await callsOf(world, campaign.id)).toHaveLength(1)
  takeComplaints(world)
  await world.close()
})

test('a disk that is full is not taken for one with room by a tick that writes nothing', async () => {
  const disk = { full: false }
  const world = await createWorld({
    onStatement(sql) {
      const writes = /^(insert|update|delete)/i.test(sql)
      if (disk.full && writes) throw new Database.SqliteError('database or disk is full', 'SQLITE_FULL')
    },
  })
  const { campaign } = await givenReady(world, { people: [[number]], plan })
  await world.settle()
  disk.full = true
  await expect(world.app.campaigns.run(world.viewer, campaign.id)).rejects.toMatchObject({ code: 'STORAGE_FULL' })
  await world.advance(10_000)
  const words = () => world.complaints.map(({ message }) => message)
  expect(words().filter((message) => message === 'the engine places no calls')).toHaveLength(1)
  expect((await engineOf(world)).state).toBe('HALTED')
  disk.full = false
  await world.advance(1000)
  expect((await engineOf(world)).state).toBe('RUNNING')
  takeComplaints(world)
  await world.close()
})

test('a broken invariant halts the engine, across restarts, until a person resumes it', async () => {
  const { world, carrier, die, restart } = await givenScriptedMortal()
  const { campaign } = await givenRunning(world, {
    people: [[number], [number]],
    plan,
    campaign: { concurrentCallsMax: 1 },
  })
  await world.settle()
  const spoiler = new Database(world.file)
  // What no code of ours can have written: the counter has a call too few.
  spoiler.exec('update campaign_counter set calls_dialing = 0')
  spoiler.close()
  carrier.tell(carrier.callId(0), { type: 'HANGUP', reason: 'BUSY', by: 'THEM', detail: '' })
  await world.settle()
  expect(await engineOf(world)).toMatchObject({ state: 'HALTED', reason: expect.stringMatching(/rule of the dialer/) })
  expect(await world.app.campaigns.byIds(world.viewer, [campaign.id])).toHaveLength(1)
  await die()
  carrier.lookupWith(() => ringing)
  const { world: next } = await restart()
  expect(await engineOf(next)).toMatchObject({ state: 'HALTED', reason: expect.stringMatching(/rule of the dialer/) })
  expect(originates(carrier)).toBe(1)
  expect(await resume(next)).toMatchObject({ value: { state: 'RUNNING' } })
  takeComplaints(next)
})

test('an engine may be told at its start not to dial', async () => {
  const { world, carrier } = await givenScriptedWorld({ halts: [{ cause: 'CRASHES', reason: 'It ended six times.' }] })
  await givenRunning(world, { people: [[number]], plan })
  await world.advance(10_000)
  expect(await engineOf(world)).toMatchObject({ state: 'HALTED', reason: 'It ended six times.' })
  expect(originates(carrier)).toBe(0)
  expect(await resume(world)).toMatchObject({ value: { state: 'RUNNING' } })
  expect(originates(carrier)).toBe(1)
  takeComplaints(world)
})

test('a process without the engine shows the other one, and passes requests on to it', async () => {
  const { world, carrier } = await givenScriptedWorld({ halts: [{ cause: 'CRASHES', reason: 'It ended six times.' }] })
  const { campaign } = await givenRunning(world, { people: [[number]], plan })
  const beside = await createWorld({
    effects: world.effects,
    file: world.file,
    driver: carrier.driver,
    startEngine: false,
  })
  for (const { app } of [world, beside]) app.reader.watchOthers()
  expect(await engineOf(beside)).toMatchObject({ state: 'HALTED', here: false, term: 1, reason: 'It ended six times.' })
  expect((await dialingOf(beside, campaign.id)).message).toMatch(/It ended six times/)
  const asked = beside.app.engines.resume(beside.viewer)
  await world.advance(1000)
  expect(await asked).toMatchObject({ value: { state: 'RUNNING', here: false }, errors: [] })
  expect(originates(carrier)).toBe(1)
  const [call] = await callsOf(beside, campaign.id)
  must(await beside.app.campaigncalls.hangup(beside.viewer, call?.id ?? ''))
  await world.advance(1000)
  expect(carrier.words()).toEqual(['ORIGINATE', 'HANGUP CANCEL'])
  await world.engine.stop()
  await world.advance(engineSilentMs)
  expect(await engineOf(beside)).toMatchObject({ state: 'STOPPED', reason: 'No process runs the engine.' })
  for (const { app } of [world, beside]) app.reader.stop()
  await beside.store.close()
  takeComplaints(world)
})

test('a process that is started after the clock has jumped sees the engine, and may let it go on', async () => {
  const { world, carrier } = await givenScriptedWorld()
  await givenRunning(world, { people: [[number]], plan })
  await world.settle()
  world.app.reader.watchOthers()
  for (const jumpMs of [hour, -hour]) {
    world.effects.jump(jumpMs)
    await world.advance(2000)
    const beside = await createWorld({
      ...{ effects: world.effects, file: world.file, driver: carrier.driver, startEngine: false },
    })
    expect(await engineOf(beside)).toMatchObject({ state: 'HALTED', here: false })
    beside.app.reader.watchOthers()
    const asked = beside.app.engines.resume(beside.viewer)
    await world.advance(2000)
    expect((await asked).errors).toEqual([])
    expect((await engineOf(world)).state).toBe('RUNNING')
    beside.app.reader.stop()
    await beside.store.close()
  }
  world.app.reader.stop()
  takeComplaints(world)
})

test('without an answer to a request to resume, the mutation returns the last known state after a moment', async () => {
  const { world, carrier, die, restart } = await givenScriptedMortal()
  carrier.listWith(['0198c0de-0000-7000-8000-00000000beef'])
  carrier.disconnect()
  carrier.connect()
  await world.settle()
  expect((await engineOf(world)).state).toBe('HALTED')
  await die()
  const { world: beside } = await restart({ startEngine: false })
  const asked = beside.app.engines.resume(beside.viewer)
  await beside.advance(3000)
  expect(await asked).toMatchObject({ value: { state: 'HALTED', here: false }, errors: [] })
  takeComplaints(beside)
})

test('a clock that is put right by a few seconds gives no burst of calls', async () => {
  const { world, carrier } = await givenScriptedWorld({ callsPerSecond: 2 })
  await givenRunning(world, { people: Array.from({ length: 20 }, () => [number]), plan })
  await world.advance(1200)
  expect(originates(carrier)).toBe(2)
  world.effects.jump(4000)
  await world.advance(500)
  expect(originates(carrier)).toBe(2)
})
