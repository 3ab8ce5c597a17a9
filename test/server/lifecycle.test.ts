import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { silentLog } from '../../src/kernel/log.ts'
import { createSimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import { createServer } from '../../src/server/server.ts'
import { fakeApp, fakePage } from '../graphql/fake-app.ts'
import { deferred } from '../graphql/fake-stream.ts'
import { liveCampaign, subscription } from './live-campaign.ts'
import { post, send, startServer } from './start-server.ts'

const query = '{ campaigns { totalCount } }'

/** A house whose campaigns are not told before the test says so. */
function slowCampaigns() {
  const asked = deferred()
  const go = deferred()
  const page = async () => {
    asked.resolve()
    await go.promise
    return fakePage([])
  }
  return { answers: { campaigns: { page } }, asked: asked.promise, go: go.resolve }
}

test('the address says where the server listens', async () => {
  const { url } = await startServer()
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  expect((await startServer({}, { host: '::1' })).url).toMatch(/^http:\/\/\[::1\]:\d+$/)
})

test('a port that is taken is a StartError', async () => {
  const { port, app } = await startServer()
  const effects = createSimulatedEffects()
  const second = createServer({ app, effects, log: silentLog, host: '127.0.0.1', port, graphiql: false })
  await expect(second.start()).rejects.toMatchObject({
    name: 'StartError',
    exitCode: 78,
    message: expect.stringContaining(`Cannot listen on 127.0.0.1:${port}`),
  })
  await second.stop()
})

test('stopping lets a request finish, and takes no other', async () => {
  const { answers, asked, go } = slowCampaigns()
  const { server, graphql, url } = await startServer(answers)
  const answer = post(graphql, { query }, { connection: 'keep-alive' })
  await asked
  const stopped = server.stop()
  expect(server.stop()).toBe(stopped)
  await expect(send(`${url}/health`)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  go()
  expect((await answer).json()).toEqual({ data: { campaigns: { totalCount: 0 } } })
  await stopped
})

test('stopping does not wait for connections that are merely kept', async () => {
  const { server, url } = await startServer()
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const [response] = await once(get(`${url}/health`, { agent }), 'response')
  expect(await text(response)).toContain('ok')
  const closed = once(Object.values(agent.freeSockets)[0]?.[0] ?? response.socket, 'close')
  await server.stop()
  await closed
})

test('stopping does not wait for a connection that has not asked for anything', async () => {
  const { server, port, lines } = await startServer()
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  // The server knows of it once it has answered somebody who came later.
  await send(`http://127.0.0.1:${port}/health`)
  const closed = once(socket, 'close')
  await server.stop()
  await closed
  expect(lines).toEqual([])
})

test('stopping does not keep a connection whose request has just finished', async () => {
  const { answers, asked, go } = slowCampaigns()
  const { app } = fakeApp(answers)
  // Its clock stands still: nothing is cut, so what ends has ended by itself.
  const server = createServer({
    app,
    effects: createSimulatedEffects(),
    log: silentLog,
    host: '127.0.0.1',
    port: 0,
    graphiql: false,
  })
  const { url } = await server.start()
  const agent = new Agent({ keepAlive: true })
  const request = get(`${url}/graphql?query=${encodeURIComponent(query)}`, { agent })
  await asked
  const stopped = server.stop()
  go()
  const [response] = await once(request, 'response')
  expect(JSON.parse(await text(response))).toEqual({ data: { campaigns: { totalCount: 0 } } })
  await stopped
  agent.destroy()
})

test('stopping completes server-sent events', async () => {
  const { stream, answers } = liveCampaign()
  const { app } = fakeApp(answers)
  const server = createServer({
    app,
    effects: createSimulatedEffects(),
    log: silentLog,
    host: '127.0.0.1',
    port: 0,
    graphiql: false,
  })
  const { url } = await server.start()
  const answer = post(
    `${url}/graphql`,
    { query: subscription },
    { accept: 'text/event-stream', connection: 'keep-alive' },
  )
  await stream.waiting()
  await server.stop()
  await stream.returned
  expect((await answer).text).toContain('event: complete')
})

test('stopping closes WebSockets with 1001, their sources first', async () => {
  const { stream, answers } = liveCampaign()
  const { app } = fakeApp(answers)
  const effects = createSimulatedEffects()
  const server = createServer({ app, effects, log: silentLog, host: '127.0.0.1', port: 0, graphiql: false })
  const { url } = await server.start()
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
  await once(socket, 'open')
  socket.send('{"type":"connection_init"}')
  await once(socket, 'message')
  socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query: subscription } }))
  await stream.waiting()
  // A client that is slow to answer keeps its socket, but not its source.
  socket.pause()
  const closed = once(socket, 'close')
  const stopped = server.stop()
  await stream.returned
  socket.resume()
  const [code, reason] = await closed
  expect([code, String(reason)]).toEqual([1001, 'Going away'])
  await stopped
})

test('stopping cuts what does not end in time', async () => {
  const { answers, asked } = slowCampaigns()
  const { app } = fakeApp(answers)
  const effects = createSimulatedEffects()
  const server = createServer({
    app,
    effects,
    log: silentLog,
    host: '127.0.0.1',
    port: 0,
    graphiql: false,
    stopWithinMs: 300,
  })
  const { url } = await server.start()
  const { port } = new URL(url)
  const answer = post(`${url}/graphql`, { query })
  await asked
  // A client that never answers the close.
  const mute = connect(Number(port), '127.0.0.1')
  mute.write(
    `GET /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n`,
  )
  await once(mute, 'data')
  const refused = expect(answer).rejects.toMatchObject({ code: 'ECONNRESET' })
  const stopped = server.stop()
  await effects.advance(299)
  expect(mute.closed).toBe(false)
  await effects.advance(1)
  await refused
  await stopped
})

test('a WebSocket that answers no ping is cut, and its source ended', async () => {
  const { stream, answers } = liveCampaign()
  const { app } = fakeApp(answers)
  const effects = createSimulatedEffects()
  const server = createServer({ app, effects, log: silentLog, host: '127.0.0.1', port: 0, graphiql: false })
  const { url } = await server.start()
  const options = { autoPong: false }
  const dead = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', options)
  const alive = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
  await Promise.all([once(dead, 'open'), once(alive, 'open')])
  for (const socket of [dead, alive]) {
    socket.send('{"type":"connection_init"}')
    await once(socket, 'message')
  }
  dead.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query: subscription } }))
  await stream.waiting()
  const pinged = Promise.all([once(dead, 'ping'), once(alive, 'ping')])
  await effects.advance(12_000)
  await pinged
  // The pong goes before what follows it on the same socket.
  alive.send('{"type":"ping"}')
  await once(alive, 'message')
  const closed = once(dead, 'close')
  await effects.advance(12_000)
  await closed
  await stream.returned
  expect(alive.readyState).toBe(WebSocket.OPEN)
  await server.stop()
})
