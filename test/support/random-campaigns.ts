import fc from 'fast-check'
import { queueStrategies } from '../../src/domain/queue.ts'

/*
 * What a random run is made of. Numbers that name something (a campaign, a target, a call) are taken modulo how many
 * there are, so that a scenario stays sound while it is made smaller.
 */

const dds = [0, 0, 0, 0, 1, 2, 3, 50, 51, 60, 70, 75, 80, 85, 90, 92, 94, 94, 95, 95, 96, 97] as const
const destination = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom<number | 'SIP' | null>(...dds) },
  { weight: 1, arbitrary: fc.constantFrom<number | 'SIP' | null>('SIP', null, -1) },
)
/** The last two digits of a scripted number, -1 for one that chance decides about, SIP, or null for an empty index. */
export type RandomDestination = number | 'SIP' | null
const person = fc.array(destination, { minLength: 1, maxLength: 3 })
const tryCounts = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 3 })
const plan = fc.record({
  maxTryCounts: tryCounts.filter((counts) => counts.some((count) => count > 0)),
  tryIntervalMs: fc.constantFrom(0, 1000, 10_000, 60_000),
  dialTimeoutMs: fc.constantFrom(1500, 5000, 20_000),
})
const paced = {
  pacing: fc.constantFrom('SERVICE_LEVEL' as const, 'RATIO' as const),
  serviceLevel: fc.constantFrom(20, 25, 25, 50, 100, 200),
  ratio: fc.constantFrom(100, 150, 300),
  concurrentCallsMax: fc.constantFrom(null, null, 1, 2),
  endHandle: fc.constantFrom('STOP' as const, 'CONTINUE' as const),
}
const actionKinds = fc.constantFrom('NONE', 'NONE', 'NONE', 'TALK', 'TALK', 'SLEEP', 'STOP', 'JOIN', 'HANGUP', 'LOOP')
const campaign = fc.record({
  ...paced,
  type: fc.constantFrom('CALL' as const, 'CALL' as const, 'CALL' as const, 'FLOW' as const),
  /** Which queue, modulo how many there are. */
  queue: fc.constantFrom(null, 0, 0, 1, 2),
  actions: actionKinds,
  plan,
  people: fc.array(person, { minLength: 1, maxLength: 10, size: 'max' }),
  /** Runs the campaign that was made before it when it ends. */
  followed: fc.boolean(),
  runs: fc.constantFrom(true, true, true, false),
})
const queue = fc.record({
  strategy: fc.constantFrom(...queueStrategies, 'RING_ALL' as const, 'RING_ALL' as const),
  waitTimeoutMs: fc.constantFrom(0, 3000, 10_000, 20_000),
  agentRingMs: fc.constantFrom(1000, 4000, 15_000),
})
const agent = fc.record({
  /** Bit by bit: in which queues. */
  queues: fc.constantFrom(1, 1, 2, 3, 3, 4, 5, 6, 7),
  ending: fc.constantFrom('00', '00', '00', '98', '99'),
  wrapUpMs: fc.constantFrom(0, 0, 4000),
  available: fc.constantFrom(true, true, false),
})

const which = fc.nat({ max: 30 })
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('PASS' as const), ms: fc.integer({ min: 0, max: 20_000 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('DIE' as const),
      /** Before which statement from now on. */
      statement: fc.nat({ max: 80 }),
      /** After how much time at the latest. */
      ms: fc.integer({ min: 0, max: 4000 }),
      /** How long nobody runs. */
      pauseMs: fc.constantFrom(0, 500, 3000, 40_000),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('RUN' as const), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('STOP' as const), which }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('ADD' as const), which, people: fc.array(person, { maxLength: 3 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('RESET' as const),
      which,
      reset: fc.constantFrom('ALL' as const, 'FAILED' as const, 'SUCCEEDED' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('DELETE' as const), which, target: which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('MOVE' as const), which, target: which, person }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('PLAN' as const), which, plan }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('PACE' as const), which, paced: fc.record(paced) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('HANG_UP' as const), which }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('AGENT' as const),
      which,
      status: fc.constantFrom('AVAILABLE' as const, 'AVAILABLE' as const, 'AWAY' as const, 'OFFLINE' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('MEMBERS' as const), which, agents: fc.integer({ min: 0, max: 31 }) }),
  },
)
export type RandomStep = typeof step extends fc.Arbitrary<infer Step> ? Step : never

export const scenarios = fc.record({
  seed: fc.integer({ min: 1, max: 1_000_000 }),
  concurrentCallsMax: fc.constantFrom(0, 0, 2, 4),
  callsPerSecond: fc.constantFrom(0, 0, 0, 2),
  queues: fc.array(queue, { maxLength: 3, size: 'max' }),
  agents: fc.array(agent, { minLength: 1, maxLength: 5, size: 'max' }),
  campaigns: fc.array(campaign, { minLength: 1, maxLength: 3, size: 'max' }),
  /** Steps that are not `alone` are asked for together with the next, as by several callers at once. */
  steps: fc.array(fc.record({ step, alone: fc.boolean() }), { minLength: 1, maxLength: 30, size: 'max' }),
})
export type Scenario = typeof scenarios extends fc.Arbitrary<infer Value> ? Value : never
