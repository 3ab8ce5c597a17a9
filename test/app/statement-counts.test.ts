import { describe, expect, test } from 'vitest'
import type { CarrierCommand, InboxItem } from '../../src/app/calls/ticks.ts'
import type { CampaignCreateInput } from '../../src/app/requests.ts'
import { unlimitedCalls } from '../../src/domain/call-rate.ts'
import type { CallNews } from '../../src/domain/carrier.ts'
import { callsOf, givenAgents, givenQueue, givenRunning, scripted } from '../support/given.ts'
import type { World } from '../support/world.ts'
import { givenWorld } from './support.ts'

const unlimited = Number.POSITIVE_INFINITY
const status = { state: 'RUNNING' as const, reason: null, carrierAvailable: true, allowance: unlimitedCalls }
const dial = { startsAllowed: unlimited, trunkRoom: unlimited, claimsMax: unlimited, servedIds: [] }
const people = Array.from({ length: 100 }, (_, i) => [scripted(i)])

/** A running campaign with a list of 100, and a way to run ticks of which the statements are counted. */
async function givenCounted(campaignOf: (world: World) => Promise<Partial<CampaignCreateInput>>) {
  let count = 0
  const world = await givenWorld({
    onStatement: () => {
      count++
    },
  })
  const { campaign } = await givenRunning(world, {
    people,
    plan: { maxTryCounts: [1] },
    campaign: await campaignOf(world),
  })
  const run = async (items: readonly InboxItem[], claims: boolean) => {
    count = 0
    const result = await world.app.ticks.run(() => ({
      ...{ status, carrierReports: true, adopted: 0, news: { items, complete: true } },
      dial: claims ? dial : null,
    }))
    return { count, claimed: result.claim.claimed, commands: result.commands }
  }
  /** Runs a tick that records this of every call. */
  const report = async (newsOf: (callId: string) => object) => {
    const calls = await callsOf(world, campaign.id)
    return run(
      calls.map(({ referenceId }) => {
        const callId = referenceId ?? ''
        return { type: 'NEWS', news: { callId, at: world.effects.now(), ...newsOf(callId) } as CallNews }
      }),
      false,
    )
  }
  return { world, campaign, claim: () => run([], true), report }
}

const answered = () => ({ type: 'ANSWERED' })
const hungUp = () => ({ type: 'HANGUP', reason: 'NORMAL', by: 'THEM', detail: '' })

describe('a tick takes at most 40 statements', () => {
  test('where 100 are claimed, answered and ended while a text that names the target is spoken', async () => {
    const actions = [{ type: 'TALK' as const, option: { text: 'Good morning, {{target.name}}.' } }]
    const { claim, report, world, campaign } = await givenCounted(async () => ({ actions }))
    const claimed = await claim()
    expect(claimed.claimed).toBe(100)
    expect(claimed.count).toBeLessThanOrEqual(40)
    expect((await report(answered)).count).toBeLessThanOrEqual(40)
    expect((await report(hungUp)).count).toBeLessThanOrEqual(40)
    expect(new Set((await callsOf(world, campaign.id)).map((call) => call.status))).toEqual(new Set(['DONE']))
  })

  test('where 100 are offered to agents, connected and ended', async () => {
    const { claim, report, world, campaign } = await givenCounted(async (world) => {
      const queue = await givenQueue(world)
      await givenAgents(world, queue.id, Array(100).fill({}))
      return { queueId: queue.id, actions: [{ type: 'QUEUE_JOIN' as const }] }
    })
    expect((await claim()).claimed).toBe(100)
    const offered = await report(answered)
    expect(offered.count).toBeLessThanOrEqual(40)
    const isOffer = (of: CarrierCommand) => of.type === 'CONNECT'
    const agents = new Map(offered.commands.filter(isOffer).map((of) => [of.callId, of.phone.agentId]))
    expect(agents.size).toBe(100)
    const connected = await report((callId) => ({ type: 'AGENT_CONNECTED', agentId: agents.get(callId) }))
    expect(connected.count).toBeLessThanOrEqual(40)
    expect((await report(hungUp)).count).toBeLessThanOrEqual(40)
    expect(new Set((await callsOf(world, campaign.id)).map((call) => call.status))).toEqual(new Set(['DONE']))
  })
})
