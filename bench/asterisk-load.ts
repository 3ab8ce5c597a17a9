/**
 * The whole program against a real Asterisk (ARI_URL, see asterisk-real.ts): campaigns that start 25, 50, 100 and 200 calls a second for
 * 20 s, or the rates and seconds given. Each call is answered, talks for 1.5 s and hangs up. What is lost, how evenly calls start at the
 * called side, and what it costs.
 */
import { localViewer } from '../src/app/viewer.ts'
import { startDialgraph } from '../src/dialgraph.ts'
import { silentLog } from '../src/kernel/log.ts'
import { asteriskOf, cpuSecondsOf, invitedAt, mostWithin, startCalled } from './asterisk-real.ts'
import { configOf, pause } from './program.ts'
import { makeCampaign, must, printRow, temporaryFolder } from './support.ts'

const rates = (process.argv[2] ?? '25,50,100,200').split(',').map(Number)
const seconds = Number(process.argv[3] ?? 20)
const stepMs = 100
/** Longer than the trunk pauses after the first refusals. */
const quietMs = 15_000
const numberOf = (i: number) => `+1${200 + (i % 700)}${300 + Math.floor(i / 700)}1000`

const asterisk = {
  ...asteriskOf(process.env),
  agentEndpoint: 'PJSIP/{extension}',
  app: 'dialgraph',
  context: 'dialgraph-answer',
}
const { ASTERISK_PID } = process.env
const called = await startCalled()

for (const callsPerSecond of rates) {
  const folder = temporaryFolder()
  const config = configOf(`${folder.path}/load.sqlite`, {
    carrier: { driver: 'asterisk', settings: asterisk },
    callsPerSecond,
  })
  const { app, stop } = await startDialgraph(config, silentLog)
  const count = callsPerSecond * seconds
  const { campaign } = await makeCampaign(app, { targets: count, numberOf })
  const before = called === null ? [] : await invitedAt(called)
  const cpuBefore = process.cpuUsage()
  const switchBefore = cpuSecondsOf(ASTERISK_PID)
  const startedAt = performance.now()
  must(await app.campaigns.run(localViewer, campaign.id))
  const statsOf = async () =>
    must({ value: (await app.campaigns.stats(localViewer, [campaign.id]))[0] ?? null, errors: [] })
  let stats = await statsOf()
  let atOnce = 0
  let changedAt = performance.now()
  // Calls that were not placed are tried again after a while.
  while (stats.success < count && performance.now() - changedAt < quietMs) {
    await pause(stepMs)
    const next = await statsOf()
    const inFlight = next.callsDialing + next.callsProgressing
    if (inFlight > 0 || next.callsTotal !== stats.callsTotal) changedAt = performance.now()
    stats = next
    atOnce = Math.max(atOnce, inFlight)
  }
  const tookMs = Math.max(changedAt, startedAt) - startedAt
  const { user, system } = process.cpuUsage(cpuBefore)
  const switchAfter = cpuSecondsOf(ASTERISK_PID)
  const unknown = stats.hangupReasons.find(({ reason }) => reason === 'UNKNOWN')?.count ?? 0
  printRow(`${count} calls, ${callsPerSecond} a second at most, s`, (tookMs / 1000).toFixed(1))
  printRow('  calls in all, with those that were tried again', String(stats.callsTotal))
  printRow('  without a success at the end', String(count - stats.success))
  printRow('  of these UNKNOWN', String(unknown))
  printRow('  reasons', stats.hangupReasons.map((of) => `${of.reason} ${of.count}`).join(', '))
  if (called !== null) {
    const invited = (await invitedAt(called)).slice(before.length)
    const times = invited.map(({ invitedAtMs }) => invitedAtMs)
    printRow(
      '  INVITEs, to how many numbers',
      `${invited.length}, ${new Set(invited.map(({ number }) => number)).size}`,
    )
    printRow(
      '  most of them within any second, within any 100 ms',
      `${mostWithin(times, 1000)}, ${mostWithin(times, 100)}`,
    )
  }
  printRow('  most calls at once', String(atOnce))
  printRow('  CPU of the program, % of a core', ((user + system) / 10 / tookMs).toFixed(0))
  if (switchBefore !== null && switchAfter !== null)
    printRow('  CPU of Asterisk, % of a core', ((100_000 * (switchAfter - switchBefore)) / tookMs).toFixed(0))
  await stop()
  folder.remove()
}
called?.disconnect()
