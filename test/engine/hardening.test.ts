import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import {
  callsOf,
  givenAgents,
  givenQueue,
  givenReady,
  givenRunning,
  givenTargets,
  must,
  scripted,
  statusOf,
} from '../support/given.ts'
import { givenScriptedWorld } from '../support/given-world.ts'
import { createWorld } from '../support/world.ts'

const plan = { maxTryCounts: [1] }

test('a phone that refuses at once is rung once a round by RING_ALL, not without end', async () => {
  const world = await createWorld()
  const queue = await givenQueue(world, { strategy: 'RING_ALL', waitTimeoutMs: 0, agentRingMs: 5000 })
  await givenAgents(world, queue.id, [{ extension: 'x98' }])
  const { campaign } = await givenReady(world, { people: [[scripted(95)]], plan, campaign: { queueId: queue.id } })
  must(await world.app.campaigns.run(world.viewer, campaign.id))
  await world.advance(21_000)
  const [call] = await callsOf(world, campaign.id)
  const [transitions = []] = await world.app.campaigncalls.transitions(world.viewer, [call?.id ?? ''])
  expect(transitions.filter((of) => of.event === 'AGENT_RINGING')).toHaveLength(4)
  await world.close()
})

test('a list in which no target has a try left is passed in bounded ticks', async () => {
  const world = await createWorld()
  const people = Array.from({ length: 1000 }, (_, i) => [scripted(i % 50, 200 + Math.floor(i / 50))])
  const { campaign, outdial } = await givenReady(world, { people, plan: { maxTryCounts: [1] } })
  await givenTargets(world, outdial.id, people)
  await world.settle()
  const { outplanId } = campaign
  must(await world.app.campaigns.run(world.viewer, campaign.id))
  must(await world.app.outplans.update(world.viewer, outplanId ?? '', { maxTryCounts: [0, 1] }))
  await world.run()
  expect(await statusOf(world, campaign.id)).toBe('STOP')
  await world.close()
})

test('a call that was given up and answers after all is hung up', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const { campaign } = await givenRunning(world, { people: [[scripted(0)]], plan })
  await world.settle()
  const [call] = await callsOf(world, campaign.id)
  // No news and no answer to a look-up: after the ring time and ten seconds more it is given up.
  await world.advance(60_000)
  expect(await callsOf(world, campaign.id)).toMatchObject([{ status: 'DONE', hangupReason: 'UNKNOWN' }])
  const told = carrier.words().length
  carrier.tell(call?.referenceId ?? '', { type: 'ANSWERED' })
  await world.settle()
  expect(carrier.words().slice(told)).toEqual(['HANGUP CANCEL'])
  world.complaints.length = 0
})

test('an instant of another clock is taken as now', async () => {
  const { world, carrier } = await givenScriptedWorld({ app: { callDurationMaxMs: 10_000 } })
  const { campaign } = await givenRunning(world, { people: [[scripted(0)]], plan })
  await world.settle()
  carrier.tellAt(world.effects.now() - 7_200_000, carrier.callId(0), { type: 'ANSWERED' })
  await world.settle()
  expect(await callsOf(world, campaign.id)).toMatchObject([
    { status: 'PROGRESSING', answeredAt: world.effects.now(), endRequest: null },
  ])
})

test('a disk that is full in the middle of a tick sets nobody aside, and nobody is dialed before there is room', async () => {
  const disk = { full: false }
  const world = await createWorld({
    onStatement(sql) {
      if (disk.full && sql.startsWith('insert into "campaigncall"')) {
        throw new Database.SqliteError('database or disk is full', 'SQLITE_FULL')
      }
    },
  })
  const people = Array.from({ length: 30 }, (_, i) => [scripted(i)])
  const { campaign, outdial } = await givenReady(world, { people, plan })
  await world.settle()
  disk.full = true
  must(await world.app.campaigns.run(world.viewer, campaign.id))
  await world.advance(5000)
  const listNow = async () => (await world.app.outdials.byIds(world.viewer, [outdial.id]))[0]
  expect(await listNow()).toMatchObject({ targetsIdle: 30, targetsProgressing: 0, targetsDone: 0 })
  const said = new Set(world.complaints.splice(0).map((of) => of.message))
  expect([...said]).toEqual(['the engine places no calls', 'a tick of the engine failed'])
  disk.full = false
  await world.advance(1000)
  expect(await listNow()).toMatchObject({ targetsIdle: 0, targetsProgressing: 30 })
  await world.close()
})

test('calls that cannot be checked before they are placed are not placed, and give their try back', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const { withdrawn } = world.app.ticks
  world.app.ticks.withdrawn = () => {
    world.app.ticks.withdrawn = withdrawn
    return Promise.reject(new Error('the file could not be read'))
  }
  const { campaign } = await givenRunning(world, { people: [[scripted(0)]], plan })
  await world.settle()
  expect(carrier.requests).toHaveLength(1)
  const calls = await callsOf(world, campaign.id)
  expect(calls.map((call) => `${call.status} ${call.attempt} ${call.tryCount}`)).toEqual(['DONE 1 1', 'DIALING 2 1'])
  expect(world.complaints.splice(0)).toMatchObject([
    { message: 'calls could not be checked before placing; they are not placed, and their tries are given back' },
  ])
})
