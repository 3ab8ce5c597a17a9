import { describe, expect, test } from 'vitest'
import { createTurns, type Turn } from '../../src/kernel/turns.ts'

const holdMaxMs = 5

/** Turns on a clock that only work moves, and an event loop that goes round when the test says so. */
function given() {
  const clock = { now: 0 }
  let turns: (() => void)[] = []
  const shared = createTurns(
    { monotonic: () => clock.now, yieldToLoop: () => new Promise((resolve) => turns.push(resolve)) },
    holdMaxMs,
  )
  /** Takes room for 50 units of work that take that long. */
  const work = async (turn: Turn, done: string[], name: string, ms = 1, units = 50) => {
    await turn.take(units)
    clock.now += ms
    done.push(name)
  }
  return {
    ...{ shared, clock, work },
    /** Lets the event loop come round once; says whether anybody had asked for that. */
    async goRound(): Promise<boolean> {
      const asked = turns
      turns = []
      for (const resolve of asked) resolve()
      await settle()
      return asked.length > 0
    },
  }
}

const settle = async () => {
  for (let i = 0; i < 50; i++) await undefined
}

const names = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name}${i + 1}`)

describe('work in small steps', () => {
  test('goes on at once while the event loop has not been held for long', () => {
    const { shared } = given()
    const turn = shared.join()
    for (let i = 0; i < 250; i++) expect(turn.take(1)).toBeUndefined()
    // What was let go takes its time once it is resolved, and no clock shows that before.
    expect(turn.take(1)).toBeInstanceOf(Promise)
  })

  test('waits once it has held the event loop for as long as it may, and then for one round only', async () => {
    const { shared, work, goRound } = given()
    const turn = shared.join()
    const done: string[] = []
    const all = (async () => {
      for (const name of names('step', 12)) await work(turn, done, name, 2)
    })()
    await settle()
    const rounds = [done.length]
    while (await goRound()) rounds.push(done.length)
    await all
    // Each is two milliseconds long: the third of a round is the last that begins within five.
    expect(rounds.slice(0, 4)).toEqual([3, 6, 9, 12])
  })

  test('that was let go and is not done yet counts, though it has taken no time', async () => {
    const { shared, goRound } = given()
    const turn = shared.join()
    const batches = Array.from({ length: 4 }, () => turn.take(1000))
    expect(batches[0]).toBeUndefined()
    const done: number[] = []
    batches.forEach((gate, i) => void gate?.then(() => done.push(i)))
    const rounds: number[] = []
    while (await goRound()) rounds.push(done.length)
    expect(rounds.slice(0, 3)).toEqual([1, 2, 3])
  })

  test('looks at the clock only now and then', () => {
    let looks = 0
    const shared = createTurns(
      { monotonic: () => looks++, yieldToLoop: () => new Promise(() => undefined) },
      Number.POSITIVE_INFINITY,
    )
    const turn = shared.join()
    for (let i = 0; i < 1000; i++) turn.take(1)
    expect(looks).toBeLessThanOrEqual(22)
  })

  test('of a small one is done before the end of a large one that came first', async () => {
    const { shared, clock, work, goRound } = given()
    const [large, small] = [shared.join(), shared.join()]
    large.take(50)
    clock.now += holdMaxMs
    const done: string[] = []
    for (let i = 0; i < 40; i++) void work(large, done, 'large', holdMaxMs)
    void work(small, done, 'small', holdMaxMs)
    await goRound()
    await goRound()
    expect(done).toEqual(['large', 'small'])
    while (await goRound());
    expect(done).toHaveLength(41)
  })

  test('that follows from a step is done before the steps that were asked for earlier', async () => {
    const { shared, clock, work, goRound } = given()
    const turn = shared.join()
    turn.take(50)
    clock.now += holdMaxMs
    const done: string[] = []
    for (const name of ['page 1', 'page 2', 'page 3'])
      void work(turn, done, name, holdMaxMs).then(() => work(turn, done, `rows of ${name}`, holdMaxMs))
    while (await goRound());
    expect(done).toEqual(['page 3', 'rows of page 3', 'page 2', 'rows of page 2', 'page 1', 'rows of page 1'])
  })

  test('of many together holds the event loop no longer than that of one', async () => {
    const { shared, clock, work, goRound } = given()
    shared.join().take(50)
    clock.now += holdMaxMs
    const done: string[] = []
    for (const name of names('one', 100)) void work(shared.join(), done, name, 1)
    const holds: number[] = []
    for (let before = clock.now; await goRound(); before = clock.now) holds.push(clock.now - before)
    expect(done).toHaveLength(100)
    expect(Math.max(...holds)).toBe(holdMaxMs)
  })
})

describe('one that waits', () => {
  /** A turn after the event loop was held for too long, and one step of it that waits. */
  async function waiting() {
    const all = given()
    const turn = all.shared.join()
    turn.take(50)
    all.clock.now += holdMaxMs
    const done: string[] = []
    void all.work(turn, done, 'step')
    await settle()
    expect(done).toEqual([])
    return { ...all, turn, done }
  }

  test('is idle again once all of it has been let go', async () => {
    const { turn, done, goRound } = await waiting()
    const idle = turn.idle()?.then(() => done.push('idle'))
    await settle()
    expect(done).toEqual([])
    await goRound()
    await idle
    expect(done).toEqual(['step', 'idle'])
    expect(turn.idle()).toBeUndefined()
  })

  test('and leaves never goes on, nor does what it asks for later', async () => {
    const { turn, done, work, goRound } = await waiting()
    turn.leave()
    void work(turn, done, 'later')
    while (await goRound());
    expect(done).toEqual([])
  })

  test('does not hinder others by leaving', async () => {
    const { shared, turn, done, work, goRound } = await waiting()
    void work(shared.join(), done, 'other')
    turn.leave()
    await goRound()
    expect(done).toEqual(['other'])
  })
})
