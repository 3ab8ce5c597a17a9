import Database from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { createChecker } from '../support/checker.ts'
import { givenAgents, givenQueue, givenRunning, scripted } from '../support/given.ts'
import type { Told } from '../support/judge-limits.ts'
import { createWorld } from '../support/world.ts'

/** A world with calls of every kind behind and before it, and a checker of it. */
async function givenChecked() {
  const world = await createWorld()
  onTestFinished(() => world.close())
  const queue = await givenQueue(world)
  const agents = await givenAgents(world, queue.id, [{}, { extension: '7099' }])
  const { campaign, outplan } = await givenRunning(world, {
    people: [[scripted(95)], [scripted(50)], [scripted(0)]],
    plan: { maxTryCounts: [2], tryIntervalMs: 60_000 },
    campaign: { queueId: queue.id },
  })
  await world.advance(4000)
  const told: Told = {
    concurrentCallsMax: 0,
    callsPerSecond: 0,
    plans: new Map([[outplan.id, [outplan]]]),
    campaigns: new Map([[campaign.id, [{ ...campaign, outplanId: outplan.id, outdialId: campaign.outdialId ?? '' }]]]),
    members: new Map([[queue.id, [[], agents.map((agent) => agent.id)]]]),
  }
  const checker = createChecker(world.file, told)
  const writer = new Database(world.file)
  onTestFinished(() => {
    checker.close()
    writer.close()
  })
  const spoil = (sql: string) => expect(writer.prepare(sql).run().changes).toBeGreaterThan(0)
  return { world, told, checker, spoil, campaign, findings: () => checker.check(world.effects.now()) }
}

test('the checker finds nothing in a world that keeps the rules', async () => {
  const { findings, checker } = await givenChecked()
  expect(findings()).toEqual([])
  expect(checker.fold.inFlight.size).toBeGreaterThan(0)
})

const faults: Record<string, readonly [sql: string, finding: RegExp]> = {
  'a counter that is off by one': ['update campaign_counter set success = success + 1', /campaign counters/],
  'a hangup reason that was not counted': ['delete from campaign_hangup_reason', /hangup reasons/],
  'a list whose counter is wrong': ['update outdial_counter set targets_done = targets_done + 1', /outdial counters/],
  'a version that is missing': [
    `update "transition" set version = version + 1 where event = 'ENDED'`,
    /ENDED: version 3 after 1/,
  ],
  'a reason that the log does not have': [
    `update campaigncall set hangup_reason = 'FAILED' where hangup_reason = 'BUSY'`,
    /reason: the log says BUSY, the row FAILED/,
  ],
  'a call of a campaign that does not run': [
    `delete from "transition" where kind = 'CAMPAIGN'`,
    /a call of a campaign that is undefined/,
  ],
  'an agent whose reservation is not in the log': [
    `delete from "transition" where kind = 'AGENT' and to_status = 'RINGING'`,
    /a step from RINGING of what was AVAILABLE/,
  ],
  'an agent who talks on a call that nobody knows': [
    `update agent set campaigncall_id = 'x' where status = 'BUSY'`,
    /an agent talks on a call that has another agent/,
  ],
  'a campaign that goes on at its end': ['update outdial_target set deleted_at = 1', /a campaign at its end goes on/],
  'a target that is idle while it is dialed': [
    `update outdial_target set status = 'IDLE' where status = 'PROGRESSING'`,
    /a target is IDLE, in flight: true/,
  ],
  'a try too many': [`update campaigncall set try_count = 3 where try_count = 1`, /try 3 of 2/],
  'an attempt that was left out': ['update campaigncall set attempt = attempt + 1', /attempt 2 after undefined/],
  'an illegal step': [
    `update "transition" set from_status = 'DONE' where event = 'ANSWERED'`,
    /ANSWERED: from DONE while DIALING/,
  ],
}

for (const [fault, [sql, finding]] of Object.entries(faults)) {
  test(`the checker finds ${fault}`, async () => {
    const { findings, spoil } = await givenChecked()
    spoil(sql)
    expect(findings().join('\n')).toMatch(finding)
  })
}

test('the checker finds calls against the pacing, the limits and the calls per second', async () => {
  const { told, findings, campaign } = await givenChecked()
  const settings = told.campaigns.get(campaign.id)?.[0]
  if (settings === undefined) throw new Error('a campaign that was told')
  told.campaigns.set(campaign.id, [{ ...settings, serviceLevel: 200, concurrentCallsMax: 1 }])
  Object.assign(told, { concurrentCallsMax: 1, callsPerSecond: 1 })
  const found = findings().join('\n')
  expect(found).toMatch(/a call against pacing/)
  expect(found).toMatch(/a call against concurrentCallsMax/)
  expect(found).toMatch(/a call against the process limit/)
  expect(found).toMatch(/more calls per second/)
})

test('the checker finds a call that could start and did not', async () => {
  const { told, findings, campaign, world } = await givenChecked()
  const settings = told.campaigns.get(campaign.id)?.[0]
  if (settings === undefined) throw new Error('a campaign that was told')
  told.campaigns.set(campaign.id, [{ ...settings, queueId: null }])
  await world.engine.stop()
  await world.advance(60_000)
  expect(findings().join('\n')).toMatch(/a call could start, and did not/)
})

test('the checker finds an attempt before its time', async () => {
  const { told, findings, world } = await givenChecked()
  await world.advance(120_000)
  expect(findings()).toEqual([])
  const again = await givenChecked()
  for (const [id, plans] of again.told.plans) {
    again.told.plans.set(
      id,
      plans.map((plan) => ({ ...plan, tryIntervalMs: 60_001 })),
    )
  }
  await again.world.advance(120_000)
  expect(again.findings().join('\n')).toMatch(/an attempt 1 ms before its time/)
  expect(told.plans.size).toBe(1)
})
