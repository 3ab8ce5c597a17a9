import { expect, test } from 'vitest'
import { holdSeeds } from './hold.ts'
import { knownSeeds } from './known-seeds.ts'
import { runSeed } from './run.ts'

holdSeeds('the seeds that have found something before', knownSeeds)

test('the same seed gives the same run, down to every id and every time', async () => {
  for (const seed of [5, 9, 35]) {
    const [first, second] = [await runSeed(seed), await runSeed(seed)]
    expect(first.logs.length).toBeGreaterThan(50)
    expect(second.logs).toEqual(first.logs)
  }
}, 60_000)
