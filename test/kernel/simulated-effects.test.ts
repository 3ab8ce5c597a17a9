import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createSimulatedEffects } from '../../src/kernel/simulated-effects.ts'

describe('time', () => {
  test('stands still until it is moved', async () => {
    const effects = createSimulatedEffects({ startsAtMs: 1000 })
    await effects.settle()
    expect([effects.now(), effects.monotonic()]).toEqual([1000, 0])
    await effects.advance(250)
    expect([effects.now(), effects.monotonic()]).toEqual([1250, 250])
  })

  test('timers fire in the order of their times, those of one time in the order they were set', async () => {
    const delays = fc.array(fc.nat({ max: 50 }), { maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(delays, async (delaysMs) => {
        const effects = createSimulatedEffects()
        const fired: [at: number, index: number][] = []
        delaysMs.forEach((delayMs, index) => {
          effects.timer(delayMs, () => fired.push([effects.monotonic(), index]))
        })
        await effects.advance(50)
        const expected = delaysMs.map((delayMs, index) => [delayMs, index] as const)
        expect(fired).toEqual([...expected].sort((a, b) => a[0] - b[0] || a[1] - b[1]))
      }),
      { numRuns: 25 },
    )
  })

  test('a timer takes whole milliseconds, rounded up, and no less than none', async () => {
    const effects = createSimulatedEffects()
    const fired: number[] = []
    for (const delayMs of [0.2, 1, -5]) effects.timer(delayMs, () => fired.push(effects.monotonic()))
    await effects.advance(10)
    expect(fired).toEqual([0, 1, 1])
  })

  test('a timer that was taken back does not fire, and taking it back again does nothing', async () => {
    const effects = createSimulatedEffects()
    let fired = 0
    const cancel = effects.timer(5, () => fired++)
    cancel()
    cancel()
    await effects.advance(10)
    expect(fired).toBe(0)
  })

  test('what a timer leads to happens before the next one fires', async () => {
    const effects = createSimulatedEffects()
    const seen: string[] = []
    effects.timer(1, () => {
      seen.push('first')
      Promise.resolve()
        .then(() => effects.yieldToLoop())
        .then(() => seen.push('what it led to'))
    })
    effects.timer(1, () => seen.push('second'))
    await effects.advance(1)
    expect(seen).toEqual(['first', 'what it led to', 'second'])
  })

  test('a timer that is set by a timer fires in the same stretch if its time has come', async () => {
    const effects = createSimulatedEffects()
    const fired: number[] = []
    effects.timer(2, () => effects.timer(3, () => fired.push(effects.monotonic())))
    await effects.advance(5)
    expect(fired).toEqual([5])
  })

  test('while the world stands still time passes: what was due in it is late, and what comes later is not', async () => {
    const effects = createSimulatedEffects()
    const fired: number[] = []
    for (const delayMs of [1000, 5000]) effects.timer(delayMs, () => fired.push(effects.monotonic()))
    effects.standStill(3000)
    await effects.run()
    expect(fired).toEqual([3000, 5000])
  })

  test('the wall clock jumps alone', async () => {
    const effects = createSimulatedEffects({ startsAtMs: 1000 })
    effects.jump(-400)
    expect([effects.now(), effects.monotonic()]).toEqual([600, 0])
  })
})

describe('run', () => {
  test('goes on until nothing is left but background timers', async () => {
    const effects = createSimulatedEffects()
    const look = () => effects.timer(250, look, { background: true })
    look()
    effects.timer(1000, () => {})
    await effects.run()
    expect(effects.monotonic()).toBe(1000)
  })

  test('stops as soon as the condition holds', async () => {
    const effects = createSimulatedEffects()
    let fired = 0
    for (const delayMs of [1, 2, 3]) effects.timer(delayMs, () => fired++)
    await effects.run({ until: () => fired === 2 })
    expect(effects.monotonic()).toBe(2)
  })

  test('fails when what is awaited never happens', async () => {
    const effects = createSimulatedEffects()
    effects.timer(1, () => {})
    await expect(effects.run({ until: () => false })).rejects.toThrow('came to rest before')
  })

  test('fails in a world that does not come to rest', async () => {
    const effects = createSimulatedEffects()
    const again = () => effects.timer(1000, again)
    again()
    await expect(effects.run({ limitMs: 60_000 })).rejects.toThrow('did not come to rest within 60000 ms')
  })
})

describe('chance and identity', () => {
  const draw = (seed: number) => {
    const effects = createSimulatedEffects({ seed })
    return [effects.random(), effects.id(), effects.id(), effects.random()]
  }

  test('the same seed gives the same numbers and ids, another one others', () => {
    expect(draw(1)).toEqual(draw(1))
    expect(draw(2)).not.toEqual(draw(1))
  })

  test('ids are UUIDs of version 7 with the time of the simulated clock', () => {
    const effects = createSimulatedEffects({ startsAtMs: 0x0123456789ab })
    expect(effects.id()).toMatch(/^01234567-89ab-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })
})
