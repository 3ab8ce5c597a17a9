/**
 * The power is lost at many moments of a campaign, and what is left on the disk is opened and held against what was
 * promised: `npx tsx bench/power-loss.ts [cuts] [seed] [targets]`. Ends with 1 when anything was lost.
 */
import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { createRandom } from '../src/kernel/random.ts'
import type { DiskEvent } from '../test/process/power-loss/disk.ts'
import { drawCuts, judgeTrace } from '../test/process/power-loss/judge.ts'
import { databaseName, recordWorkload, whyNotTraced } from '../test/process/power-loss/record.ts'
import { temporaryFile } from '../test/support/world.ts'
import { printRow, temporaryFolder } from './support.ts'

const [cuts = '5000', seed = '1', targets = '200'] = process.argv.slice(2)
const why = whyNotTraced()
if (why !== null) throw new Error(why)
const folder = temporaryFolder()
const copies = dirname(temporaryFile())
const events = await recordWorkload(folder.path, Number(targets))
const countNotes = (word: string) => countOf((event) => event.type === 'NOTED' && event.text.startsWith(word))
const countOf = (matches: (event: DiskEvent) => boolean) => events.filter(matches).length
printRow('calls that the carrier was asked for', String(countNotes('asked')))
printRow('commits that were shown', String(countNotes('shown')))
printRow('writes', String(countOf(({ type }) => type === 'WRITTEN')))
printRow('syncs', String(countOf(({ type }) => type === 'SYNCED')))

const random = createRandom(Number(seed))
const places = drawCuts(events, Number(cuts), random)
const findings = judgeTrace(events, { database: databaseName, folder: copies, cuts: places, random })
printRow('moments at which the power was lost', String(places.length))
printRow('findings: calls without a record, transitions lost, damage', String(findings.length))
for (const { cut, what } of findings.slice(0, 20)) printRow(`  after ${cut} of ${events.length} events`, what)
rmSync(copies, { recursive: true, force: true })
folder.remove()
process.exitCode = findings.length === 0 ? 0 : 1
