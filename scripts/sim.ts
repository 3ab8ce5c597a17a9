/**
 * Runs the simulation over many seeds, on every core: `npm run sim`, or `npm run sim -- --seeds 100000`, `--from 5001`,
 * `--seed 1234` for one alone, `--keep` to add those that fail to the list that runs with every test.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { knownSeeds } from '../test/sim/known-seeds.ts'
import { runSeeds } from '../test/sim/pool.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '2000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
})
const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')
const from = Number(values.from)
const seeds =
  values.seed === undefined
    ? [...knownSeeds, ...Array.from({ length: Number(values.seeds) }, (_, i) => from + i)]
    : [Number(values.seed)]
const sums = new Map<string, number>()
const failed: number[] = []
const started = performance.now()
let done = 0

await runSeeds({
  root,
  seeds,
  report({ seed, findings, figures }) {
    done++
    for (const [name, count] of Object.entries(figures ?? {})) sums.set(name, (sums.get(name) ?? 0) + count)
    if (findings.length > 0) {
      failed.push(seed)
      console.log(`seed ${seed} fails; it is run again by: npm run sim -- --seed ${seed}`)
      for (const finding of findings.slice(0, 10)) console.log(`  ${finding.slice(0, 1000)}`)
    }
    if (done % 250 === 0) console.log(`${done} of ${seeds.length} seeds, ${failed.length} failed`)
    return true
  },
})

const { simulatedMs = 0, ...counts } = Object.fromEntries(sums)
console.log(`${done} seeds in ${((performance.now() - started) / 1000).toFixed(0)} s went through:`)
for (const [name, count] of Object.entries(counts)) console.log(`  ${name.padEnd(18)} ${count}`)
console.log(`  ${'simulated hours'.padEnd(18)} ${(simulatedMs / 3_600_000).toFixed(0)}`)
console.log(failed.length === 0 ? '0 findings' : `${failed.length} seeds failed: ${failed.join(', ')}`)
if (values.keep && failed.length > 0) keep(failed)
process.exit(failed.length === 0 ? 0 : 1)

function keep(found: readonly number[]): void {
  const file = `${root}/test/sim/known-seeds.ts`
  const all = [...new Set([...knownSeeds, ...found])].sort((a, b) => a - b)
  const text = readFileSync(file, 'utf8').replace(/= \[[\s\S]*?\]/, `= [${all.join(', ')}]`)
  writeFileSync(file, text)
}
