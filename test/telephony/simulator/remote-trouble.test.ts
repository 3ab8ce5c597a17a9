import dns from 'node:dns'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createEffects, type Effects } from '../../../src/kernel/effects.ts'
import { connectDialer, createTape, startDialer, startFakeCarrier } from './remote-support.ts'
import { request, scripted } from './support.ts'

const welcome = { type: 'WELCOME', version: 3, epoch: 'an epoch' }
const news = { type: 'NEWS', news: { type: 'RINGING', callId: 'a', at: 1 } }

/** Timers that the test fires, one by one. */
function createHeldTimers() {
  const held = createTape<{ readonly delayMs: number; readonly run: () => void }>()
  const effects: Effects = {
    ...createEffects(),
    monotonic: () => 0,
    timer(delayMs, run) {
      held.push({ delayMs, run })
      return () => {}
    },
  }
  return { effects, held }
}

type Found = (error: null, addresses: readonly dns.LookupAddress[]) => void

/** A port of loopback on which nobody listens. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

describe('a carrier that is not there', () => {
  test('is no error of the start; it is told once, and tried again with growing pauses', async () => {
    const url = `ws://127.0.0.1:${await freePort()}`
    const { effects, held } = createHeldTimers()
    const { told } = startDialer(url, { effects })
    const pauses: number[] = []
    for (let attempt = 1; attempt <= 8; attempt++) {
      // Each attempt sets one timer for its greeting, and once it has failed one for the next attempt.
      await held.count(2 * attempt)
      const timer = held.entries.at(-1)
      pauses.push(timer?.delayMs ?? 0)
      timer?.run()
    }
    expect(pauses).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000])
    expect(told.entries).toEqual([expect.stringMatching(/^disconnected: connect ECONNREFUSED/)])
  })

  test('whose name leads to two addresses is told of in words', async () => {
    const url = `ws://carrier.example:${await freePort()}`
    const addresses = ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 }))
    const lookup = vi.spyOn(dns, 'lookup').mockImplementation(((_name: string, _options: unknown, found: Found) => {
      setImmediate(found, null, addresses)
    }) as unknown as typeof dns.lookup)
    onTestFinished(() => lookup.mockRestore())
    const { told } = startDialer(url)
    await told.count(1)
    expect(told.entries).toEqual(['disconnected: ECONNREFUSED'])
  })

  test('but something else that speaks HTTP is told of', async () => {
    const server = createServer((socket) => socket.end('HTTP/1.1 404 Not Found\r\n\r\n')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const { told } = startDialer(`ws://127.0.0.1:${port}`)
    await told.count(1)
    expect(told.entries).toEqual(['disconnected: Unexpected server response: 404'])
    server.close()
  })
})

describe('a carrier that accepts connections and no more', () => {
  test('is given up after five seconds', async () => {
    const { url } = await startFakeCarrier(() => {})
    const { told, advance } = startDialer(url)
    await advance(4999)
    expect(told.entries).toEqual([])
    await advance(1)
    expect(told.entries).toEqual(['disconnected: no greeting within 5000 ms'])
  })

  test('and says nothing even to the handshake is given up too', async () => {
    const server = createServer(() => {}).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { told, advance } = startDialer(`ws://127.0.0.1:${(server.address() as { port: number }).port}`)
    await advance(5000)
    expect(told.entries).toEqual(['disconnected: no greeting within 5000 ms'])
    server.close()
  })
})

describe('a carrier that greets and goes', () => {
  /** Greets so often, and ends each connection when it is told to. */
  async function startFickleCarrier() {
    const goodbyes = createTape<() => void>()
    const carrier = await startFakeCarrier((socket) => {
      socket.send(JSON.stringify(welcome))
      goodbyes.push(() => socket.close(1001, 'Going away'))
    })
    return { ...carrier, goodbyes }
  }

  test.each([
    ['at once, is tried again with growing pauses', 0, [250, 500, 1000, 2000]],
    ['after a second, is tried again soon', 1000, [250, 250, 250, 250]],
  ])('%s', async (_name, lastsMs, expected) => {
    const { url, goodbyes } = await startFickleCarrier()
    const { effects, held } = createHeldTimers()
    let clockMs = 0
    const { told } = startDialer(url, { effects: { ...effects, monotonic: () => clockMs } })
    const pauses: number[] = []
    for (let round = 1; round <= expected.length; round++) {
      await told.count(2 * round - 1)
      clockMs += lastsMs
      goodbyes.entries.at(-1)?.()
      await told.count(2 * round)
      const timer = held.entries.at(-1)
      pauses.push(timer?.delayMs ?? 0)
      timer?.run()
    }
    expect(pauses).toEqual(expected)
    expect(told.entries.slice(0, 4)).toEqual([
      ...['connected', 'disconnected: closed with 1001 Going away'],
      ...['connected', 'disconnected: closed with 1001 Going away'],
    ])
  })
})

test('a carrier that has said goodbye is not asked for anything more', async () => {
  const { url } = await startFakeCarrier((socket) => {
    socket.send(JSON.stringify(welcome))
    socket.close(1001, 'Going away')
    // It does not hear the answer to its goodbye, so the connection stays half closed.
    socket.pause()
  })
  const { driver } = await connectDialer(url)
  const refusals: string[] = []
  while (refusals.length === 0) {
    driver.lookup('a').catch((error: Error) => refusals.push(error.message))
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(refusals).toEqual(['the connection is closing'])
  expect(await driver.originate(request('a', scripted(0)))).toEqual({ type: 'REJECTED', reason: 'FAILED' })
})

describe('a carrier that hangs', () => {
  const heartbeatMs = 20

  test('is disconnected when it answers no heartbeat', async () => {
    const ends = createTape<number>()
    const { url } = await startFakeCarrier(
      (socket) => {
        socket.send(JSON.stringify(welcome))
        socket.on('close', (code) => ends.push(code))
      },
      { autoPong: false },
    )
    const { driver, told, until } = await connectDialer(url, { effects: createEffects(), heartbeatMs })
    const placed = driver.originate(request('a', scripted(0)))
    await until('disconnected')
    expect(told.entries).toEqual(['connected', 'disconnected: no heartbeat for 40 ms'])
    expect(await placed).toEqual({ type: 'INDETERMINATE' })
    await ends.count(1)
    expect(ends.entries).toEqual([1006])
  })

  test('is not waited for for more than a second when the dialer ends', async () => {
    const { url } = await startFakeCarrier((socket) => {
      socket.send(JSON.stringify(welcome))
      socket.pause()
    })
    const { driver, told, advance } = await connectDialer(url)
    const placed = driver.originate(request('a', scripted(0)))
    let isStopped = false
    const stopped = driver.stop().then(() => {
      isStopped = true
    })
    await advance(999)
    expect(isStopped).toBe(false)
    await advance(1)
    await stopped
    expect(await placed).toEqual({ type: 'INDETERMINATE' })
    expect(told.entries).toEqual(['connected'])
  })

  test.each([
    ['answers pings', true],
    ['tells news', false],
  ])('is one that answers no heartbeat: one that %s is kept', async (_name, autoPong) => {
    const pings = createTape<null>()
    const { url } = await startFakeCarrier(
      (socket) => {
        socket.send(JSON.stringify(welcome))
        socket.on('ping', () => {
          pings.push(null)
          if (!autoPong) socket.send(JSON.stringify(news))
        })
      },
      { autoPong },
    )
    const { told } = await connectDialer(url, { effects: createEffects(), heartbeatMs })
    await pings.count(10)
    expect(told.entries.filter((entry) => entry !== 'a RINGING')).toEqual(['connected'])
  })
})

describe('a carrier that does not answer', () => {
  test('is not asked for more than it may owe', async () => {
    const { url } = await startFakeCarrier((socket) => socket.send(JSON.stringify(welcome)))
    const { driver } = await connectDialer(url)
    for (let i = 0; i < 10_000; i++) driver.lookup(`call ${i}`).catch(() => {})
    expect(await driver.originate(request('a', scripted(0)))).toEqual({ type: 'REJECTED', reason: 'FAILED' })
    await expect(driver.lookup('a')).rejects.toThrow('10000 requests are under way')
  })

  test('may answer late: the answer finds the request it belongs to', async () => {
    const asked = createTape<{ readonly id: number; readonly callId?: string }>()
    const say: ((message: unknown) => void)[] = []
    const { url } = await startFakeCarrier((socket) => {
      say.push((message) => socket.send(JSON.stringify(message)))
      socket.send(JSON.stringify(welcome))
      socket.on('message', (data) => asked.push(JSON.parse(String(data))))
    })
    const { driver } = await connectDialer(url)
    const [first, second] = [driver.lookup('a'), driver.lookup('b')]
    const [a, b] = await Promise.all(['a', 'b'].map((callId) => asked.find((of) => of.callId === callId)))
    say[0]?.({ type: 'ANSWER', id: b?.id, answer: { type: 'NOT_SEEN' } })
    expect(await second).toEqual({ type: 'NOT_SEEN' })
    say[0]?.({ type: 'ANSWER', id: a?.id, answer: { type: 'CANNOT_TELL' } })
    expect(await first).toEqual({ type: 'CANNOT_TELL' })
  })
})
