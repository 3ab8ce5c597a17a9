import { expect, test } from 'vitest'
import { dialingOf, givenRunning, scripted } from '../support/given.ts'
import { givenScriptedWorld } from '../support/given-world.ts'

const people = Array.from({ length: 400 }, (_, i) => [scripted(i % 100, 202 + Math.floor(i / 100))])
const plan = { maxTryCounts: [1] }

/** A list that is dialed ten times a second, by a carrier whose network answers as the test says. */
async function givenDialing(callsPerSecond: number, concurrentCallsMax: number | null = null) {
  const { world, carrier } = await givenScriptedWorld({ callsPerSecond })
  let reason: 'CONGESTION' | 'BUSY' = 'CONGESTION'
  carrier.answerWith(({ callId }) => {
    carrier.tell(callId, { type: 'HANGUP', reason, by: 'THEM', detail: '' })
    return { type: 'ACCEPTED' }
  })
  const { campaign } = await givenRunning(world, { people, plan, campaign: { concurrentCallsMax } })
  /** How many calls are started in so many seconds. */
  async function started(seconds: number): Promise<number> {
    const before = carrier.requests.length
    await world.advance(seconds * 1000)
    return carrier.requests.length - before
  }
  const answersWith = (next: typeof reason) => {
    reason = next
  }
  return { world, carrier, campaign, started, answersWith }
}

test('a network without room is called more slowly, and faster again once it has some', async () => {
  const { world, campaign, started, answersWith } = await givenDialing(10)
  await world.advance(10_000)
  expect(await started(10)).toBeLessThanOrEqual(11)
  expect(await dialingOf(world, campaign.id)).toMatchObject({ blockedBy: 'CALLS_PER_SECOND' })
  answersWith('BUSY')
  await world.advance(45_000)
  expect(await started(5)).toBeGreaterThanOrEqual(47)
})

test('a call that finds no room now and then slows nobody', async () => {
  const { world, started, answersWith } = await givenDialing(10)
  answersWith('BUSY')
  await world.advance(1050)
  expect(await started(20)).toBeGreaterThanOrEqual(190)
})

test('a network without room is called more slowly also where nothing limits the calls', async () => {
  const { started } = await givenDialing(0, 5)
  expect(await started(5)).toBeLessThan(30)
})

test('a switch that refuses more calls than it takes in a second is asked for fewer', async () => {
  const { world, carrier, started } = await givenDialing(50)
  const takenPerSecond = 20
  let refused = 0
  let second = { at: 0, taken: 0 }
  carrier.answerWith(({ callId }) => {
    const at = Math.floor(world.effects.now() / 1000)
    if (second.at !== at) second = { at, taken: 0 }
    if (second.taken === takenPerSecond) {
      refused++
      return { type: 'REJECTED', reason: 'CONGESTION' }
    }
    second = { at, taken: second.taken + 1 }
    carrier.tell(callId, { type: 'HANGUP', reason: 'BUSY', by: 'THEM', detail: '' })
    return { type: 'ACCEPTED' }
  })
  await started(60)
  expect(refused).toBeLessThan(people.length / 2)
})
