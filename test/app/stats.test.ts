import { describe, expect, test } from 'vitest'
import type { DialBlocker } from '../../src/domain/dialing.ts'
import type { EngineState } from '../../src/domain/engine.ts'
import { givenAgents, givenCampaign, givenQueue, givenReady, givenTargets, must, scripted } from '../support/given.ts'
import type { World } from '../support/world.ts'
import { givenAttempts, givenWorld, reevaluateAll } from './support.ts'

describe('the statistics of a campaign', () => {
  test('count its calls, its answers, the reasons of their ends, and its targets', async () => {
    const world = await givenWorld({ startEngine: true })
    const { app, viewer } = world
    const people = [0, 50, 51, 70, 75, 60].map((dd) => [scripted(dd)])
    const { campaign } = await givenReady(world, { people, plan: { maxTryCounts: [1] } })
    must(await app.campaigns.run(viewer, campaign.id))
    await world.advance(10_000)
    const [stats] = await app.campaigns.stats(viewer, [campaign.id])
    expect(stats).toMatchObject({
      ...{ callsTotal: 6, callsDialing: 1, callsProgressing: 0, success: 1, fail: 4, answered: 1, abandoned: 0 },
      ...{ targetsIdle: 0, targetsProgressing: 1, targetsDone: 5 },
    })
    expect(stats?.hangupReasons.toSorted((a, b) => (a.reason < b.reason ? -1 : 1))).toMatchObject([
      { reason: 'BUSY', count: 2 },
      { reason: 'CONGESTION', count: 1 },
      { reason: 'INVALID_NUMBER', count: 1 },
      { reason: 'NORMAL', count: 1 },
    ])
  })

  test('count an answered call while it is in progress', async () => {
    const world = await givenWorld({ startEngine: true })
    const { campaign } = await givenReady(world, { people: [[scripted(95)]] })
    must(await world.app.campaigns.run(world.viewer, campaign.id))
    await world.advance(5000)
    const counted = { callsTotal: 1, callsDialing: 0, callsProgressing: 1, answered: 1, success: 0, fail: 0 }
    expect(await world.app.campaigns.stats(world.viewer, [campaign.id])).toMatchObject([counted])
  })

  test('count who left before an agent came as abandoned', async () => {
    const world = await givenWorld({ startEngine: true })
    const { app, viewer } = world
    const queue = await givenQueue(world, { waitTimeoutMs: 1000 })
    const [agent] = await givenAgents(world, queue.id, [{}])
    const campaign = { queueId: queue.id }
    const ready = await givenReady(world, { people: [[scripted(95)]], plan: { maxTryCounts: [1] }, campaign })
    must(await app.campaigns.run(viewer, ready.campaign.id))
    await world.advance(100)
    must(await app.agents.setStatus(viewer, agent?.id ?? '', 'AWAY'))
    await world.run()
    expect(await app.campaigns.stats(viewer, [ready.campaign.id])).toMatchObject([
      { answered: 1, abandoned: 1, fail: 1, hangupReasons: [{ reason: 'ABANDONED', count: 1 }] },
    ])
  })

  test('come for each campaign, in the order that is asked for', async () => {
    const world = await givenWorld()
    const one = await givenReady(world, { people: [[scripted(0)]] })
    const none = await givenCampaign(world)
    const stats = await world.app.campaigns.stats(world.viewer, [none.id, one.campaign.id.toUpperCase(), none.id])
    expect(stats.map((of) => of.targetsIdle)).toEqual([0, 1, 0])
  })

  test('are those of the list that is attached now', async () => {
    const world = await givenWorld()
    const first = await givenReady(world, { people: [[scripted(0)]] })
    must(await world.app.campaigns.update(world.viewer, first.campaign.id, { outdialId: null }))
    expect(await world.app.campaigns.stats(world.viewer, [first.campaign.id])).toMatchObject([{ targetsIdle: 0 }])
  })
})

describe('the dialing report', () => {
  /** What the engine says of itself, without there being one. */
  const report = (
    { app, effects }: World,
    of: { state?: EngineState; carrierAvailable?: boolean; perSecond?: number } = {},
  ) =>
    app.reportEngine({
      ...{ state: 'RUNNING', reason: null, carrierAvailable: true, ...of },
      allowance: { perSecond: of.perSecond ?? 0, room: 0, nextAt: effects.now() + 50 },
    })

  async function dialingOf(world: World, id: string) {
    const [campaign] = await world.app.campaigns.byIds(world.viewer, [id])
    if (!campaign) throw new Error('there is no such campaign')
    const [found] = await world.app.campaigns.dialing(world.viewer, [campaign])
    if (!found) throw new Error('there is no report')
    return found
  }

  async function givenRunning(people: string[][] = [[scripted(0)]], more: object = {}) {
    const world = await givenWorld()
    const ready = await givenReady(world, {
      people,
      plan: { tryIntervalMs: 60_000, maxTryCounts: [2] },
      campaign: more,
    })
    await reevaluateAll(world)
    must(await world.app.campaigns.run(world.viewer, ready.campaign.id))
    report(world)
    const blocked = async (by: DialBlocker | null) => {
      const found = await dialingOf(world, ready.campaign.id)
      expect(found.blockedBy).toBe(by)
      expect(found.message).toMatch(/^[A-Z].*\.$/)
      return found
    }
    return { world, ...ready, blocked }
  }

  test('says nothing blocks while calls are being placed', async () => {
    const { blocked } = await givenRunning()
    const none = { availableAgents: null, dialing: 0, allowed: 10_000, nextAttemptAt: null }
    expect(await blocked(null)).toMatchObject(none)
  })

  test('says that the campaign does not run, before anything else', async () => {
    const { world, campaign, blocked } = await givenRunning([])
    must(await world.app.campaigns.stop(world.viewer, campaign.id))
    report(world, { state: 'STOPPED', carrierAvailable: false })
    expect(await blocked('CAMPAIGN_NOT_RUNNING')).toMatchObject({ allowed: 0 })
  })

  test('says that the engine, or the carrier, is not there', async () => {
    const { world, blocked } = await givenRunning()
    report(world, { state: 'STOPPED', carrierAvailable: false })
    expect(await blocked('ENGINE_STOPPED')).toMatchObject({ allowed: 0 })
    report(world, { carrierAvailable: false })
    expect(await blocked('CARRIER_UNAVAILABLE')).toMatchObject({ allowed: 0 })
  })

  test('says that no target is left, and goes on when one is added', async () => {
    const { world, outdial, blocked } = await givenRunning([])
    await blocked('NO_TARGETS')
    await givenTargets(world, outdial.id, [[scripted(0)]])
    await blocked(null)
  })

  test('says when the next target is due', async () => {
    const { world, targets, blocked } = await givenRunning()
    await givenAttempts(world, targets, 'BUSY')
    const at = world.effects.now() + 60_000
    expect(await blocked('RETRY_NOT_DUE')).toMatchObject({ nextAttemptAt: at })
    await world.advance(59_999)
    expect(await blocked('RETRY_NOT_DUE')).toMatchObject({ nextAttemptAt: at })
    await world.advance(1)
    expect(await blocked(null)).toMatchObject({ nextAttemptAt: null })
  })

  test('says that a target whose last call came to nothing known rests for 15 minutes', async () => {
    const { world, targets, blocked } = await givenRunning()
    await givenAttempts(world, targets, 'UNKNOWN')
    const at = world.effects.now() + 15 * 60_000
    await world.advance(15 * 60_000 - 1)
    expect(await blocked('RETRY_NOT_DUE')).toMatchObject({ nextAttemptAt: at })
    await world.advance(1)
    await blocked(null)
  })

  test('says that no agent is free, and counts those who are', async () => {
    const world = await givenWorld()
    const queue = await givenQueue(world)
    const { campaign } = await givenReady(world, {
      people: [[scripted(0)]],
      campaign: { queueId: queue.id, serviceLevel: 50 },
    })
    must(await world.app.campaigns.run(world.viewer, campaign.id))
    report(world)
    const blocked = { blockedBy: 'NO_AGENT_AVAILABLE', availableAgents: 0, allowed: 0 }
    expect(await dialingOf(world, campaign.id)).toMatchObject(blocked)
    await givenAgents(world, queue.id, [{}])
    expect(await dialingOf(world, campaign.id)).toMatchObject({ blockedBy: null, availableAgents: 1, allowed: 2 })
  })

  test('says that no more calls may be started in this second', async () => {
    const { world, blocked } = await givenRunning()
    report(world, { perSecond: 10 })
    await blocked('CALLS_PER_SECOND')
    await world.advance(1000)
    expect(await blocked(null)).toMatchObject({ allowed: 1 })
  })

  test('says what the calls in flight block', async () => {
    const world = await givenWorld({ startEngine: true })
    const { app, viewer } = world
    const queue = await givenQueue(world)
    await givenAgents(world, queue.id, [{}])
    const settings = { concurrentCallsMax: 1 }
    const { campaign, outdial } = await givenReady(world, { people: [[scripted(60)]], campaign: settings })
    must(await app.campaigns.run(viewer, campaign.id))
    await world.advance(100)
    expect(await dialingOf(world, campaign.id)).toMatchObject({
      blockedBy: 'TARGETS_IN_FLIGHT',
      dialing: 1,
      allowed: 0,
    })
    await givenTargets(world, outdial.id, [[scripted(61)]])
    expect(await dialingOf(world, campaign.id)).toMatchObject({ blockedBy: 'CONCURRENCY', allowed: 0 })
    const paced = { people: [[scripted(60)], [scripted(61)]], campaign: { queueId: queue.id } }
    const second = await givenReady(world, paced)
    must(await app.campaigns.run(viewer, second.campaign.id))
    await world.advance(100)
    expect(await dialingOf(world, second.campaign.id)).toMatchObject({
      blockedBy: 'PACING',
      availableAgents: 1,
      dialing: 1,
    })
  })
})
