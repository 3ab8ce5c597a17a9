import { describe, expect, test } from 'vitest'
import type { Effects } from '../../src/kernel/effects.ts'
import { createPacedEffects } from '../../src/kernel/paced-effects.ts'
import { callsOf, eventsOf, givenAgents, givenQueue, givenReady, must, scripted } from '../support/given.ts'
import { givenWorld } from '../support/given-world.ts'
import { createLateMachine } from '../support/late-machine.ts'

const people = Array.from({ length: 30 }, (_, i) => [scripted(i % 5 === 4 ? 50 + i : i)])

/** What becomes of a campaign with agents while every commit takes that long, once nobody is called before it is all there. */
async function runCampaign(commitMs: number, pace?: (machine: Effects) => Effects) {
  const { effects, lose } = createLateMachine()
  let isRunning = false
  const world = await givenWorld({
    effects,
    onStatement: (sql) => {
      if (isRunning && sql === 'COMMIT') lose(commitMs)
    },
    ...(pace && { paced: pace }),
  })
  const queue = await givenQueue(world)
  await givenAgents(world, queue.id, [{}, {}, {}, {}, {}])
  const { campaign } = await givenReady(world, {
    people,
    plan: { tryIntervalMs: 60_000, maxTryCounts: [2] },
    campaign: { queueId: queue.id, actions: [{ type: 'TALK', option: { text: 'Hello, one moment please.' } }] },
  })
  isRunning = true
  must(await world.app.campaigns.run(world.viewer, campaign.id))
  await world.run()
  const startedAt = (await callsOf(world, campaign.id))[0]?.createdAt ?? 0
  const calls = await callsOf(world, campaign.id)
  return {
    abandoned: calls.filter((call) => call.status === 'DONE' && call.hangupReason === 'ABANDONED').length,
    calls: calls.map((call) => [call.destination.target, call.createdAt - startedAt, call.updatedAt - startedAt]),
    events: await eventsOf(world, campaign.id),
  }
}

describe('a campaign of simulated calls on a machine that is late', () => {
  test('takes the same course as on one that is not: callers and agents wait for the dialer', async () => {
    const onTime = await runCampaign(0, createPacedEffects)
    expect(onTime.abandoned).toBe(0)
    expect(onTime.calls.length).toBeGreaterThan(people.length)
    for (const commitMs of [40, 1700]) expect(await runCampaign(commitMs, createPacedEffects)).toEqual(onTime)
  })

  test('loses callers who were answered, where they live on the clock of the machine', async () => {
    expect((await runCampaign(1700)).abandoned).toBeGreaterThan(0)
  })
})
