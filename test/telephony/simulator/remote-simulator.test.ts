import { describe, expect, test } from 'vitest'
import { silentLog } from '../../../src/kernel/log.ts'
import { createSimulatedEffects } from '../../../src/kernel/simulated-effects.ts'
import { createRemoteSimulator } from '../../../src/telephony/simulator/remote-simulator.ts'
import { withMedia } from '../../support/media.ts'
import { connectDialer, startCable, startCarrier, startDialer } from './remote-support.ts'
import { createWorld, phone, request, scripted, unscripted } from './support.ts'

const rejected = { type: 'REJECTED', reason: 'FAILED' }
const speech = { text: 'hello', language: null, gender: null }

describe('a carrier in a process of its own', () => {
  test('is asked by every method, and logs what it was asked', async () => {
    const carrier = await startCarrier()
    const { driver, until, heard } = await connectDialer(carrier.url)
    expect(await driver.health()).toEqual({ ok: true, detail: `simulated carrier at ${carrier.url}` })
    expect(await driver.epoch()).toMatch(/^[0-9a-f-]{36}$/)
    expect(await driver.lookup(carrier.effects.id())).toEqual({ type: 'NOT_SEEN' })

    expect(await driver.originate(request('a', scripted(95)))).toEqual({ type: 'ACCEPTED' })
    expect(await driver.originate(request('a', scripted(95)))).toEqual({ type: 'INDETERMINATE' })
    expect(await driver.list()).toEqual(['a'])
    expect(await driver.lookup('a')).toEqual({ type: 'LIVE', state: 'RINGING' })
    await carrier.effects.advance(2000)
    await until('a ANSWERED')
    expect(await driver.lookup('a')).toEqual({ type: 'LIVE', state: 'ANSWERED' })
    const answeredAt = carrier.effects.now()

    await driver.speak('a', 'said', speech)
    await driver.play('a', 'played', ['https://example.com/a.wav', 'https://example.com/b.wav'])
    await carrier.effects.advance(6000)
    await driver.connect('a', phone('never', '199'))
    await driver.withdraw('a', 'never')
    await driver.connect('a', phone('rejects', '198'))
    await carrier.effects.advance(1000)
    await driver.connect('a', phone('agent'))
    await carrier.effects.advance(1000)
    await until('a AGENT_CONNECTED')
    await driver.hangup('a', 'NORMAL')
    await carrier.effects.advance(0)
    await until('a HANGUP')
    const endedAt = carrier.effects.now()
    expect(await driver.lookup('a')).toEqual({ type: 'ENDED', reason: 'NORMAL', answeredAt, endedAt })
    expect(await driver.list()).toEqual([])

    expect(heard.map(({ callId: _callId, ...news }) => ({ ...news, at: news.at - answeredAt }))).toEqual([
      { type: 'RINGING', at: -2000 },
      { type: 'ANSWERED', at: 0 },
      { type: 'PLAYBACK_ENDED', at: 1300, playbackId: 'said', end: 'PLAYED', playedMs: 1300 },
      { type: 'PLAYBACK_ENDED', at: 6000, playbackId: 'played', end: 'PLAYED', playedMs: 6000 },
      { type: 'AGENT_MISSED', at: 7000, agentId: 'rejects' },
      { type: 'AGENT_CONNECTED', at: 8000, agentId: 'agent' },
      { type: 'HANGUP', at: 8000, reason: 'NORMAL', by: 'US', detail: 'hung up by our side' },
    ])
    const log = await driver.requests()
    expect(log.map(({ position: _position, at, installationId: _installationId, ...rest }) => rest)).toEqual([
      { what: 'LOOKUP', callId: expect.any(String) },
      { what: 'ORIGINATE', callId: 'a', tryCount: 1 },
      { what: 'ORIGINATE', callId: 'a', tryCount: 1 },
      { what: 'LIST' },
      { what: 'LOOKUP', callId: 'a' },
      { what: 'LOOKUP', callId: 'a' },
      { what: 'SPEAK', callId: 'a', playbackId: 'said' },
      { what: 'PLAY', callId: 'a', playbackId: 'played' },
      { what: 'CONNECT', callId: 'a', agentId: 'never' },
      { what: 'WITHDRAW', callId: 'a', agentId: 'never' },
      { what: 'CONNECT', callId: 'a', agentId: 'rejects' },
      { what: 'CONNECT', callId: 'a', agentId: 'agent' },
      { what: 'HANGUP', callId: 'a', reason: 'NORMAL' },
      { what: 'LOOKUP', callId: 'a' },
      { what: 'LIST' },
    ])
    expect(log.map(({ position }) => position)).toEqual(log.map((_, i) => i + 1))
    expect(log.map(({ at }) => at - answeredAt).filter((at) => at >= 0)).toEqual([
      ...[0, 0, 0, 6000, 6000, 6000, 7000, 8000, 8000, 8000],
    ])
    expect(new Set(log.map(({ installationId }) => installationId))).toEqual(new Set(['one']))
  })

  test('tells the same of the same calls as one in the same process', async () => {
    const near = await createWorld({ seed: 7 })
    const carrier = await startCarrier({ seed: 7 })
    const far = await connectDialer(carrier.url)
    const calls = [
      ...[0, 50, 60, 70, 75, 80, 85, 90, 92, 94].map((number) => request(`script ${number}`, scripted(number))),
      ...Array.from({ length: 30 }, (_, i) => request(`chance ${i}`, unscripted(i))),
    ]
    for (const call of calls) {
      expect(await far.driver.originate(call)).toEqual(await near.driver.originate(call))
    }
    await near.effects.run()
    await carrier.effects.run()
    await far.told.count(1 + near.heard.length)
    expect(far.heard.length).toBeGreaterThan(60)
    expect(far.heard).toEqual(near.heard)
  })

  test('answers a burst of five hundred requests, each with its own answer', async () => {
    const carrier = await startCarrier()
    const { driver } = await connectDialer(carrier.url)
    const answers = await Promise.all([
      ...Array.from({ length: 500 }, (_, i) => driver.originate(request(`call ${i}`, scripted(i % 2 === 0 ? 95 : 92)))),
      ...Array.from({ length: 500 }, (_, i) => driver.lookup(`call ${i}`)),
    ])
    expect(answers.slice(0, 500)).toEqual(Array.from({ length: 500 }, () => ({ type: 'ACCEPTED' })))
    expect(answers.slice(500)).toEqual(
      Array.from({ length: 500 }, (_, i) =>
        i % 2 === 0 ? { type: 'LIVE', state: 'RINGING' } : { type: 'CANNOT_TELL' },
      ),
    )
  })

  test('hands out a log that is longer than one answer', async () => {
    const carrier = await startCarrier()
    const { driver } = await connectDialer(carrier.url)
    await Promise.all(Array.from({ length: 2001 }, (_, i) => driver.lookup(`call ${i}`)))
    const log = await driver.requests()
    expect(log.map(({ callId }) => callId)).toEqual(Array.from({ length: 2001 }, (_, i) => `call ${i}`))
  })
})

describe('a connection that is lost', () => {
  test('while a call is asked for leaves it undecided, and the call is asked for once', async () => {
    const carrier = await startCarrier()
    const cable = await startCable(carrier.url)
    const { driver, told, until, advance } = await connectDialer(cable.url)
    cable.mute()
    const [placed, looked] = [driver.originate(request('a', scripted(95))), driver.lookup('a')]
    await carrier.noted.find((what) => what === 'LOOKUP')
    cable.cut()
    expect(await placed).toEqual({ type: 'INDETERMINATE' })
    await expect(looked).rejects.toThrow('the connection broke')
    await until('disconnected')
    told.entries.length = 0
    await advance(250)
    await until('connected')
    expect(await driver.lookup('a')).toEqual({ type: 'LIVE', state: 'RINGING' })
    expect(carrier.requests().map(({ what }) => what)).toEqual(['ORIGINATE', 'LOOKUP', 'LOOKUP'])
  })

  test('without anything under way costs no call', async () => {
    const carrier = await startCarrier()
    const cable = await startCable(carrier.url)
    const { driver, told, until, advance } = await connectDialer(cable.url)
    await driver.originate(request('a', scripted(95)))
    cable.cut()
    expect(await until('disconnected')).toBe('disconnected: the connection broke')
    await carrier.effects.advance(2000)
    told.entries.length = 0
    await advance(250)
    await until('connected')
    await driver.hangup('a', 'NORMAL')
    await carrier.effects.advance(0)
    await until('a HANGUP')
    expect(told.entries).toEqual(['connected', 'a HANGUP'])
  })
})

describe('a carrier that ends', () => {
  test('hangs up, says so and is left; started anew it is found again, and knows nothing', async () => {
    const carrier = await startCarrier()
    const { driver, told, until, advance } = await connectDialer(carrier.url)
    const epoch = await driver.epoch()
    const callId = carrier.effects.id()
    await driver.originate(request(callId, scripted(95)))
    await carrier.stop()
    await until('disconnected')
    expect(told.entries).toEqual([...['connected', `${callId} HANGUP`, 'disconnected: closed with 1001 Going away']])

    await advance(250)
    const refusal = await told.find((of) => of.includes('ECONNREFUSED'))
    expect(refusal).toBe(`disconnected: connect ECONNREFUSED 127.0.0.1:${carrier.port}`)
    expect(await driver.originate(request('b', scripted(0)))).toEqual(rejected)
    expect(await driver.health()).toEqual({
      ok: false,
      detail: `simulated carrier at ${carrier.url}, out of reach: connect ECONNREFUSED 127.0.0.1:${carrier.port}`,
    })
    const another = await startCarrier({ port: carrier.port, startsAtMs: carrier.effects.now() + 1000 })
    told.entries.length = 0
    await advance(500)
    await until('connected')
    expect(await driver.epoch()).not.toBe(epoch)
    expect(await driver.lookup(callId)).toEqual({ type: 'CANNOT_TELL' })
    await another.effects.advance(1)
    expect(await driver.lookup(another.effects.id())).toEqual({ type: 'NOT_SEEN' })
    expect(another.requests().map(({ what }) => what)).toEqual(['LOOKUP', 'LOOKUP'])
  })
})

describe('without a connection', () => {
  test.each(['not started', 'not connected yet', 'stopped'])('%s, no request is made', async (state) => {
    const carrier = await startCarrier()
    const options = { url: carrier.url, installationId: 'one', effects: createSimulatedEffects(), log: silentLog }
    const driver = state === 'not started' ? withMedia(createRemoteSimulator(options)) : startDialer(carrier.url).driver
    if (state === 'stopped') await driver.stop()
    expect(await driver.originate(request('a', scripted(0)))).toEqual(rejected)
    for (const asked of [
      () => driver.lookup('a'),
      () => driver.list(),
      () => driver.speak('a', 'p', speech),
      () => driver.play('a', 'p', []),
      () => driver.connect('a', phone('agent')),
      () => driver.withdraw('a', 'agent'),
      () => driver.hangup('a', 'NORMAL'),
      () => driver.epoch(),
    ]) {
      await expect(asked()).rejects.toThrow(state)
    }
    expect(await driver.health()).toEqual({ ok: false, detail: expect.stringContaining(state) })
    expect(carrier.requests()).toEqual([])
  })

  test('it is stopped at once', async () => {
    const carrier = await startCarrier()
    const { driver, told } = startDialer(carrier.url)
    await driver.stop()
    expect(told.entries).toEqual([])
  })
})

describe('stopping', () => {
  test('lets what was asked be answered, and settles when the connection has ended', async () => {
    const carrier = await startCarrier()
    const { driver, told } = await connectDialer(carrier.url)
    const placed = driver.originate(request('a', scripted(95)))
    await driver.stop()
    expect(await placed).toEqual({ type: 'ACCEPTED' })
    expect(await driver.originate(request('b', scripted(95)))).toEqual(rejected)
    expect(told.entries).toEqual(['connected'])
    expect(await carrier.said.find((of) => of.message === 'a client has gone')).toMatchObject({
      fields: { code: 1000 },
    })
  })

  test('a second time changes nothing', async () => {
    const carrier = await startCarrier()
    const { driver } = await connectDialer(carrier.url)
    await Promise.all([driver.stop(), driver.stop()])
    await driver.stop()
  })

  test('while the next attempt is waited for, makes none', async () => {
    const carrier = await startCarrier()
    const { driver, until, advance, told } = await connectDialer(carrier.url)
    await carrier.stop()
    await until('disconnected')
    await driver.stop()
    await startCarrier({ port: carrier.port })
    await advance(20_000)
    expect(told.entries).toEqual(['connected', 'disconnected: closed with 1001 Going away'])
  })
})
