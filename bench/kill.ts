/**
 * kill -9 at random moments, over one database: `npm run build`, then `npx tsx bench/kill.ts [kills] [seed]`. Every fifth life
 * ends while it starts. Ends with 1 when a call was doubled or a transition lost.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { createRandom } from '../src/kernel/random.ts'
import { createLives, type Life, printTimes, report } from './lives.ts'
import { printRow, temporaryFolder } from './support.ts'

const [kills = '200', seed = '1'] = process.argv.slice(2)
const random = createRandom(Number(seed))
const folder = temporaryFolder()
const lives = await createLives(folder.path, Number(kills) * 200 + 1000)
const lived: Life[] = []
let unasked = 0
for (let i = 0; i < Number(kills); i++) {
  const life = lives.live()
  lived.push(life)
  const isEarly = i % 5 === 4
  if (!isEarly) await Promise.all([life.runningMs, life.attended])
  await pause(random() * 1000)
  life.child.signal('SIGKILL')
  await life.child.ended
  unasked += lives.unasked()
  if (process.stderr.isTTY) process.stderr.write(`\r${i + 1} of ${kills}`)
}
if (process.stderr.isTTY) process.stderr.write('\r')

const holder = lives.live()
await holder.runningMs
const refusals: number[] = []
for (let i = 0; i < 5; i++) {
  const startedAt = performance.now()
  const exitCode = await lives.start(['serve'], lives.environment).ended
  if (exitCode !== 75) throw new Error(`a second engine that is refused, found that it ended with ${exitCode}`)
  refusals.push(performance.now() - startedAt)
}
holder.child.signal('SIGKILL')
await holder.child.ended

printRow('kills', kills)
report(await lives.end())
printRow('calls DIALING and not asked for at the kills: the most that may be UNKNOWN', String(unasked))
// The first one makes no take-over.
await printTimes(
  'start to lock',
  lived.slice(1).map((life) => life.lockMs),
)
await printTimes(
  'start to raised term',
  lived.slice(1).map((life) => life.termMs),
)
await printTimes(
  'start to ready',
  lived.slice(1).map((life) => life.readyMs),
)
await printTimes(
  'start to RUNNING',
  lived.slice(1).map((life) => life.runningMs),
)
await printTimes(
  'start of a second engine to its refusal',
  refusals.map((ms) => Promise.resolve(ms)),
)
folder.remove()
