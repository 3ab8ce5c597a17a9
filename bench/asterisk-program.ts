/**
 * The whole program with the driver of Asterisk, against a fake one in another process: a campaign that starts 200 calls a second for
 * 30 s, each of which is answered and hung up, and one with 1000 calls that ring at once. What is lost, and what it costs.
 */
import { localViewer } from '../src/app/viewer.ts'
import { startDialgraph } from '../src/dialgraph.ts'
import { silentLog } from '../src/kernel/log.ts'
import { password, username } from '../test/telephony/asterisk/fake-ari.ts'
import { configOf, messageOf, pause, startScript } from './program.ts'
import { makeCampaign, must, printRow, temporaryFolder } from './support.ts'

const callsPerSecond = Number(process.argv[2] ?? 200)
const seconds = Number(process.argv[3] ?? 30)
const ringingCount = 1000
const stepMs = 100
/** What the number ends with says what the called side does: rings 0.1 s, talks 1.5 s and hangs up; or rings for ever. */
const [talking, ringing] = ['1000', '1180']
const numberOf = (ending: string) => (i: number) => `+1${200 + (i % 700)}${300 + Math.floor(i / 700)}${ending}`

const child = startScript('asterisk-switch.ts')
const url = await messageOf<string>(child)
const folder = temporaryFolder()
const asterisk = {
  ...{ url, username, password, trunk: 'trunk', mode: 'context' as const, agentEndpoint: 'PJSIP/{extension}' },
  ...{ app: 'dialgraph', context: 'dialgraph-answer' },
}
const config = configOf(`${folder.path}/asterisk.sqlite`, {
  carrier: { driver: 'asterisk', settings: asterisk },
  callsPerSecond,
})
const { app, stop } = await startDialgraph(config, silentLog)

async function statsOf(campaignId: string) {
  const [stats] = await app.campaigns.stats(localViewer, [campaignId])
  if (stats === undefined) throw new Error('a campaign that is there')
  return stats
}

/** Runs a campaign until it is where it should be. Says how long that took, and what it cost. */
async function run(ending: string, targets: number, isThere: (stats: Awaited<ReturnType<typeof statsOf>>) => boolean) {
  const { campaign } = await makeCampaign(app, { targets, numberOf: numberOf(ending) })
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  must(await app.campaigns.run(localViewer, campaign.id))
  let residentMax = 0
  let inFlightMax = 0
  for (;;) {
    const stats = await statsOf(campaign.id)
    residentMax = Math.max(residentMax, process.memoryUsage.rss())
    inFlightMax = Math.max(inFlightMax, stats.callsDialing + stats.callsProgressing)
    if (isThere(stats)) break
    await pause(stepMs)
  }
  const tookMs = performance.now() - startedAt
  const { user, system } = process.cpuUsage(cpuBefore)
  const print = () => {
    printRow('  most calls at once', String(inFlightMax))
    printRow('  CPU of the program, % of a core', ((user + system) / 10 / tookMs).toFixed(0))
    printRow('  memory at its most, MiB', (residentMax / 1024 / 1024).toFixed(0))
  }
  return { campaignId: campaign.id, tookMs, print }
}

const count = callsPerSecond * seconds
const talked = await run(
  talking,
  count,
  ({ callsTotal, success, fail }) => callsTotal === count && success + fail === count,
)
const { success, hangupReasons } = await statsOf(talked.campaignId)
printRow(`${count} calls, ${callsPerSecond} a second at most, s`, (talked.tookMs / 1000).toFixed(1))
printRow('  lost, or ended otherwise than they did', String(count - success))
printRow('  reasons', hangupReasons.map((of) => `${of.reason} ${of.count}`).join(', '))
talked.print()

const rang = await run(ringing, ringingCount, ({ callsDialing }) => callsDialing === ringingCount)
printRow(`${ringingCount} calls that ring at once, s`, (rang.tookMs / 1000).toFixed(1))
rang.print()

await stop()
child.disconnect()
folder.remove()
