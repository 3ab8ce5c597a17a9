import fc from 'fast-check'
import { test } from 'vitest'
import { scenarios } from '../support/random-campaigns.ts'
import { runScenario } from '../support/random-run.ts'
test('stats', async () => {
  const s: Record<string, number> = {}
  ;(globalThis as any).stats = s
  await fc.assert(fc.asyncProperty(scenarios, runScenario), { seed: 1, numRuns: 200 })
  console.log(JSON.stringify(s, null, 0))
}, 600_000)
