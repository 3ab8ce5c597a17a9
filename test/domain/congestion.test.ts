import { describe, expect, test } from 'vitest'
import { type CongestionControl, fullRate, isReduced, recordEnd, recover } from '../../src/domain/congestion.ts'

/** So many ends in a row, a second apart from the last change. */
function afterEnds(congestion: CongestionControl, ends: string, at: number, started = 0): CongestionControl {
  let after = congestion
  for (const end of ends) after = recordEnd(after, end === 'C', started, at)
  return after
}

const [nine, ten] = ['C'.repeat(9), 'C'.repeat(10)]

describe('the pace of calls', () => {
  test('falls to half when ten of the latest twenty found no room', () => {
    const full = fullRate(50)
    expect(afterEnds(full, nine, 1000).perSecond).toBe(50)
    expect(afterEnds(full, ten, 1000).perSecond).toBe(25)
    expect(afterEnds(full, `${nine}${'.'.repeat(10)}C`, 1000).perSecond).toBe(25)
    expect(afterEnds(full, `${nine}${'.'.repeat(11)}C`, 1000).perSecond).toBe(50)
  })

  test('falls once a second at most, on new evidence, and to one a second at last', () => {
    const once = afterEnds(fullRate(8), ten, 1000)
    expect(afterEnds(once, ten, 1999).perSecond).toBe(4)
    expect(afterEnds(once, nine, 2000).perSecond).toBe(4)
    expect(afterEnds(once, ten, 2000).perSecond).toBe(2)
    let slowest = once
    for (let at = 2000; at < 9000; at += 1000) slowest = afterEnds(slowest, ten, at)
    expect(slowest.perSecond).toBe(1)
  })

  test('doubles every ten seconds without a fall, up to what it was', () => {
    const reduced = afterEnds(afterEnds(fullRate(50), ten, 1000), ten, 2000)
    expect(reduced.perSecond).toBe(12)
    expect(recover(reduced, 0, 11_999)).toBe(reduced)
    const [once, twice] = [recover(reduced, 0, 12_000), recover(recover(reduced, 0, 12_000), 0, 22_000)]
    expect([once.perSecond, twice.perSecond, recover(twice, 0, 32_000).perSecond]).toEqual([24, 48, 50])
    expect(isReduced(recover(twice, 0, 32_000))).toBe(false)
  })

  test('without a limit is half of what was started lately, and has none again once it is as fast', () => {
    const reduced = afterEnds(fullRate(0), ten, 1000, 90)
    expect(reduced).toMatchObject({ perSecond: 45, fullPerSecond: 0 })
    expect(recover(reduced, 90, 11_000)).toMatchObject({ perSecond: 0 })
    expect(recover(reduced, 91, 11_000)).toMatchObject({ perSecond: 90 })
    expect(afterEnds(fullRate(0), ten, 1000, 0).perSecond).toBe(1)
  })
})
