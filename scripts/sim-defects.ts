/**
 * Shows that the simulation finds what it is there to find: each deliberate defect, in a copy of the sources, within so many
 * seeds. `npm run sim:defects`, or with names (or parts of them) after `--`.
 */
import { rmSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { defects } from '../test/sim/defects/all.ts'
import { type Defect, plant } from '../test/sim/planted.ts'
import { runSeeds } from '../test/sim/pool.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seeds: { type: 'string', default: '500' } },
})
const seedsMax = Number(values.seeds)
const atOnce = 2

/** The first finding of one invariant: at which seed, and after how many dials. */
interface Found {
  readonly invariant: string
  readonly seed: number
  readonly dials: number
  readonly finding: string
}

interface Verdict {
  readonly defect: Defect
  /** By the invariant that is meant to find it. */
  readonly asMeant: Found | null
  /** By another one before that, if there was one. */
  readonly before: Found | null
  readonly tookMs: number
}

async function tryOut(defect: Defect): Promise<Verdict> {
  const started = performance.now()
  const root = plant(defect)
  let asMeant: Found | null = null
  let before: Found | null = null
  let dials = 0
  try {
    await runSeeds({
      root,
      tasks: Array.from({ length: seedsMax }, (_, i) => ({ carrier: defect.carrier, seed: i + 1 })),
      workers: 1,
      report({ seed, findings, figures }) {
        dials += figures?.dials ?? 0
        for (const finding of findings) {
          const invariant = finding.slice(0, finding.indexOf(':'))
          const found = { invariant, seed, dials, finding }
          if (invariant === defect.meant) asMeant ??= found
          else before ??= found
        }
        return asMeant === null
      },
    })
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
  return { defect, asMeant, before, tookMs: performance.now() - started }
}

function say({ defect, asMeant, before, tookMs }: Verdict): void {
  const place = (of: Found | null) => (of === null ? '–' : `${of.invariant} at seed ${of.seed}, ${of.dials} dials`)
  const seconds = `${(tookMs / 1000).toFixed(1)} s`
  console.log(
    `${asMeant === null ? 'MISSED' : 'found '} | ${defect.name} | ${defect.meant} | ${place(asMeant)} | ${place(before)} | ${seconds}`,
  )
  if (asMeant !== null) console.log(`         ${asMeant.finding.slice(0, 200)}`)
  else if (before !== null) console.log(`         ${before.finding.slice(0, 200)}`)
}

const chosen = defects.filter(({ name }) => positionals.length === 0 || positionals.some((part) => name.includes(part)))
if (chosen.length === 0) throw new Error('no defect has such a name')
console.log('       | defect | meant for | found by it | found by another before | time')
const verdicts: Verdict[] = []
const left = [...chosen]
const work = async () => {
  for (let defect = left.shift(); defect !== undefined; defect = left.shift()) {
    const verdict = await tryOut(defect)
    verdicts.push(verdict)
    say(verdict)
  }
}
await Promise.all(Array.from({ length: atOnce }, work))
const missed = verdicts.filter(({ asMeant }) => asMeant === null)
console.log(
  `${verdicts.length - missed.length} of ${verdicts.length} defects were found by the invariant that is meant to.`,
)
process.exit(missed.length > 0 ? 1 : 0)
