/**
 * Runs the simulation over many seeds, on every core: `npm run sim`, or `npm run sim -- --seeds 100000`, `--from 5001`,
 * `--seed 1234` for one alone, `--keep` to add those that fail to the list that runs with every test. `--carrier` says what
 * the calls go out by: simulator, asterisk or freeswitch; all three when nothing is said.
 *
 * Exit codes: 0 no findings, 1 findings, 2 the run could not be carried out, 130 interrupted. Only findings are kept.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { knownSeeds } from '../test/sim/known-seeds.ts'
import { type CarrierName, carriers } from '../test/sim/outside.ts'
import { RunFailed, runSeeds } from '../test/sim/pool.ts'
import type { Task, WorkerReport } from '../test/sim/worker.ts'

const seedsDefault: Readonly<Record<CarrierName, number>> = { simulator: 2000, asterisk: 500, freeswitch: 500 }

const { values } = parseArgs({
  options: {
    carrier: { type: 'string' },
    seeds: { type: 'string' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
})
const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')
const from = Number(values.from)
const chosen = carriers.filter((carrier) => values.carrier === undefined || values.carrier === carrier)
if (chosen.length === 0) throw new Error(`no carrier is called ${values.carrier}: there are ${carriers.join(', ')}`)
const tasks = chosen.flatMap((carrier) => seedsOf(carrier).map((seed) => ({ carrier, seed })))
const sums = new Map<string, number>()
const failed: Task[] = []
const started = performance.now()
let done = 0

const interrupted = new AbortController()
process.once('SIGINT', () => interrupted.abort())
process.once('SIGTERM', () => interrupted.abort())
const failure = await runSeeds({ root, tasks, report, signal: interrupted.signal }).then(
  () => null,
  (error: unknown) => error,
)
say()
if (values.keep && failed.length > 0) keep(failed)
if (failure instanceof RunFailed) console.log(`The run could not be carried out: ${failure.message}`)
else if (failure !== null) throw failure
process.exit(failure !== null ? 2 : interrupted.signal.aborted ? 130 : failed.length === 0 ? 0 : 1)

function report({ carrier, seed, findings, figures }: WorkerReport): boolean {
  done++
  for (const [name, count] of Object.entries(figures ?? {})) sums.set(name, (sums.get(name) ?? 0) + count)
  if (findings.length > 0) {
    failed.push({ carrier, seed })
    console.log(
      `${carrier}, seed ${seed} fails; it is run again by: npm run sim -- --carrier ${carrier} --seed ${seed}`,
    )
    for (const finding of findings.slice(0, 10)) console.log(`  ${finding.slice(0, 1000)}`)
  }
  if (done % 250 === 0) console.log(`${done} of ${tasks.length} seeds, ${failed.length} failed`)
  return true
}

function say(): void {
  const { simulatedMs = 0, ...counts } = Object.fromEntries(sums)
  const seconds = ((performance.now() - started) / 1000).toFixed(0)
  const share = done < tasks.length ? ` of ${tasks.length}` : ''
  console.log(`${done}${share} seeds in ${seconds} s went through:`)
  for (const [name, count] of Object.entries(counts)) console.log(`  ${name.padEnd(18)} ${count}`)
  console.log(`  ${'simulated hours'.padEnd(18)} ${(simulatedMs / 3_600_000).toFixed(0)}`)
  console.log(
    failed.length === 0
      ? '0 findings'
      : `${failed.length} seeds failed: ${failed.map((of) => `${of.carrier} ${of.seed}`).join(', ')}`,
  )
}

/** Fewer over the drivers, whose way to their switches is all that differs. */
function seedsOf(carrier: CarrierName): number[] {
  if (values.seed !== undefined) return [Number(values.seed)]
  const count = Number(values.seeds ?? seedsDefault[carrier])
  return [...knownSeeds[carrier], ...Array.from({ length: count }, (_, i) => from + i)]
}

function keep(found: readonly Task[]): void {
  const file = `${root}/test/sim/known-seeds.ts`
  let text = readFileSync(file, 'utf8')
  for (const carrier of carriers) {
    const own = found.filter((of) => of.carrier === carrier).map((of) => of.seed)
    const all = [...new Set([...knownSeeds[carrier], ...own])].sort((a, b) => a - b)
    text = text.replace(new RegExp(`${carrier}: \\[[^\\]]*\\]`), `${carrier}: [${all.join(', ')}]`)
  }
  writeFileSync(file, text)
}
