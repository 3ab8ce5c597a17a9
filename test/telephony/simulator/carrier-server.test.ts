import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { StartError } from '../../../src/kernel/errors.ts'
import { createSimulatedEffects } from '../../../src/kernel/simulated-effects.ts'
import { createRequestLog } from '../../../src/telephony/simulator/request-log.ts'
import { connectDialer, connectRaw, startCarrier } from './remote-support.ts'
import { request, scripted } from './support.ts'

const hello = { type: 'HELLO', version: 3, installationId: 'one' }
const originate = { type: 'ORIGINATE', id: 1, request: request('a', scripted(0)) }

describe('a client', () => {
  test('is greeted with the version and the epoch, and answered by the id of its request', async () => {
    const carrier = await startCarrier()
    const client = await connectRaw(carrier.url)
    client.say(hello)
    client.say({ ...originate, id: 7 })
    client.say({ type: 'LIST', id: 0 })
    await client.received.count(3)
    await carrier.effects.advance(0)
    await client.received.count(4)
    const { epoch } = client.received.entries[0] as { epoch: string }
    expect(client.received.entries).toEqual([
      { type: 'WELCOME', version: 3, epoch: expect.any(String) },
      { type: 'ANSWER', id: 7, answer: { type: 'ACCEPTED' } },
      { type: 'ANSWER', id: 0, answer: ['a'] },
      { type: 'NEWS', news: { type: 'RINGING', callId: 'a', at: carrier.effects.now() } },
    ])
    const { driver } = await connectDialer(carrier.url)
    expect(await driver.epoch()).toBe(epoch)
  })

  test('that does not say who it is within five seconds is sent away', async () => {
    const carrier = await startCarrier()
    const [silent, polite] = [await connectRaw(carrier.url), await connectRaw(carrier.url)]
    polite.say(hello)
    await polite.received.count(1)
    await carrier.effects.advance(4999)
    expect(silent.socket.readyState).toBe(silent.socket.OPEN)
    await carrier.effects.advance(1)
    expect(await silent.closed).toEqual([4408, 'Hello timeout'])
    polite.say({ type: 'LIST', id: 1 })
    await polite.received.count(2)
  })

  test('of another version is sent away', async () => {
    const carrier = await startCarrier()
    const client = await connectRaw(carrier.url)
    client.say({ ...hello, version: 2 })
    client.say(originate)
    expect(await client.closed).toEqual([4406, 'Version 3 is spoken here'])
    expect(carrier.requests()).toEqual([])
  })

  test('in a browser is turned away', async () => {
    const carrier = await startCarrier()
    const client = await connectRaw(carrier.url, { origin: 'https://example.com' })
    expect(client.failure).toBe('Unexpected server response: 403')
    const answer = await fetch(carrier.url.replace('ws', 'http'))
    expect([answer.status, await answer.text()]).toEqual([426, 'This is a simulated carrier; it speaks WebSocket.\n'])
  })
})

describe('a client that does not keep to the protocol is sent away, and nobody else:', () => {
  const { request: asked } = originate
  test.each<[string, readonly unknown[]]>([
    ['a request before it says who it is', [originate]],
    ['a greeting without a name', [{ ...hello, installationId: '' }]],
    ['a second greeting', [hello, hello]],
    ['a type nobody knows', [hello, { type: 'SONG', id: 1 }]],
    ['no type', [hello, 'ORIGINATE']],
    ['no JSON', [hello, Buffer.from('{"type":')]],
    ['bytes', [hello, Uint8Array.of(1, 2, 3)]],
    ['no id', [hello, { ...originate, id: undefined }]],
    ['an id below zero', [hello, { ...originate, id: -1 }]],
    ['a call without a number', [hello, { ...originate, request: { ...asked, to: undefined } }]],
    ['a call to no kind of address', [hello, { ...originate, request: { ...asked, to: { ...asked.to, type: 'X' } } }]],
    ['a time that is none', [hello, { ...originate, request: { ...asked, ringTimeoutMs: null } }]],
    ['a time below zero', [hello, { ...originate, request: { ...asked, maxDurationMs: -1 } }]],
    ['a variable that is no text', [hello, { ...originate, request: { ...asked, variables: { a: 1 } } }]],
    ['a reason nobody knows', [hello, { type: 'HANGUP', id: 1, callId: 'a', reason: 'BORED' }]],
  ])('%s', async (_name, messages) => {
    const carrier = await startCarrier()
    const bystander = await connectDialer(carrier.url)
    const client = await connectRaw(carrier.url)
    for (const message of messages) {
      if (Buffer.isBuffer(message)) client.socket.send(String(message))
      else if (message instanceof Uint8Array) client.socket.send(message)
      else client.say(message)
    }
    client.say(originate)
    expect(await client.closed).toEqual([4400, 'Bad message'])
    expect(await bystander.driver.list()).toEqual([])
    expect(carrier.requests().map(({ what }) => what)).toEqual(['LIST'])
    expect(carrier.said.entries.filter((of) => of.level === 'warn')).toEqual([
      {
        level: 'warn',
        message: 'a client sent a bad message',
        fields: expect.objectContaining({ complaint: expect.any(String) }),
      },
    ])
  })

  test('a message that is too long', async () => {
    const carrier = await startCarrier()
    const bystander = await connectDialer(carrier.url)
    const client = await connectRaw(carrier.url)
    client.say(hello)
    client.say({ ...hello, installationId: 'x'.repeat(1024 * 1024) })
    expect(await client.closed).toEqual([1009, ''])
    expect(await bystander.driver.list()).toEqual([])
  })

  test('the longest message of a dialer is none of these', async () => {
    const carrier = await startCarrier()
    const { driver } = await connectDialer(carrier.url)
    await driver.play(
      'a',
      'p',
      Array.from({ length: 100 }, () => `https://example.com/${'ü'.repeat(1980)}`),
    )
    await driver.speak('a', 'p', { text: '語'.repeat(10_000), language: 'ja', gender: null })
  })
})

test('a request that cannot be logged is not acted on', async () => {
  const effects = createSimulatedEffects()
  const requestLog = createRequestLog({ effects, file: null })
  let full = true
  const carrier = await startCarrier({
    requestLog: {
      ...requestLog,
      note(...noted) {
        if (full) throw new Error('no room')
        requestLog.note(...noted)
      },
    },
  })
  const { driver, until, told, advance } = await connectDialer(carrier.url)
  const placed = driver.originate(request('a', scripted(95)))
  expect(await until('disconnected')).toBe('disconnected: closed with 1011 Internal error')
  expect(await placed).toEqual({ type: 'INDETERMINATE' })
  expect(carrier.said.entries.filter((of) => of.level === 'error')).toMatchObject([
    { fields: { error: { message: 'no room' } } },
  ])
  full = false
  told.entries.length = 0
  await advance(250)
  await until('connected')
  expect(await driver.list()).toEqual([])
})

describe('a client that does not read', () => {
  /** Each answer has 1 MB: some are taken by the kernel, and 8 wait in the carrier. */
  const listCount = 30
  const callIds = Array.from({ length: 100 }, (_, i) => String(i).padStart(10_000, '0'))

  /** One that lets the answers to its requests wait until the carrier has had enough. */
  async function givenStuckClient() {
    const carrier = await startCarrier()
    const { driver } = await connectDialer(carrier.url)
    await Promise.all(callIds.map((callId) => driver.originate(request(callId, scripted(95)))))
    const client = await connectRaw(carrier.url)
    client.say(hello)
    await client.received.count(1)
    client.socket.pause()
    for (let id = 1; id <= listCount; id++) client.say({ type: 'LIST', id })
    const asked = await carrier.said.find((of) => of.message === 'a client is asked to go')
    expect(asked.fields).toEqual({ installationId: 'one', code: 1013, reason: 'Slow reader' })
    return { carrier, client, driver }
  }

  test('is asked to go, and hears why when it reads again', async () => {
    const { client, driver } = await givenStuckClient()
    expect(await driver.list()).toEqual(callIds)
    client.socket.resume()
    expect(await client.closed).toEqual([1013, 'Slow reader'])
    // What had been let wait for it was still sent, and nothing after that.
    expect(client.received.entries.length).toBeGreaterThan(8)
    expect(client.received.entries.length).toBeLessThan(listCount)
  })

  test('is cut off when it does not read that either', async () => {
    const { carrier } = await givenStuckClient()
    await carrier.effects.advance(1000)
    const gone = await carrier.said.find((of) => of.message === 'a client has gone')
    expect(gone.fields).toMatchObject({ code: 1006 })
  })
})

describe('a carrier that is stopped', () => {
  test('hangs up, and lets nobody in any more', async () => {
    const carrier = await startCarrier()
    const client = await connectRaw(carrier.url)
    client.say(hello)
    client.say({ ...originate, request: request('a', scripted(95)) })
    await client.received.count(2)
    const idle = connect(carrier.port, '127.0.0.1')
    await once(idle, 'connect')
    const idleClosed = once(idle, 'close')
    await carrier.stop()
    expect(await client.closed).toEqual([1001, 'Going away'])
    expect(client.received.entries.at(-1)).toMatchObject({ news: { type: 'HANGUP', reason: 'CANCEL', by: 'US' } })
    await idleClosed
    expect((await connectRaw(carrier.url)).failure).toContain('ECONNREFUSED')
  })

  test('does not wait for a client that does not go', async () => {
    const carrier = await startCarrier()
    const client = await connectRaw(carrier.url)
    client.say(hello)
    await client.received.count(1)
    client.socket.pause()
    await carrier.stop()
  })
})

test('a port that is taken, or a host that is none, is an error of the configuration', async () => {
  const { port } = await startCarrier()
  const taken = await startCarrier({ port }).catch((error: unknown) => error)
  expect(taken).toBeInstanceOf(StartError)
  expect(taken).toMatchObject({ exitCode: 78, message: expect.stringContaining(`Cannot listen on 127.0.0.1:${port}`) })
  await expect(startCarrier({ host: '203.0.113.1' })).rejects.toThrow('Cannot listen on 203.0.113.1:0')
})

test('it listens on IPv6 too', async ({ skip }) => {
  const carrier = await startCarrier({ host: '::1' }).catch(() => null)
  if (carrier === null) return skip('this machine has no IPv6')
  expect(carrier.url).toMatch(/^ws:\/\/\[::1\]:\d+$/)
  const { driver } = await connectDialer(carrier.url)
  onTestFinished(() => driver.stop())
  expect(await driver.list()).toEqual([])
})
