import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Cancel, Effects } from '../../src/kernel/effects.ts'
import { createPacedEffects } from '../../src/kernel/paced-effects.ts'
import { createRandom } from '../../src/kernel/random.ts'
import { createLateMachine } from '../support/late-machine.ts'

function givenPaced() {
  const { effects: machine, lose } = createLateMachine()
  const paced = createPacedEffects(machine)
  const fired: [name: string, at: number][] = []
  const mark = (name: string) => () => fired.push([name, paced.monotonic()])
  return { machine, lose, paced, fired, mark }
}

describe('a paced clock', () => {
  test('goes as the clock of the machine does while nothing is due', async () => {
    const { machine, paced } = givenPaced()
    await machine.advance(250)
    expect([paced.monotonic(), paced.now() - machine.now()]).toEqual([250, 0])
  })

  test('reads at each timer the time it was set for, however late the machine is', async () => {
    const { machine, lose, paced, fired, mark } = givenPaced()
    for (const delayMs of [30, 10, 20]) paced.timer(delayMs, mark(`${delayMs}`))
    lose(14_000)
    await machine.advance(10)
    expect(fired).toEqual([
      ['10', 10],
      ['20', 20],
      ['30', 30],
    ])
  })

  test('is at the time of the machine again once it has caught up', async () => {
    const { machine, lose, paced, mark } = givenPaced()
    paced.timer(10, mark('only'))
    lose(14_000)
    await machine.advance(10)
    expect(paced.monotonic()).toBe(14_010)
    expect(paced.now()).toBe(machine.now())
  })

  test('does not pass what is due and has not happened', async () => {
    const { lose, paced, mark } = givenPaced()
    paced.timer(10, mark('only'))
    lose(14_000)
    expect(paced.monotonic()).toBe(10)
  })

  test('stands while it is held, by however many, and goes on after the last', async () => {
    const { machine, paced, fired, mark } = givenPaced()
    paced.timer(10, mark('only'))
    const releases = [paced.hold(), paced.hold()]
    await machine.advance(1000)
    expect([paced.monotonic(), fired]).toEqual([0, []])
    releases[0]?.()
    releases[0]?.()
    await machine.advance(1000)
    expect([paced.monotonic(), fired]).toEqual([0, []])
    releases[1]?.()
    await machine.settle()
    expect([paced.monotonic(), fired]).toEqual([2000, [['only', 10]]])
  })

  test('lets all that follows from one moment happen before the next one', async () => {
    const { machine, lose, paced, fired, mark } = givenPaced()
    paced.timer(10, () => {
      const release = paced.hold()
      void (async () => {
        lose(500)
        await paced.yieldToLoop()
        lose(500)
        mark('what it led to')()
        paced.timer(0, mark('at once'))
        paced.timer(3, mark('soon'))
        release()
      })()
    })
    paced.timer(12, mark('next'))
    await machine.advance(20)
    expect(fired).toEqual([
      ['what it led to', 10],
      ['at once', 10],
      ['next', 12],
      ['soon', 13],
    ])
  })

  test('fires the timers of one moment in the order they were set, those it sets meanwhile after what follows', async () => {
    const { machine, paced, fired, mark } = givenPaced()
    paced.timer(5, () => {
      mark('first')()
      paced.timer(0, mark('third'))
      void Promise.resolve().then(mark('what follows'))
    })
    paced.timer(5, mark('second'))
    await machine.advance(5)
    expect(fired.map(([name]) => name)).toEqual(['first', 'second', 'what follows', 'third'])
  })

  test('does not fire what was taken back, also by another timer of the same moment', async () => {
    const { machine, paced, fired, mark } = givenPaced()
    paced.timer(5, mark('taken back'))()
    let cancel: Cancel = () => {}
    paced.timer(5, () => cancel())
    cancel = paced.timer(5, mark('taken back late'))
    await machine.advance(10)
    expect(fired).toEqual([])
  })

  test('keeps up with a timer that is set before one that is waited for', async () => {
    const { machine, paced, fired, mark } = givenPaced()
    paced.timer(1000, mark('later'))
    await machine.advance(10)
    paced.timer(10, mark('sooner'))
    await machine.advance(10)
    expect(fired).toEqual([['sooner', 20]])
  })

  test('leaves timers of the background to the machine: they belong to the process, and no hold stops them', async () => {
    const { machine, paced, fired, mark } = givenPaced()
    paced.hold()
    paced.timer(10, mark('background'), { background: true })
    await machine.advance(10)
    expect(fired).toEqual([['background', 0]])
  })

  test('is set to another time when the clock of the machine is, and not by what it takes to read that', async () => {
    const { machine, paced } = givenPaced()
    const before = paced.now()
    machine.jump(-900)
    expect(paced.now() - before).toBe(0)
    machine.jump(-3_600_000)
    expect(paced.now() - before).toBe(-3_600_900)
    expect(paced.monotonic()).toBe(0)
  })

  test('makes ids of its own time', async () => {
    const { lose, paced, mark } = givenPaced()
    paced.timer(10, mark('only'))
    lose(14_000)
    const id = paced.id().replaceAll('-', '')
    expect(Number.parseInt(id.slice(0, 12), 16)).toBe(paced.now())
  })

  test('says where the clock of the machine is', () => {
    const { machine, lose, paced } = givenPaced()
    paced.hold()
    lose(500)
    expect(paced.machine.monotonic() - paced.monotonic()).toBe(500)
    expect(paced.machine.now()).toBe(machine.now())
  })
})

/** Timers that lead to work and to more timers, as far as a stream of numbers says. Returns what happened, with its times. */
async function runProgram(numbers: readonly number[], lateMs: readonly number[], pace: (machine: Effects) => Effects) {
  const { effects: machine, lose } = createLateMachine()
  const effects = pace(machine)
  const happened: string[] = []
  let used = 0
  let lost = 0
  const next = (below: number) => (numbers[used++] ?? 0) % below
  const work = async (name: string) => {
    const release = effects.hold?.() ?? (() => {})
    happened.push(`${name} begins at ${effects.monotonic()}`)
    for (let i = next(3); i > 0; i--) {
      lose(lateMs[lost++ % lateMs.length] ?? 0)
      await effects.yieldToLoop()
    }
    happened.push(`${name} ends at ${effects.monotonic()}`)
    for (let i = next(3); i > 0 && used < numbers.length; i--) effects.timer(next(40), () => void work(`${name}.${i}`))
    release()
  }
  for (let i = 0; i < 3; i++) effects.timer(next(40), () => void work(`${i}`))
  await machine.run()
  return happened
}

test('what happens on a paced clock, and when, does not depend on how late the machine is', async () => {
  const numbers = fc.array(fc.nat(), { minLength: 20, maxLength: 60 })
  const lateMs = fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 1, maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(numbers, lateMs, async (of, late) => {
      expect(await runProgram(of, late, createPacedEffects)).toEqual(await runProgram(of, [0], createPacedEffects))
    }),
    { numRuns: 100 },
  )
})

test('on the clock of the machine it does', async () => {
  const random = createRandom(1)
  const numbers = Array.from({ length: 40 }, () => Math.floor(random() * 1000))
  const run = (late: number) => runProgram(numbers, [late], (machine) => machine)
  expect(await run(150)).not.toEqual(await run(0))
})
