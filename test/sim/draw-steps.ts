import type { CrashPlace } from '../support/mortal-effects.ts'
import type { Chance } from './chance.ts'
import { drawPacedSettings, drawPerson, drawPlanSettings, drawQueue } from './draw-parts.ts'
import type { Step } from './scenario.ts'

/** How often each kind of step is drawn, and what it is made of. */
type Kinds = readonly (readonly [weight: number, make: (chance: Chance) => Step])[]

function crashPlace(chance: Chance, anyMax: number): CrashPlace {
  const kind = chance.pick<CrashPlace['kind']>(['ANY', 'ANY', 'COMMITTED', 'CLAIMED', 'REQUEST'])
  return { kind, count: kind === 'ANY' ? chance.whole(0, anyMax) : chance.whole(0, 4) }
}

const which = (chance: Chance) => chance.whole(0, 30)
const pass = (leastMs: number, mostMs: number) => (chance: Chance) => ({
  do: 'PASS' as const,
  ms: chance.whole(leastMs, mostMs),
})

const ofCampaigns: Kinds = [
  [4, (chance) => ({ do: 'RUN', which: which(chance) })],
  [2, (chance) => ({ do: 'STOP', which: which(chance) })],
  [1, (chance) => ({ do: 'REMOVE', which: which(chance) })],
  [4, (chance) => ({ do: 'HANG_UP', which: which(chance) })],
  [2, (chance) => ({ do: 'PLAN', which: which(chance), plan: drawPlanSettings(chance) })],
  [2, (chance) => ({ do: 'PACE', which: which(chance), paced: drawPacedSettings(chance) })],
  [
    2,
    (chance) => ({
      ...{ do: 'EXCHANGE', which: which(chance), other: which(chance) },
      what: chance.pick(['PLAN', 'QUEUE', 'NEXT']),
    }),
  ],
]

const ofTargets: Kinds = [
  [4, (chance) => ({ do: 'ADD', which: which(chance), people: chance.list(0, 3, () => drawPerson(chance)) })],
  [3, (chance) => ({ do: 'RESET', which: which(chance), reset: chance.pick(['ALL', 'FAILED', 'SUCCEEDED']) })],
  [2, (chance) => ({ do: 'DELETE', which: which(chance), target: which(chance) })],
  [2, (chance) => ({ do: 'MOVE', which: which(chance), target: which(chance), person: drawPerson(chance) })],
]

const ofAgents: Kinds = [
  [
    12,
    (chance) => ({
      ...{ do: 'AGENT', which: which(chance) },
      status: chance.pick(['AVAILABLE', 'AVAILABLE', 'AWAY', 'OFFLINE']),
    }),
  ],
  [1, (chance) => ({ do: 'AGENT_EDIT', which: which(chance), wrapUpMs: chance.pick([0, 4000, 20_000]) })],
  [2, (chance) => ({ do: 'MEMBERS', which: which(chance), agents: chance.whole(0, 31), turned: chance.whole(0, 4) })],
  [1, (chance) => ({ do: 'QUEUE', which: which(chance), queue: drawQueue(chance) })],
]

const ofProcesses: Kinds = [
  [
    4,
    (chance) => ({
      ...{ do: 'DIE', place: crashPlace(chance, 80), withinMs: chance.whole(0, 4000) },
      pauseMs: chance.pick([0, 0, 500, 3000, 40_000]),
      again: chance.happens(0.3) ? crashPlace(chance, 60) : null,
    }),
  ],
  [1, (chance) => ({ do: 'RETIRE', pauseMs: chance.pick([0, 1000, 40_000]) })],
]

const faults: Kinds = [
  [
    1,
    (chance) => ({
      do: 'JUMP',
      ms: chance.pick([-600_000, 3_600_000, 3_600_000, -60_000, -4000, 4000, -300, 300, 40]),
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

const anything: Kinds = [
  [16, pass(0, 20_000)],
  [2, pass(20_000, 300_000)],
  ...ofCampaigns,
  ...ofTargets,
  ...ofAgents,
  ...ofProcesses,
]

/** More than one process at a time. */
const company: Kinds = [
  [3, (chance) => ({ do: 'ACCOMPANY', ms: chance.whole(2000, 40_000), place: maybePlace(chance) })],
  [2, (chance) => ({ do: 'PAUSE', ms: pauseMs(chance), breath: null, takeOverAfterMs: null })],
  [3, (chance) => takeOver(chance, null)],
  [
    1,
    (chance) => ({
      ...{ do: 'COPY', how: chance.pick(['BACKUP', 'FILES', 'FILE_ALONE']) },
      ...{ afterMs: chance.whole(0, 60_000), livesMs: chance.whole(1000, 30_000) },
    }),
  ],
  // In the middle of a background pass: one is begun by the change of the plans just before.
  [2, (chance) => takeOver(chance, chance.whole(0, 3))],
]

const pauseMs = (chance: Chance) => chance.pick([300, 1500, 4000, 14_000, 40_000])

function maybePlace(chance: Chance): CrashPlace | null {
  return chance.happens(0.4) ? crashPlace(chance, 60) : null
}

function takeOver(chance: Chance, breath: number | null): Step {
  const ms = pauseMs(chance)
  return { do: 'PAUSE', ms, breath, takeOverAfterMs: chance.whole(0, ms - 1) }
}

function draw(chance: Chance, kinds: Kinds): Step {
  let left = chance.random() * kinds.reduce((sum, [weight]) => sum + weight, 0)
  for (const [weight, make] of kinds) {
    left -= weight
    if (left < 0) return make(chance)
  }
  return { do: 'PASS', ms: 0 }
}

/** What happens: `calm` leaves out what breaks, but for processes that end. */
export function drawStep(chance: Chance, calm: boolean): Step {
  return draw(chance, !calm && chance.happens(0.13) ? faults : anything)
}

/** What happens where a process is not alone. */
export function drawCompany(chance: Chance): readonly Step[] {
  const step = draw(chance, company)
  if (step.do !== 'PAUSE' || step.breath === null) return [step]
  const plans = [0, 1, 2].map((of): Step => ({ do: 'PLAN', which: of, plan: drawPlanSettings(chance) }))
  return [step, ...plans]
}
