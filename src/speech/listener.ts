import { createServer } from 'node:http'
import { StartError } from '../kernel/errors.ts'
import type { Log } from '../kernel/log.ts'
import type { Speech } from './speech.ts'

export interface SpeechListenerOptions {
  readonly speech: Pick<Speech, 'serve'>
  /** The address by which the switch knows it; its port is the one to listen on. */
  readonly url: string
  readonly log: Log
}

export interface SpeechListener {
  /** Listens on every address of this machine. Throws a StartError (78) where it cannot. */
  start(): Promise<void>
  stop(): Promise<void>
}

/**
 * Hands spoken texts to a switch on another machine, and nothing else: the API itself stays where only this machine can reach
 * it. The name of a file is derived from its text, so only a client that knows the text can request it.
 */
export function createSpeechListener({ speech, url, log }: SpeechListenerOptions): SpeechListener {
  const port = Number(new URL(url).port || 80)
  const server = createServer((request, response) => {
    if (!speech.serve(request, response)) response.writeHead(404).end()
  })
  return {
    start: () =>
      new Promise((resolve, reject) => {
        const fail = (error: Error) =>
          reject(new StartError(`Cannot serve spoken texts on port ${port}: ${error.message}`, 78))
        server.once('error', fail)
        server.listen(port, () => {
          server.off('error', fail)
          server.on('error', (error) => log.error({ err: error }, 'a connection could not be accepted'))
          resolve()
        })
      }),
    async stop() {
      if (!server.listening) return
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}
