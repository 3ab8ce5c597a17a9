import { present } from '../../kernel/assert.ts'
import type { Effects } from '../../kernel/effects.ts'
import type { Log } from '../../kernel/log.ts'
import { quote } from '../../kernel/quote.ts'
import { broken, doubtful, type Finding, fine } from '../finding.ts'
import { type Connection, openConnection } from './connection.ts'
import type { FreeswitchOptions } from './freeswitch.ts'
import { type OpenWire, parseSwitchUrl, tcpWires } from './wire.ts'

type Settings = Pick<Required<FreeswitchOptions>, 'url' | 'password' | 'gateway'>

export interface ExamineOptions extends Settings {
  readonly effects: Effects
  readonly log: Log
  /** Instead of TCP connections to `url`. */
  readonly openWire?: OpenWire
}

/** Long enough for no question in between: a look is over before it. */
const heartbeatMs = 60_000

/** What lies behind the address, which version it is, and whether the gateway is there. Asks only, and places no call. */
export async function examineFreeswitch(options: ExamineOptions): Promise<Finding[]> {
  const { url, gateway } = options
  const opened = await open(options)
  if (typeof opened === 'string') return [broken('freeswitch', `FreeSWITCH at ${url}: ${opened}.`)]
  try {
    const version = await opened.api('version')
    return [
      fine('freeswitch', `${/^FreeSWITCH Version \S+/i.exec(version)?.[0] ?? quote(version)} at ${url}.`),
      judgeGateway(gateway, await opened.api(`sofia status gateway ${gateway}`)),
      judgeModule(await opened.api('module_exists mod_http_cache')),
    ]
  } catch (error) {
    return [broken('freeswitch', `FreeSWITCH at ${url}: ${error instanceof Error ? error.message : String(error)}.`)]
  } finally {
    await opened.close()
  }
}

/** A connection that is ready, or why there is none. */
function open({ url, password, effects, log, openWire }: ExamineOptions): Promise<Connection | string> {
  const address = present(parseSwitchUrl(url), 'the address of an event socket')
  return new Promise((resolve) => {
    const connection = openConnection({
      ...{ password, effects, log, heartbeatMs, openWire: openWire ?? tcpWires(address) },
      onReady: () => resolve(connection),
      onEvent() {},
      onLost: (detail) => resolve(detail),
    })
  })
}

function judgeGateway(gateway: string, status: string): Finding {
  if (/invalid gateway/i.test(status)) return broken('gateway', `There is no gateway ${gateway} (sip_profiles).`)
  const [, state = ''] = /^Status\s+(\S+)/m.exec(status) ?? []
  if (state === '') return doubtful('gateway', `FreeSWITCH says of gateway ${gateway}: ${quote(status)}.`)
  return state.toUpperCase().startsWith('UP')
    ? fine('gateway', `The gateway ${gateway} is up.`)
    : broken('gateway', `The gateway ${gateway} is ${state.toLowerCase()}.`)
}

function judgeModule(answer: string): Finding {
  const name = 'mod_http_cache'
  return answer.trim() === 'true'
    ? fine(name, 'It is loaded.')
    : doubtful(name, 'It is not loaded: nothing can be spoken to who answers, nor played from an address.')
}
