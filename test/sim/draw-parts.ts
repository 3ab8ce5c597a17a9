import { queueStrategies } from '../../src/domain/queue.ts'
import type { Chance } from './chance.ts'
import type { Destination, PacedSettings, Person, PlanSettings, QueuePlan } from './scenario.ts'

const dds = [0, 0, 0, 0, 1, 2, 3, 50, 51, 60, 70, 75, 80, 85, 90, 92, 94, 94, 95, 95, 96, 97]

function destination(chance: Chance): Destination {
  return chance.happens(0.9) ? chance.pick(dds) : chance.pick<Destination>(['SIP', null, -1])
}

export const drawPerson = (chance: Chance): Person => chance.list(1, 3, () => destination(chance))

export function drawPlanSettings(chance: Chance): PlanSettings {
  const counts = chance.list(1, 3, () => chance.whole(0, 2))
  return {
    maxTryCounts: counts.some((count) => count > 0) ? counts : [1],
    tryIntervalMs: chance.pick([0, 1000, 10_000, 60_000]),
    dialTimeoutMs: chance.pick([1500, 5000, 20_000]),
  }
}

export function drawPacedSettings(chance: Chance): PacedSettings {
  return {
    pacing: chance.pick(['SERVICE_LEVEL', 'RATIO']),
    serviceLevel: chance.pick([20, 25, 25, 50, 100, 200]),
    ratio: chance.pick([100, 150, 300]),
    concurrentCallsMax: chance.pick([null, null, 1, 2]),
    endHandle: chance.pick(['STOP', 'STOP', 'CONTINUE']),
  }
}

export function drawQueue(chance: Chance): QueuePlan {
  return {
    strategy: chance.pick([...queueStrategies, 'RING_ALL', 'ROUND_ROBIN', 'LONGEST_IDLE']),
    waitTimeoutMs: chance.pick([0, 3000, 10_000, 20_000]),
    agentRingMs: chance.pick([1000, 4000, 15_000]),
  }
}
