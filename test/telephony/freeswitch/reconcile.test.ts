import { describe, expect, it } from 'vitest'
import type { Driver } from '../../../src/telephony/driver.ts'
import { createWorld } from './support.ts'

describe('calls, when the connection is lost', () => {
  it('that ended meanwhile are told as UNKNOWN before the connection counts', async () => {
    const { fake, effects, place, hears, heard, told, until, driver } = await createWorld()
    const callId = await place('1000')
    await hears(callId, 'ANSWERED')
    fake.cut()
    fake.faults.booting = true
    await effects.advance(5000)
    fake.faults.booting = false
    const before = heard.length
    let heardAtConnection = 0
    await until(() => {
      if (told.at(-1) !== 'connected' || told.length < 3) return false
      heardAtConnection ||= heard.length
      return true
    })
    expect(heard.slice(before)).toEqual([
      {
        ...{ type: 'HANGUP', callId, at: expect.any(Number), reason: 'UNKNOWN', by: 'THEM' },
        detail: 'the switch does not know it any more',
      },
    ])
    expect(heardAtConnection).toBe(before + 1)
    expect(await driver.lookup(callId)).toEqual({ type: 'CANNOT_TELL' })
  })

  it('that live go on, though they are missing in the list, which lags behind', async () => {
    const { fake, effects, place, hears, ends, storyOf, until, told } = await createWorld()
    const callId = await place('1180', { ringTimeoutMs: 20_000 })
    await hears(callId, 'RINGING')
    fake.faults.unlisted = true
    fake.cut()
    await until(() => told.length === 3)
    await effects.advance(100)
    await ends(callId)
    expect(storyOf(callId)).toEqual(['RINGING', 'HANGUP NO_ANSWER US'])
  })

  it('that were answered meanwhile are not told as such, but found, and end as answered ones', async () => {
    const { fake, effects, place, hears, storyOf, until, told, driver, ends } = await createWorld()
    const callId = await place('1001')
    await hears(callId, 'RINGING')
    fake.cut()
    fake.faults.booting = true
    await effects.advance(2000)
    fake.faults.booting = false
    await until(() => told.at(-1) === 'connected')
    expect(storyOf(callId)).toEqual(['RINGING'])
    expect(await driver.lookup(callId)).toEqual({ type: 'LIVE', state: 'ANSWERED' })
    await driver.play(callId, 'p', ['http://a.example/hello.wav'])
    await hears(callId, 'PLAYBACK_ENDED p')
    await driver.hangup(callId, 'NORMAL')
    await ends(callId)
    expect(storyOf(callId).at(-1)).toBe('HANGUP NORMAL US')
  })

  it('that were answered meanwhile can be played to at once', async () => {
    const { fake, effects, place, hears, until, told, driver } = await createWorld()
    const callId = await place('1001')
    await hears(callId, 'RINGING')
    fake.faults.booting = true
    fake.cut()
    await effects.advance(2000)
    fake.faults.booting = false
    await until(() => told.at(-1) === 'connected')
    await driver.play(callId, 'p', ['http://a.example/hello.wav'])
    await hears(callId, 'PLAYBACK_ENDED p')
  })

  it('whose time ran out meanwhile are hung up on the next connection', async () => {
    const { fake, effects, startsAt, place, hears, storyOf, ends } = await createWorld()
    const ringing = await place('1180', { ringTimeoutMs: 3000 })
    const talking = await place('1001', { maxDurationMs: 3000 })
    await hears(talking, 'ANSWERED')
    fake.faults.booting = true
    fake.cut()
    await effects.advance(3550)
    fake.faults.booting = false
    await ends(talking)
    expect(storyOf(talking).at(-1)).toBe('HANGUP TIMEOUT US')
    expect(effects.now() - startsAt).toBeLessThan(5000)
    // The switch has ended the other one itself by then.
    expect(storyOf(ringing).at(-1)).toMatch(/HANGUP (UNKNOWN THEM|NO_ANSWER US)/)
  })

  it('that were requested, and are found, are told of again', async () => {
    const { fake, raw, effects, request, storyOf, ends } = await createWorld()
    fake.faults.withheld.add('CHANNEL_CREATE')
    const of = request('1486')
    const asked = raw.originate(of)
    await effects.advance(5)
    fake.cut()
    expect(await asked).toEqual({ type: 'INDETERMINATE' })
    await effects.advance(260)
    await ends(of.callId)
    expect(storyOf(of.callId)).toEqual(['HANGUP BUSY THEM'])
  })

  it('that were requested, and are not found, are not told as ended: they may still come about', async () => {
    const { fake, raw, effects, request, heard, told } = await createWorld()
    fake.faults.lazy = true
    const of = request('1001')
    const asked = raw.originate(of)
    await effects.advance(5)
    fake.cut()
    expect(await asked).toEqual({ type: 'INDETERMINATE' })
    await effects.advance(20_000)
    expect(told.at(-1)).toBe('connected')
    expect(heard).toEqual([])
  })
})

describe('a question', () => {
  it.each([
    ['about a call', (driver: Driver) => driver.lookup('a')],
    ['for the list', (driver: Driver) => driver.list()],
    ['for a hangup', (driver: Driver) => driver.hangup('a', 'NORMAL')],
  ])('%s that the connection breaks under is rejected', async (_, ask) => {
    const { fake, raw, effects } = await createWorld()
    fake.faults.deaf = true
    const asked = (ask(raw) as Promise<unknown>).catch((error: Error) => error.name)
    await effects.advance(10)
    fake.cut()
    await effects.settle()
    expect(await asked).toBe('AnswerLost')
  })

  it('about what lives that is not answered in 10 s ends the connection', async () => {
    const { fake, effects, told } = await createWorld({ heartbeatMs: 60_000 })
    fake.faults.deaf = true
    fake.cut()
    await effects.advance(12_000)
    expect(told).toContain('disconnected: it does not say what lives')
  })
})

describe('a switch that ends', () => {
  it('by a signal hangs up its calls, which is not an end that anybody on the line has made', async () => {
    const { fake, effects, place, hears, storyOf, told } = await createWorld()
    const talking = await place('1001')
    const ringing = await place('1180')
    await hears(talking, 'ANSWERED')
    fake.shutDown()
    await effects.advance(100)
    expect(storyOf(talking)).toEqual(['RINGING', 'ANSWERED', 'HANGUP FAILED US'])
    expect(storyOf(ringing)).toEqual(['RINGING', 'HANGUP FAILED US'])
    await effects.advance(20_000)
    expect(told.map((line) => line.split(':')[0])).toContain('disconnected')
    expect(told.at(-1)).toBe('connected')
  })

  it('by a signal leaves agents who were rung or talked without a word, and their calls FAILED', async () => {
    const { fake, effects, driver, place, hears, phone, storyOf } = await createWorld()
    const [offered, joined] = [await place('1001'), await place('1001')]
    await hears(joined, 'ANSWERED')
    await driver.connect(offered, phone('rung', '1180'))
    await driver.connect(joined, phone('talking', '1001'))
    await hears(joined, 'AGENT_CONNECTED talking')
    fake.shutDown()
    await effects.advance(1000)
    expect(storyOf(offered).slice(2)).toEqual(['HANGUP FAILED US'])
    expect(storyOf(joined).slice(2)).toEqual(['AGENT_CONNECTED talking', 'HANGUP FAILED US'])
  })

  it('without a word leaves calls that nobody knows of, and comes back with another epoch', async () => {
    const { fake, effects, driver, place, hears, storyOf, told } = await createWorld()
    const epoch = await driver.epoch()
    const talking = await place('1001')
    await hears(talking, 'ANSWERED')
    fake.restart()
    await effects.advance(20_000)
    expect(told.at(-1)).toBe('connected')
    expect(storyOf(talking).at(-1)).toBe('HANGUP UNKNOWN THEM')
    expect(await driver.epoch()).not.toBe(epoch)
    expect(await driver.list()).toEqual([])
  })

  it('takes with it what it was asked for and never showed', async () => {
    const { fake, raw, effects, request, heard } = await createWorld({ callsMax: 1 })
    fake.faults.lazy = true
    const asked = raw.originate(request('1001'))
    await effects.advance(3000)
    expect(await asked).toEqual({ type: 'INDETERMINATE' })
    fake.faults.lazy = false
    fake.restart()
    await effects.advance(10_000)
    const next = raw.originate(request('1001'))
    await effects.advance(10)
    expect(await next).toEqual({ type: 'ACCEPTED' })
    expect(heard).toEqual([])
  })

  it('is out of reach for whoever asks meanwhile', async () => {
    const { fake, effects, driver } = await createWorld()
    fake.restart()
    await effects.settle()
    const asked = [driver.epoch(), driver.list(), driver.lookup('a'), driver.hangup('a', 'NORMAL')]
    for (const { status, reason } of (await Promise.allSettled(asked)) as PromiseRejectedResult[])
      expect([status, reason.name]).toEqual(['rejected', 'NotSent'])
    await expect(driver.play('a', 'p', [])).rejects.toThrow('out of reach')
  })
})
