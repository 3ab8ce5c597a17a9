import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  allowedCalls,
  blockerOf,
  type DialBlocker,
  type DialingFacts,
  dialBlockers,
  reportDialing,
} from '../../src/domain/dialing.ts'

const campaign: DialingFacts['campaign'] = {
  status: 'RUN',
  type: 'CALL',
  pacing: 'SERVICE_LEVEL',
  serviceLevel: 100,
  ratio: 100,
  concurrentCallsMax: null,
  queueId: 'queue',
}

/** Nothing binds: two agents are free, and a target is due. */
const free: DialingFacts = {
  campaign,
  engineRunning: true,
  engineReason: null,
  carrierAvailable: true,
  targetsIdle: 5,
  targetsProgressing: 0,
  reevaluating: false,
  targetDue: true,
  nextAttemptAt: null,
  availableAgents: 2,
  unserved: 0,
  dialing: 0,
  campaignInFlight: 0,
  processInFlight: 0,
  processInFlightMax: 0,
  startsAllowed: Number.POSITIVE_INFINITY,
}

/** For each blocker, facts that make it hold and nothing else. */
const holding: Record<DialBlocker, Partial<DialingFacts>> = {
  CAMPAIGN_NOT_RUNNING: { campaign: { ...campaign, status: 'STOP' } },
  ENGINE_STOPPED: { engineRunning: false },
  CARRIER_UNAVAILABLE: { carrierAvailable: false },
  NO_TARGETS: { targetsIdle: 0 },
  TARGETS_IN_FLIGHT: { targetsIdle: 0, targetsProgressing: 1 },
  RETRY_NOT_DUE: { targetDue: false },
  NO_AGENT_AVAILABLE: { availableAgents: 0 },
  PACING: { dialing: 2 },
  CONCURRENCY: { processInFlight: 3, processInFlightMax: 3 },
  CALLS_PER_SECOND: { startsAllowed: 0 },
}

describe('blockerOf', () => {
  test('nothing binds while calls can be placed', () => {
    expect(blockerOf(free)).toBeNull()
    expect(allowedCalls(free)).toBe(2)
  })

  test.each(dialBlockers)('%s is reported where it alone holds', (blocker) => {
    expect(blockerOf({ ...free, ...holding[blocker] })).toBe(blocker)
  })

  test('of two that hold the first in the order of DialBlocker is reported', () => {
    const contrary = new Set(['NO_TARGETS TARGETS_IN_FLIGHT', 'NO_AGENT_AVAILABLE PACING'])
    for (const [i, first] of dialBlockers.entries()) {
      for (const second of dialBlockers.slice(i + 1)) {
        if (contrary.has(`${first} ${second}`)) continue
        expect(blockerOf({ ...free, ...holding[second], ...holding[first] })).toBe(first)
      }
    }
  })

  test('NO_AGENT_AVAILABLE is reported when A is 0, also where agents are available but spoken for', () => {
    expect(blockerOf({ ...free, unserved: 2 })).toBe('NO_AGENT_AVAILABLE')
    expect(blockerOf({ ...free, unserved: 1, dialing: 1 })).toBe('PACING')
  })

  test('a list that is being re-evaluated is not reported to be without targets', () => {
    expect(blockerOf({ ...free, targetsIdle: 0, reevaluating: true })).toBe('TARGETS_IN_FLIGHT')
  })

  test('without a queue neither agents nor pacing bind', () => {
    const facts = { ...free, campaign: { ...campaign, queueId: null }, availableAgents: 0, dialing: 50, unserved: 9 }
    expect(blockerOf(facts)).toBeNull()
  })

  test('the state of the carrier does not block a FLOW campaign', () => {
    const flow = { ...campaign, type: 'FLOW' as const, queueId: null }
    expect(blockerOf({ ...free, campaign: flow, carrierAvailable: false })).toBeNull()
    expect(allowedCalls({ ...free, campaign: flow, carrierAvailable: false })).toBeGreaterThan(0)
  })

  test('a campaign that is STOPPING is not running', () => {
    expect(blockerOf({ ...free, campaign: { ...campaign, status: 'STOPPING' } })).toBe('CAMPAIGN_NOT_RUNNING')
  })
})

describe('allowedCalls', () => {
  test('is the least of pacing, both limits and the tokens', () => {
    const limited = { ...campaign, concurrentCallsMax: 8, serviceLevel: 10 }
    const facts = {
      ...free,
      campaign: limited,
      campaignInFlight: 1,
      processInFlightMax: 12,
      processInFlight: 6,
      startsAllowed: 9,
    }
    expect(allowedCalls(facts)).toBe(6)
    expect(allowedCalls({ ...facts, processInFlight: 0 })).toBe(7)
    expect(allowedCalls({ ...facts, processInFlight: 0, startsAllowed: 3 })).toBe(3)
    expect(allowedCalls({ ...facts, processInFlight: 0, availableAgents: 0 })).toBe(0)
  })

  test('is at most 10000, and never below 0', () => {
    const open = { ...free, campaign: { ...campaign, queueId: null } }
    expect(allowedCalls(open)).toBe(10_000)
    expect(allowedCalls({ ...open, processInFlightMax: 3, processInFlight: 7 })).toBe(0)
  })

  test('does not care which targets there are', () => {
    expect(allowedCalls({ ...free, targetsIdle: 0, targetDue: false })).toBe(2)
  })
})

test('calls are allowed exactly where nothing but the list could be in the way', () => {
  const facts = fc.record({
    engineRunning: fc.boolean(),
    carrierAvailable: fc.boolean(),
    availableAgents: fc.nat({ max: 3 }),
    unserved: fc.nat({ max: 2 }),
    dialing: fc.nat({ max: 3 }),
    campaignInFlight: fc.nat({ max: 3 }),
    processInFlight: fc.nat({ max: 3 }),
    processInFlightMax: fc.nat({ max: 3 }),
    startsAllowed: fc.constantFrom(0, 1, 2, Number.POSITIVE_INFINITY),
  })
  fc.assert(
    fc.property(facts, (changes) => {
      const all = { ...free, ...changes }
      expect(allowedCalls(all) > 0).toBe(blockerOf(all) === null)
    }),
  )
})

test('a report says in a sentence what binds, and gives what it was decided on', () => {
  const report = reportDialing({ ...free, targetDue: false, nextAttemptAt: 7, dialing: 1 })
  expect(report).toMatchObject({
    blockedBy: 'RETRY_NOT_DUE',
    availableAgents: 2,
    dialing: 1,
    allowed: 1,
    nextAttemptAt: 7,
  })
  expect(report.message).toMatch(/\.$/)
  expect(reportDialing({ ...free, campaign: { ...campaign, queueId: null } }).availableAgents).toBeNull()
})
