import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { AnswerLost, NotSent } from '../../../src/kernel/exchange.ts'
import { createSimulatedEffects } from '../../../src/kernel/simulated-effects.ts'
import { createHttp } from '../../../src/telephony/asterisk/http.ts'
import { createTape } from '../simulator/remote-support.ts'

async function serve(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { server, port: (server.address() as AddressInfo).port }
}

function open(port: number, path = '/ari') {
  const effects = createSimulatedEffects()
  const http = createHttp({ url: `http://127.0.0.1:${port}${path}`, username: 'me', password: 'a:b', effects })
  onTestFinished(http.close)
  return { effects, http }
}

const place = { method: 'POST', path: ['channels'], body: { endpoint: 'PJSIP/1@trunk' } } as const

describe('a request', () => {
  it('says who asks, and what, below the address of the interface', async () => {
    const seen = createTape<string>()
    const { port } = await serve((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers.authorization}`)
      response.end('{}')
    })
    const authorization = `Basic ${Buffer.from('me:a:b').toString('base64')}`
    const query = { media: 'sound:http://host/a b,c+d' }
    await open(port, '/prefix/ari/').http.ask({ method: 'GET', path: ['channels', 'a/b'], query })
    await open(port, '').http.ask({ method: 'DELETE', path: ['channels', 'a'] })
    expect(seen.entries).toEqual([
      `GET /prefix/ari/channels/a%2Fb?media=sound%3Ahttp%3A%2F%2Fhost%2Fa%20b%2Cc%2Bd ${authorization}`,
      `DELETE /ari/channels/a ${authorization}`,
    ])
  })

  it.each([421, 307, 308, 401, 408, 425, 503])('that is answered %i is not sent again', async (status) => {
    const seen = createTape<string>()
    const { port } = await serve((request, response) => {
      seen.push(String(request.url))
      response.writeHead(status, { location: '/ari/elsewhere' }).end()
    })
    expect(await open(port).http.ask(place)).toMatchObject({ status })
    expect(seen.entries).toEqual(['/ari/channels'])
  })

  it('shares at most 20 connections with all others, which are used again', async () => {
    const waiting: (() => void)[] = []
    const arrived = createTape<Socket>()
    const { port } = await serve((request, response) => {
      waiting.push(() => response.end('{}'))
      arrived.push(request.socket)
    })
    const { http } = open(port)
    const answers = Array.from({ length: 50 }, () => http.ask(place))
    await arrived.count(20)
    while (waiting.length > 0) {
      expect(waiting.length).toBeLessThanOrEqual(20)
      for (const answer of waiting.splice(0)) answer()
      if (arrived.entries.length < 50) await arrived.count(Math.min(50, arrived.entries.length + 1))
    }
    await Promise.all(answers)
    expect(new Set(arrived.entries).size).toBe(20)
  })

  it('was not sent where nobody listens', async () => {
    const server = createTcpServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    server.close()
    await once(server, 'close')
    await expect(open(port).http.ask(place)).rejects.toThrow(NotSent)
  })

  it('was not sent where its time is over while it waits for a connection, nor is it later', async () => {
    const arrived = createTape<string>()
    const waiting: (() => void)[] = []
    const { port } = await serve((request, response) => {
      waiting.push(() => response.end('{}'))
      arrived.push(String(request.url))
    })
    const { http, effects } = open(port)
    const others = Array.from({ length: 20 }, () => http.ask(place))
    await arrived.count(20)
    const late = expect(http.ask({ ...place, path: ['late'], withinMs: 1800 })).rejects.toThrow(NotSent)
    await effects.advance(1800)
    await late
    for (const answer of waiting.splice(0)) answer()
    await Promise.all(others)
    const next = http.ask({ ...place, path: ['next'] })
    await arrived.count(21)
    for (const answer of waiting) answer()
    await next
    expect(arrived.entries.slice(20)).toEqual(['/ari/next'])
  })

  it('may have been received where the connection breaks, the answer is cut, or its time is over', async () => {
    const arrived = createTape<string>()
    const { port } = await serve((request, response) => {
      const what = String(request.url)
      if (what.endsWith('reset')) request.socket.resetAndDestroy()
      if (what.endsWith('end')) request.socket.end()
      if (what.endsWith('cut')) {
        response.writeHead(200, { 'content-length': 100 })
        response.write('{"id":', () => request.socket.destroy())
      }
      arrived.push(what)
    })
    const { http, effects } = open(port)
    const ask = (what: string) => http.ask({ ...place, path: [what], withinMs: 100 })
    for (const what of ['reset', 'end', 'cut']) await expect(ask(what)).rejects.toThrow(AnswerLost)
    const silent = ask('silence')
    const refusal = expect(silent).rejects.toThrow(AnswerLost)
    await arrived.count(4)
    await effects.advance(100)
    await refusal
    expect(arrived.entries.length).toBe(4)
  })

  it('may have been received where an earlier connection turns out to be closed', async () => {
    const arrived = createTape<Socket>()
    const { port } = await serve((request, response) => {
      arrived.push(request.socket)
      if (arrived.entries.length === 1) response.end('{}')
      else request.socket.destroy()
    })
    const { http } = open(port)
    await http.ask(place)
    await expect(http.ask(place)).rejects.toThrow(AnswerLost)
    expect(arrived.entries.length).toBe(2)
    expect(arrived.entries[0]).toBe(arrived.entries[1])
  })
})

describe('an answer', () => {
  async function answered(headers: Record<string, string>, text: string) {
    const { port } = await serve((_request, response) => response.writeHead(503, headers).end(text))
    const { http, effects } = open(port)
    return { answer: await http.ask(place), now: effects.now() }
  }

  it('that is a page is no JSON', async () => {
    expect((await answered({}, '<html></html>')).answer.body).toBeUndefined()
    expect((await answered({}, '{"message":"Asterisk not booted"}')).answer.body).toEqual({
      message: 'Asterisk not booted',
    })
  })

  it('says how long to wait, in seconds or as a date, an hour at most', async () => {
    const waits = async (text: string) => (await answered({ 'retry-after': text }, '')).answer.retryAfterMs
    expect(await waits('7')).toBe(7000)
    expect(await waits(new Date(createSimulatedEffects().now() + 5000).toUTCString())).toBe(5000)
    expect(await waits('Mon, 01 Jan 2001 00:00:00 GMT')).toBe(0)
    expect(await waits('999999999')).toBe(3_600_000)
    expect(await waits('soon')).toBeNull()
    expect((await answered({}, '')).answer.retryAfterMs).toBeNull()
  })
})
