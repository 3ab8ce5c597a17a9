import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createNetServer, type Server, type Socket } from 'node:net'
import smpp, { type PDU, type Session } from 'smpp'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { onTestFinished } from 'vitest'
import type { Sending, SendingResult } from '../../src/domain/sending.ts'
import { present } from '../../src/kernel/assert.ts'
import { type Log, silentLog } from '../../src/kernel/log.ts'
import { createSimulatedEffects, type SimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import { createSender, type SenderOptions } from '../../src/sending/sender.ts'
import { type MailServer, parseMailUrl, parseMessageUrl } from '../../src/sending/servers.ts'

/** A sender whose own time stands still, while the servers it speaks to are real. */
export function givenSender(
  servers: {
    mail?: string | MailServer
    messages?: string
    secret?: string
    log?: Log
    effects?: SenderOptions['effects']
  } = {},
) {
  const effects = createSimulatedEffects()
  const { areQuiet } = watchConnections()
  const sender = createSender({
    effects: servers.effects ?? effects,
    log: servers.log ?? silentLog,
    mail: typeof servers.mail === 'string' ? parseMailUrl(servers.mail) : (servers.mail ?? null),
    messages:
      servers.messages === undefined ? null : present(parseMessageUrl(servers.messages), 'the address of a centre'),
    webhookSecret: servers.secret ?? null,
  })
  onTestFinished(() => sender.stop())
  return { effects, sender, pass: <Result>(asked: Promise<Result>) => pass(effects, areQuiet, asked) }
}

/**
 * Lets simulated time pass as long as a thing that real servers of this process take part in is under way. What is on its way over
 * a connection takes none of it, however long it takes.
 */
async function pass<Result>(
  effects: SimulatedEffects,
  areQuiet: () => boolean,
  asked: Promise<Result>,
): Promise<Result> {
  let isUnderWay = true
  const settled = asked.finally(() => {
    isUnderWay = false
  })
  while (isUnderWay) {
    if (areQuiet()) await effects.advance(1)
    else await effects.settle()
  }
  return settled
}

/** Watches every connection that this process makes, until the test ends, and the other end of it once a server has taken it. */
function watchConnections() {
  const connections = new Map<Socket, Socket | null>()
  const made = (message: unknown) => {
    connections.set((message as { socket: Socket }).socket, null)
  }
  const taken = (message: unknown) => {
    const { socket } = message as { socket: Socket }
    const client = [...connections.keys()].find(({ localPort }) => localPort === socket.remotePort)
    if (client !== undefined) connections.set(client, socket)
  }
  subscribe('net.client.socket', made)
  subscribe('net.server.socket', taken)
  onTestFinished(() => {
    unsubscribe('net.client.socket', made)
    unsubscribe('net.server.socket', taken)
  })
  return {
    /** Whether nothing is on its way over any of them, their beginnings and ends included. */
    areQuiet(): boolean {
      for (const [client, server] of connections) {
        if (client.destroyed && server?.destroyed !== false) connections.delete(client)
        else if (client.connecting || client.destroyed || server === null || server.destroyed) return false
        else if (!hasArrived(client, server) || !hasArrived(server, client)) return false
      }
      return true
    },
  }
}

const hasArrived = (from: Socket, to: Socket) =>
  from.bytesWritten === to.bytesRead && (!from.writableEnded || to.readableEnded)

export const webhook = (url: string, id = 'w1'): Extract<Sending, { type: 'WEBHOOK' }> => ({
  ...{ id, type: 'WEBHOOK', url, method: 'POST', body: '{"name":"Ann"}' },
})

export const email = (change: Partial<Extract<Sending, { type: 'EMAIL' }>> = {}): Sending => ({
  ...{ id: 'e1', type: 'EMAIL', to: ['ann@example.com'], subject: 'Your order', text: 'It is on its way.' },
  ...change,
})

export const message = (change: Partial<Extract<Sending, { type: 'MESSAGE' }>> = {}): Sending => ({
  ...{ id: 'm1', type: 'MESSAGE', from: '+12025550100', to: '+12025550101', text: 'It is on its way.' },
  ...change,
})

/** How often each result was given. */
export function countResults(results: readonly SendingResult[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { type } of results) counts[type] = (counts[type] ?? 0) + 1
  return counts
}

/** Listens on a free port until the test ends. `drop` cuts every connection. */
async function listen(server: Server) {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    // Answers that are written one by one would otherwise wait for the acknowledgement of the one before.
    socket.setNoDelay(true)
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const drop = () => {
    for (const socket of sockets) socket.destroy()
  }
  onTestFinished(() => {
    server.close()
    drop()
  })
  return { port: (server.address() as AddressInfo).port, drop }
}

/** Counts, and lets a test wait until there were so many. */
function createCounter() {
  let count = 0
  let waiting: { readonly atLeast: number; readonly resolve: () => void }[] = []
  return {
    count: () => count,
    add() {
      count++
      const woken = waiting.filter(({ atLeast }) => atLeast <= count)
      waiting = waiting.filter(({ atLeast }) => atLeast > count)
      for (const { resolve } of woken) resolve()
    },
    reached(atLeast: number): Promise<void> {
      return count >= atLeast ? Promise.resolve() : new Promise((resolve) => waiting.push({ atLeast, resolve }))
    },
  }
}

/** A server that takes connections and says nothing. */
export async function givenMuteServer() {
  const connections = createCounter()
  const server = createNetServer(connections.add)
  return { ...(await listen(server)), connections }
}

/** A port where nobody listens. */
export async function givenDeadPort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

export interface Received {
  readonly request: IncomingMessage
  readonly body: string
}

/** An HTTP server that keeps what it receives, and answers as it is told. */
export async function givenReceiver(answer: (response: ServerResponse, received: Received) => void) {
  const received: Received[] = []
  const counter = createCounter()
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    received.push({ request, body })
    counter.add()
    answer(response, { request, body })
  })
  const { port } = await listen(server)
  return { url: `http://127.0.0.1:${port}`, received, reached: counter.reached }
}

interface ReceivedMail {
  readonly to: readonly string[]
  readonly source: string
}

/** A mail server that keeps what it takes. */
export async function givenMailServer(options: SMTPServerOptions = {}) {
  const mails: ReceivedMail[] = []
  const connections = createCounter()
  const texts = createCounter()
  const server = new SMTPServer({
    ...{ authOptional: true, disabledCommands: ['STARTTLS'], logger: false, disableReverseLookup: true },
    onConnect(_session, done) {
      connections.add()
      done()
    },
    async onData(stream, session, done) {
      let source = ''
      for await (const chunk of stream) source += String(chunk)
      mails.push({ to: session.envelope.rcptTo.map(({ address }) => address), source })
      texts.add()
      done()
    },
    ...options,
  })
  server.on('error', () => {})
  const { port, drop } = await listen(server.server as Server)
  const url = `smtp://127.0.0.1:${port}?from=Sales%20<sales@example.com>`
  return { url, settings: present(parseMailUrl(url), 'an address of a mail server'), drop, mails, connections, texts }
}

export interface Centre {
  readonly url: string
  readonly submitted: PDU[]
  readonly sessions: Session[]
  readonly reached: (count: number) => Promise<void>
  readonly drop: () => void
}

/**
 * A message centre. It takes whatever it gets, unless it is told another answer; undefined is none at all. One that is mute gives
 * no sign of life.
 */
export async function givenCentre(
  answer: (pdu: PDU, session: Session, place: number) => number | undefined = () => 0,
  options: { readonly bindStatus?: () => number; readonly parameters?: string; readonly isMute?: boolean } = {},
): Promise<Centre> {
  const submitted: PDU[] = []
  const sessions: Session[] = []
  const counter = createCounter()
  const server = smpp.createServer((session) => {
    sessions.push(session)
    session.on('error', () => {})
    session.on('bind_transceiver', (pdu: PDU) =>
      session.send(pdu.response({ command_status: options.bindStatus?.() ?? 0 })),
    )
    session.on('enquire_link', (pdu: PDU) => {
      if (!options.isMute) session.send(pdu.response())
    })
    session.on('submit_sm', (pdu: PDU) => {
      submitted.push(pdu)
      counter.add()
      const status = answer(pdu, session, submitted.length)
      if (status !== undefined)
        session.send(pdu.response({ command_status: status, message_id: `id${submitted.length}` }))
    })
    session.on('unbind', (pdu: PDU) => {
      session.send(pdu.response())
      session.close()
    })
  })
  const { port, drop } = await listen(server)
  return {
    url: `smpp://us:secret@127.0.0.1:${port}${options.parameters ?? ''}`,
    ...{ submitted, sessions, drop, reached: counter.reached },
  }
}
