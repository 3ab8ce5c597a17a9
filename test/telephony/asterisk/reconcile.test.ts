import { describe, expect, it, onTestFinished } from 'vitest'
import { type FakeAriOptions, startFakeAri } from './fake-ari.ts'
import { recordedScripts } from './fake-script.ts'
import { type DispatcherOptions, request, speedOfTests, startDialer, startWorld, until } from './support.ts'

const isConnected = (line: string) => line === 'connected'
const isLost = (line: string) => line.startsWith('disconnected')
const nobody = { name: '', number: '' }

/** An Asterisk that has calls of before: of this installation, of another one, and of nobody. */
async function startWithCalls(fakeOptions: FakeAriOptions = {}) {
  const asterisk = await startFakeAri({ speed: speedOfTests, ...fakeOptions })
  onTestFinished(asterisk.stop)
  const place = (id: string, number: string, variables: Record<string, string>, endpoint = `PJSIP/${number}@trunk`) =>
    asterisk.of.originate({
      ...{ id, endpoint, variables, caller: nobody, connected: nobody, timeoutMs: null },
      target: { type: 'CONTEXT', context: 'dialgraph-answer', exten: 's', priority: 1 },
    })
  place('ours', '1001', { dialgraph_installation: 'one' })
  place('theirs', '1001', { dialgraph_installation: 'two' })
  place("nobody's", '1001', {})
  place('elsewhere', '1001', {}, 'PJSIP/agent1')
  const isUp = (id: string) => asterisk.of.channels.get(id)?.state === 'Up'
  await until(() => isUp('ours'))
  return { asterisk, place }
}

async function connect(url: string, options: DispatcherOptions = {}) {
  const dialer = startDialer(url, options)
  await dialer.told.find(isConnected)
  return dialer
}

describe('the calls of before', () => {
  it('are listed where they carry the id of this installation', async () => {
    const { asterisk } = await startWithCalls()
    const { driver, heard } = await connect(asterisk.url)
    expect(await driver.list()).toEqual(['ours'])
    expect(await driver.lookup('ours')).toEqual({ type: 'LIVE', state: 'ANSWERED' })
    expect(heard.entries).toEqual([])
  })

  it('are asked about once, and those of other trunks never', async () => {
    const { asterisk } = await startWithCalls()
    const { driver } = await connect(asterisk.url)
    for (let i = 0; i < 3; i++) await driver.list()
    const asked = asterisk.asked('GET', 'channels').filter(({ path }) => path[2] === 'variable')
    expect(asked.map(({ path }) => path[1]).sort()).toEqual(["nobody's", 'ours', 'theirs'])
  })

  it('are not asked about where each channel shows whose it is', async () => {
    const { asterisk } = await startWithCalls({ channelvars: ['dialgraph_installation'] })
    const { driver } = await connect(asterisk.url)
    expect(await driver.list()).toEqual(['ours'])
    expect(asterisk.asked('GET', 'channels').filter(({ path }) => path[2] === 'variable')).toEqual([])
  })

  it('can be played to and hung up, and their end is told', async () => {
    const { asterisk } = await startWithCalls()
    const { driver, hears, ends, storyOf } = await connect(asterisk.url)
    await driver.play('ours', 'p', ['http://localhost/hello.wav'])
    await hears('ours', 'PLAYBACK_ENDED p')
    await driver.hangup('ours', 'AMD')
    await ends('ours')
    expect(storyOf('ours').slice(-2)).toEqual(['PLAYBACK_ENDED p', 'HANGUP AMD US'])
  })

  it('are not silently left out where Asterisk does not say whose they are', async () => {
    const { asterisk } = await startWithCalls()
    const isQuestion = ({ path }: { path: readonly string[] }) => path[1] === 'ours' && path[2] === 'variable'
    asterisk.trouble(isQuestion, { type: 'ANSWER', status: 500, body: {} })
    const { told, effects } = startDialer(asterisk.url)
    expect(await told.find(isLost)).toBe('disconnected: GET /channels/ours/variable was answered 500')
    await effects.advance(250)
    await told.find(isConnected)
  })

  it('are known as they are when they have been found, not as they were when they were listed', async () => {
    const scripts = { ...recordedScripts, 7: [{ type: 'ANSWERS', afterMs: 10_000 }] } as const
    const { asterisk, place } = await startWithCalls({ scripts })
    place('late', '7', { dialgraph_installation: 'one' })
    const isQuestion = ({ path }: { path: readonly string[] }) => path[1] === 'late' && path[2] === 'variable'
    const after = until(() => asterisk.of.channels.get('late')?.stasisApp === 'dialgraph')
    asterisk.trouble(isQuestion, { type: 'ANSWER', status: 200, body: { value: 'one' }, after })
    const { driver, told, hears } = startDialer(asterisk.url)
    await told.find(isConnected)
    await driver.play('late', 'p', ['http://localhost/hello.wav'])
    await hears('late', 'PLAYBACK_ENDED p')
  })

  it('have ended by the word of Asterisk, where that word came while they were being found', async () => {
    const { asterisk } = await startWithCalls()
    const isQuestion = ({ path }: { path: readonly string[] }) => path[1] === 'ours' && path[2] === 'variable'
    let answer = () => {}
    const after = new Promise<void>((resolve) => {
      answer = resolve
    })
    asterisk.trouble(isQuestion, { type: 'ANSWER', status: 200, body: { value: 'one' }, after })
    const { driver, told, said } = startDialer(asterisk.url)
    await asterisk.requests.find(isQuestion)
    const channel = asterisk.of.channels.get('ours')
    if (channel !== undefined) asterisk.of.leave(channel)
    asterisk.sendText('not JSON: once it is complained of, what came before it was heard')
    await said.find(({ message }) => message.includes('a bad event'))
    answer()
    await told.find(isConnected)
    expect(await driver.lookup('ours')).toMatchObject({ type: 'ENDED', reason: 'NORMAL', answeredAt: null })
    expect(await driver.list()).toEqual([])
  })
})

describe('a call that vanished while the connection was lost', () => {
  it('is told as ended, UNKNOWN, before the connection is told', async () => {
    const { asterisk, driver, effects, heard, told, hears, storyOf } = await startWorld()
    await driver.originate(request('gone', '1001'))
    await driver.originate(request('stays', '1180'))
    await hears('gone', 'ANSWERED')
    await hears('stays', 'RINGING')
    asterisk.breakConnections()
    await told.find(isLost)
    const channel = asterisk.of.channels.get('gone')
    if (channel !== undefined) asterisk.of.hangUp(channel, 16)
    await effects.advance(250)
    await asterisk.requests.find(({ path }) => path.join() === 'channels')
    await until(
      () => heard.entries.at(-1)?.type === 'HANGUP',
      () => effects.advance(50),
    )
    expect(storyOf('gone')).toEqual(['RINGING', 'ANSWERED', 'HANGUP UNKNOWN THEM'])
    await told.count(3)
    expect(await driver.list()).toEqual(['stays'])
    expect(await driver.lookup('gone')).toMatchObject({ type: 'ENDED', reason: 'UNKNOWN' })
  })

  it('and was never answered for is not told: its request may still be on its way', async () => {
    const { asterisk, driver, effects, told, heard } = await startWorld()
    const isPlacing = ({ method, path }: { method: string; path: readonly string[] }) =>
      method === 'POST' && path.join() === 'channels'
    asterisk.trouble(isPlacing, { type: 'RESET' })
    expect(await driver.originate(request('a', '1180'))).toEqual({ type: 'INDETERMINATE' })
    asterisk.breakConnections()
    await told.find(isLost)
    await effects.advance(250)
    await told.count(3)
    expect(await driver.lookup('a')).toEqual({ type: 'CANNOT_TELL' })
    expect(heard.entries).toEqual([])
  })
})

describe('a call whose end is never told', () => {
  it('is found out by looking from time to time, and makes room for others', async () => {
    const { asterisk, driver, effects, heard, hears, storyOf } = await startWorld({ callsMax: 1 })
    asterisk.lose('ChannelDestroyed')
    await driver.originate(request('a', '1180'))
    await hears('a', 'RINGING')
    await driver.hangup('a', 'CANCEL')
    await until(() => !asterisk.of.channels.has('a'))
    expect(await driver.originate(request('b', '1180'))).toMatchObject({ type: 'NOT_SENT' })
    await until(
      () => heard.entries.at(-1)?.type === 'HANGUP',
      () => effects.advance(1000),
    )
    expect(storyOf('a')).toEqual(['RINGING', 'HANGUP UNKNOWN THEM'])
    expect(await driver.originate(request('b', '1180'))).toEqual({ type: 'ACCEPTED' })
  })

  it('cannot be told about', async () => {
    const { asterisk, driver, effects, hears } = await startWorld()
    asterisk.lose('ChannelDestroyed')
    await driver.originate(request('a', '1180'))
    await hears('a', 'RINGING')
    await driver.hangup('a', 'CANCEL')
    await until(() => !asterisk.of.channels.has('a'))
    let answer: unknown = null
    void driver.lookup('a').then((said) => {
      answer = said
    })
    await until(
      () => answer !== null,
      () => effects.advance(50),
    )
    expect(answer).toEqual({ type: 'CANNOT_TELL' })
  })
})

describe('a call that comes about long after its request', () => {
  it('is found, and told of', async () => {
    const { asterisk, driver, effects, heard, hears, storyOf } = await startWorld()
    const isPlacing = ({ method, path }: { method: string; path: readonly string[] }) =>
      method === 'POST' && path.join() === 'channels'
    asterisk.trouble(isPlacing, { type: 'RESET' })
    await driver.originate(request('a', '1180', { ringTimeoutMs: 1000 }))
    await effects.advance(11_000)
    asterisk.of.originate({
      ...{ id: 'a', endpoint: 'PJSIP/1180@trunk', caller: nobody, connected: nobody, timeoutMs: null },
      variables: { dialgraph_installation: 'one' },
      target: { type: 'CONTEXT', context: 'dialgraph-answer', exten: 's', priority: 1 },
    })
    await until(
      () => heard.entries.length > 0,
      () => effects.advance(1000),
    )
    expect(storyOf('a')).toEqual(['RINGING'])
    await driver.hangup('a', 'CANCEL')
    await hears('a', 'HANGUP CANCEL US')
  })
})

describe('a lookup', () => {
  it('tells how a call has ended, and when', async () => {
    const { driver, effects, hears, ends } = await startWorld()
    await driver.originate(request('a', '1000'))
    await hears('a', 'ANSWERED')
    const answeredAt = effects.now()
    await ends('a')
    const endedAt = effects.now()
    expect(await driver.lookup('a')).toEqual({ type: 'ENDED', reason: 'NORMAL', answeredAt, endedAt })
  })

  it('of a call that nobody knows cannot be answered', async () => {
    const { driver } = await startWorld()
    expect(await driver.lookup('nobody')).toEqual({ type: 'CANNOT_TELL' })
  })

  it('rejects where Asterisk does not answer as it should', async () => {
    const { asterisk, driver } = await startWorld()
    asterisk.setPhase('PAGES')
    await expect(driver.lookup('a')).rejects.toThrow('404')
    asterisk.setPhase('NOT_BOOTED')
    await expect(driver.lookup('a')).rejects.toThrow('503 Asterisk not booted')
    await expect(driver.list()).rejects.toThrow('503')
    await expect(driver.epoch()).rejects.toThrow('503')
  })
})

describe('the epoch', () => {
  it('is that of the process that runs', async () => {
    const { asterisk, driver, effects, told } = await startWorld()
    const epoch = await driver.epoch()
    expect(epoch).toMatch(/^00:00:5e:00:53:01 \d{4}-\d\d-\d\dT/)
    expect(await driver.epoch()).toBe(epoch)
    await asterisk.kill()
    await told.find(isLost)
    await asterisk.boot()
    await effects.advance(250)
    await told.count(3)
    expect(await driver.epoch()).not.toBe(epoch)
  })
})
