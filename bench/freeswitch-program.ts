/**
 * The whole program against a real FreeSWITCH (ESL_URL, ESL_PASSWORD, ESL_GATEWAY): a campaign that starts so many calls a second
 * for so many seconds, to numbers that end in 1000, which the trunk answers, talks to for 1.5 s and hangs up. What is lost or
 * UNKNOWN, how many calls began within any second, by the clock of the switch, and what it cost both. `npx tsx
 * bench/freeswitch-program.ts 50 20`.
 */
import { localViewer } from '../src/app/viewer.ts'
import { startDialgraph } from '../src/dialgraph.ts'
import { present } from '../src/kernel/assert.ts'
import { silentLog } from '../src/kernel/log.ts'
import { parseSwitchUrl, tcpWires } from '../src/telephony/freeswitch/wire.ts'
import { createRawClient } from '../test/telephony/freeswitch/raw-client.ts'
import { configOf, pause } from './program.ts'
import { makeCampaign, must, printRow, temporaryFolder } from './support.ts'

const callsPerSecond = Number(process.argv[2] ?? 50)
const seconds = Number(process.argv[3] ?? 20)
const { ESL_URL: url = 'esl://127.0.0.1:8021', ESL_PASSWORD: password = 'ClueCon', ESL_GATEWAY = 'trunk' } = process.env
const stepMs = 100
const patienceMs = 120_000

const witness = createRawClient(tcpWires(present(parseSwitchUrl(url), 'the address of a FreeSWITCH')))
await pause(500)
witness.say(`auth ${password}`)
witness.say('event json CHANNEL_CREATE')
await pause(500)

/** Milliseconds of a processor that the switch has used. */
async function switchCpuMs(): Promise<number> {
  const before = witness.replies.length
  witness.say('api getcputime')
  while (witness.replies.length === before) await pause(5)
  const [userMs = 0, kernelMs = 0] = (witness.replies.at(-1) ?? '').split(',').map(Number)
  return userMs + kernelMs
}

/** The most of those times that lie within any span of that length. */
function mostWithin(times: readonly number[], spanMs: number): number {
  let [most, first] = [0, 0]
  for (const [last, time] of times.entries()) {
    while (time - (times[first] ?? time) >= spanMs) first++
    most = Math.max(most, last - first + 1)
  }
  return most
}

const folder = temporaryFolder()
const freeswitch = {
  ...{ url, password, gateway: ESL_GATEWAY, agentEndpoint: 'user/{extension}' },
  ...{ fetchScheme: 'http_cache' as const, recordingsFolder: null },
}
const config = configOf(`${folder.path}/freeswitch.sqlite`, {
  carrier: { driver: 'freeswitch', settings: freeswitch },
  callsPerSecond,
})
const { app, stop } = await startDialgraph(config, silentLog)
const count = callsPerSecond * seconds
const numberOf = (i: number) => `+1${200 + (i % 700)}${300 + Math.floor(i / 700)}1000`
const { campaign } = await makeCampaign(app, { targets: count, numberOf })

const before = { switchMs: await switchCpuMs(), ours: process.cpuUsage(), at: performance.now() }
must(await app.campaigns.run(localViewer, campaign.id))
let stats = (await app.campaigns.stats(localViewer, [campaign.id]))[0]
while (stats === undefined || stats.success + stats.fail < count) {
  if (performance.now() - before.at > seconds * 1000 + patienceMs) break
  await pause(stepMs)
  stats = (await app.campaigns.stats(localViewer, [campaign.id]))[0]
}
const tookMs = performance.now() - before.at
const switchMs = (await switchCpuMs()) - before.switchMs
const { user, system } = process.cpuUsage(before.ours)

const ids = witness.events.map((event) => event['Unique-ID'] ?? '')
const begunMs = witness.events.map((event) => Number(event['Event-Date-Timestamp']) / 1000).sort((a, b) => a - b)
const of = (reason: string) => stats?.hangupReasons.find((one) => one.reason === reason)?.count ?? 0
printRow(`${count} calls, ${callsPerSecond} a second at most, s`, (tookMs / 1000).toFixed(1))
printRow(
  '  calls at the switch, and ids among them that came twice',
  `${ids.length}, ${ids.length - new Set(ids).size}`,
)
printRow(
  '  most that began within a second, and within 100 ms',
  [1000, 100].map((ms) => mostWithin(begunMs, ms)).join(', '),
)
printRow('  lost, or ended otherwise than they did', String(count - (stats?.success ?? 0)))
printRow('  UNKNOWN', String(of('UNKNOWN')))
printRow('  reasons', (stats?.hangupReasons ?? []).map((one) => `${one.reason} ${one.count}`).join(', '))
printRow('  CPU of the program, % of a core', ((user + system) / 10 / tookMs).toFixed(0))
printRow('  CPU of the switch, % of a core', ((switchMs * 100) / tookMs).toFixed(0))

await stop()
folder.remove()
process.exit()
