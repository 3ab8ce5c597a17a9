import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createEffects } from '../../../src/kernel/effects.ts'
import { silentLog } from '../../../src/kernel/log.ts'
import type { CallNews } from '../../../src/telephony/driver.ts'
import { createFreeswitch } from '../../../src/telephony/freeswitch/freeswitch.ts'
import { tcpWires } from '../../../src/telephony/freeswitch/wire.ts'
import { createFakeEsl } from './fake-esl.ts'

const effects = createEffects()
const address = (target: string) => ({ type: 'TEL', target, targetName: '', name: '', detail: '' }) as const

/** What was told, and a way to wait for it. */
function createEar() {
  const told: string[] = []
  const waiting = new Set<() => void>()
  function tell(line: string): void {
    told.push(line)
    for (const look of [...waiting]) look()
  }
  return {
    told,
    listener: {
      news: (news: CallNews) => tell(news.type === 'HANGUP' ? `HANGUP ${news.reason}` : news.type),
      connected: () => tell('connected'),
      disconnected: (detail: string) => tell(`disconnected: ${detail}`),
    },
    hears: (what: string, times = 1) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (told.filter((line) => line.startsWith(what)).length < times) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
  }
}

function drive(url: string) {
  const ear = createEar()
  const installationId = effects.id()
  const driver = createFreeswitch({
    ...{ url, password: 'ClueCon', gateway: 'trunk', installationId, effects, log: silentLog },
    ...{ callsPerSecond: 0 },
  })
  onTestFinished(() => driver.stop())
  const request = (number: string) => ({
    ...{ callId: effects.id(), to: address(number), from: address('+12025550100') },
    ...{ ringTimeoutMs: 30_000, maxDurationMs: 60_000, tryCount: 1 },
    variables: { dialgraph_installation: installationId },
  })
  return { ...ear, driver, request }
}

async function serve() {
  const fake = createFakeEsl({ effects })
  const { url, close } = await fake.listen()
  onTestFinished(close)
  return { fake, url }
}

describe('over TCP', () => {
  it.each([0, 3])('a call lives and ends, in pieces of %i bytes', async (pieceBytes) => {
    const { fake, url } = await serve()
    fake.faults.pieceBytes = pieceBytes
    const { driver, listener, told, hears, request } = drive(url)
    await driver.start(listener)
    await hears('connected')
    expect(await driver.originate(request('1486'))).toEqual({ type: 'ACCEPTED' })
    await hears('HANGUP')
    expect(told).toEqual(['connected', 'RINGING', 'HANGUP BUSY'])
  })

  it('a connection that breaks is made again', async () => {
    const { fake, url } = await serve()
    const { driver, listener, hears } = drive(url)
    await driver.start(listener)
    await hears('connected')
    fake.cut()
    await hears('disconnected')
    await hears('connected', 2)
    expect((await driver.health()).ok).toBe(true)
  })

  it('a wrong password is told as such', async () => {
    const fake = createFakeEsl({ effects, password: 'other' })
    const { url, close } = await fake.listen()
    onTestFinished(close)
    const { driver, listener, told, hears } = drive(url)
    await driver.start(listener)
    await hears('disconnected')
    expect(told).toEqual(['disconnected: it does not accept the password'])
  })

  it('a port that nobody listens at is told with its error', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const bound = server.address()
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0
    await new Promise((resolve) => server.close(resolve))
    const { driver, listener, told, hears } = drive(`esl://127.0.0.1:${port}`)
    await driver.start(listener)
    await hears('disconnected')
    expect(told[0]).toContain('ECONNREFUSED')
  })

  it('a stop lets the connection go, and leaves nothing that keeps the process', async () => {
    const { fake, url } = await serve()
    const { driver, listener, hears, request } = drive(url)
    await driver.start(listener)
    await hears('connected')
    await driver.originate(request('1001'))
    await driver.stop()
    expect(fake.connections).toBe(0)
    expect(await driver.originate(request('1001'))).toEqual({ type: 'REJECTED', reason: 'FAILED' })
  })

  it('a wire says when what had to wait has left, and says nothing of what left at once', async () => {
    const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const bound = server.address()
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0
    const told: string[] = []
    let tell = () => {}
    const drained = new Promise<void>((resolve) => {
      tell = resolve
    })
    const accepted = once(server, 'connection')
    let wire: ReturnType<ReturnType<typeof tcpWires>> | null = null
    await new Promise<void>((opened) => {
      wire = tcpWires({ host: '127.0.0.1', port })({
        opened,
        received() {},
        drained() {
          told.push('drained')
          tell()
        },
        closed() {},
      })
    })
    const [socket] = (await accepted) as [Socket]
    onTestFinished(() => void socket.destroy())
    const open = wire as unknown as ReturnType<ReturnType<typeof tcpWires>>
    onTestFinished(() => open.cut())
    open.write('at once')
    expect(open.waitingBytes).toBe(0)
    // More than the buffers of the kernel hold.
    open.write('x'.repeat(64 * 1024 * 1024))
    expect(open.waitingBytes).toBeGreaterThan(0)
    expect(told).toEqual([])
    socket.resume()
    await drained
    expect(open.waitingBytes).toBe(0)
    expect(told).toEqual(['drained'])
  })
})
