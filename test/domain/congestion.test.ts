import { describe, expect, test } from 'vitest'
import { type CongestionControl, fullRate, hearEnd, isReduced, recover } from '../../src/domain/congestion.ts'

/** So many ends in a row, a second apart from the last change. */
function hears(slowing: CongestionControl, ends: string, at: number, started = 0): CongestionControl {
  let after = slowing
  for (const end of ends) after = hearEnd(after, end === 'C', started, at)
  return after
}

const [nine, ten] = ['C'.repeat(9), 'C'.repeat(10)]

describe('the pace of calls', () => {
  test('falls to half when ten of the latest twenty found no room', () => {
    const full = fullRate(50)
    expect(hears(full, nine, 1000).perSecond).toBe(50)
    expect(hears(full, ten, 1000).perSecond).toBe(25)
    expect(hears(full, `${nine}${'.'.repeat(10)}C`, 1000).perSecond).toBe(25)
    expect(hears(full, `${nine}${'.'.repeat(11)}C`, 1000).perSecond).toBe(50)
  })

  test('falls once a second at most, on new evidence, and to one a second at last', () => {
    const once = hears(fullRate(8), ten, 1000)
    expect(hears(once, ten, 1999).perSecond).toBe(4)
    expect(hears(once, nine, 2000).perSecond).toBe(4)
    expect(hears(once, ten, 2000).perSecond).toBe(2)
    let slowest = once
    for (let at = 2000; at < 9000; at += 1000) slowest = hears(slowest, ten, at)
    expect(slowest.perSecond).toBe(1)
  })

  test('doubles every ten seconds without a fall, up to what it was', () => {
    const slowed = hears(hears(fullRate(50), ten, 1000), ten, 2000)
    expect(slowed.perSecond).toBe(12)
    expect(recover(slowed, 0, 11_999)).toBe(slowed)
    const [once, twice] = [recover(slowed, 0, 12_000), recover(recover(slowed, 0, 12_000), 0, 22_000)]
    expect([once.perSecond, twice.perSecond, recover(twice, 0, 32_000).perSecond]).toEqual([24, 48, 50])
    expect(isReduced(recover(twice, 0, 32_000))).toBe(false)
  })

  test('without a limit is half of what was started lately, and has none again once it is as fast', () => {
    const slowed = hears(fullRate(0), ten, 1000, 90)
    expect(slowed).toMatchObject({ perSecond: 45, fullPerSecond: 0 })
    expect(recover(slowed, 90, 11_000)).toMatchObject({ perSecond: 0 })
    expect(recover(slowed, 91, 11_000)).toMatchObject({ perSecond: 90 })
    expect(hears(fullRate(0), ten, 1000, 0).perSecond).toBe(1)
  })
})
