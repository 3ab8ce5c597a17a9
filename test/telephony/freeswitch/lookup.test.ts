import { describe, expect, it } from 'vitest'
import { createWorld } from './support.ts'

describe('a lookup', () => {
  it('tells whether a live call rings or was answered', async () => {
    const { driver, place, hears } = await createWorld()
    const callId = await place('1001')
    expect(await driver.lookup(callId)).toEqual({ type: 'LIVE', state: 'RINGING' })
    await hears(callId, 'ANSWERED')
    expect(await driver.lookup(callId)).toEqual({ type: 'LIVE', state: 'ANSWERED' })
  })

  it('takes early media for ringing', async () => {
    const { driver, place, hears } = await createWorld()
    const callId = await place('1183')
    await hears(callId, 'EARLY_MEDIA')
    expect(await driver.lookup(callId)).toEqual({ type: 'LIVE', state: 'RINGING' })
  })

  it('tells how and when a call ended, and when it was answered', async () => {
    const { driver, place, ends, heard } = await createWorld()
    const answered = await place('1000')
    await ends(answered)
    const at = (type: string) => heard.find((news) => news.type === type)?.at
    expect(await driver.lookup(answered)).toEqual({
      ...{ type: 'ENDED', reason: 'NORMAL', answeredAt: at('ANSWERED'), endedAt: at('HANGUP') },
    })
    const busy = await place('1486')
    await ends(busy)
    expect(await driver.lookup(busy)).toMatchObject({ type: 'ENDED', reason: 'BUSY', answeredAt: null })
  })

  it('cannot tell of a call that nobody knows', async () => {
    const { driver, effects } = await createWorld()
    expect(await driver.lookup(effects.id())).toEqual({ type: 'CANNOT_TELL' })
  })

  it('cannot tell any more an hour after the end', async () => {
    const { driver, effects, place, ends } = await createWorld()
    const callId = await place('1486')
    await ends(callId)
    await effects.advance(3_599_000)
    expect((await driver.lookup(callId)).type).toBe('ENDED')
    await effects.advance(2000)
    expect(await driver.lookup(callId)).toEqual({ type: 'CANNOT_TELL' })
  })

  it('of a call that ends at that moment waits for its news', async () => {
    const { raw, effects, place, hears, storyOf } = await createWorld()
    const callId = await place('1001')
    await hears(callId, 'ANSWERED')
    const hungUp = raw.hangup(callId, 'AMD')
    // Within the 20 ms in which the switch knows no such channel any more, and has not told of its end.
    await effects.advance(5)
    const found = raw.lookup(callId)
    await effects.advance(50)
    await hungUp
    expect(await found).toMatchObject({ type: 'ENDED', reason: 'AMD' })
    expect(storyOf(callId).at(-1)).toBe('HANGUP AMD US')
  })
})

describe('a program that was started anew', () => {
  it('finds the calls of the one before, and nobody else’s', async () => {
    const { driver, fake, effects, place, hears, startAnother, phone } = await createWorld()
    const ringing = await place('1180')
    const talking = await place('1001')
    await hears(talking, 'ANSWERED')
    await driver.connect(talking, phone('agent', '1001'))
    await hears(talking, 'AGENT_CONNECTED agent')
    fake.current.originate('somebody', { uuid: effects.id(), gateway: 'trunk', number: '1001', variables: new Map() })
    const others = new Map([['dialgraph_installation', 'another']])
    fake.current.originate('else', { uuid: effects.id(), gateway: 'trunk', number: '1001', variables: others })
    await effects.advance(1000)
    await driver.stop()
    const another = await startAnother()
    expect([...(await another.list())].sort()).toEqual([ringing, talking].sort())
    expect(await another.lookup(talking)).toEqual({ type: 'LIVE', state: 'ANSWERED' })
    expect(await another.lookup(ringing)).toEqual({ type: 'LIVE', state: 'RINGING' })
  })

  it('hears of them, plays to them and hangs them up', async () => {
    const { driver, place, hears, startAnother, storyOf, ends } = await createWorld()
    const ringing = await place('1180')
    const talking = await place('1001')
    await hears(talking, 'ANSWERED')
    await driver.stop()
    const another = await startAnother()
    await another.play(talking, 'p', ['http://a.example/hello.wav'])
    await hears(talking, 'PLAYBACK_ENDED p')
    await another.hangup(talking, 'AMD')
    await another.hangup(ringing, 'CANCEL')
    await ends(talking)
    expect(storyOf(talking).at(-1)).toBe('HANGUP AMD US')
    expect(storyOf(ringing).at(-1)).toBe('HANGUP CANCEL US')
  })

  it('knows by the cause why the one before ended them', async () => {
    const { driver, fake, place, hears, effects, startAnother, storyOf, ends } = await createWorld()
    const ringing = await place('1180', { ringTimeoutMs: 3000 })
    const talking = await place('1001', { maxDurationMs: 3000 })
    await hears(talking, 'ANSWERED')
    await driver.stop()
    await startAnother()
    await ends(talking)
    await effects.advance(1000)
    expect(storyOf(ringing).at(-1)).toBe('HANGUP NO_ANSWER US')
    expect(storyOf(talking).at(-1)).toBe('HANGUP TIMEOUT US')
    expect(fake.commands.filter((command) => command.includes('uuid_kill'))).toEqual([])
  })

  it('hears of a call that is found by nothing but its news', async () => {
    const { driver, fake, place, startAnother, storyOf, ends } = await createWorld()
    const callId = await place('1000')
    await driver.stop()
    fake.faults.unlisted = true
    await startAnother()
    await ends(callId)
    expect(storyOf(callId)).toEqual(['RINGING', 'ANSWERED', 'HANGUP NORMAL THEM'])
  })
})

describe('the list', () => {
  it('shows the live calls and no others', async () => {
    const { driver, place, ends, hears } = await createWorld()
    const busy = await place('1486')
    const stays = await place('1001')
    expect([...(await driver.list())].sort()).toEqual([busy, stays].sort())
    await ends(busy)
    await hears(stays, 'ANSWERED')
    expect(await driver.list()).toEqual([stays])
  })

  it('of a switch without a table of channels is an error, and calls go on all the same', async () => {
    const { driver, fake, place, hears, ends, effects, told } = await createWorld()
    const callId = await place('1001')
    await hears(callId, 'ANSWERED')
    fake.faults.tableless = true
    await expect(driver.list()).rejects.toThrow('does not list its channels')
    fake.cut()
    await effects.advance(1000)
    expect(told.at(-1)).toBe('connected')
    await driver.hangup(callId, 'NORMAL')
    await ends(callId)
  })

  it('asks once for each call of a program before', async () => {
    const { driver, fake, effects, startAnother, installationId } = await createWorld()
    const variables = new Map([['dialgraph_installation', installationId]])
    for (let i = 0; i < 250; i++)
      fake.current.originate('x', { uuid: effects.id(), gateway: 'trunk', number: '1001', variables })
    await effects.advance(1000)
    await driver.stop()
    const before = fake.commands.length
    const another = await startAnother()
    const asked = (name: string) => fake.commands.slice(before).filter((command) => command.startsWith(`api ${name} `))
    for (let i = 0; i < 2; i++) {
      expect((await another.list()).length).toBe(250)
      expect(asked('uuid_getvar').length).toBe(250)
      expect(asked('uuid_dump').length).toBe(250)
    }
  })
})
