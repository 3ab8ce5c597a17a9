/**
 * A process that stands still while people answer and talk: `npm run build`, then
 * `npx tsx bench/stall.ts [simulator|asterisk|freeswitch] [targets] [stall in ms] [limits: default or 0] [speed]`.
 * Every person of the list answers and is called again unless that was recorded. Prints how many were called twice, and how
 * many rows say NO_ANSWER of a call that was answered within its ring time. Ends with 1 where there is one.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { localViewer } from '../src/app/viewer.ts'
import { runCampaign } from '../test/process/api.ts'
import { type Child, type Environment, startChild } from '../test/process/children.ts'
import { password, username } from '../test/telephony/asterisk/fake-ari.ts'
import { answeredNumber, messageOf, startScript } from './program.ts'
import { makeCampaign, must, openApp, printRow, temporaryFolder } from './support.ts'

const [carrier = 'simulator', targetsText = '600', stallText = '14000', limits = 'default', speed = '20'] =
  process.argv.slice(2)
const targets = Number(targetsText)
const stallMs = Number(stallText)
const program = fileURLToPath(new URL('../bin/dialgraph.js', import.meta.url))
const folder = temporaryFolder()
const file = `${folder.path}/stall.sqlite`

const start = (args: readonly string[], environment: Environment) =>
  startChild(process.execPath, [program, ...args], { DIALGRAPH_LOG_LEVEL: 'error', ...environment })

interface Carrier {
  readonly environment: Environment
  /** A number that answers and hangs up: another one for each `i`. */
  numberOf(i: number): string
  end(): void
}

async function openCarrier(): Promise<Carrier> {
  // The fakes ring 0.1 s, talk 1.5 s and hang up on numbers that end like this.
  const numberOf = (ending: string) => (i: number) => `+1${200 + (i % 700)}${300 + Math.floor(i / 700)}${ending}`
  if (carrier === 'simulator') {
    const child: Child = start(['simulator', '--port', '0'], { DIALGRAPH_SIMULATOR_SPEED: speed })
    const environment = { DIALGRAPH_SIMULATOR_URL: await child.told('listening on ') }
    return { environment, numberOf: answeredNumber, end: () => child.signal('SIGKILL') }
  }
  const child = startScript(`${carrier}-switch.ts`)
  const url = await messageOf<string>(child)
  const end = () => child.disconnect()
  if (carrier === 'asterisk') {
    const environment = {
      ...{ DIALGRAPH_DRIVER: 'asterisk', DIALGRAPH_ARI_URL: url, DIALGRAPH_ARI_TRUNK: 'trunk' },
      ...{ DIALGRAPH_ARI_USERNAME: username, DIALGRAPH_ARI_PASSWORD: password },
    }
    return { environment, numberOf: numberOf('1000'), end }
  }
  const environment = {
    ...{ DIALGRAPH_DRIVER: 'freeswitch', DIALGRAPH_ESL_URL: url },
    ...{ DIALGRAPH_ESL_PASSWORD: 'ClueCon', DIALGRAPH_ESL_GATEWAY: 'trunk' },
  }
  return { environment, numberOf: numberOf('1000'), end }
}

const { environment, numberOf, end } = await openCarrier()
const opened = await openApp(file)
const { campaign, outplan } = await makeCampaign(opened.app, { targets, numberOf, maxTryCounts: [5], tryIntervalMs: 0 })
must(await opened.app.outplans.update(localViewer, outplan.id, { dialTimeoutMs: 5000 }))
await opened.close()
const child = start(['serve'], {
  ...{ DIALGRAPH_DATABASE: file, DIALGRAPH_PORT: '0' },
  ...(limits === '0' ? { DIALGRAPH_CONCURRENT_CALLS_MAX: '0', DIALGRAPH_CALLS_PER_SECOND: '0' } : {}),
  ...environment,
})
const url = await child.told('listening on ')
await runCampaign(url, campaign.id)
const db = new Database(file, { readonly: true })
const count = (sql: string) => (db.prepare(`select count(*) n from ${sql}`).get() as { n: number }).n
if (stallMs > 0) {
  while (count('campaigncall') === 0) await pause(20)
  await pause(1500)
  child.signal('SIGSTOP')
  await pause(stallMs)
  child.signal('SIGCONT')
}
while (count("campaign where status <> 'STOP'") > 0) await pause(100)
child.signal('SIGTERM')
await child.ended

const twice = count(
  "(select 1 from campaigncall where hangup_reason <> 'CANCEL' group by outdial_target_id having count(*) > 1)",
)
const missed = count("campaigncall where hangup_reason = 'NO_ANSWER' and answered_at < created_at + dial_timeout_ms")
printRow(`${carrier}, ${targets} people who answer, a stall of ${stallMs} ms: calls`, String(count('campaigncall')))
printRow('  SUCCESS', String(count("campaigncall where result = 'SUCCESS'")))
const reasons = db.prepare('select hangup_reason reason, count(*) n from campaigncall group by 1').all()
printRow('  reasons', (reasons as { reason: string; n: number }[]).map((of) => `${of.reason} ${of.n}`).join(', '))
printRow('  people who were called twice', String(twice))
printRow('  rows that say NO_ANSWER of an answer within the ring time', String(missed))
db.close()
end()
folder.remove()
process.exitCode = twice > 0 || missed > 0 ? 1 : 0
