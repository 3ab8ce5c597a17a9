/**
 * CPU of the engine's ticks for a call, of this checkout against another one, in turns in one run: 100 calls are
 * claimed, answered and ended in each tick, with fsync. Give the folder of the other checkout.
 *
 *     npx tsx bench/tick.ts ../dialgraph-before
 */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { median, printRow } from './support.ts'

const rounds = Number(process.argv[3] ?? 40)
const other = process.argv[2]
if (other === undefined) throw new Error('the folder of another checkout is missing')

const steps = ['claim', 'answer', 'hangup'] as const
type Round = Readonly<Record<(typeof steps)[number], number>>

/** Runs rounds in a process of its own. */
function open(checkout: string) {
  const child = spawn(process.execPath, ['--import', 'tsx', `${import.meta.dirname}/tick-rounds.ts`, checkout], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async run(): Promise<Round> {
      child.stdin.write('\n')
      const { value } = await lines.next()
      return JSON.parse(value)
    },
    close: () => child.stdin.end(),
  }
}

const [ours, theirs] = [open(`${import.meta.dirname}/..`), open(other)]
const results: { readonly ours: Round; readonly theirs: Round }[] = []
for (let i = 0; i < rounds; i++) {
  // Who goes first alternates too.
  const isFirst = i % 2 === 0
  const before = isFirst ? null : await theirs.run()
  const own = await ours.run()
  results.push({ ours: own, theirs: before ?? (await theirs.run()) })
}
ours.close()
theirs.close()
for (const step of steps) {
  const ratio = median(results.map((of) => of.ours[step] / of.theirs[step]))
  const own = median(results.map((of) => of.ours[step]))
  const their = median(results.map((of) => of.theirs[step]))
  printRow(step, `${own.toFixed(0)} µs of CPU a call, against ${their.toFixed(0)}: ${ratio.toFixed(2)}`)
}
