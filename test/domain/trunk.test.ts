import { describe, expect, test } from 'vitest'
import type { OriginateAnswer } from '../../src/domain/carrier.ts'
import { answerTrunk, openTrunk, type Trunk, trunkRoom, tryTrunk } from '../../src/domain/trunk.ts'
import { noon } from './support.ts'

const accepted: OriginateAnswer = { type: 'ACCEPTED' }
const rejected: OriginateAnswer = { type: 'REJECTED', reason: 'FAILED' }
const indeterminate: OriginateAnswer = { type: 'INDETERMINATE' }
const paused = (pauseMs: number): Trunk => ({ state: 'PAUSED', until: noon + pauseMs, pauseMs })
const trying = (pauseMs: number): Trunk => ({ state: 'TRYING', callId: 'trial', pauseMs })

describe('the trunk', () => {
  test('takes any number of calls while it is open', () => {
    expect(trunkRoom(openTrunk, noon)).toBe(Number.POSITIVE_INFINITY)
    expect(tryTrunk(openTrunk, 'x')).toBe(openTrunk)
    expect(answerTrunk(openTrunk, 'x', accepted, noon)).toBe(openTrunk)
    expect(answerTrunk(openTrunk, 'x', indeterminate, noon)).toBe(openTrunk)
  })

  test('pauses 1 s after a refusal', () => {
    expect(answerTrunk(openTrunk, 'x', rejected, noon)).toEqual(paused(1000))
  })

  test('takes one call once the pause is over, none before and none after', () => {
    expect(trunkRoom(paused(1000), noon + 999)).toBe(0)
    expect(trunkRoom(paused(1000), noon + 1000)).toBe(1)
    expect(tryTrunk(paused(1000), 'trial')).toEqual(trying(1000))
    expect(trunkRoom(trying(1000), noon + 3_600_000)).toBe(0)
  })

  test('is open again once that one call is accepted', () => {
    expect(answerTrunk(trying(8000), 'trial', accepted, noon)).toEqual(openTrunk)
  })

  test('doubles its pause each time the one call is refused, up to 60 s', () => {
    const pauses: number[] = []
    let trunk = answerTrunk(openTrunk, 'x', rejected, noon)
    for (let i = 0; i < 9 && trunk.state === 'PAUSED'; i++) {
      pauses.push(trunk.pauseMs / 1000)
      trunk = answerTrunk(tryTrunk(trunk, 'trial'), 'trial', rejected, trunk.until)
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
  })

  test('pauses on when nothing is known of the one call', () => {
    expect(answerTrunk(trying(1000), 'trial', indeterminate, noon)).toEqual(paused(2000))
  })

  test('is not opened by the acceptance of a call that was on its way before', () => {
    expect(answerTrunk(paused(1000), 'x', accepted, noon)).toEqual(paused(1000))
    expect(answerTrunk(trying(1000), 'x', accepted, noon)).toEqual(trying(1000))
    expect(answerTrunk(trying(1000), 'x', indeterminate, noon)).toEqual(trying(1000))
  })

  test('several refusals in one pause are one', () => {
    expect(answerTrunk(paused(1000), 'x', rejected, noon + 500)).toEqual(paused(1000))
  })

  test('pauses as long as the switch asks for, and starts from 1 s again later', () => {
    const asked: OriginateAnswer = { ...rejected, retryAfterMs: 30_000 }
    expect(answerTrunk(openTrunk, 'x', asked, noon)).toEqual({ state: 'PAUSED', until: noon + 30_000, pauseMs: 1000 })
    expect(answerTrunk(paused(1000), 'x', asked, noon)).toMatchObject({ until: noon + 30_000, pauseMs: 1000 })
    expect(answerTrunk(paused(60_000), 'x', asked, noon)).toMatchObject({ until: noon + 60_000 })
  })
})
