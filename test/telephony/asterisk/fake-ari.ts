import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'
import { createEffects } from '../../../src/kernel/effects.ts'
import { createFakeDesk, type Phase, password, type Reaction, username } from './fake-desk.ts'
import { parseRequest, type RestRequest } from './fake-rest.ts'
import type { FakeSwitchOptions } from './fake-switch.ts'

export { password, username } from './fake-desk.ts'

export type FakeAriOptions = Partial<FakeSwitchOptions>
export type FakeAri = Awaited<ReturnType<typeof startFakeAri>>

/** An Asterisk that listens on loopback, in this process, and that can be made to misbehave. */
export async function startFakeAri(options: FakeAriOptions = {}) {
  const effects = options.effects ?? createEffects()
  const desk = createFakeDesk({ ...options, effects })
  const upgrades = new WebSocketServer({ noServer: true })
  const connections = new Set<Socket>()
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
    const reaction = await desk.react(request, incoming.headers.authorization)
    if (reaction.type === 'ANSWER') send(response, reaction)
    if (reaction.type === 'RESET') (incoming.socket as Socket).resetAndDestroy()
    if (reaction.type !== 'CUT_ANSWER') return
    const text = JSON.stringify(reaction.body)
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length })
    response.write(text.slice(0, text.length / 2), () => incoming.socket.destroy())
  }

  function upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const { searchParams } = new URL(request.url ?? '', 'http://localhost')
    const status = desk.greet(searchParams, request.headers.authorization)
    if (status === null) return
    if (status !== 101) {
      socket.end(`HTTP/1.1 ${status} Refused\r\nContent-Length: 0\r\n\r\n`)
      return
    }
    upgrades.handleUpgrade(request, socket, head, (client) => {
      const leave = desk.join(searchParams, client)
      client.on('close', leave)
    })
  }

  /** Ends the process: whoever is connected finds out. */
  async function end(): Promise<void> {
    desk.die()
    const closed = once(server, 'close')
    server.close()
    for (const socket of connections) socket.resetAndDestroy()
    await closed
  }

  return {
    ...desk,
    /** The switch of now: another one after a restart. */
    get of() {
      return desk.of
    },
    url: `http://127.0.0.1:${port}/ari`,
    effects,
    /** How many connections there are, whatever for. */
    connectionCount: () => connections.size,
    /** As another client does that wants the same application. */
    async replaceClient(app: string) {
      const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
      const other = new WebSocket(`ws://127.0.0.1:${port}/ari/events?app=${app}`, { headers: { authorization } })
      await once(other, 'open')
      return other
    },
    kill: end,
    async boot(into: Phase = 'UP') {
      desk.boot(into)
      server = newServer()
      await listen(port)
    },
    async stop() {
      if (server.listening) await end()
      upgrades.close()
    },
  }
}

async function readRequest(incoming: IncomingMessage): Promise<RestRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk)
  return parseRequest(incoming.method ?? '', incoming.url ?? '', Buffer.concat(chunks).toString())
}

function send(response: ServerResponse, { status, body, page, headers = {} }: Reaction & { type: 'ANSWER' }): void {
  const type = page === undefined ? 'application/json' : 'text/html'
  response.writeHead(status, { ...headers, ...(status !== 204 && { 'content-type': type }) })
  response.end(status === 204 ? undefined : (page ?? JSON.stringify(body ?? {})))
}
