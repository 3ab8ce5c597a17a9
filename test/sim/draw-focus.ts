import { queueStrategies } from '../../src/domain/queue.ts'
import type { Chance } from './chance.ts'
import { drawPacedSettings } from './draw-parts.ts'
import type { CampaignPlan, Destination, FaultRates, Scenario, Step } from './scenario.ts'

/** What a scenario is about that is not drawn from everything there is. */
export type Focus = 'QUEUES' | 'NEWS' | 'REFUSALS' | 'RESTS' | 'COMPANY'

/** Every so many seeds one is about that: what seldom meets by chance meets there. */
const everySeeds = 20
const focusOf: ReadonlyMap<number, Focus> = new Map([
  [4, 'NEWS'],
  [7, 'QUEUES'],
  [9, 'COMPANY'],
  [11, 'REFUSALS'],
  [14, 'RESTS'],
  [17, 'QUEUES'],
])

export function focusOfSeed(seed: number): Focus | null {
  return focusOf.get(seed % everySeeds) ?? null
}

/** What a focus replaces in the scenario that was drawn. */
export function drawFocus(chance: Chance, focus: Focus, noFaults: FaultRates): Partial<Scenario> {
  switch (focus) {
    case 'NEWS':
      return drawMuchNews(chance, noFaults)
    case 'QUEUES':
      return drawSharedAgents(chance, noFaults)
    case 'REFUSALS':
      return drawRefusals(chance, noFaults)
    case 'COMPANY':
      return drawCompany(chance, noFaults)
    case 'RESTS':
      return drawRests(chance, noFaults)
  }
}

const alone = (steps: readonly Step[]) => steps.map((step) => ({ step, alone: true }))

function campaignOf(chance: Chance, of: Partial<CampaignPlan>): CampaignPlan {
  return {
    ...drawPacedSettings(chance),
    ...{ type: 'CALL', concurrentCallsMax: null, queue: null, actions: [], people: [] },
    plan: { maxTryCounts: [chance.pick([1, 2])], tryIntervalMs: 0, dialTimeoutMs: 20_000 },
    ...{ followed: false, runs: true },
    ...of,
  }
}

const people = (chance: Chance, count: number, ends: readonly Destination[]) =>
  Array.from({ length: count }, () => [chance.pick(ends)])

/** More news at once than a tick takes, when a process goes on that has stood still; calls that are handed over too late. */
function drawMuchNews(chance: Chance, noFaults: FaultRates): Partial<Scenario> {
  const steps: Step[] = [
    // Of two pauses one is followed by what was due, and one by what has arrived.
    { do: 'PASS', ms: chance.whole(0, 500) },
    { do: 'PAUSE', ms: 300, breath: null, takeOverAfterMs: null },
    { do: 'PASS', ms: chance.whole(0, 1500) },
    { do: 'PAUSE', ms: chance.pick([1500, 1500, 14_000]), breath: null, takeOverAfterMs: null },
    { do: 'PASS', ms: chance.whole(0, 3000) },
    { do: 'STALL', place: { kind: 'CLAIMED', count: 0 }, ms: chance.pick([2500, 7000]) },
    { do: 'ADD', which: 0, people: people(chance, 30, [0, 50]) },
    { do: 'PASS', ms: chance.whole(3000, 30_000) },
  ]
  const count = chance.whole(110, 150)
  const plan = { maxTryCounts: [2], tryIntervalMs: 0, dialTimeoutMs: chance.pick([2500, 2500, 5000]) }
  return {
    ...{ rates: noFaults, calm: true, carrierAheadMs: 0, concurrentCallsMax: 0, callsPerSecond: 0 },
    ...{ queues: [], agents: [], steps: alone(steps) },
    campaigns: [campaignOf(chance, { plan, people: people(chance, count, [0, 0, 1, 80, 85, 60]) })],
  }
}

/** Several queues with the same agents, who come and go: busy ones, or such that there is somebody to choose from. */
function drawSharedAgents(chance: Chance, noFaults: FaultRates): Partial<Scenario> {
  const isBusy = chance.happens(0.5)
  const isCalm = !isBusy || chance.happens(0.5)
  const queues = Array.from({ length: isBusy ? chance.whole(2, 3) : 1 }, () => ({
    strategy: chance.pick([...queueStrategies, 'AGENT_WITH_FEWEST_CALLS', 'AGENT_WITH_FEWEST_CALLS'] as const),
    ...{ waitTimeoutMs: chance.pick([0, 20_000, 60_000]), agentRingMs: chance.pick([4000, 15_000]) },
  }))
  const agents = Array.from({ length: isBusy ? chance.whole(1, 4) : 3 }, () => ({
    ...{ queues: chance.pick(isBusy ? [3, 7, 7, 7, 1, 2] : [7]), ending: '00' as const },
    ...{ wrapUpMs: chance.pick([0, 0, 4000]), available: chance.happens(isBusy ? 0.5 : 1) },
  }))
  const ends = isBusy ? [0, 0, 0, 1, 85, 95] : [0]
  const status = (which: number, to: 'AVAILABLE' | 'OFFLINE' | 'AWAY'): Step => ({ do: 'AGENT', which, status: to })
  const pass = (leastMs: number, mostMs: number): Step => ({ do: 'PASS', ms: chance.whole(leastMs, mostMs) })
  const add = (): Step => ({ do: 'ADD', which: chance.whole(0, 2), people: people(chance, chance.whole(1, 2), ends) })
  /** Somebody goes home and is back soon. */
  const rest = (which: number) => [status(which, 'OFFLINE'), pass(100, 3000), status(which, 'AVAILABLE')]
  /** Conversations last for minutes: one that is wanted to be over is hung up. */
  const converse = (): Step[] => [add(), pass(4000, 9000), { do: 'HANG_UP', which: 0 }, pass(0, 5000)]
  const anybody = () => chance.whole(0, agents.length - 1)
  const makers: readonly (() => Step[])[] = isBusy
    ? [
        () => [pass(0, 12_000)],
        () => [add()],
        () => [status(anybody(), chance.pick(['AVAILABLE', 'AVAILABLE', 'OFFLINE', 'AWAY']))],
        () => rest(anybody()),
      ]
    : [converse, converse, () => rest(anybody())]
  const drawn = chance.list(14, 30, () => chance.pick(makers)()).flat()
  const steps = drawn.map((step) => ({ step, alone: !isBusy || chance.happens(0.7) }))
  return {
    ...{ concurrentCallsMax: 0, queues, agents, steps },
    // An offer that is lost sends an agent away.
    ...(isCalm && { rates: noFaults, calm: true, carrierAheadMs: 0, callsPerSecond: 0 }),
    campaigns: queues.map((_, queue) =>
      campaignOf(chance, {
        ...{
          queue,
          pacing: 'RATIO',
          ratio: 300,
          people: people(chance, isBusy ? chance.whole(2, 6) : chance.whole(0, 3), ends),
        },
        ...{ endHandle: 'CONTINUE', actions: [{ type: 'QUEUE_JOIN', option: {} }] },
      }),
    ),
  }
}

/** A carrier that refuses calls, and a campaign that has nothing to go by but the pause after that. */
function drawRefusals(chance: Chance, noFaults: FaultRates): Partial<Scenario> {
  return {
    ...{ rates: { ...noFaults, rejected: chance.pick([0.2, 0.4]) }, calm: false, carrierAheadMs: 0 },
    ...{ concurrentCallsMax: 0, callsPerSecond: 0, queues: [], agents: [] },
    campaigns: [campaignOf(chance, { people: people(chance, chance.whole(2, 5), [50, 75, 85]) })],
    steps: alone([{ do: 'PASS', ms: chance.whole(30_000, 300_000) }]),
  }
}

/** People of whom some are never heard of again, and who are all due at once when the campaign goes on. */
function drawRests(chance: Chance, noFaults: FaultRates): Partial<Scenario> {
  const plan = { maxTryCounts: [2], tryIntervalMs: chance.pick([1000, 600_000]), dialTimeoutMs: 5000 }
  const settings = { concurrentCallsMax: chance.pick([1, 2]), endHandle: 'CONTINUE' as const, plan }
  return {
    ...{ rates: noFaults, calm: true, carrierAheadMs: 0, concurrentCallsMax: 0, callsPerSecond: 0 },
    ...{ queues: [], agents: [] },
    campaigns: [campaignOf(chance, { ...settings, people: people(chance, chance.whole(5, 9), [92, 50, 60]) })],
    steps: alone([
      { do: 'PASS', ms: chance.whole(5000, 40_000) },
      { do: 'STOP', which: 0 },
      { do: 'PASS', ms: 1_000_000 },
      { do: 'RUN', which: 0 },
      { do: 'PASS', ms: chance.whole(5000, 60_000) },
    ]),
  }
}

/** Callers who ask a process beside the one that dials, or one that is taken over before it knows how its calls are. */
function drawCompany(chance: Chance, noFaults: FaultRates): Partial<Scenario> {
  const isAsked = chance.happens(0.5)
  /** Somebody who begins, and stands still before it is known how the calls are. */
  const beginning = (): Step[] => [
    { do: 'DIE', place: { kind: 'ANY', count: 0 }, withinMs: 0, pauseMs: 0, again: null },
    { do: 'PASS', ms: chance.pick([1, 100, 700]) },
    { do: 'PAUSE', ms: 4000, breath: null, takeOverAfterMs: chance.whole(100, 1500) },
    { do: 'PASS', ms: 9000 },
  ]
  const run = (): Step => ({ do: 'RUN', which: 0 })
  const asked: Step[] = [0, 1, 2].flatMap((): Step[] => [
    { do: 'PASS', ms: chance.whole(2000, 6000) },
    { do: 'ADD', which: 0, people: people(chance, 1, [50, 60]) },
    run(),
  ])
  return {
    ...{ rates: noFaults, calm: isAsked, carrierAheadMs: 0, concurrentCallsMax: 0, callsPerSecond: 0 },
    ...{ queues: [], agents: [] },
    campaigns: [campaignOf(chance, { runs: !isAsked, people: people(chance, chance.whole(1, 4), [50, 60, 95]) })],
    steps: alone(
      isAsked
        ? [{ do: 'ACCOMPANY', ms: 60_000, place: null }, ...asked, { do: 'PASS', ms: 10_000 }]
        : [{ do: 'PASS', ms: 1000 }, ...beginning(), ...beginning(), ...beginning()],
    ),
  }
}
