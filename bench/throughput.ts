/**
 * A campaign over 20 000 scripted targets without a queue, 500 calls at once, through the whole program: engine, store
 * with fsync, simulated carrier at speed 1000, and a WebSocket subscriber in another process.
 */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { localViewer } from '../src/app/viewer.ts'
import { startDialgraph } from '../src/dialgraph.ts'
import { createEffects } from '../src/kernel/effects.ts'
import { silentLog } from '../src/kernel/log.ts'
import { configOf } from './program.ts'
import { makeCampaign, must, printRow, temporaryFolder } from './support.ts'

const targets = Number(process.argv[2] ?? 20_000)
const folder = temporaryFolder()
const dialgraph = await startDialgraph(
  configOf(`${folder.path}/throughput.sqlite`, {
    carrier: { driver: 'simulator', settings: { speed: 1000, seed: 1, answerRate: 0.3, url: null } },
    concurrentCallsMax: 500,
  }),
  silentLog,
  // The carrier does not wait: it is the dialer that is measured.
  { paced: createEffects() },
)
const { app } = dialgraph
// Numbers that are answered, talk 5 s and hang up, in area codes 200 to 999.
const numberOf = (i: number) => `+1${200 + (i % 700)}55501${String(Math.floor(i / 700) % 50).padStart(2, '0')}`
const { campaign } = await makeCampaign(app, { targets, numberOf })

const subscriber = spawn(process.execPath, [
  '--import',
  'tsx',
  'bench/subscriber.ts',
  `${dialgraph.url.replace('http', 'ws')}/graphql`,
  String(targets),
  app.transitions.cursorOf(app.transitions.latestPosition()),
])
const lines = createInterface({ input: subscriber.stdout })[Symbol.asyncIterator]()
subscriber.stderr.pipe(process.stderr)
await lines.next()

const cpuBefore = process.cpuUsage()
const startedAt = performance.now()
must(await app.campaigns.run(localViewer, campaign.id))
for await (const { to } of await app.transitions.campaigns(localViewer, { campaignId: campaign.id }))
  if (to === 'STOP') break
const seconds = (performance.now() - startedAt) / 1000
const cpu = process.cpuUsage(cpuBefore)
const [stats] = await app.campaigns.stats(localViewer, [campaign.id])
const { value: latencies } = await lines.next()

printRow('calls', String(stats?.callsTotal))
printRow('seconds', seconds.toFixed(2))
printRow('calls per second', ((stats?.callsTotal ?? 0) / seconds).toFixed(0))
printRow('CPU of the program per call, microseconds', ((cpu.user + cpu.system) / (stats?.callsTotal ?? 1)).toFixed(0))
printRow('commit to a WebSocket subscriber, milliseconds', String(latencies))
await dialgraph.stop()
folder.remove()
