import { describe, expect, it } from 'vitest'
import { createAnswered } from './support.ts'

const hello = 'http://a.example/hello.wav'
const long = 'http://a.example/long.wav'
const missing = 'http://a.example/nosuch.wav'
const settings = { format: 'wav', durationMaxMs: null, beep: false } as const
const path = '/opt/recordings/r.wav'

describe('while the connection is lost', () => {
  it.each([
    ['ends is told as ended', [hello], 'PLAYBACK_ENDED p'],
    ['fails is told as failed', [missing], 'PLAYBACK_ENDED p failed'],
  ])('a playback that %s, once, before the connection counts', async (_, urls, line) => {
    const { driver, callId, heard, told, story, until, advance, fake } = await createAnswered()
    await driver.play(callId, 'p', urls)
    await advance(100)
    fake.faults.booting = true
    fake.cut()
    await advance(5000)
    expect(story()).toEqual([])
    fake.faults.booting = false
    const before = heard.length
    let heardAtConnection = 0
    await until(() => {
      if (told.at(-1) === 'connected') heardAtConnection ||= heard.length
      return heardAtConnection > 0
    })
    expect(heardAtConnection).toBe(before + 1)
    await advance(5000)
    expect(story()).toEqual([line])
  })

  it('a playback of several recordings waits for the next connection, and goes on', async () => {
    const { driver, callId, story, loseConnection, advance, sent } = await createAnswered()
    await driver.play(callId, 'p', [hello, hello])
    await advance(100)
    await loseConnection(5000)
    expect(story()).toEqual([])
    await advance(5000)
    expect(sent('uuid_broadcast').length).toBe(2)
    expect(story()).toEqual(['PLAYBACK_ENDED p'])
  })

  it('a playback whose request was lost with it is told as failed', async () => {
    const { fake, driver, callId, story, advance, told } = await createAnswered()
    fake.faults.silent = true
    await driver.play(callId, 'p', [long])
    fake.cut()
    fake.faults.silent = false
    await advance(2000)
    expect(told.at(-1)).toBe('connected')
    expect(story()).toEqual(['PLAYBACK_ENDED p failed'])
  })

  it('a speech that is made is played on the next connection', async () => {
    let finish = (_path: string) => {}
    const renderSpeech = () =>
      new Promise<string>((resolve) => {
        finish = resolve
      })
    const { fake, driver, callId, story, advance } = await createAnswered({ renderSpeech })
    await driver.speak(callId, 'p', { text: 'hello', language: null, gender: null })
    fake.faults.booting = true
    fake.cut()
    await advance(1000)
    finish(hello)
    await advance(1000)
    fake.faults.booting = false
    await advance(60_000)
    expect(story()).toEqual(['PLAYBACK_ENDED p'])
  })

  it('a playback that was being stopped is broken off on the next connection', async () => {
    const { fake, driver, callId, story, advance, sent } = await createAnswered()
    await driver.play(callId, 'p', [long])
    await advance(500)
    fake.faults.silent = true
    await driver.stopPlayback(callId, 'p')
    fake.cut()
    fake.faults.silent = false
    await advance(5000)
    expect(sent('uuid_break').length).toBeGreaterThan(0)
    expect(story()).toEqual(['PLAYBACK_ENDED p'])
    expect(fake.current.find(callId)?.playlist).toEqual([])
  })

  it('a recording that goes on is ended as any other', async () => {
    const { driver, callId, story, loseConnection, advance } = await createAnswered()
    await driver.startRecording(callId, 'r', settings)
    await advance(100)
    await loseConnection(5000)
    await advance(5000)
    expect(story()).toEqual([])
    await driver.stopRecording(callId, 'r')
    await advance(5000)
    expect(story()).toEqual([`RECORDING_ENDED r ${path}`])
  })

  it('a recording that the switch ends is told of once', async () => {
    const { driver, callId, story, loseConnection, advance } = await createAnswered()
    await driver.startRecording(callId, 'r', { ...settings, durationMaxMs: 2000 })
    await advance(100)
    await loseConnection(5000)
    expect(story()).toEqual([`RECORDING_ENDED r ${path}`])
    await advance(5000)
    expect(story().length).toBe(1)
  })

  it('a recording whose request was lost with it is told as failed', async () => {
    const { fake, driver, callId, story, advance } = await createAnswered({ recordingsFolder: '/opt/recordings' })
    fake.faults.silent = true
    await driver.startRecording(callId, 'r', settings)
    await advance(100)
    fake.cut()
    fake.faults.silent = false
    await advance(5000)
    expect(story()).toEqual(['RECORDING_ENDED r failed'])
  })

  it.each([
    ['is answered is joined on the next one', '1001', ['LEG_CONNECTED l']],
    ['is refused is told of then', '1603', ['LEG_ENDED l']],
    ['rings goes on ringing', '1180', []],
  ])('a leg that %s', async (_, number, lines) => {
    const { driver, leg, callId, story, loseConnection, advance } = await createAnswered()
    await driver.dial(callId, leg('l', number))
    await advance(100)
    await loseConnection(2000)
    await advance(2000)
    expect(story()).toEqual(lines)
  })

  it('a leg that leaves is told of on the next one, and its call goes on', async () => {
    const { driver, leg, callId, hears, story, loseConnection, advance } = await createAnswered()
    await driver.dial(callId, leg('l', '1000'))
    await hears(callId, 'LEG_CONNECTED l')
    await loseConnection(5000)
    await driver.play(callId, 'p', [hello])
    await advance(5000)
    expect(story()).toEqual(['LEG_CONNECTED l', 'LEG_ENDED l answered', 'PLAYBACK_ENDED p'])
  })

  it('a leg whose ring time is over is hung up on the next one', async () => {
    const { driver, leg, callId, story, loseConnection, advance } = await createAnswered()
    await driver.dial(callId, { ...leg('l', '1180'), ringTimeoutMs: 10_000 })
    await advance(9000)
    await loseConnection(1500)
    await advance(100)
    expect(story()).toEqual(['LEG_ENDED l'])
  })

  it('a call that ends takes all it had with it, in order', async () => {
    const { driver, leg, callId, hears, story, loseConnection, advance } = await createAnswered({}, '1000')
    await driver.startRecording(callId, 'r', settings)
    await driver.dial(callId, leg('l', '1001'))
    await hears(callId, 'LEG_CONNECTED l')
    await driver.play(callId, 'p', [long])
    await loseConnection(5000)
    await advance(5000)
    expect(story()).toEqual([
      'LEG_CONNECTED l',
      `RECORDING_ENDED r ${path}`,
      'PLAYBACK_ENDED p failed',
      'HANGUP UNKNOWN THEM',
    ])
  })
})

describe('a program that comes after another one', () => {
  it('breaks off what is played to the calls, so that nothing sounds into what it plays', async () => {
    const { fake, driver, callId, story, startAnother, advance } = await createAnswered()
    await driver.play(callId, 'p', [long])
    await advance(1000)
    await driver.stop()
    const another = await startAnother()
    await advance(100)
    expect(fake.current.find(callId)?.playlist).toEqual([])
    await another.play(callId, 'q', [hello])
    await advance(5000)
    expect(story()).toEqual(['PLAYBACK_ENDED q'])
  })

  it('leaves alone a call to which nothing is played', async () => {
    const { driver, callId, sent, startAnother, advance } = await createAnswered()
    await driver.play(callId, 'p', [hello])
    await advance(2000)
    await driver.stop()
    await startAnother()
    expect(sent('uuid_break')).toEqual([])
  })

  it('finds recordings that go on, and ends them', async () => {
    const { driver, callId, story, startAnother, advance } = await createAnswered()
    await driver.startRecording(callId, 'r', settings)
    await advance(100)
    await driver.stop()
    const another = await startAnother()
    await advance(5000)
    expect(story()).toEqual([])
    await another.stopRecording(callId, 'r')
    await advance(5000)
    expect(story()).toEqual([`RECORDING_ENDED r ${path}`])
  })

  it('tells once of recordings that ended in between, and not again of those that ended before', async () => {
    const { driver, callId, story, startAnother, advance } = await createAnswered()
    await driver.startRecording(callId, 's', settings)
    await driver.startRecording(callId, 'r', { ...settings, durationMaxMs: 2000 })
    await driver.stopRecording(callId, 's')
    await advance(100)
    await driver.stop()
    const before = story()
    await advance(10_000)
    const another = await startAnother()
    await another.stop()
    await startAnother()
    await advance(10_000)
    expect(story().slice(before.length)).toEqual([`RECORDING_ENDED r ${path}`])
  })

  it('ends recordings with their calls', async () => {
    const { driver, callId, story, startAnother, advance } = await createAnswered({}, '1000')
    await driver.startRecording(callId, 'r', settings)
    await advance(100)
    await driver.stop()
    await startAnother()
    await advance(5000)
    expect(story()).toEqual([`RECORDING_ENDED r ${path}`, 'HANGUP NORMAL THEM'])
  })

  it.each([
    ['was connected, and ends it', '1001', 1000, ['LEG_ENDED l answered']],
    ['rang, and joins it', '1001', 100, ['LEG_CONNECTED l', 'LEG_ENDED l answered']],
    ['rang, and hears that it was refused', '1603', 100, ['LEG_ENDED l']],
  ])('finds a leg that %s', async (_, number, afterMs, lines) => {
    const { fake, driver, leg, callId, story, startAnother, advance } = await createAnswered()
    await driver.dial(callId, leg('l', number))
    await advance(afterMs)
    await driver.stop()
    const before = story().length
    const another = await startAnother()
    expect(await another.list()).toEqual([callId])
    await advance(2000)
    await another.hangupLeg(callId, 'l')
    await advance(2000)
    expect(story().slice(before)).toEqual(lines)
    expect(fake.current.list().map(({ uuid }) => uuid)).toEqual([callId])
  })

  it.each([
    ['left', '1000', 1000, 'LEG_ENDED l answered'],
    ['was refused', '1603', 100, 'LEG_ENDED l'],
    ['was answered, and hung up because nobody joined it,', '1001', 100, 'LEG_ENDED l'],
  ])('tells once of a leg that %s in between', async (_, number, afterMs, line) => {
    const { driver, leg, callId, story, startAnother, advance } = await createAnswered()
    await driver.dial(callId, leg('l', number))
    await advance(afterMs)
    await driver.stop()
    const before = story().length
    await advance(20_000)
    const another = await startAnother()
    await advance(1000)
    await another.stop()
    await startAnother()
    await advance(20_000)
    expect(story().slice(before)).toEqual([line])
  })

  it('finds all of this too for a call that is found by nothing but its news', async () => {
    const { fake, driver, leg, callId, hears, story, startAnother, advance } = await createAnswered()
    await driver.startRecording(callId, 'r', settings)
    await driver.dial(callId, leg('l', '1001'))
    await hears(callId, 'LEG_CONNECTED l')
    await driver.stop()
    const before = story().length
    fake.faults.unlisted = true
    const another = await startAnother()
    const channel = fake.current.find(callId)
    if (channel !== undefined) fake.current.tellOf(channel, 'CHANNEL_EXECUTE_COMPLETE')
    await advance(1000)
    await another.hangupLeg(callId, 'l')
    await advance(1000)
    await another.stopRecording(callId, 'r')
    await advance(1000)
    expect(story().slice(before)).toEqual(['LEG_ENDED l answered', `RECORDING_ENDED r ${path}`])
  })
})
