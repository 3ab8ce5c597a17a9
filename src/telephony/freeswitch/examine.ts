import { present } from '../../kernel/assert.ts'
import { inTime } from '../../kernel/deadline.ts'
import type { Effects } from '../../kernel/effects.ts'
import type { Log } from '../../kernel/log.ts'
import { quote } from '../../kernel/quote.ts'
import { broken, doubtful, type Finding, fine } from '../finding.ts'
import { existsCommand, type FetchScheme, isLocalPath } from './commands.ts'
import { type Connection, openConnection } from './connection.ts'
import type { FreeswitchOptions } from './freeswitch.ts'
import { createJobs, type Jobs } from './jobs.ts'
import { type OpenWire, parseSwitchUrl, tcpWires } from './wire.ts'

type Settings = Pick<Required<FreeswitchOptions>, 'url' | 'password' | 'gateway'>

export interface ExamineOptions extends Settings, Pick<FreeswitchOptions, 'recordingsFolder' | 'fetchScheme'> {
  /** Most calls that the dialer starts in a second; 0 for no limit, as the next one. */
  readonly callsPerSecond: number
  /** Most calls that it keeps up at once. */
  readonly callsMax: number
  readonly effects: Effects
  readonly log: Log
  /** Instead of TCP connections to `url`. */
  readonly openWire?: OpenWire
}

/** Long enough for no question in between: a look is over before it. */
const heartbeatMs = 60_000
const jobWithinMs = 2000
/** A call may ring an agent's phone, or somebody else, in the second in which it was answered. */
const sessionsPerCall = 2

/**
 * What lies behind the address, and whether what calls need is there: jobs, modules, limits, the gateway, the folder for
 * recordings. Tries what can be tried without a call, and changes nothing.
 */
export async function examineFreeswitch(options: ExamineOptions): Promise<Finding[]> {
  const { url, gateway, effects } = options
  const jobs = createJobs(effects)
  const opened = await open(options, jobs)
  if (typeof opened === 'string') return [broken('freeswitch', `FreeSWITCH at ${url}: ${opened}.`)]
  try {
    const version = await opened.api('version')
    return [
      fine('freeswitch', `${/^FreeSWITCH Version \S+/i.exec(version)?.[0] ?? quote(version)} at ${url}.`),
      await tryJob(opened, jobs, effects),
      examineGateway(gateway, await opened.api(`sofia status gateway ${gateway}`)),
      examineLimits(await opened.api('status'), options),
      ...(await examineModules(opened, options.fetchScheme ?? 'http_cache')),
      await examineFolder(opened, options.recordingsFolder ?? null),
    ]
  } catch (error) {
    return [broken('freeswitch', `FreeSWITCH at ${url}: ${error instanceof Error ? error.message : String(error)}.`)]
  } finally {
    await opened.close()
  }
}

/** A connection that is ready, or the reason why it could not be made. */
function open(
  { url, password, effects, log, openWire }: ExamineOptions,
  jobs: Pick<Jobs, 'hear'>,
): Promise<Connection | string> {
  const address = present(parseSwitchUrl(url), 'the address of an event socket')
  return new Promise((resolve) => {
    const connection = openConnection({
      ...{ password, effects, log, heartbeatMs, openWire: openWire ?? tcpWires(address) },
      onReady: () => resolve(connection),
      onEvent(event) {
        if (event.name === 'BACKGROUND_JOB') jobs.hear(event)
      },
      onLost: (detail) => resolve(detail),
    })
  })
}

/** Calls are placed as jobs of the switch, whose results are events: a question that harms nobody is asked in the same way. */
async function tryJob(opened: Connection, jobs: Jobs, effects: Effects): Promise<Finding> {
  const name = 'jobs'
  let heard = () => {}
  const done = new Promise<true>((resolve) => {
    heard = () => resolve(true)
  })
  const job = jobs.expect(heard)
  const said = await opened.bgapi(existsCommand(effects.id()), job.jobId).answered
  if (!said.startsWith('+OK')) return broken(name, `FreeSWITCH does not let calls be placed: ${quote(said)}.`)
  const isDone = await inTime(effects, done, jobWithinMs)
  job.cancel()
  return isDone
    ? fine(name, 'Commands run in the background, and their results arrive.')
    : broken(name, `The result of a command in the background did not arrive within ${jobWithinMs} ms.`)
}

/** UP alone says nothing: a gateway that is neither registered nor asked is UP for as long as it is configured. */
function examineGateway(gateway: string, status: string): Finding {
  const name = 'gateway'
  if (/invalid gateway/i.test(status)) return broken(name, `There is no gateway ${gateway} (sip_profiles).`)
  const of = (field: string) => new RegExp(`^${field}\\s+(\\S+)`, 'm').exec(status)?.[1] ?? ''
  const [up, state] = [of('Status').toUpperCase(), of('State').toUpperCase()]
  if (up === '') return doubtful(name, `FreeSWITCH says of gateway ${gateway}: ${quote(status)}.`)
  if (!up.startsWith('UP')) return broken(name, `The gateway ${gateway} is ${up.toLowerCase()}: it does not answer.`)
  if (state === 'REGED') return fine(name, `The gateway ${gateway} is reachable: it has accepted the registration.`)
  if (state !== 'NOREG') return broken(name, `The gateway ${gateway} has not registered: ${state}.`)
  if (Number(of('PingTime')) > 0) return fine(name, `The gateway ${gateway} is reachable: it has answered OPTIONS.`)
  const hint = Number(of('PingFreq')) > 0 ? 'it was not asked yet' : 'set its parameter ping to find out'
  return doubtful(name, `The gateway ${gateway} is configured; whether it answers is not known: ${hint}.`)
}

function examineLimits(status: string, { callsPerSecond, callsMax }: ExamineOptions): Finding {
  const name = 'limits'
  const [, perSecond] = /per Sec out of max (\d+)/i.exec(status) ?? []
  const [, sessions] = /^(\d+) session\(s\) max/im.exec(status) ?? []
  if (perSecond === undefined || sessions === undefined) return doubtful(name, 'FreeSWITCH does not say its limits.')
  const [perSecondWanted, sessionsWanted] = [callsPerSecond * sessionsPerCall, callsMax * sessionsPerCall]
  const missing = [
    ...(Number(perSecond) < perSecondWanted
      ? [`sessions-per-second is ${perSecond}, and should be ${perSecondWanted}`]
      : []),
    ...(Number(sessions) < sessionsWanted ? [`max-sessions is ${sessions}, and should be ${sessionsWanted}`] : []),
  ]
  const limits = `${perSecond} sessions a second, and ${sessions} at once`
  return missing.length === 0
    ? fine(name, `FreeSWITCH takes ${limits}.`)
    : doubtful(
        name,
        `${missing.join('; ')} (switch.conf.xml): a call and a phone that it rings are two. Past them calls are refused.`,
      )
}

async function examineModules(opened: Connection, fetchScheme: FetchScheme): Promise<Finding[]> {
  const isLoaded = async (module: string) => (await opened.api(`module_exists ${module}`)).trim() === 'true'
  const needed: readonly (readonly [module: string, without: string])[] = [
    ['mod_dptools', 'no call can be parked, and so none be answered'],
    ['mod_sndfile', 'nothing can be played or recorded'],
    [
      fetchScheme === 'http_cache' ? 'mod_http_cache' : 'mod_httapi',
      'nothing can be spoken to who answers, nor played from an address',
    ],
    ['mod_tone_stream', 'no tone can be played'],
  ]
  const findings: Finding[] = []
  for (const [module, without] of needed) {
    if (await isLoaded(module)) findings.push(fine(module, 'It is loaded.'))
    else if (module === 'mod_dptools') findings.push(broken(module, `It is not loaded: ${without}.`))
    // Another module can do the same if the switch is configured for it.
    else if (module === 'mod_httapi' && (await isLoaded('mod_http_cache')))
      findings.push(fine('mod_http_cache', 'It is loaded.'))
    else findings.push(doubtful(module, `It is not loaded: ${without}.`))
  }
  return findings
}

/** Whether the switch may write there: its own shell is asked, with a path that nothing in a shell reads as more than that. */
async function examineFolder(opened: Connection, configured: string | null): Promise<Finding> {
  const name = 'recordings'
  const folder = configured ?? (await opened.api('global_getvar recordings_dir'))
  if (!isLocalPath(folder)) return doubtful(name, `FreeSWITCH has no folder for recordings: ${quote(folder)}.`)
  if ((await opened.api(`file_exists ${folder}`)).trim() !== 'true')
    return doubtful(name, `The folder ${folder} is not there. FreeSWITCH makes it for the first recording, if it may.`)
  const said = (await opened.api(`system test -w ${folder} && echo yes || echo no`)).trim()
  if (said === 'yes') return fine(name, `FreeSWITCH may write to ${folder}.`)
  return said === 'no'
    ? doubtful(name, `FreeSWITCH may not write to ${folder}: nothing can be recorded.`)
    : doubtful(name, `Whether FreeSWITCH may write to ${folder} could not be tried: ${quote(said)}.`)
}
