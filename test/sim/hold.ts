import { expect, test } from 'vitest'
import { builtRoot } from '../support/built.ts'
import type { CarrierName } from './outside.ts'
import { runSeeds } from './pool.ts'

/**
 * One test for a part of the seeds, so that files of tests can share them. They run in a process of their own, in which a seed takes
 * half the time that it takes in one of vitest.
 */
export function holdSeeds(what: string, seeds: readonly number[], carrier: CarrierName = 'simulator'): void {
  // Seeds are bounded by counts: however busy the machine is, they come to the same verdict.
  test(
    `nothing is lost, doubled or against a limit in ${what}, whatever breaks`,
    async () => {
      const failures: string[] = []
      let dials = 0
      let done = 0
      const tasks = seeds.map((seed) => ({ seed, carrier }))
      await runSeeds({
        ...{ root: builtRoot, areCompiled: true, tasks, workers: 1 },
        report({ seed, findings, figures }) {
          done++
          dials += figures?.dials ?? 0
          for (const finding of findings.slice(0, 5))
            failures.push(`npm run sim -- --carrier ${carrier} --seed ${seed}: ${finding}`)
          return true
        },
      })
      expect(failures).toEqual([])
      // A simulation in which nobody is called shows nothing.
      expect([done, dials]).toEqual([seeds.length, expect.toSatisfy((count) => count > seeds.length)])
    },
    untimed,
  )
}

/** No time limit: what does not end by itself is bounded by counts. */
export const untimed = 0

/** So many seeds from one on. */
export const seedsFrom = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i)
