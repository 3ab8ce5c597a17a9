import type { IncomingMessage, ServerResponse } from 'node:http'
import { dirname, join } from 'node:path'
import type { Config } from '../config.ts'
import type { SpeechText } from '../domain/media.ts'
import type { Effects } from '../kernel/effects.ts'
import type { Log } from '../kernel/log.ts'
import { isLoopback } from '../kernel/loopback.ts'
import { createSpeechListener } from './listener.ts'
import { createSpeech } from './speech.ts'

/** How spoken texts get to the carrier. The simulated one needs none: it only takes the time that a text would. */
export interface SpeechService {
  /** Why nothing can be spoken, as a sentence that says what to do; null where it can. */
  missing(): string | null
  /** Settles with the address at which the carrier finds a text, once it is there. */
  render(speech: SpeechText): Promise<string>
  /** Answers a request for a spoken text; false for any other. */
  serve(request: IncomingMessage, response: ServerResponse): boolean
  /** Begins to serve, with the address of the API. Throws a StartError. */
  start(apiUrl: string): Promise<void>
  stop(): Promise<void>
}

const silent: SpeechService = {
  missing: () => null,
  render: () => Promise.reject(new Error('nothing is rendered for the simulated carrier')),
  serve: () => false,
  async start() {},
  async stop() {},
}

/** Rendered texts are kept in a folder beside the database. */
export async function createVoice(config: Config, effects: Effects, log: Log): Promise<SpeechService> {
  const { speech: settings, database } = config
  const { command, url, switchUrl } = settings
  if (switchUrl === null) return silent
  const folder = join(dirname(database.file), 'speech')
  const speech = await createSpeech({ command, folder, effects, log })
  const listener = url === null ? null : createSpeechListener({ speech, url, log })
  let baseUrl = url
  return {
    missing: () => speech.missing() ?? (url === null ? whyOutOfReach(switchUrl) : null),
    async render(text) {
      await speech.fileFor(text)
      return `${baseUrl}${speech.urlPath(text)}`
    },
    serve: speech.serve,
    async start(apiUrl) {
      baseUrl ??= apiUrl
      await listener?.start()
    },
    async stop() {
      speech.stop()
      await listener?.stop()
    },
  }
}

/** A switch on another machine cannot fetch anything from this one's loopback. */
function whyOutOfReach(switchUrl: string): string | null {
  const [, host = ''] = /^[a-z]+:\/\/(\[[^\]]*\]|[^/:]*)/i.exec(switchUrl) ?? []
  if (isLoopback(host.toLowerCase())) return null
  return `No text can be spoken here: the switch at ${host} cannot reach this machine's own address; set DIALGRAPH_SPEECH_URL to one of this machine that it reaches.`
}
