import { describe, expect, test } from 'vitest'
import type { HangupReason } from '../../src/domain/campaigncall.ts'
import type { LookupAnswer } from '../../src/telephony/driver.ts'
import {
  agentsNow,
  callsOf,
  givenAgents,
  givenQueue,
  givenRunning,
  must,
  scripted,
  targetsOf,
} from '../support/given.ts'
import { givenStallingWorld } from '../support/given-world.ts'

const number = scripted(0)
const plan = { dialTimeoutMs: 20_000, tryIntervalMs: 0, maxTryCounts: [3] }
const answered = { type: 'ANSWERED' } as const
const hungUp = (by: 'US' | 'THEM' = 'THEM', reason: HangupReason = 'NORMAL') =>
  ({ type: 'HANGUP', reason, by, detail: '' }) as const

const countOf = (calls: readonly { readonly status: string }[], of: object) =>
  calls.filter((call) => Object.entries(of).every(([key, value]) => call[key as keyof typeof call] === value)).length

describe('news that has arrived', () => {
  test('is all recorded before a ring timeout fires, however much it is', async () => {
    const { world, carrier, standStill } = await givenStallingWorld()
    const people = Array.from({ length: 300 }, () => [number])
    const { campaign, outdial } = await givenRunning(world, { people, plan })
    await world.advance(10_000)
    const calls = carrier.requests.map(({ callId }) => callId)
    expect(calls).toHaveLength(300)
    for (const callId of calls) carrier.tell(callId, answered)
    for (const callId of calls) carrier.tell(callId, hungUp())
    standStill(14_000)
    await world.settle()
    expect(countOf(await callsOf(world, campaign.id), { hangupReason: 'NORMAL' })).toBe(300)
    expect(carrier.words().filter((word) => word !== 'ORIGINATE')).toEqual([])
    expect((await targetsOf(world, outdial.id)).filter((target) => target.attempt > 1)).toEqual([])
  })

  test('is read before a ring timeout that a stall has made late fires', async () => {
    const { world, carrier, standStill, arrive } = await givenStallingWorld()
    const { campaign } = await givenRunning(world, { people: [[number]], plan })
    await world.advance(10_000)
    const at = world.effects.now()
    arrive(() => carrier.tellAt(at, carrier.callId(0), answered, hungUp()))
    standStill(14_000)
    await world.advance(10_000)
    expect(await callsOf(world, campaign.id)).toMatchObject([{ hangupReason: 'NORMAL', answeredAt: at }])
    expect(carrier.words()).toEqual(['ORIGINATE'])
  })

  test('is read before an agent whose phone has rung long enough goes AWAY', async () => {
    const { world, carrier, standStill, arrive } = await givenStallingWorld()
    const queue = await givenQueue(world, { waitTimeoutMs: 0, agentRingMs: 5000 })
    const agents = await givenAgents(world, queue.id, [{}])
    const { campaign } = await givenRunning(world, { people: [[number]], plan, campaign: { queueId: queue.id } })
    await world.settle()
    carrier.tell(carrier.callId(0), answered)
    await world.advance(1000)
    const agentId = agents[0]?.id ?? ''
    arrive(() => carrier.tell(carrier.callId(0), { type: 'AGENT_CONNECTED', agentId }))
    standStill(8000)
    await world.advance(4000)
    expect(await agentsNow(world, agents)).toMatchObject([{ status: 'BUSY' }])
    expect(await callsOf(world, campaign.id)).toMatchObject([{ phase: 'CONNECTED', agentId }])
  })

  test('is all recorded before another call is claimed', async () => {
    const { world, carrier } = await givenStallingWorld()
    const people = Array.from({ length: 600 }, () => [number])
    await givenRunning(world, { people, plan, campaign: { concurrentCallsMax: 250 } })
    await world.settle()
    const ticks: { complete: boolean; claimed: number }[] = []
    const { run } = world.app.ticks
    world.app.ticks.run = async (look) => {
      let complete = false
      const result = await run(() => {
        const request = look()
        complete = request.news.complete
        return request
      })
      ticks.push({ complete, claimed: result.claim.claimed })
      return result
    }
    for (const { callId } of carrier.requests) carrier.tell(callId, hungUp('THEM', 'BUSY'))
    await world.settle()
    const incomplete = ticks.filter(({ complete }) => !complete)
    expect(incomplete.length).toBeGreaterThanOrEqual(2)
    expect(incomplete.filter(({ claimed }) => claimed > 0)).toEqual([])
    expect(carrier.requests.length).toBe(500)
  })
})

describe('a time limit that fires late', () => {
  async function givenLate(lookup: (at: number) => LookupAnswer, stallMs = 14_000) {
    const given = await givenStallingWorld()
    const { world, carrier, standStill } = given
    const ready = await givenRunning(world, { people: [[number]], plan: { ...plan, maxTryCounts: [1] } })
    await world.advance(10_000)
    const at = world.effects.now()
    carrier.lookupWith(() => lookup(at))
    standStill(stallMs)
    await world.advance(1000)
    return { ...given, ...ready, at }
  }

  test('has the carrier asked first: a call that still rings is then hung up', async () => {
    const { world, campaign, carrier } = await givenLate(() => ({ type: 'LIVE', state: 'RINGING' }))
    expect(carrier.words()).toEqual(['ORIGINATE', 'LOOKUP', 'HANGUP NO_ANSWER'])
    carrier.tell(carrier.callId(0), hungUp('US'))
    await world.settle()
    expect(await callsOf(world, campaign.id)).toMatchObject([{ hangupReason: 'NO_ANSWER' }])
  })

  test('finds a call that was answered, and lets it go on', async () => {
    const { world, campaign, carrier } = await givenLate(() => ({ type: 'LIVE', state: 'ANSWERED' }))
    expect(carrier.words()).toEqual(['ORIGINATE', 'LOOKUP'])
    expect(await callsOf(world, campaign.id)).toMatchObject([{ status: 'PROGRESSING', endRequest: null }])
  })

  test('finds a call that was answered and has ended, and records what the carrier says', async () => {
    const { world, campaign, at } = await givenLate((at) => ({
      ...{ type: 'ENDED', reason: 'NORMAL', answeredAt: at, endedAt: at + 3000 },
    }))
    expect(await callsOf(world, campaign.id)).toMatchObject([
      { hangupReason: 'NORMAL', answeredAt: at, endedAt: at + 3000 },
    ])
  })

  test('hangs up a call that cannot be found and may still come about', async () => {
    const { carrier } = await givenLate(() => ({ type: 'CANNOT_TELL' }))
    expect(carrier.words()).toEqual(['ORIGINATE', 'LOOKUP', 'HANGUP NO_ANSWER'])
  })

  test('ends a call that cannot be found long after its ring time as UNKNOWN', async () => {
    const { world, campaign } = await givenLate(() => ({ type: 'CANNOT_TELL' }), 21_000)
    expect(await callsOf(world, campaign.id)).toMatchObject([{ status: 'DONE', hangupReason: 'UNKNOWN' }])
  })

  test('asks also where the longest duration is over', async () => {
    const { world, carrier, standStill } = await givenStallingWorld({ app: { callDurationMaxMs: 30_000 } })
    const { campaign } = await givenRunning(world, { people: [[number]], plan })
    await world.settle()
    carrier.tell(carrier.callId(0), answered)
    carrier.lookupWith(() => ({ type: 'LIVE', state: 'ANSWERED' }))
    await world.advance(20_000)
    standStill(14_000)
    await world.advance(1000)
    expect(carrier.words()).toEqual(['ORIGINATE', 'LOOKUP', 'HANGUP TIMEOUT'])
    expect(await callsOf(world, campaign.id)).toMatchObject([{ endRequest: { reason: 'TIMEOUT' } }])
  })

  test('is not acted on while the carrier is out of reach, and is once it says that the call still rings', async () => {
    const { world, carrier } = await givenStallingWorld()
    const { campaign } = await givenRunning(world, { people: [[number]], plan })
    await world.advance(10_000)
    carrier.disconnect()
    await world.advance(15_000)
    expect(carrier.words()).toEqual(['ORIGINATE'])
    expect(await callsOf(world, campaign.id)).toMatchObject([{ status: 'DIALING', endRequest: null }])
    carrier.lookupWith(() => ({ type: 'LIVE', state: 'RINGING' }))
    carrier.connect()
    await world.settle()
    expect(carrier.words()).toEqual(['ORIGINATE', 'LOOKUP', 'HANGUP NO_ANSWER'])
  })
})

describe('a time limit that fired before the news of what happened in time', () => {
  async function givenTimedOut() {
    const given = await givenStallingWorld()
    const { world, carrier } = given
    const startedAt = world.effects.now()
    const ready = await givenRunning(world, { people: [[number]], plan: { ...plan, maxTryCounts: [1] } })
    await world.advance(20_000)
    expect(carrier.words()).toEqual(['ORIGINATE', 'HANGUP NO_ANSWER'])
    return { ...given, ...ready, startedAt }
  }

  test('is no reason where the other side had ended the call before', async () => {
    const { world, carrier, campaign, startedAt } = await givenTimedOut()
    await world.advance(200)
    carrier.tellAt(startedAt + 15_000, carrier.callId(0), answered)
    carrier.tellAt(startedAt + 19_900, carrier.callId(0), hungUp())
    await world.settle()
    expect(await callsOf(world, campaign.id)).toMatchObject([
      { hangupReason: 'NORMAL', answeredAt: startedAt + 15_000, endedAt: startedAt + 19_900 },
    ])
  })

  test('is no reason where the called side was busy before', async () => {
    const { world, carrier, campaign, startedAt } = await givenTimedOut()
    carrier.tellAt(startedAt + 19_900, carrier.callId(0), hungUp('THEM', 'BUSY'))
    await world.settle()
    expect(await callsOf(world, campaign.id)).toMatchObject([{ hangupReason: 'BUSY' }])
  })

  test('leaves nobody who answered in time as NO_ANSWER: the call was answered, and hung up by us', async () => {
    const { world, carrier, campaign, outdial, startedAt } = await givenTimedOut()
    carrier.tellAt(startedAt + 19_900, carrier.callId(0), answered)
    await world.advance(100)
    carrier.tell(carrier.callId(0), hungUp('US', 'NO_ANSWER'))
    await world.settle()
    expect(await callsOf(world, campaign.id)).toMatchObject([
      { hangupReason: 'NORMAL', answeredAt: startedAt + 19_900 },
    ])
    expect(await targetsOf(world, outdial.id)).toMatchObject([{ reached: true }])
  })

  test('is none of a driver that hangs up by itself who has just answered', async () => {
    const { world, carrier } = await givenStallingWorld()
    const startedAt = world.effects.now()
    const { campaign } = await givenRunning(world, { people: [[number]], plan: { ...plan, maxTryCounts: [1] } })
    await world.advance(19_950)
    carrier.tellAt(startedAt + 19_900, carrier.callId(0), answered)
    carrier.tell(carrier.callId(0), hungUp('US', 'NO_ANSWER'))
    await world.settle()
    expect(await callsOf(world, campaign.id)).toMatchObject([{ result: 'SUCCESS', hangupReason: 'NORMAL' }])
  })

  test('stays the reason where the answer came after it', async () => {
    const { world, carrier, campaign } = await givenTimedOut()
    await world.advance(50)
    carrier.tell(carrier.callId(0), answered)
    carrier.tell(carrier.callId(0), hungUp('US', 'NO_ANSWER'))
    await world.settle()
    expect(await callsOf(world, campaign.id)).toMatchObject([{ hangupReason: 'NO_ANSWER' }])
  })

  test('does not change the reason that a person asked for', async () => {
    const { world, carrier } = await givenStallingWorld()
    const startedAt = world.effects.now()
    const { campaign } = await givenRunning(world, { people: [[number]], plan: { ...plan, maxTryCounts: [1] } })
    await world.advance(5000)
    const [call] = await callsOf(world, campaign.id)
    must(await world.app.campaigncalls.hangup(world.viewer, call?.id ?? ''))
    await world.settle()
    carrier.tellAt(startedAt + 4900, carrier.callId(0), hungUp('THEM', 'BUSY'))
    await world.settle()
    expect(await callsOf(world, campaign.id)).toMatchObject([{ hangupReason: 'CANCEL' }])
  })
})
