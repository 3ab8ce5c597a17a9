import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { freeAgents, type PacingSnapshot, pace } from '../../src/domain/pacing.ts'

const level = (serviceLevel: number, available: number, dialing: number, unserved = 0): PacingSnapshot => ({
  ...{ method: 'SERVICE_LEVEL', serviceLevel, ratio: 100, available, dialing, unserved },
})
const ratio = (percent: number, available: number, dialing: number, unserved = 0): PacingSnapshot => ({
  ...{ method: 'RATIO', serviceLevel: 100, ratio: percent, available, dialing, unserved },
})

describe('SERVICE_LEVEL', () => {
  test('SL-1: at 100 one agent has one call dialed', () => {
    expect(pace(level(100, 1, 0))).toBe(1)
    expect(pace(level(100, 1, 1))).toBe(0)
  })

  test('SL-2: at 200 five agents have three calls dialed', () => {
    expect(pace(level(200, 5, 2))).toBe(1)
    expect(pace(level(200, 5, 3))).toBe(0)
  })

  test('SL-3: at 50 one agent has two calls dialed', () => {
    expect([0, 1, 2].map((dialing) => pace(level(50, 1, dialing)))).toEqual([2, 1, 0])
  })

  test('SL-5: an answered call that has no agent yet takes one', () => {
    expect(pace(level(100, 1, 0, 1))).toBe(0)
    expect(pace(level(100, 2, 0, 1))).toBe(1)
  })

  test('a higher level dials less', () => {
    expect([25, 50, 100, 200, 400].map((of) => pace(level(of, 4, 0)))).toEqual([16, 8, 4, 2, 1])
  })

  test('without a free agent nothing is dialed', () => {
    expect(pace(level(1, 0, 0))).toBe(0)
    expect(pace(level(1, 2, 0, 5))).toBe(0)
  })

  test('another call may start exactly while 100 × A > D × level', () => {
    const sizes = fc.record({
      serviceLevel: fc.integer({ min: 1, max: 1000 }),
      available: fc.nat({ max: 500 }),
      unserved: fc.nat({ max: 20 }),
      dialing: fc.nat({ max: 3000 }),
    })
    fc.assert(
      fc.property(sizes, ({ serviceLevel, available, unserved, dialing }) => {
        const free = Math.max(0, available - unserved)
        const more = pace(level(serviceLevel, available, dialing, unserved))
        expect(Number.isInteger(more) && more >= 0).toBe(true)
        const mayStart = (inFlight: number) => free > 0 && 100 * free > inFlight * serviceLevel
        if (more > 0) expect(mayStart(dialing + more - 1)).toBe(true)
        expect(mayStart(dialing + more)).toBe(false)
      }),
    )
  })
})

describe('RATIO', () => {
  test('RA-1: at 150 one agent has one call dialed, three have four', () => {
    expect(pace(ratio(150, 1, 0))).toBe(1)
    expect(pace(ratio(150, 3, 0))).toBe(4)
  })

  test('calls that dial already count', () => {
    expect(pace(ratio(300, 2, 4))).toBe(2)
    expect(pace(ratio(300, 2, 9))).toBe(0)
  })

  test('without a free agent nothing is dialed', () => {
    expect(pace(ratio(400, 0, 0))).toBe(0)
    expect(pace(ratio(400, 1, 0, 1))).toBe(0)
  })
})

test('the agents who are free are those available less the calls that wait for one, and not below 0', () => {
  expect(freeAgents({ available: 3, unserved: 1 })).toBe(2)
  expect(freeAgents({ available: 1, unserved: 3 })).toBe(0)
})
