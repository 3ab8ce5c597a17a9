import { describe, expect, it } from 'vitest'
import { createSimulatedEffects } from '../../../src/kernel/simulated-effects.ts'
import { createFreeswitch } from '../../../src/telephony/freeswitch/freeswitch.ts'
import { createWorld } from './support.ts'

const authsOf = (commands: readonly string[]) => commands.filter((command) => command.startsWith('auth ')).length

describe('the connection', () => {
  it('says the password, listens, and finds out what lives before it counts', async () => {
    const { fake, told } = await createWorld()
    expect(fake.commands.map((command) => command.split(' ').slice(0, 2).join(' '))).toEqual([
      ...['auth ClueCon', 'event json', 'api global_getvar', 'api global_getvar', 'api show'],
    ])
    expect(told).toEqual(['connected'])
  })

  it('listens to the end of a call twice over, and to what tells of a missing file', async () => {
    const { fake } = await createWorld()
    for (const name of ['BACKGROUND_JOB', 'CHANNEL_HANGUP_COMPLETE', 'CHANNEL_DESTROY', 'CHANNEL_EXECUTE_COMPLETE'])
      expect(fake.commands[1]).toContain(` ${name}`)
  })

  it('is tried again with growing pauses while the switch boots', async () => {
    const { fake, effects, told } = await createWorld()
    fake.faults.booting = true
    fake.cut()
    const before = authsOf(fake.commands)
    await effects.advance(100_000)
    expect(authsOf(fake.commands)).toBe(before)
    expect(told).toEqual(['connected', 'disconnected: the connection was closed', 'disconnected: connect ECONNREFUSED'])
    fake.faults.booting = false
    await effects.advance(10_000)
    expect(told.at(-1)).toBe('connected')
  })

  it('pauses 250 ms, then twice as long each time, 10 s at most', async () => {
    const attempts: number[] = []
    const effects = createSimulatedEffects()
    const driver = createFreeswitch({
      ...{ url: 'tcp://switch.example', password: 'x', gateway: 'trunk', installationId: 'i', effects },
      log: { debug() {}, info() {}, warn() {}, error() {} },
      openWire(listener) {
        attempts.push(effects.monotonic())
        queueMicrotask(() => listener.closed('refused'))
        return { waitingBytes: 0, write() {}, end() {}, cut() {} }
      },
    })
    await driver.start({ news() {}, connected() {}, disconnected() {} })
    await effects.advance(60_000)
    const pauses = attempts.map((at, i) => at - (attempts[i - 1] ?? 0)).slice(1)
    expect(pauses.slice(0, 8)).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000])
    await driver.stop()
  })

  it('with a wrong password is told as such, and tried again slowly', async () => {
    const { fake, effects, told, driver } = await createWorld({ password: 'wrong' })
    expect(told).toEqual(['disconnected: it does not accept the password'])
    expect((await driver.health()).detail).toBe(
      'FreeSWITCH at 127.0.0.1:8021, out of reach: it does not accept the password',
    )
    await effects.advance(29_000)
    expect(authsOf(fake.commands)).toBe(1)
    await effects.advance(60_000)
    expect(authsOf(fake.commands)).toBe(3)
    expect(told.length).toBe(1)
    expect(fake.commands.every((command) => command.startsWith('auth '))).toBe(true)
  })

  it('from an address that is not let in is told as such', async () => {
    const { fake, effects, told } = await createWorld()
    fake.faults.rude = true
    fake.cut()
    await effects.advance(1000)
    expect(told.at(-1)).toMatch(/does not let this address connect/)
  })

  it('that nothing comes by any more is cut, and made again', async () => {
    const { fake, effects, told } = await createWorld({ heartbeatMs: 1000 })
    fake.faults.silent = true
    await effects.advance(3000)
    expect(told).toEqual(['connected', 'disconnected: no heartbeat for 2000 ms'])
    fake.faults.silent = false
    await effects.advance(10_000)
    expect(told.at(-1)).toBe('connected')
  })

  it('on which nothing happens stays', async () => {
    const { fake, effects, told } = await createWorld()
    await effects.advance(3_600_000)
    expect(told).toEqual(['connected'])
    expect(fake.connections).toBe(1)
  })

  it('that the switch does not greet on is given up', async () => {
    const { fake, effects, told } = await createWorld()
    fake.faults.silent = true
    fake.cut()
    await effects.advance(6000)
    expect(told.at(-1)).toBe('disconnected: not ready within 5000 ms')
  })

  it.each([
    ['a message without an end', 'x'.repeat(70_000)],
    ['a message that is too long', 'Content-Length: 999999999\n\n'],
  ])('that brings %s is cut', async (_, text) => {
    const { fake, effects, told } = await createWorld()
    fake.send(text)
    await effects.advance(1)
    expect(told[1]).toMatch(/^disconnected: it sent /)
  })

  it('that brings an event which is no JSON goes on', async () => {
    const { fake, effects, told, place, ends, storyOf } = await createWorld()
    fake.send('Content-Length: 5\nContent-Type: text/event-json\n\n{"a":')
    fake.send('Content-Length: 2\nContent-Type: text/event-json\n\n[]')
    await effects.advance(1)
    const callId = await place('1486')
    await ends(callId)
    expect(storyOf(callId)).toEqual(['RINGING', 'HANGUP BUSY THEM'])
    expect(told).toEqual(['connected'])
  })

  it.each([1, 2, 7, 100])('may cut everything into pieces of %i bytes', async (pieceBytes) => {
    const { fake, place, ends, storyOf } = await createWorld()
    fake.faults.pieceBytes = pieceBytes
    const callId = await place('1000')
    await ends(callId)
    expect(storyOf(callId)).toEqual(['RINGING', 'ANSWERED', 'HANGUP NORMAL THEM'])
  })

  it('may bring what nobody knows', async () => {
    const { fake, place, ends, storyOf, heard } = await createWorld()
    fake.faults.strange = true
    const callId = await place('1000')
    await ends(callId)
    expect(storyOf(callId)).toEqual(['RINGING', 'ANSWERED', 'HANGUP NORMAL THEM'])
    expect(heard.length).toBe(3)
  })

  it('may bring everything twice: each call ends once', async () => {
    const { fake, effects, place, ends, storyOf } = await createWorld()
    fake.faults.doubled = true
    const callId = await place('1000')
    await ends(callId)
    await effects.advance(10_000)
    expect(storyOf(callId)).toEqual(['RINGING', 'RINGING', 'ANSWERED', 'ANSWERED', 'HANGUP NORMAL THEM'])
  })

  it('is ended by a stop, and the calls are left to the switch', async () => {
    const { fake, effects, driver, place, hears, heard } = await createWorld()
    const callId = await place('1001', { maxDurationMs: 5000 })
    await hears(callId, 'ANSWERED')
    await driver.stop()
    const before = heard.length
    await effects.advance(4000)
    expect(fake.connections).toBe(0)
    expect(fake.current.find(callId)).toBeDefined()
    await effects.advance(60_000)
    expect(heard.length).toBe(before)
    expect((await driver.health()).detail).toBe('FreeSWITCH, stopped')
    // The switch itself keeps to the longest duration, a little later.
    expect(fake.current.find(callId)).toBeUndefined()
  })
})

describe('what cannot be a switch', () => {
  const make = (changes: object) => () =>
    createFreeswitch({
      ...{ url: 'esl://127.0.0.1', password: 'x', gateway: 'trunk', installationId: 'i' },
      ...{ effects: createSimulatedEffects(), log: { debug() {}, info() {}, warn() {}, error() {} } },
      ...changes,
    })

  it.each([
    'http://a',
    'esl://',
    'esl://a:0',
    'esl://a:70000',
    'esl://a/b',
    'esl://user:word@a',
    'a:8021',
    'esl://a b',
  ])('is refused: %s', (url) => {
    expect(make({ url })).toThrow('the address of an event socket')
  })

  it('is accepted with a name, an address, or an address of IPv6', () => {
    for (const url of ['esl://switch.example', 'tcp://10.0.0.1:9000', 'esl://[::1]:8021/'])
      expect(make({ url })).not.toThrow()
  })

  it('is refused with a password of two lines, a gateway or an endpoint that is none', () => {
    expect(make({ password: 'a\nevent json ALL' })).toThrow('a password of one line')
    expect(make({ gateway: 'a b' })).toThrow('the name of a gateway')
    expect(make({ agentEndpoint: 'user/1000' })).toThrow('{extension}')
  })
})
