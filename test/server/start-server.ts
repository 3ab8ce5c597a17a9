import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import { onTestFinished } from 'vitest'
import { createEffects } from '../../src/kernel/effects.ts'
import { createServer, type ServerOptions } from '../../src/server/server.ts'
import { type Answers, fakeApp, fakeLog } from '../graphql/fake-app.ts'

/** A server on a free port of this machine, with a house that answers what the test says. Stopped after the test. */
export async function startServer(answers: Answers = {}, options: Partial<ServerOptions> = {}) {
  const fake = fakeApp(answers)
  const { log, lines } = fakeLog()
  const server = createServer({
    app: fake.app,
    effects: createEffects(),
    log,
    host: '127.0.0.1',
    port: 0,
    graphiql: false,
    stopWithinMs: 500,
    ...options,
  })
  const { url } = await server.start()
  onTestFinished(() => server.stop())
  return { ...fake, lines, server, url, port: Number(new URL(url).port), graphql: `${url}/graphql` }
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
  readonly text: string
  /** The body, read as JSON. */
  json(): unknown
}

/** One request on a connection of its own, with any header, also those that fetch would not send. */
export function send(
  url: string,
  options: { method?: string; headers?: OutgoingHttpHeaders; body?: string | readonly string[] } = {},
): Promise<Answer> {
  const { method = 'GET', headers = {}, body } = options
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const whole = Buffer.concat(chunks)
        const text = whole.toString()
        const { statusCode: status = 0, headers: answered } = response
        resolve({ status, headers: answered, body: whole, text, json: () => JSON.parse(text) })
      })
    })
    request.on('error', reject)
    for (const chunk of body === undefined ? [] : [body].flat()) request.write(chunk)
    request.end()
  })
}

export function post(url: string, body: unknown, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return send(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: text })
}
