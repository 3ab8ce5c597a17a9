import { z } from 'zod'
import type { Effects } from '../../kernel/effects.ts'
import { quote } from '../../kernel/quote.ts'
import { broken, doubtful, type Finding, fine } from '../finding.ts'
import type { AsteriskOptions } from './asterisk.ts'
import { createHttp, type Http, type HttpAnswer, type OpenHttp } from './http.ts'
import { wordsOf } from './placing.ts'

type Settings = Pick<Required<AsteriskOptions>, 'url' | 'username' | 'password' | 'trunk' | 'app' | 'mode'>

const infoSchema = z.object({ system: z.object({ version: z.string() }) })
const endpointSchema = z.object({ state: z.string() })
const moduleSchema = z.object({ status: z.string() })
const attributesSchema = z.array(z.object({ attribute: z.string(), value: z.string() }))

/**
 * What lies behind the address, which version it is, whether the user may change anything, and whether the trunk is there. Changes
 * nothing, and places no call.
 */
export async function examineAsterisk({
  effects,
  openHttp,
  ...settings
}: Settings & { readonly effects: Effects; readonly openHttp?: OpenHttp }): Promise<Finding[]> {
  const http = createHttp({ ...settings, effects, openHttp })
  try {
    const reached = await lookAtVersion(http)
    if (reached.state === 'PROBLEM') return [reached]
    return [
      reached,
      await lookAtPermission(http, settings.username, effects.id()),
      await lookAtTrunk(http, settings.trunk),
      await lookAtApp(http, settings.app),
      await lookAtModule(http, 'res_http_media_cache.so', 'nothing can be spoken to who answers'),
      ...(settings.mode === 'context' ? [await lookAtModule(http, 'app_amd.so', withoutMachines)] : []),
      await lookAtModule(http, 'res_stasis_snoop.so', withoutRecordings),
      await lookAtModule(http, 'res_stasis_recording.so', withoutRecordings),
      await lookAtRecordings(http),
      await lookAtBeep(http),
    ]
  } finally {
    http.close()
  }
}

const withoutMachines = 'machines cannot be told from people. It needs the file amd.conf'
const withoutRecordings = 'no call can be recorded'

async function lookAtVersion(http: Http): Promise<Finding> {
  const name = 'asterisk'
  const answer = await ask(http, ['asterisk', 'info'])
  if (answer === null) return broken(name, `Nothing answers at ${http.url}.`)
  if (answer.status === 401)
    return broken(name, `It is there, and does not accept the user or the password (ari.conf).`)
  if (answer.status === 503) return broken(name, 'It is starting, and not ready yet.')
  if (answer.status === 404)
    return broken(name, `There is no REST interface at ${http.url} (http.conf and ari.conf: enabled=yes).`)
  const info = infoSchema.safeParse(answer.body)
  if (answer.status !== 200 || !info.success) return broken(name, `What answers at ${http.url} is no Asterisk.`)
  return fine(name, `Asterisk ${info.data.system.version} at ${http.url}.`)
}

/** Asks to resume a playback that does not exist: a read-only user is refused before Asterisk looks for it. */
async function lookAtPermission(http: Http, username: string, playbackId: string): Promise<Finding> {
  const name = 'permission'
  const path = ['playbacks', playbackId, 'control']
  const request = { method: 'POST', path, query: { operation: 'unpause' } } as const
  const answer = await http.ask(request).catch(() => null)
  if (answer?.status === 404) return fine(name, `The user ${username} may place calls.`)
  if (answer?.status === 403) return broken(name, `The user ${username} may only read (ari.conf: read_only = no).`)
  return unclear(name, answer)
}

async function lookAtTrunk(http: Http, trunk: string): Promise<Finding> {
  const name = 'trunk'
  const answer = await ask(http, ['endpoints', 'PJSIP', trunk])
  if (answer?.status === 404) return broken(name, `There is no PJSIP endpoint ${trunk} (pjsip.conf).`)
  const endpoint = endpointSchema.safeParse(answer?.body)
  if (!endpoint.success) return unclear(name, answer)
  const isAsked = await isQualified(http, trunk)
  const is = `The PJSIP endpoint ${trunk} is there`
  if (endpoint.data.state !== 'online') {
    const why = isAsked ? 'its other side does not answer OPTIONS' : 'it has no address to call'
    return broken(name, `${is}, and ${why}: Asterisk refuses every call.`)
  }
  if (isAsked) return fine(name, `${is}, and its other side answers.`)
  if (isAsked === null) return doubtful(name, `${is}. Whether its other side answers is not known.`)
  return doubtful(name, `${is}. Whether its other side answers is not known: qualify_frequency is off (pjsip.conf).`)
}

/** Whether Asterisk asks from time to time if anybody is there; null where that cannot be found out. */
async function isQualified(http: Http, trunk: string): Promise<boolean | null> {
  const aors = (await attributesOf(http, 'endpoint', trunk))?.get('aors')
  if (aors === undefined) return null
  const all = await Promise.all(aors.split(',').map((aor) => attributesOf(http, 'aor', aor.trim())))
  if (all.includes(null)) return null
  return all.some((of) => Number(of?.get('qualify_frequency') ?? 0) > 0)
}

async function attributesOf(http: Http, type: string, id: string): Promise<ReadonlyMap<string, string> | null> {
  const answer = await ask(http, ['asterisk', 'config', 'dynamic', 'res_pjsip', type, id])
  const attributes = attributesSchema.safeParse(answer?.body)
  if (answer?.status !== 200 || !attributes.success) return null
  return new Map(attributes.data.map(({ attribute, value }) => [attribute, value]))
}

/** Asterisk does not list recordings where their folder is missing. */
async function lookAtRecordings(http: Http): Promise<Finding> {
  const name = 'recordings'
  const answer = await ask(http, ['recordings', 'stored'])
  if (answer?.status === 200) return fine(name, 'Their folder is there.')
  if (answer?.status === 500)
    return doubtful(name, `Asterisk cannot read their folder (recording, in its spool folder): ${withoutRecordings}.`)
  return unclear(name, answer)
}

async function lookAtBeep(http: Http): Promise<Finding> {
  const name = 'beep'
  const answer = await ask(http, ['sounds', 'beep'])
  if (answer?.status === 200) return fine(name, 'The sound is installed.')
  if (answer?.status === 404) return doubtful(name, 'The core sounds are not installed: BEEP sounds nothing.')
  return unclear(name, answer)
}

async function lookAtApp(http: Http, app: string): Promise<Finding> {
  const answer = await ask(http, ['applications', app])
  if (answer?.status === 404) return fine('application', `Nobody has the application ${app}.`)
  if (answer?.status !== 200) return unclear('application', answer)
  return fine('application', `The application ${app} is in use: by the dialer, if it runs. No other may take it.`)
}

async function lookAtModule(http: Http, module: string, without: string): Promise<Finding> {
  const answer = await ask(http, ['asterisk', 'modules', module])
  const parsed = moduleSchema.safeParse(answer?.body)
  if (answer?.status === 200 && parsed.success && parsed.data.status === 'Running') return fine(module, 'It is loaded.')
  if (answer?.status === 404 || parsed.success) return doubtful(module, `It is not loaded: ${without}.`)
  return unclear(module, answer)
}

function unclear(name: string, answer: HttpAnswer | null): Finding {
  if (answer === null) return doubtful(name, 'No answer came.')
  return doubtful(name, `Asterisk answered ${answer.status} ${quote(wordsOf(answer.body))}.`)
}

/** Null where no answer came. */
async function ask(http: Http, path: readonly string[]): Promise<HttpAnswer | null> {
  return http.ask({ method: 'GET', path }).catch(() => null)
}
