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

/** What lies behind the address, which version it is, and whether the trunk is there. Asks only, and places no call. */
export async function examineAsterisk({
  effects,
  openHttp,
  ...settings
}: Settings & { readonly effects: Effects; readonly openHttp?: OpenHttp }): Promise<Finding[]> {
  const http = createHttp({ ...settings, effects, openHttp })
  try {
    const reached = await lookAtVersion(http)
    if (reached.state === 'PROBLEM') return [reached]
    const modules = [
      await lookAtModule(http, 'res_http_media_cache.so', 'nothing can be spoken to who answers'),
      await lookAtModule(http, 'app_amd.so', 'machines cannot be told from people'),
    ]
    const needed = settings.mode === 'context' ? modules : modules.slice(0, 1)
    return [reached, await lookAtTrunk(http, settings.trunk), await lookAtApp(http, settings.app), ...needed]
  } finally {
    http.close()
  }
}

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

async function lookAtTrunk(http: Http, trunk: string): Promise<Finding> {
  const answer = await ask(http, ['endpoints', 'PJSIP', trunk])
  if (answer?.status === 404) return broken('trunk', `There is no PJSIP endpoint ${trunk} (pjsip.conf).`)
  const endpoint = endpointSchema.safeParse(answer?.body)
  if (!endpoint.success) return unclear('trunk', answer)
  const { state } = endpoint.data
  if (state === 'offline') return broken('trunk', `The PJSIP endpoint ${trunk} is there, and its other side is not.`)
  return fine('trunk', `The PJSIP endpoint ${trunk} is ${state === 'online' ? 'there and reachable' : 'there'}.`)
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
