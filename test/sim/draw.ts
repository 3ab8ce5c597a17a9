import { type Chance, createChance } from './chance.ts'
import { drawActions } from './draw-actions.ts'
import { drawFocus, focusOfSeed } from './draw-focus.ts'
import { drawPacedSettings, drawPerson, drawPlanSettings, drawQueue } from './draw-parts.ts'
import { drawCompany, drawStep } from './draw-steps.ts'
import type { AgentPlan, CampaignPlan, FaultRates, QueuePlan, Scenario, SubscriberPlan } from './scenario.ts'

const noFaults: FaultRates = {
  ...{ newsLost: 0, newsDoubled: 0, newsLate: 0, nonsense: 0 },
  ...{ answerLost: 0, requestLost: 0, requestLate: 0, rejected: 0 },
  ...{ commandLost: 0, lookupFailed: 0, callerAnswerLost: 0 },
}

/** One seed in so many has long lists and many campaigns. */
const largeEvery = 250
const largeCampaigns = 20
const largePeople = 500

/** The scenario of a seed. The same seed gives the same one, for ever as far as the drawing stays as it is. */
export function scenarioOf(seed: number): Scenario {
  const focus = focusOfSeed(seed)
  const drawn = drawScenario(seed)
  return focus === null ? drawn : { ...drawn, ...drawFocus(createChance(seed, 'focus'), focus, noFaults) }
}

function drawScenario(seed: number): Scenario {
  const chance = createChance(seed, 'scenario')
  const isLarge = seed % largeEvery === largeEvery / 2
  const calm = chance.happens(0.25)
  const rates = calm ? { ...noFaults, callerAnswerLost: chance.pick([0, 0.2]) } : faultRates(chance)
  const queues = chance.list(0, 3, () => drawQueue(chance))
  const campaigns = isLarge ? largeLists(chance, queues) : chance.list(1, 3, () => campaignPlan(chance, queues))
  return {
    seed,
    concurrentCallsMax: isLarge ? 0 : chance.pick([0, 0, 0, 2, 4]),
    callsPerSecond: isLarge ? 0 : chance.pick([0, 0, 0, 0, 2, 10, 25]),
    carrierAheadMs: calm ? 0 : chance.pick([0, 0, 700, -700, 40_000, -40_000]),
    rates,
    calm,
    queues,
    agents: chance.list(1, 5, () => agentPlan(chance)),
    campaigns,
    subscribers: chance.list(1, 4, () => subscriberPlan(chance)),
    steps: isLarge ? largeSteps(chance) : smallSteps(chance, seed, calm),
    allHandsAtEnd: chance.happens(0.5),
  }
}

/** In a quarter of the seeds the process that dials is not alone all the time. */
function smallSteps(chance: Chance, seed: number, calm: boolean): Scenario['steps'] {
  const steps = chance.list(4, 22, () => ({ step: drawStep(chance, calm), alone: chance.happens(0.5) }))
  const ofCompany = createChance(seed, 'company')
  if (!ofCompany.happens(0.25)) return steps
  for (const found of ofCompany.list(1, 3, () => drawCompany(ofCompany))) {
    const place = ofCompany.whole(0, steps.length)
    const last = found.length - 1
    steps.splice(place, 0, ...found.map((step, i) => ({ step, alone: i === last })))
  }
  return steps
}

function faultRates(chance: Chance): FaultRates {
  const drawn: Record<string, number> = {}
  for (const name of Object.keys(noFaults)) drawn[name] = chance.pick([0, 0, 0.02, 0.1, 0.3])
  return { ...noFaults, ...drawn }
}

function campaignPlan(chance: Chance, queues: readonly QueuePlan[]): CampaignPlan {
  const type = chance.pick<CampaignPlan['type']>(['CALL', 'CALL', 'CALL', 'CALL', 'FLOW'])
  const drawn = chance.pick([null, 0, 0, 1, 2])
  const queue = type === 'FLOW' || queues.length === 0 ? null : drawn
  return {
    ...drawPacedSettings(chance),
    ...{ type, queue, actions: drawActions(chance, type, queue !== null), plan: drawPlanSettings(chance) },
    people: chance.list(1, 8, () => drawPerson(chance)),
    followed: chance.happens(0.4),
    runs: chance.happens(0.8),
  }
}

/** Many campaigns that run at the same time: one has most of the people, and the others have few. */
function largeLists(chance: Chance, queues: readonly QueuePlan[]): CampaignPlan[] {
  const ofMany = chance.whole(0, largeCampaigns - 1)
  const few = 5
  const many = largePeople - (largeCampaigns - 1) * few
  return Array.from({ length: largeCampaigns }, (_, i) => ({
    ...campaignPlan(chance, queues),
    ...{ actions: [], followed: false, runs: true },
    // The long list is held back by nothing but what holds for the whole process.
    ...(i === ofMany && { type: 'CALL' as const, queue: null }),
    plan: { ...drawPlanSettings(chance), maxTryCounts: [chance.pick([1, 1, 2])] },
    concurrentCallsMax: null,
    people: Array.from({ length: i === ofMany ? many : few }, () => [chance.pick([0, 0, 1, 2, 50, 51, 85, 90, 94])]),
  }))
}

/** Enough to see long lists claimed, judged anew and interrupted. */
function largeSteps(chance: Chance): Scenario['steps'] {
  const steps: Scenario['steps'][number]['step'][] = [
    { do: 'PASS', ms: chance.whole(0, 3000) },
    { do: 'DIE', place: { kind: 'ANY', count: chance.whole(0, 2000) }, withinMs: 1500, pauseMs: 500, again: null },
    { do: 'PASS', ms: chance.whole(2000, 6000) },
    { do: 'PAUSE', ms: 14_000, breath: null, takeOverAfterMs: null },
    { do: 'PASS', ms: chance.whole(0, 20_000) },
    { do: 'PLAN', which: chance.whole(0, largeCampaigns - 1), plan: drawPlanSettings(chance) },
    { do: 'PASS', ms: chance.whole(0, 60_000) },
  ]
  return steps.map((step) => ({ step, alone: true }))
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
