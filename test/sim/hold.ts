import { expect, test } from 'vitest'
import { runSeed } from './run.ts'

/** One test for a part of the seeds, so that files of tests can share them. */
export function holdSeeds(what: string, seeds: readonly number[]): void {
  test(`nothing is lost, doubled or against a limit in ${what}, whatever breaks`, async () => {
    const findings: string[] = []
    let dials = 0
    for (const seed of seeds) {
      const report = await runSeed(seed)
      dials += report.figures.dials
      for (const finding of report.findings.slice(0, 5)) findings.push(`npm run sim -- --seed ${seed}: ${finding}`)
    }
    expect(findings).toEqual([])
    // A simulation in which nobody is called shows nothing.
    expect(dials).toBeGreaterThan(seeds.length)
  }, 600_000)
}

/** So many seeds from one on. */
export const seedsFrom = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i)
