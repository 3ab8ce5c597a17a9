import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createEffects, type Effects } from '../../../src/kernel/effects.ts'
import { heardEvents } from '../../../src/telephony/asterisk/messages.ts'
import { createTape } from '../simulator/remote-support.ts'
import { startFakeAri } from './fake-ari.ts'
import { request, speedOfTests, startDialer, startWorld, until } from './support.ts'

const isConnected = (line: string) => line === 'connected'
const isLost = (line: string) => line.startsWith('disconnected')

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

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

describe('a connection', () => {
  it('hears of every call, and of nothing that is of no use', async () => {
    const { asterisk, driver } = await startWorld({ app: 'mine' })
    const [app] = [...asterisk.of.apps.values()]
    expect(app?.name).toBe('mine')
    expect([...(app?.channelIds ?? [])]).toEqual(['__AST_CHANNEL_ALL_TOPIC'])
    expect([...(app?.allowed ?? [])].sort()).toEqual([...heardEvents].sort())
    // Asked for with a request: in the address of the connection it would be all that there is, devices included.
    expect(asterisk.asked('POST', 'applications').map(({ query }) => query)).toEqual([{ eventSource: 'channel:' }])
    expect(await driver.health()).toEqual({ ok: true, detail: `Asterisk at ${asterisk.url}` })
  })

  it('asks again to hear of every call where the application has outlived its last client', async () => {
    const asterisk = await startFakeAri({ speed: speedOfTests })
    onTestFinished(asterisk.stop)
    const channelIds = new Set(['lingering'])
    asterisk.of.apps.set('dialgraph', {
      name: 'dialgraph',
      send: null,
      channelIds,
      allowed: new Set(),
      disallowed: new Set(),
    })
    const { told, driver, ends } = startDialer(asterisk.url)
    await told.find(isConnected)
    expect([...channelIds]).toEqual(['lingering', '__AST_CHANNEL_ALL_TOPIC'])
    await driver.originate(request('a', '1486'))
    await ends('a')
  })

  it('is tried again with growing pauses, and a trouble is told once', async () => {
    const { effects, held } = createHeldTimers()
    const { told } = startDialer(`http://127.0.0.1:${await freePort()}/ari`, { effects })
    const pauses: number[] = []
    for (let attempt = 1; attempt <= 8; attempt++) {
      // Each attempt sets one timer for itself, and once it has failed one for the next attempt.
      await held.count(2 * attempt)
      const timer = held.entries.at(-1)
      pauses.push(timer?.delayMs ?? 0)
      timer?.run()
    }
    expect(pauses).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000])
    expect(told.entries).toEqual([expect.stringMatching(/^disconnected: connect ECONNREFUSED/)])
  })

  it('waits for an Asterisk that starts: refused, a page, not booted, there', async () => {
    const { asterisk, driver, effects, told } = await startWorld()
    await asterisk.kill()
    await told.find(isLost)
    await effects.advance(250)
    await told.find((line) => line.includes('ECONNREFUSED'))
    await asterisk.boot('PAGES')
    await effects.advance(500)
    await told.find((line) => line.endsWith('response: 404'))
    asterisk.setPhase('NOT_BOOTED')
    await effects.advance(1000)
    await told.find((line) => line.endsWith('response: 503'))
    expect((await driver.health()).ok).toBe(false)
    expect((await driver.health()).detail).toContain('out of reach: Unexpected server response: 503')
    asterisk.setPhase('UP')
    await effects.advance(2000)
    await told.count(6)
    expect(told.entries.filter(isConnected).length).toBe(2)
  })

  it('that is lost while it is prepared is made anew, and what it had asked is of no interest any more', async () => {
    const asterisk = await startFakeAri()
    onTestFinished(asterisk.stop)
    const isList = ({ path }: { path: readonly string[] }) => path.join() === 'channels'
    asterisk.trouble(isList, { type: 'SILENCE' })
    const { told, effects, driver } = startDialer(asterisk.url)
    await asterisk.requests.find(isList)
    asterisk.breakConnections()
    await told.find(isLost)
    await effects.advance(250)
    await told.find(isConnected)
    await effects.advance(20_000)
    await driver.lookup('nobody')
    expect(told.entries).toEqual(['disconnected: the connection broke', 'connected'])
    expect(asterisk.clients.entries.length).toBe(2)
  })

  it('is not one with a wrong password, or with a name that may only read', async () => {
    const asterisk = await startFakeAri()
    onTestFinished(asterisk.stop)
    const stranger = startDialer(asterisk.url, { password: 'wrong' })
    expect(await stranger.told.find(isLost)).toBe('disconnected: Unexpected server response: 401')
    const reader = startDialer(asterisk.url, { username: 'readonly' })
    expect(await reader.told.find(isLost)).toBe(
      'disconnected: PUT /applications/dialgraph/eventFilter was answered 403 Write access denied',
    )
  })

  it('is lost when two heartbeats have no answer', async () => {
    const { asterisk, effects, told, driver } = await startWorld({ heartbeatMs: 1000 })
    asterisk.fallSilent()
    // Each step is a beat. An answer that was on its way still counts.
    await until(
      () => told.entries.length > 1,
      () => effects.advance(1000),
    )
    expect(told.entries.at(-1)).toBe('disconnected: no heartbeat for 2000 ms')
    expect((await driver.health()).ok).toBe(false)
  })

  it('stays while signs of life come', async () => {
    const { asterisk, effects, told } = await startWorld({ heartbeatMs: 1000 })
    for (let beat = 0; beat < 5; beat++) {
      const ponged = once(asterisk.clients.entries[0] as never, 'ping')
      await effects.advance(1000)
      await ponged
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(told.entries).toEqual(['connected'])
  })

  it('bears events that are cut, unknown, of another form, told twice, or of calls that nobody knows', async () => {
    const { asterisk, driver, said, hears, ends, storyOf } = await startWorld()
    const channel = { id: 'nobody', name: 'PJSIP/trunk-000000ff', state: 'Up' }
    await driver.originate(request('a', '1180'))
    await hears('a', 'RINGING')
    for (const text of [
      ...['{"type":"ChannelDestr', '', 'null', '[]', '7', '{}', '{"type":{}}', '{"type":"Future","of":1}'],
      JSON.stringify({ type: 'ChannelDestroyed', channel: { id: 'a' } }),
      JSON.stringify({ type: 'Dial', dialstatus: 'ANSWER' }),
      JSON.stringify({ type: 'ChannelStateChange', channel: { ...channel, future: {} } }),
      JSON.stringify({ type: 'PlaybackFinished', playback: { id: 'p', target_uri: 'bridge:b', state: 'done' } }),
      JSON.stringify({ type: 'ChannelStateChange', channel: { ...channel, id: 'a', state: 'Ringing' }, future: 1 }),
    ])
      asterisk.sendText(text)
    await driver.hangup('a', 'CANCEL')
    await ends('a')
    const destroyed = { type: 'ChannelDestroyed', cause: 17, channel: { ...channel, id: 'a' } }
    asterisk.sendText(JSON.stringify(destroyed))
    await driver.originate(request('b', '1486'))
    await ends('b')
    expect(storyOf('a')).toEqual(['RINGING', 'HANGUP CANCEL US'])
    expect(await driver.lookup('a')).toMatchObject({ type: 'ENDED', reason: 'CANCEL' })
    expect(said.entries.filter(({ message }) => message.includes('a bad event')).length).toBe(8)
  })
})

describe('an application that another client has taken over', () => {
  it('is left to it: nothing is placed, until nobody has it any more', async () => {
    const { asterisk, driver, effects, told } = await startWorld()
    const other = await asterisk.replaceClient('dialgraph')
    expect(await told.find(isLost)).toBe('disconnected: another client has taken over the application')
    expect(await driver.originate(request('a', '1000'))).toMatchObject({ type: 'REJECTED', reason: 'FAILED' })
    await effects.advance(60_000)
    expect(asterisk.clients.entries.length).toBe(2)
    expect(told.entries.length).toBe(2)
    const gone = once(other, 'close')
    other.close()
    await gone
    await asterisk.requests.find(() => !asterisk.of.apps.has('dialgraph'))
    await until(
      () => told.entries.length === 3,
      () => effects.advance(1000),
    )
    expect(told.entries.at(-1)).toBe('connected')
    expect(await driver.originate(request('a', '1000'))).toEqual({ type: 'ACCEPTED' })
  })

  it('is left to it although its calls outlive it', async () => {
    const { asterisk, driver, effects, told, hears } = await startWorld({ mode: 'app' })
    await driver.originate(request('a', '1001'))
    await hears('a', 'ANSWERED')
    const other = await asterisk.replaceClient('dialgraph')
    await told.find(isLost)
    other.close()
    await once(other, 'close')
    for (let i = 0; i < 30; i++) await effects.advance(1000)
    expect(told.entries.length).toBe(2)
    await driver.hangup('a', 'NORMAL')
    await until(
      () => told.entries.length === 3,
      () => effects.advance(1000),
    )
    expect(told.entries.at(-1)).toBe('connected')
  })
})

describe('a stop', () => {
  it('leaves the calls to Asterisk', async () => {
    const { asterisk, driver, hears } = await startWorld()
    await driver.originate(request('a', '1001'))
    await hears('a', 'ANSWERED')
    await driver.stop()
    expect([...asterisk.of.channels.keys()]).toEqual(['a'])
    expect(await driver.health()).toEqual({ ok: false, detail: 'Asterisk, stopped' })
  })

  it('is one before the first connection, too', async () => {
    const { driver, told } = startDialer(`http://127.0.0.1:${await freePort()}/ari`)
    await driver.stop()
    expect(told.entries).toEqual([])
  })
})
