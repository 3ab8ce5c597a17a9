import { describe, expect, test } from 'vitest'
import { createPruning } from '../../src/app/pruning.ts'
import type { NewLogEntry } from '../../src/domain/transition.ts'
import { silentLog } from '../../src/kernel/log.ts'
import { limits } from '../../src/limits.ts'
import { callsOf, givenReady, must, scripted } from '../support/given.ts'
import type { World } from '../support/world.ts'
import { age, dayMs, keptOf, pruneAll, prunedThrough, pruningOf } from './pruning-support.ts'
import { change, givenFile, givenWorld } from './support.ts'

/** A world whose log has nothing but what a test appends to it. */
async function given() {
  const world = await givenWorld()
  await pruneAll(world, { transitionsKeptDays: -1 })
  const start = world.app.transitions.latestPosition()
  /** Entries that happened so many days ago, one after the other. Returns their positions. */
  const append = async (...days: number[]) => {
    const entries = days.map((of): NewLogEntry => {
      const at = Math.round(world.effects.now() - of * dayMs)
      return { kind: 'NOTICE', customerId: 'default', at, topic: 'OUTDIAL', subjectId: 'outdial' }
    })
    const last = await world.store.transact('ALL', (tx) => tx.transitions.append(entries))
    world.app.reader.committed(last)
    return entries.map((_, i) => last - entries.length + 1 + i)
  }
  return { world, append, start }
}

/** Two calls whose steps are 91 days old: one that is still in flight, and one that was busy. */
async function givenCalls() {
  const world = await givenWorld({ startEngine: true })
  const { campaign } = await givenReady(world, {
    people: [[scripted(95)], [scripted(50)]],
    plan: { maxTryCounts: [1] },
  })
  must(await world.app.campaigns.run(world.viewer, campaign.id))
  await world.advance(4000)
  const calls = await callsOf(world, campaign.id)
  expect(calls.map((call) => call.status)).toEqual(['PROGRESSING', 'DONE'])
  age(world, 91)
  const events = async () => {
    const ids = calls.map((call) => call.id)
    return (await world.app.campaigncalls.transitions(world.viewer, ids)).map((of) => of.map((step) => step.event))
  }
  return { world, live: calls[0]?.id ?? '', events }
}

/** Appends to the log that agents did not answer a call, so many times and 91 days ago. */
async function appendMissed(world: World, callId: string, count: number): Promise<NewLogEntry[]> {
  const [call] = await world.app.campaigncalls.byIds(world.viewer, [callId])
  const { campaignId = '', version = 0 } = call ?? {}
  const ids = { customerId: 'default', campaignId, campaigncallId: callId }
  const at = world.effects.now() - 91 * dayMs
  const entries = Array.from({ length: count }, (_, i): NewLogEntry => {
    const step = { event: 'AGENT_MISSED', from: 'PROGRESSING', to: 'PROGRESSING' } as const
    const facts = { agentId: null, result: null, hangupReason: null, inferred: false, version: version + 1 + i }
    return { kind: 'CAMPAIGNCALL', at, ...ids, ...step, ...facts }
  })
  await world.store.transact('ALL', (tx) => tx.transitions.append(entries))
  return entries
}

describe('pruning', () => {
  test('takes what is more than 90 days old, and nothing younger', async () => {
    const { world, append } = await given()
    const [, second, ...others] = await append(200, 90 + 1 / dayMs, 90, 89, 0)
    expect(await pruningOf(world).prune()).toBe(false)
    expect(keptOf(world)).toEqual(others)
    expect(await prunedThrough(world)).toBe(second)
  })

  test('keeps entries for as many days as was configured', async () => {
    const { world, append } = await given()
    const [, ...others] = await append(1.1, 0.9, 0)
    await pruneAll(world, { transitionsKeptDays: 2 })
    expect(keptOf(world)).toHaveLength(3)
    await pruneAll(world, { transitionsKeptDays: 1 })
    expect(keptOf(world)).toEqual(others)
  })

  test('goes no further than the first entry that is younger: what follows was written by a clock that was behind', async () => {
    const { world, append } = await given()
    const [first, ...others] = await append(100, 80, 10_000, 10_000, 79)
    await pruneAll(world)
    expect(keptOf(world)).toEqual(others)
    expect(await prunedThrough(world)).toBe(first)
  })

  test('waits for the time that an entry claims, when the clock was ahead', async () => {
    const { world, append } = await given()
    const [, ...others] = await append(100, -50, 100)
    await pruneAll(world)
    expect(keptOf(world)).toEqual(others)
  })

  test('touches at most 500 entries in a transaction, and says whether there may be more', async () => {
    const { world, append, start } = await given()
    await append(...Array.from({ length: 1100 }, () => 100), 0)
    const { prune } = pruningOf(world)
    const seen = []
    for (let batch = 0; batch < 4; batch++) seen.push([await prune(), keptOf(world).length])
    expect(limits.batchRowsMax).toBe(500)
    expect(seen).toEqual([
      [true, 601],
      [true, 101],
      [false, 1],
      [false, 1],
    ])
    expect(await prunedThrough(world)).toBe(start + 1100)
  })

  test('changes nothing where nothing is old', async () => {
    const { world, append, start } = await given()
    await append(89, 50, 0)
    expect(await pruningOf(world).prune()).toBe(false)
    expect(await prunedThrough(world)).toBe(start)
  })

  test('of the whole log takes no position back', async () => {
    const file = givenFile()
    const world = await givenWorld({ file })
    const { campaign } = await givenReady(world, { people: [] })
    age(world, 91)
    await pruneAll(world)
    expect(keptOf(world)).toEqual([])
    const last = world.app.transitions.latestPosition()
    expect(last).toBeGreaterThan(0)
    const next = await givenWorld({ file })
    expect(next.app.transitions.latestPosition()).toBe(last)
    const after = next.app.transitions.cursorOf(last)
    const stream = await next.app.transitions.campaigns(next.viewer, { after })
    must(await next.app.campaigns.run(next.viewer, campaign.id))
    expect((await stream.next()).value).toMatchObject({ to: 'RUN', campaignId: campaign.id })
  })

  test('leaves alone what another process of the same file has pruned already', async () => {
    const file = givenFile()
    const [world, other] = [await givenWorld({ file }), await givenWorld({ file, seed: 2 })]
    await givenReady(world, { people: [] })
    age(world, 91)
    await pruneAll(other)
    const through = await prunedThrough(world)
    expect(await pruningOf(world).prune()).toBe(false)
    expect(await prunedThrough(world)).toBe(through)
  })
})

describe('the entries of a call in flight', () => {
  test('are all kept, and those of other calls are not', async () => {
    const { world, events } = await givenCalls()
    await pruneAll(world)
    expect(await events()).toEqual([['CREATED', 'ANSWERED'], []])
    const listed = await world.app.transitions.campaigncallList(world.viewer, { first: 10 })
    expect(listed.map((step) => step.event)).toEqual(['CREATED', 'ANSWERED'])
  })

  test('that was passed go with its end, once that is old', async () => {
    const { world, live, events } = await givenCalls()
    await pruneAll(world)
    must(await world.app.campaigncalls.hangup(world.viewer, live))
    await world.advance(1000)
    await pruneAll(world)
    const [steps = []] = await events()
    expect([steps[0], steps.at(-1)]).toEqual(['CREATED', 'ENDED'])
    age(world, 91)
    await pruneAll(world)
    expect(await events()).toEqual([[], []])
    expect(keptOf(world)).toEqual([])
  })

  test('make no cursor expire by being old', async () => {
    const { world, live } = await givenCalls()
    const { app, viewer } = world
    await pruneAll(world)
    const through = await prunedThrough(world)
    const [missed] = await appendMissed(world, live, 1)
    expect(await pruneAll(world)).toBe(1)
    expect(await prunedThrough(world)).toBe(through)
    const after = app.transitions.cursorOf(through)
    const listed = await app.transitions.campaigncallList(viewer, { first: 10, after })
    expect(listed.at(-1)).toMatchObject(missed ?? {})
  })

  test('are passed once, and not looked at again at every batch', async () => {
    const { world, live } = await givenCalls()
    const [call] = await world.app.campaigncalls.byIds(world.viewer, [live])
    const missed = await appendMissed(world, live, 1200)
    expect(await pruneAll(world)).toBe(3)
    const kept = keptOf(world)
    expect(kept).toHaveLength(1202)
    const at = world.effects.now() - 91 * dayMs
    const notice = { kind: 'NOTICE', customerId: 'default', at, topic: 'OUTDIAL', subjectId: 'outdial' } as const
    await world.store.transact('ALL', (tx) => tx.transitions.append([notice]))
    expect(await pruneAll(world)).toBe(1)
    expect(keptOf(world)).toEqual(kept)
    // Its end takes all of them along, 500 in a transaction.
    await change(world, async (unit) => {
      const ended = { status: 'DONE', result: 'FAIL', hangupReason: 'UNKNOWN', endedAt: unit.now } as const
      const { campaigncalls } = await unit.stored()
      if (call) await campaigncalls.updateAll([{ ...call, ...ended, agentId: null, answeredAt: null, wakeAt: null }])
      const end = { ...(missed[0] as NewLogEntry), event: 'ENDED', to: 'DONE', version: 5000 } as NewLogEntry
      await unit.tx.transitions.append([end])
    })
    const { prune } = pruningOf(world)
    const counts = []
    do counts.push(keptOf(world).length)
    while (await prune())
    expect(counts).toEqual([1203, 703, 203, 1])
    expect(keptOf(world)).toEqual([])
  })
})

describe('pruning in the background', () => {
  async function givenOld(count: number) {
    const { world, append } = await given()
    await append(...Array.from({ length: count }, () => 100))
    return { world, append }
  }
  const kept = (world: World) => keptOf(world).length

  test('begins a minute after the start, and goes on batch by batch until nothing old is left', async () => {
    const { world } = await givenOld(1100)
    const end = pruningOf(world).watch(() => true)
    await world.advance(limits.pruneFirstMs - 1)
    expect(kept(world)).toBe(1100)
    await world.advance(1)
    expect(kept(world)).toBe(600)
    await world.advance(2 * limits.prunePauseMs)
    expect(kept(world)).toBe(0)
    end()
  })

  test('goes on every hour, and ends when it is told to', async () => {
    const { world, append } = await givenOld(1)
    const end = pruningOf(world).watch(() => true)
    await world.advance(limits.pruneFirstMs)
    await append(100)
    await world.advance(limits.pruneEveryMs - 1)
    expect(kept(world)).toBe(1)
    await world.advance(1)
    expect(kept(world)).toBe(0)
    await append(100)
    end()
    await world.advance(2 * limits.pruneEveryMs)
    expect(kept(world)).toBe(1)
  })

  test('takes nothing while it may not', async () => {
    const { world } = await givenOld(1)
    let mayPrune = false
    const end = pruningOf(world).watch(() => mayPrune)
    await world.advance(limits.pruneFirstMs)
    expect(kept(world)).toBe(1)
    mayPrune = true
    await world.advance(limits.pruneEveryMs)
    expect(kept(world)).toBe(0)
    end()
  })

  test('ends after the batch that is under way', async () => {
    const { world } = await givenOld(1100)
    const end = createPruning({
      effects: world.effects,
      log: silentLog,
      change(_, run) {
        end()
        return change(world, run)
      },
      options: { defaultCountry: null, callDurationMaxMs: 1, concurrentCallsMax: 0 },
    }).watch(() => true)
    await world.advance(limits.pruneFirstMs + 10 * limits.prunePauseMs)
    expect(kept(world)).toBe(600)
  })

  test('tries again later what has failed, and says so', async () => {
    const { world } = await givenOld(1)
    const warnings: string[] = []
    let fails = true
    const end = createPruning({
      effects: world.effects,
      log: { ...silentLog, warn: (_, message) => warnings.push(message) },
      change: (_, run) => (fails ? Promise.reject(new Error('no room')) : change(world, run)),
      options: { defaultCountry: null, callDurationMaxMs: 1, concurrentCallsMax: 0 },
    }).watch(() => true)
    await world.advance(limits.pruneFirstMs)
    expect(warnings).toHaveLength(1)
    fails = false
    await world.advance(limits.pruneEveryMs)
    expect(kept(world)).toBe(0)
    expect(warnings).toHaveLength(1)
    end()
  })
})
