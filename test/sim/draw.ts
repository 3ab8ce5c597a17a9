import { queueStrategies } from '../../src/domain/queue.ts'
import type { CrashPlace } from '../support/mortal-effects.ts'
import { type Chance, createChance } from './chance.ts'
import type {
  AgentPlan,
  CampaignPlan,
  Destination,
  FaultRates,
  PacedSettings,
  Person,
  PlanSettings,
  QueuePlan,
  Scenario,
  Step,
  SubscriberPlan,
} from './scenario.ts'

const noFaults: FaultRates = {
  ...{ newsLost: 0, newsDoubled: 0, newsLate: 0, nonsense: 0 },
  ...{ answerLost: 0, requestLost: 0, requestLate: 0, rejected: 0 },
  ...{ commandLost: 0, lookupFailed: 0, callerAnswerLost: 0 },
}

/** The scenario of a seed. The same seed gives the same one, for ever as far as this file stays as it is. */
export function scenarioOf(seed: number): Scenario {
  const chance = createChance(seed, 'scenario')
  const calm = chance.happens(0.25)
  const rates = calm ? { ...noFaults, callerAnswerLost: chance.pick([0, 0.2]) } : faultRates(chance)
  const campaigns = chance.list(1, 3, () => campaignPlan(chance))
  const queues = chance.list(0, 3, () => queuePlan(chance))
  return {
    seed,
    concurrentCallsMax: chance.pick([0, 0, 0, 2, 4]),
    callsPerSecond: chance.pick([0, 0, 0, 2]),
    carrierAheadMs: calm ? 0 : chance.pick([0, 0, 700, -700, 40_000, -40_000]),
    rates,
    calm,
    queues,
    agents: chance.list(1, 5, () => agentPlan(chance)),
    campaigns,
    subscribers: chance.list(1, 4, () => subscriberPlan(chance)),
    steps: chance.list(4, 22, () => ({ step: anyStep(chance, calm), alone: chance.happens(0.5) })),
    allHandsAtEnd: chance.happens(0.5),
  }
}

function faultRates(chance: Chance): FaultRates {
  const drawn: Record<string, number> = {}
  for (const name of Object.keys(noFaults)) drawn[name] = chance.pick([0, 0, 0.02, 0.1, 0.3])
  return { ...noFaults, ...drawn }
}

const dds = [0, 0, 0, 0, 1, 2, 3, 50, 51, 60, 70, 75, 80, 85, 90, 92, 94, 94, 95, 95, 96, 97]

function destination(chance: Chance): Destination {
  return chance.happens(0.9) ? chance.pick(dds) : chance.pick<Destination>(['SIP', null, -1])
}

const person = (chance: Chance): Person => chance.list(1, 3, () => destination(chance))

function planSettings(chance: Chance): PlanSettings {
  const counts = chance.list(1, 3, () => chance.whole(0, 2))
  return {
    maxTryCounts: counts.some((count) => count > 0) ? counts : [1],
    tryIntervalMs: chance.pick([0, 1000, 10_000, 60_000]),
    dialTimeoutMs: chance.pick([1500, 5000, 20_000]),
  }
}

function pacedSettings(chance: Chance): PacedSettings {
  return {
    pacing: chance.pick(['SERVICE_LEVEL', 'RATIO']),
    serviceLevel: chance.pick([20, 25, 25, 50, 100, 200]),
    ratio: chance.pick([100, 150, 300]),
    concurrentCallsMax: chance.pick([null, null, 1, 2]),
    endHandle: chance.pick(['STOP', 'STOP', 'CONTINUE']),
  }
}

function campaignPlan(chance: Chance): CampaignPlan {
  return {
    ...pacedSettings(chance),
    type: chance.pick(['CALL', 'CALL', 'CALL', 'CALL', 'FLOW']),
    queue: chance.pick([null, 0, 0, 1, 2]),
    actions: chance.pick(['NONE', 'NONE', 'NONE', 'TALK', 'TALK', 'SLEEP', 'STOP', 'JOIN', 'HANGUP', 'LOOP']),
    plan: planSettings(chance),
    people: chance.list(1, 8, () => person(chance)),
    followed: chance.happens(0.4),
    runs: chance.happens(0.8),
  }
}

function queuePlan(chance: Chance): QueuePlan {
  return {
    strategy: chance.pick([...queueStrategies, 'RING_ALL', 'RING_ALL']),
    waitTimeoutMs: chance.pick([0, 3000, 10_000, 20_000]),
    agentRingMs: chance.pick([1000, 4000, 15_000]),
  }
}

function agentPlan(chance: Chance): AgentPlan {
  return {
    queues: chance.pick([1, 1, 2, 3, 3, 4, 5, 6, 7]),
    ending: chance.pick(['00', '00', '00', '98', '99']),
    wrapUpMs: chance.pick([0, 0, 4000]),
    available: chance.happens(0.7),
  }
}

function subscriberPlan(chance: Chance): SubscriberPlan {
  return {
    kind: chance.pick(['CAMPAIGNCALL', 'CAMPAIGNCALL', 'CAMPAIGN', 'AGENT']),
    which: chance.pick([null, null, 0, 1]),
    fromStart: chance.happens(0.5),
    slownessMs: chance.pick([0, 0, 200, 5000]),
    breaks: chance.pick([0, 0.05, 0.3]),
  }
}

function crashPlace(chance: Chance, anyMax: number): CrashPlace {
  const kind = chance.pick<CrashPlace['kind']>(['ANY', 'ANY', 'COMMITTED', 'CLAIMED', 'REQUEST'])
  return { kind, count: kind === 'ANY' ? chance.whole(0, anyMax) : chance.whole(0, 4) }
}

const which = (chance: Chance) => chance.whole(0, 30)

/** How often each kind of step is drawn, and what it is made of. */
const stepKinds: readonly (readonly [weight: number, make: (chance: Chance) => Step])[] = [
  [16, (chance) => ({ do: 'PASS', ms: chance.whole(0, 20_000) })],
  [2, (chance) => ({ do: 'PASS', ms: chance.whole(20_000, 300_000) })],
  [4, (chance) => ({ do: 'RUN', which: which(chance) })],
  [2, (chance) => ({ do: 'STOP', which: which(chance) })],
  [1, (chance) => ({ do: 'REMOVE', which: which(chance) })],
  [4, (chance) => ({ do: 'HANG_UP', which: which(chance) })],
  [4, (chance) => ({ do: 'ADD', which: which(chance), people: chance.list(0, 3, () => person(chance)) })],
  [3, (chance) => ({ do: 'RESET', which: which(chance), reset: chance.pick(['ALL', 'FAILED', 'SUCCEEDED']) })],
  [2, (chance) => ({ do: 'DELETE', which: which(chance), target: which(chance) })],
  [2, (chance) => ({ do: 'MOVE', which: which(chance), target: which(chance), person: person(chance) })],
  [2, (chance) => ({ do: 'PLAN', which: which(chance), plan: planSettings(chance) })],
  [2, (chance) => ({ do: 'PACE', which: which(chance), paced: pacedSettings(chance) })],
  [
    2,
    (chance) => ({
      do: 'EXCHANGE',
      which: which(chance),
      other: which(chance),
      what: chance.pick(['PLAN', 'QUEUE', 'NEXT']),
    }),
  ],
  [
    12,
    (chance) => ({
      do: 'AGENT',
      which: which(chance),
      status: chance.pick(['AVAILABLE', 'AVAILABLE', 'AWAY', 'OFFLINE']),
    }),
  ],
  [2, (chance) => ({ do: 'MEMBERS', which: which(chance), agents: chance.whole(0, 31) })],
  [1, (chance) => ({ do: 'QUEUE', which: which(chance), queue: queuePlan(chance) })],
  [
    4,
    (chance) => ({
      do: 'DIE',
      place: crashPlace(chance, 80),
      withinMs: chance.whole(0, 4000),
      pauseMs: chance.pick([0, 0, 500, 3000, 40_000]),
      again: chance.happens(0.3) ? crashPlace(chance, 60) : null,
    }),
  ],
  [1, (chance) => ({ do: 'RETIRE', pauseMs: chance.pick([0, 1000, 40_000]) })],
]

const faultKinds: typeof stepKinds = [
  [
    1,
    (chance) => ({
      do: 'JUMP',
      ms: chance.pick([-3_600_000, 3_600_000, 3_600_000, -60_000, -4000, 4000, -300, 300, 40]),
      settledAfterMs: chance.pick([0, 1000, 30_000]),
      accepted: chance.happens(0.5),
    }),
  ],
  [
    2,
    (chance) => ({
      do: 'STALL',
      place: chance.happens(0.5) ? { kind: 'CLAIMED', count: chance.whole(0, 2) } : crashPlace(chance, 60),
      ms: chance.pick([400, 1999, 2500, 7000]),
    }),
  ],
  [1, (chance) => ({ do: 'OUTAGE', ms: chance.pick([500, 5000, 30_000, 120_000]) })],
  [1, (chance) => ({ do: 'CARRIER_RESTART', downMs: chance.pick([0, 1000, 20_000]) })],
]

function anyStep(chance: Chance, calm: boolean): Step {
  const kinds = calm ? stepKinds : chance.happens(0.13) ? faultKinds : stepKinds
  let left = chance.random() * kinds.reduce((sum, [weight]) => sum + weight, 0)
  for (const [weight, make] of kinds) {
    left -= weight
    if (left < 0) return make(chance)
  }
  return { do: 'PASS', ms: 0 }
}
