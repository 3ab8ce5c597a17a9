import { describe, expect, it } from 'vitest'
import { createRandom } from '../../../src/kernel/random.ts'
import { drawAnswerMs, drawTalkMs } from '../../../src/telephony/simulator/distributions.ts'
import { type Fate, fateOf } from '../../../src/telephony/simulator/script.ts'
import { scripted, unscripted } from './support.ts'

const question = { tryCount: 1, ringTimeoutMs: 30_000, answerRate: 0.3, random: createRandom(1) }
const fateOfNumber = (number: number, tryCount = 1) => fateOf({ ...question, target: scripted(number), tryCount })

const ordinary = { type: 'ANSWERED', afterMs: 2000, talkMs: 5000, disordered: false }
const ended = (reason: string, afterMs: number) => ({ type: 'UNANSWERED', rings: false, afterMs, reason, by: 'THEM' })
const noAnswer = { type: 'UNANSWERED', rings: true, afterMs: 30_000, reason: 'NO_ANSWER', by: 'US' }

describe('the script', () => {
  it.each([
    [0, 49, 'answers after 2 s and talks 5 s', ordinary],
    [50, 59, 'is busy after 1 s', ended('BUSY', 1000)],
    [60, 69, 'rings until the ring timeout', noAnswer],
    [70, 74, 'is refused by the network at once', ended('CONGESTION', 0)],
    [75, 79, 'does not exist', ended('INVALID_NUMBER', 0)],
    [80, 84, 'answers as a machine after 3 s and talks 8 s', { ...ordinary, afterMs: 3000, talkMs: 8000 }],
    [85, 89, 'answers after 1 s and hangs up after 0.5 s', { ...ordinary, afterMs: 1000, talkMs: 500 }],
    [90, 91, 'is busy on the first try', ended('BUSY', 1000)],
    [92, 93, 'is silent', { type: 'SILENT' }],
    [94, 94, 'answers with its news out of order', { ...ordinary, disordered: true }],
    [95, 99, 'answers after 2 s and never hangs up', { ...ordinary, talkMs: Infinity }],
  ])('from %i to %i %s', (first, last, _what, fate) => {
    for (let number = first; number <= last; number++) expect(fateOfNumber(number)).toEqual(fate)
  })

  it.each([90, 91])('answers %i from the second try on', (number) => {
    expect(fateOfNumber(number, 2)).toEqual(ordinary)
    expect(fateOfNumber(number, 3)).toEqual(ordinary)
  })

  it('goes by the last seven digits, in any country', () => {
    expect(fateOf({ ...question, target: '+493055501502' })).not.toEqual(ended('BUSY', 1000))
    expect(fateOf({ ...question, target: '+493055550150' })).toEqual(ended('BUSY', 1000))
  })

  it('draws the fate of a number that is like a scripted one but is none', () => {
    const fates = Array.from({ length: 20 }, () => fateOf({ ...question, target: '+12025550250' }))
    expect(new Set(fates.map((fate) => JSON.stringify(fate))).size).toBeGreaterThan(1)
  })

  it('ends at the ring timeout what would be answered or refused later', () => {
    const early = { ...question, ringTimeoutMs: 900 }
    const late = { ...noAnswer, afterMs: 900 }
    expect(fateOf({ ...early, target: scripted(0) })).toEqual(late)
    expect(fateOf({ ...early, target: scripted(50) })).toEqual({ ...late, rings: false })
    expect(fateOf({ ...early, target: scripted(70) })).toEqual(ended('CONGESTION', 0))
  })

  it('lets an answer at the very end of the ring timeout through', () => {
    expect(fateOf({ ...question, ringTimeoutMs: 2000, target: scripted(0) })).toEqual(ordinary)
    expect(fateOf({ ...question, ringTimeoutMs: 1999, target: scripted(0) })).not.toEqual(ordinary)
  })
})

describe('all other numbers', () => {
  const count = 20_000
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

  function drawFates(answerRate: number, ringTimeoutMs: number): Fate[] {
    const random = createRandom(7)
    return Array.from({ length: count }, (_, i) =>
      fateOf({ ...question, target: unscripted(i), answerRate, ringTimeoutMs, random }),
    )
  }

  function timesUntil(reason: string, fates: readonly Fate[]): number[] {
    return fates.flatMap((fate) => (fate.type === 'UNANSWERED' && fate.reason === reason ? [fate.afterMs] : []))
  }

  it('are answered with the given share, and of the rest 20 % are busy, 25 % unavailable, 55 % never answered', () => {
    const fates = drawFates(0.3, Number.MAX_SAFE_INTEGER)
    expect(fates.filter((fate) => fate.type === 'ANSWERED').length / count).toBeCloseTo(0.3, 1.5)
    expect(timesUntil('BUSY', fates).length / count).toBeCloseTo(0.7 * 0.2, 1.5)
    expect(timesUntil('UNAVAILABLE', fates).length / count).toBeCloseTo(0.7 * 0.25, 1.5)
    expect(timesUntil('NO_ANSWER', fates).length / count).toBeCloseTo(0.7 * 0.55, 1.5)
  })

  it('are all answered at a rate of 1 and none at a rate of 0', () => {
    expect(drawFates(1, 30_000).every((fate) => fate.type === 'ANSWERED')).toBe(true)
    expect(drawFates(0, 30_000).some((fate) => fate.type === 'ANSWERED')).toBe(false)
  })

  it('are busy after 4 s and unavailable after 14 s on average, neither having rung', () => {
    const fates = drawFates(0, Number.MAX_SAFE_INTEGER)
    expect(mean(timesUntil('BUSY', fates)) / 4000).toBeCloseTo(1, 1)
    expect(mean(timesUntil('UNAVAILABLE', fates)) / 14_000).toBeCloseTo(1, 1)
    const rang = fates.filter((fate) => fate.type === 'UNANSWERED' && fate.reason !== 'NO_ANSWER' && fate.rings)
    expect(rang).toEqual([])
  })

  it('are not answered when the person would take longer than the ring timeout', () => {
    const fates = drawFates(1, 10_000)
    const answered = fates.filter((fate) => fate.type === 'ANSWERED')
    expect(answered.length).toBeGreaterThan(count * 0.3)
    expect(answered.length).toBeLessThan(count * 0.7)
    expect(answered.every((fate) => fate.afterMs <= 10_000)).toBe(true)
    expect(new Set(timesUntil('NO_ANSWER', fates))).toEqual(new Set([10_000]))
  })

  it('ring between 1.5 and 28 s until a person answers, 11.4 s on average', () => {
    const random = createRandom(3)
    const times = Array.from({ length: count }, () => drawAnswerMs(random))
    expect(Math.min(...times)).toBeGreaterThanOrEqual(1500)
    expect(Math.max(...times)).toBe(28_000)
    expect(mean(times) / 11_400).toBeCloseTo(1, 1)
  })

  it('talk 120 s on average with a variation of 0.9', () => {
    const random = createRandom(3)
    const times = Array.from({ length: count }, () => drawTalkMs(random))
    const average = mean(times)
    const deviation = Math.sqrt(mean(times.map((time) => (time - average) ** 2)))
    expect(average / 120_000).toBeCloseTo(1, 1)
    expect(Math.abs(deviation / average - 0.9)).toBeLessThan(0.1)
  })
})
