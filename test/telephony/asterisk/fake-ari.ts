import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'
import { createEffects } from '../../../src/kernel/effects.ts'
import { createTape } from '../simulator/remote-support.ts'
import { answerRest, parseRequest, type RestRequest } from './fake-rest.ts'
import { createFakeSwitch, type FakeSwitch, type FakeSwitchOptions } from './fake-switch.ts'

/** What becomes of a request instead of what should. `carriedOut`: what it asks for happens all the same. */
export type Trouble =
  | {
      readonly type: 'ANSWER'
      readonly status: number
      readonly body?: unknown
      readonly page?: string
      readonly headers?: Readonly<Record<string, string>>
      readonly carriedOut?: boolean
      /** The answer goes out no earlier. */
      readonly after?: Promise<unknown>
    }
  | { readonly type: 'RESET' | 'SILENCE' | 'CUT_ANSWER'; readonly carriedOut?: boolean }

export type FakeAriOptions = Partial<FakeSwitchOptions> & {
  /** Lets the calls be as quick as a test wants. */
  readonly speed?: number
}

export const username = 'dialer'
export const password = 'a secret of the test'
const readers = ['readonly']

/** What Asterisk's web server says while nothing stands behind it. */
export const notFoundPage =
  '<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\r\n<html><head>\r\n<title>404 Not Found</title>\r\n</head></html>\r\n'

export type FakeAri = Awaited<ReturnType<typeof startFakeAri>>

/** An Asterisk that listens on loopback, in this process, and that can be made to misbehave. */
export async function startFakeAri(options: FakeAriOptions = {}) {
  const effects = options.effects ?? createEffects()
  const requests = createTape<RestRequest>()
  const clients = createTape<WebSocket>()
  const troubles: { readonly matches: (request: RestRequest) => boolean; readonly trouble: Trouble }[] = []
  const lost = new Set<string>()
  const upgrades = new WebSocketServer({ noServer: true })
  const connections = new Set<Socket>()
  let phase: 'UP' | 'PAGES' | 'NOT_BOOTED' | 'SHUTTING_DOWN' = 'UP'
  let of: FakeSwitch = createFakeSwitch({ ...options, effects })
  let silent = false
  let server = newServer()
  const port = await listen(0)

  function newServer() {
    const created = createServer((request, response) => void serve(request, response))
    created.on('connection', (socket) => {
      connections.add(socket)
      socket.on('close', () => connections.delete(socket))
    })
    created.on('upgrade', (request, socket, head) => upgrade(request, socket as Socket, head))
    return created
  }

  async function listen(on: number): Promise<number> {
    server.listen(on, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(incoming)
    requests.push(request)
    const at = troubles.findIndex(({ matches }) => matches(request))
    const [planned] = at < 0 ? [] : troubles.splice(at, 1)
    if (planned !== undefined) {
      await makeTrouble(planned.trouble, request, incoming, response)
      return
    }
    const refusal = refusalOf(incoming)
    const { status, ...answer } = refusal ?? answerRest(of, request)
    send(response, status, answer)
  }

  /** What is said before anything is looked at; null where the request is looked at. */
  function refusalOf({ headers, method }: IncomingMessage) {
    if (phase === 'PAGES') return { status: 404, page: notFoundPage }
    if (phase !== 'UP') return { status: 503, body: { message: 'Asterisk not booted' } }
    const who = whoOf(headers.authorization)
    if (who === null) return { status: 401, body: { message: 'Authentication required' } }
    if (method !== 'GET' && readers.includes(who)) return { status: 403, body: { message: 'Write access denied' } }
    return null
  }

  async function makeTrouble(
    trouble: Trouble,
    request: RestRequest,
    incoming: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { body } = trouble.carriedOut ? answerRest(of, request) : { body: {} }
    if (trouble.type === 'ANSWER') {
      await trouble.after
      send(response, trouble.status, trouble)
    }
    if (trouble.type === 'RESET') (incoming.socket as Socket).resetAndDestroy()
    if (trouble.type !== 'CUT_ANSWER') return
    const text = JSON.stringify(body)
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length })
    response.write(text.slice(0, text.length / 2), () => incoming.socket.destroy())
  }

  function upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const { searchParams } = new URL(request.url ?? '', 'http://localhost')
    const name = searchParams.get('app')
    const refused = refusalOf({ headers: request.headers, method: 'GET' } as IncomingMessage)?.status
    if (refused !== undefined || name === null) {
      socket.end(`HTTP/1.1 ${refused ?? 400} Refused\r\nContent-Length: 0\r\n\r\n`)
      return
    }
    upgrades.handleUpgrade(request, socket, head, (client) => {
      register(name, client, searchParams.get('subscribeAll') === 'true')
      clients.push(client)
    })
  }

  function register(name: string, client: WebSocket, subscribeAll: boolean): void {
    const leave = of.connect(name, {
      subscribeAll,
      send(event) {
        if (!silent && !lost.has(String(event.type))) client.send(JSON.stringify(event))
      },
    })
    client.on('close', leave)
  }

  /** Ends the process: whoever is connected finds out. */
  async function end(): Promise<void> {
    of.die()
    const closed = once(server, 'close')
    server.close()
    for (const socket of connections) socket.resetAndDestroy()
    await closed
  }

  return {
    url: `http://127.0.0.1:${port}/ari`,
    ...{ requests, clients, effects },
    /** The switch of now: another one after a restart. */
    get of() {
      return of
    },
    /** The requests that matter to a test: those to that noun with that method. */
    asked: (method: string, noun: string) =>
      requests.entries.filter((request) => request.method === method && request.path[0] === noun),
    /** Makes trouble of the next request that matches. */
    trouble(matches: (request: RestRequest) => boolean, trouble: Trouble) {
      troubles.push({ matches, trouble })
    },
    /** Events of that type never arrive. */
    lose: (type: string) => lost.add(type),
    /** Sends whatever it is to whoever has connected last. */
    sendText: (text: string) => clients.entries.at(-1)?.send(text),
    /** Neither events nor signs of life come out any more, and the connection stays. */
    fallSilent() {
      silent = true
      clients.entries.at(-1)?.pause()
    },
    /** Tells again what happens, and nothing of what has happened meanwhile. */
    speakAgain() {
      silent = false
    },
    breakConnections() {
      for (const client of clients.entries) client.terminate()
    },
    /** As another client does that wants the same application. */
    async replaceClient(app: string) {
      const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
      const other = new WebSocket(`ws://127.0.0.1:${port}/ari/events?app=${app}`, { headers: { authorization } })
      await once(other, 'open')
      return other
    },
    setPhase(next: typeof phase) {
      phase = next
    },
    kill: end,
    async boot(into: typeof phase = 'UP') {
      phase = into
      of = createFakeSwitch({ ...options, effects })
      server = newServer()
      await listen(port)
    },
    async stop() {
      if (server.listening) await end()
      upgrades.close()
    },
  }
}

function whoOf(authorization: string | undefined): string | null {
  const [name = '', secret] = Buffer.from(authorization?.replace('Basic ', '') ?? '', 'base64')
    .toString()
    .split(':')
  return secret === password && [username, ...readers].includes(name) ? name : null
}

async function readRequest(incoming: IncomingMessage): Promise<RestRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk)
  return parseRequest(incoming.method ?? '', incoming.url ?? '', Buffer.concat(chunks).toString())
}

function send(
  response: ServerResponse,
  status: number,
  { body, page, headers = {} }: { body?: unknown; page?: string; headers?: Readonly<Record<string, string>> },
): void {
  const type = page === undefined ? 'application/json' : 'text/html'
  response.writeHead(status, { ...headers, ...(status !== 204 && { 'content-type': type }) })
  response.end(status === 204 ? undefined : (page ?? JSON.stringify(body ?? {})))
}
