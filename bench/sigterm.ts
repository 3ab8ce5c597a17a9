/**
 * SIGTERM in the middle of calls, over one database: `npm run build`, then `npx tsx bench/sigterm.ts [times]`. Ends with 1 when
 * an end took more than 10 s or had another exit code than 0, when a call was doubled or is UNKNOWN, or a transition was lost.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { createRandom } from '../src/kernel/random.ts'
import { createLives, printTimes, report } from './lives.ts'
import { printRow, temporaryFolder } from './support.ts'

const [times = '20'] = process.argv.slice(2)
const random = createRandom(1)
const folder = temporaryFolder()
const lives = await createLives(folder.path, Number(times) * 400 + 1000)
const tookMs: number[] = []
const exitCodes = new Set<unknown>()
for (let i = 0; i < Number(times); i++) {
  const life = lives.live()
  await Promise.all([life.runningMs, life.attended])
  await pause(1000 + random() * 1000)
  const askedAt = performance.now()
  life.child.signal('SIGTERM')
  exitCodes.add(await life.child.ended)
  tookMs.push(performance.now() - askedAt)
}
const ended = await lives.end()
printRow('times that it was asked to end', times)
report(ended)
printRow('exit codes', [...exitCodes].join(' '))
await printTimes(
  'SIGTERM to exit',
  tookMs.map((ms) => Promise.resolve(ms)),
)
if (ended.unknown > 0 || Math.max(...tookMs) > 10_000 || [...exitCodes].some((code) => code !== 0)) process.exitCode = 1
folder.remove()
