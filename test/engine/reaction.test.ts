import { expect, test } from 'vitest'
import { createSimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import {
  callsOf,
  givenAgents,
  givenQueue,
  givenReady,
  givenRunning,
  givenTargets,
  must,
  scripted,
} from '../support/given.ts'
import { givenScriptedWorld, givenWorld } from '../support/given-world.ts'

const number = scripted(95)
const people = [[number], [number], [number], [number]]
const plan = { maxTryCounts: [1] }
const busy = { type: 'HANGUP', reason: 'BUSY', by: 'THEM', detail: '' } as const

test('a freed agent leads to the next dial without time passing', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const queue = await givenQueue(world)
  const [agent] = await givenAgents(world, queue.id, [{}], 'OFFLINE')
  await givenRunning(world, { people, plan, campaign: { queueId: queue.id } })
  await world.settle()
  expect(carrier.requests).toHaveLength(0)
  const now = world.effects.now()
  must(await world.app.agents.setStatus(world.viewer, agent?.id ?? '', 'AVAILABLE'))
  await world.settle()
  expect(carrier.asked).toMatchObject([{ what: 'ORIGINATE', at: now }])
})

test('the end of a conversation leads to the next dial without time passing', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const queue = await givenQueue(world)
  const [agent] = await givenAgents(world, queue.id, [{}])
  await givenRunning(world, { people, plan, campaign: { queueId: queue.id } })
  await world.settle()
  const connected = { type: 'AGENT_CONNECTED', agentId: agent?.id ?? '' } as const
  carrier.tell(carrier.callId(0), { type: 'ANSWERED' }, connected)
  await world.advance(60_000)
  expect(carrier.requests).toHaveLength(1)
  const now = world.effects.now()
  carrier.tell(carrier.callId(0), { ...busy, reason: 'NORMAL' })
  await world.settle()
  expect(carrier.asked.at(-1)).toMatchObject({ what: 'ORIGINATE', at: now })
})

test('the end of a wrap-up leads to the next dial at that very moment', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const queue = await givenQueue(world)
  const [agent] = await givenAgents(world, queue.id, [{ wrapUpMs: 7000 }])
  await givenRunning(world, { people, plan, campaign: { queueId: queue.id } })
  await world.settle()
  const connected = { type: 'AGENT_CONNECTED', agentId: agent?.id ?? '' } as const
  carrier.tell(carrier.callId(0), { type: 'ANSWERED' }, connected, { ...busy, reason: 'NORMAL' })
  const over = world.effects.now() + 7000
  await world.advance(10_000)
  expect(carrier.asked.filter((of) => of.what === 'ORIGINATE').map((of) => of.at)).toEqual([over - 7000, over])
})

test('the end of a call leads to the next dial without time passing', async () => {
  const { world, carrier } = await givenScriptedWorld()
  await givenRunning(world, { people, plan, campaign: { concurrentCallsMax: 1 } })
  await world.advance(1234)
  const now = world.effects.now()
  carrier.tell(carrier.callId(0), busy)
  await world.settle()
  expect(carrier.asked).toMatchObject([{ what: 'ORIGINATE' }, { what: 'ORIGINATE', at: now }])
})

test('an added target leads to a dial without time passing', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const { outdial } = await givenRunning(world, { people: [], campaign: { endHandle: 'CONTINUE' } })
  await world.advance(5000)
  const now = world.effects.now()
  await givenTargets(world, outdial.id, [[number]])
  await world.settle()
  expect(carrier.asked).toMatchObject([{ what: 'ORIGINATE', at: now }])
})

test('campaignRun leads to a dial without time passing', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const { campaign } = await givenReady(world, { people })
  await world.advance(5000)
  expect(carrier.requests).toHaveLength(0)
  const now = world.effects.now()
  must(await world.app.campaigns.run(world.viewer, campaign.id))
  await world.settle()
  expect(carrier.asked.map((of) => of.at)).toEqual([now, now, now, now])
})

test('an edited setting leads to a dial without time passing', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const queue = await givenQueue(world)
  await givenAgents(world, queue.id, [{}])
  const { campaign } = await givenRunning(world, { people, plan, campaign: { queueId: queue.id } })
  await world.advance(1000)
  expect(carrier.requests).toHaveLength(1)
  const now = world.effects.now()
  must(await world.app.campaigns.update(world.viewer, campaign.id, { serviceLevel: 50 }))
  await world.settle()
  expect(carrier.asked.at(-1)).toMatchObject({ what: 'ORIGINATE', at: now })
})

test('an agent who is added to a queue leads to a dial without time passing', async () => {
  const { world, carrier } = await givenScriptedWorld()
  const queue = await givenQueue(world)
  const [one, other] = await givenAgents(world, (await givenQueue(world)).id, [{}, {}])
  must(await world.app.queues.setAgents(world.viewer, queue.id, [one?.id ?? '']))
  await givenRunning(world, { people, plan, campaign: { queueId: queue.id } })
  await world.settle()
  expect(carrier.requests).toHaveLength(1)
  must(await world.app.queues.setAgents(world.viewer, queue.id, [one?.id ?? '', other?.id ?? '']))
  await world.settle()
  expect(carrier.requests).toHaveLength(2)
})

/** What was written last is copied into the file within this time. */
const checkpointMs = 1000

/** A world that tells which statements it ran, and how many timers fired in it. */
async function givenWatchedWorld() {
  const effects = createSimulatedEffects()
  const seen = { statements: [] as string[], timersFired: 0 }
  const timer: typeof effects.timer = (delayMs, run, options) =>
    effects.timer(
      delayMs,
      () => {
        seen.timersFired++
        run()
      },
      options,
    )
  const world = await givenWorld({
    effects: { ...effects, timer },
    // That the engine says every 2 s that it is alive is not what is looked at here.
    heartbeatMs: 24 * 3_600_000,
    onStatement: (sql) => {
      seen.statements.push(sql)
    },
  })
  return { world, seen }
}

test('while a running campaign waits for an agent, no timer fires and no statement is run', async () => {
  const { world, seen } = await givenWatchedWorld()
  const queue = await givenQueue(world)
  await givenAgents(world, queue.id, [{}], 'OFFLINE')
  const { campaign } = await givenRunning(world, { people, plan, campaign: { queueId: queue.id } })
  await world.advance(checkpointMs)
  const before = { ...seen, statements: seen.statements.length }
  await world.advance(3_600_000)
  expect({ ...seen, statements: seen.statements.length }).toEqual(before)
  // Its sibling: what is watched does move when something happens.
  must(await world.app.campaigns.stop(world.viewer, campaign.id))
  expect(seen.statements.length).toBeGreaterThan(before.statements)
})

test('while a running campaign waits for a retry interval, nothing happens until one timer fires at its end', async () => {
  const { world, seen } = await givenWatchedWorld()
  const { campaign } = await givenRunning(world, {
    people: [[scripted(50)]],
    plan: { maxTryCounts: [2], tryIntervalMs: 600_000 },
  })
  await world.advance(1000 + checkpointMs)
  const before = { ...seen, statements: seen.statements.length }
  await world.advance(599_999 - checkpointMs)
  expect({ ...seen, statements: seen.statements.length }).toEqual(before)
  await world.advance(1)
  expect(seen.timersFired - before.timersFired).toBeGreaterThanOrEqual(1)
  expect(await callsOf(world, campaign.id)).toHaveLength(2)
})

test('while a running campaign that continues has no targets, nothing happens', async () => {
  const { world, seen } = await givenWatchedWorld()
  await givenRunning(world, { people: [[scripted(0)]], plan, campaign: { endHandle: 'CONTINUE' } })
  await world.run()
  await world.advance(checkpointMs)
  const before = { ...seen, statements: seen.statements.length }
  await world.advance(3_600_000)
  expect({ ...seen, statements: seen.statements.length }).toEqual(before)
})

test('while a long call is talked on, nothing happens', async () => {
  const { world, seen } = await givenWatchedWorld()
  const { campaign } = await givenRunning(world, { people: [[number]], plan })
  await world.advance(5000)
  expect(await callsOf(world, campaign.id)).toMatchObject([{ status: 'PROGRESSING' }])
  await world.settle()
  const before = { ...seen, statements: seen.statements.length }
  await world.advance(1_800_000)
  expect({ ...seen, statements: seen.statements.length }).toEqual(before)
})
