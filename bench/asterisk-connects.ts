/**
 * 200 connections for events to a real Asterisk (ARI_URL, see asterisk-real.ts), one after the other, each closed or cut while 50 calls are
 * in flight and change their state: whether Asterisk ever leaves one unanswered. `subscribeAll` as an argument asks for everything in the
 * address of the connection, as the driver does not.
 */
import { WebSocket } from 'ws'
import { basicAuthorization } from '../src/telephony/asterisk/http.ts'
import { asteriskOf, startCalled } from './asterisk-real.ts'
import { pause } from './program.ts'
import { printRow } from './support.ts'

const connectCount = Number(process.argv.find((of) => /^\d+$/.test(of)) ?? 200)
const subscribeAll = process.argv.includes('subscribeAll')
const inFlight = 50
const answerWithinMs = 10_000
const openForMaxMs = 300
const app = 'dialgraph-connects'

const { url, username, password, trunk } = asteriskOf(process.env)
const headers = { authorization: basicAuthorization(username, password), 'content-type': 'application/json' }
const called = await startCalled()

async function ask(method: string, path: string, body?: unknown): Promise<Response> {
  const withinMs = AbortSignal.timeout(answerWithinMs)
  return fetch(`${url}${path}`, {
    method,
    headers,
    signal: withinMs,
    body: body === undefined ? null : JSON.stringify(body),
  })
}

function connect(): Promise<WebSocket | null> {
  const address = `${url.replace(/^http/, 'ws')}/events?app=${app}${subscribeAll ? '&subscribeAll=true' : ''}`
  const socket = new WebSocket(address, { headers, handshakeTimeout: answerWithinMs })
  return new Promise((resolve) => {
    socket.on('open', () => resolve(socket))
    socket.on('error', () => resolve(null))
  })
}

/** Keeps so many calls in flight: each rings, is answered, and hangs up after 2 s. */
let isOver = false
let placed = 0
async function place(): Promise<void> {
  while (!isOver) {
    const channelId = `connects-${process.pid}-${placed++}`
    const context = { context: 'dialgraph-answer', extension: 's', priority: 1 }
    await ask('POST', '/channels', { endpoint: `PJSIP/1000@${trunk}`, channelId, timeout: 10, ...context }).catch(
      () => null,
    )
    await pause(2100)
  }
}

const placing = Array.from({ length: inFlight }, (_, i) => pause(i * 40).then(place))
let unanswered = 0
let eventCount = 0
const tookMs: number[] = []
for (let i = 0; i < connectCount && unanswered < 3; i++) {
  const startedAt = performance.now()
  const socket = await connect()
  tookMs.push(performance.now() - startedAt)
  if (socket === null) {
    unanswered++
    continue
  }
  socket.on('message', () => eventCount++)
  if (!subscribeAll) await ask('POST', `/applications/${app}/subscription?eventSource=channel:`).catch(() => null)
  await pause(Math.random() * openForMaxMs)
  const closed = new Promise((resolve) => socket.on('close', resolve))
  if (i % 2 === 0) socket.close()
  else socket.terminate()
  await Promise.race([closed, pause(1000)])
}
isOver = true
await Promise.all(placing)
printRow('connections for events', String(tookMs.length))
printRow('  not answered within 10 s', String(unanswered))
printRow('  longest time to the answer, ms', Math.max(...tookMs).toFixed(0))
printRow('calls placed meanwhile', String(placed))
printRow('events received', String(eventCount))
called?.disconnect()
