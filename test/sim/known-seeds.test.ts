import { expect, test } from 'vitest'
import { holdSeeds, untimed } from './hold.ts'
import { knownSeeds } from './known-seeds.ts'
import { carriers } from './outside.ts'
import { runSeed } from './run.ts'

for (const carrier of carriers) {
  const seeds = knownSeeds[carrier]
  if (seeds.length > 0) holdSeeds(`the seeds of ${carrier} that have found something before`, seeds, carrier)
}

test.each(carriers)(
  'the same seed gives the same run over %s, down to every id and every time',
  async (carrier) => {
    for (const seed of [5, 35]) {
      const [first, second] = [await runSeed(seed, carrier), await runSeed(seed, carrier)]
      expect(first.logs.length).toBeGreaterThan(50)
      expect(second.logs).toEqual(first.logs)
    }
  },
  untimed,
)
