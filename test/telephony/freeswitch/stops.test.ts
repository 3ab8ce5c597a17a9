import { describe, expect, it } from 'vitest'
import { createAnswered, createWorld } from './support.ts'

const hello = 'http://a.example/hello.wav'
const long = 'http://a.example/long.wav'

describe('a playback that is stopped', () => {
  it('is broken off, and has not failed', async () => {
    const { driver, advance, callId, sent, timedStory } = await createAnswered()
    await driver.play(callId, 'p', [long, hello])
    await advance(1000)
    await driver.stopPlayback(callId, 'p')
    await driver.stopPlayback(callId, 'p')
    await advance(60_000)
    expect(sent('uuid_break')).toEqual([`api uuid_break ${callId} all`])
    expect(sent('uuid_broadcast').length).toBe(1)
    expect(timedStory()).toEqual(['1022 PLAYBACK_ENDED p'])
  })

  it('before it has begun is broken off once it has: the switch would forget it without a word', async () => {
    const { driver, advance, callId, sent, timedStory } = await createAnswered()
    await driver.play(callId, 'p', [long])
    await driver.stopPlayback(callId, 'p')
    await advance(200)
    expect(sent('uuid_break')).toEqual([])
    await advance(60_000)
    expect(sent('uuid_break').length).toBe(1)
    expect(timedStory()).toEqual(['223 PLAYBACK_ENDED p'])
  })

  it.each([
    ['has begun', 'PLAYBACK_START'],
    ['has ended', 'PLAYBACK_STOP', 'CHANNEL_EXECUTE_COMPLETE'],
  ])('of which it is not told that it %s ends a second later', async (_, ...withheld) => {
    const { fake, driver, advance, callId, sent, timedStory } = await createAnswered()
    for (const name of withheld) fake.faults.withheld.add(name)
    await driver.play(callId, 'p', [long])
    await advance(500)
    await driver.stopPlayback(callId, 'p')
    fake.faults.withheld.delete('PLAYBACK_START')
    await advance(60_000)
    expect(sent('uuid_break').length).toBeGreaterThan(0)
    expect(timedStory()).toEqual(['1500 PLAYBACK_ENDED p'])
  })

  it('while another one is played leaves that alone', async () => {
    const { driver, advance, callId, sent, timedStory } = await createAnswered()
    for (const id of ['a', 'b', 'c']) await driver.play(callId, id, [hello])
    await driver.stopPlayback(callId, 'b')
    await advance(5000)
    expect(sent('uuid_break')).toEqual([])
    expect(timedStory()).toEqual(['0 PLAYBACK_ENDED b', '1002 PLAYBACK_ENDED a', '2004 PLAYBACK_ENDED c'])
  })

  it('between two of its recordings ends with the first', async () => {
    const { fake, driver, advance, callId, timedStory } = await createAnswered()
    await driver.play(callId, 'p', [hello, hello])
    await advance(1002)
    fake.faults.doubled = true
    await driver.stopPlayback(callId, 'p')
    await driver.play(callId, 'q', [hello])
    await advance(5000)
    expect(timedStory()).toEqual(['1225 PLAYBACK_ENDED p', '2227 PLAYBACK_ENDED q'])
  })

  it('while it is being made is not played', async () => {
    let finish = (_path: string) => {}
    const renderSpeech = () =>
      new Promise<string>((resolve) => {
        finish = resolve
      })
    const { driver, advance, callId, sent, timedStory } = await createAnswered({ renderSpeech })
    await driver.speak(callId, 'p', { text: 'hello', language: null, gender: null })
    await advance(100)
    await driver.stopPlayback(callId, 'p')
    await advance(100)
    finish(hello)
    await advance(5000)
    expect(sent('uuid_broadcast')).toEqual([])
    expect(timedStory()).toEqual(['100 PLAYBACK_ENDED p'])
  })

  it('while the switch fetches it ends a second later, is not heard, and makes room for the same again', async () => {
    const { fake, driver, advance, callId, timedStory } = await createAnswered()
    const channel = fake.current.find(callId)
    const slow = 'http://a.example/slow/hello.wav'
    await driver.play(callId, 'p', [slow])
    await advance(500)
    await driver.stopPlayback(callId, 'p')
    await advance(1000)
    expect(timedStory()).toEqual(['1500 PLAYBACK_ENDED p'])
    await driver.play(callId, 'q', [slow])
    await advance(10_000)
    expect(channel?.heard.map(({ ms }) => ms)).toEqual([0, 801])
    expect(timedStory().map((line) => line.split(' ').slice(1).join(' '))).toEqual([
      'PLAYBACK_ENDED p',
      'PLAYBACK_ENDED q',
    ])
  })

  it('that begins after all, long after it was given up, is broken off, and not what follows it', async () => {
    const { fake, driver, advance, callId, sent, story } = await createAnswered()
    const channel = fake.current.find(callId)
    await driver.play(callId, 'p', ['http://a.example/slow/hello.wav'])
    await advance(500)
    await driver.stopPlayback(callId, 'p')
    await advance(1500)
    // The switch has missed that it was to break off.
    if (channel !== undefined) channel.fetching = 'YES'
    await driver.play(callId, 'q', [hello])
    await advance(10_000)
    expect(sent('uuid_break')).toEqual([`api uuid_break ${callId} all`, `api uuid_break ${callId}`])
    expect(channel?.heard.map(({ ms }) => ms)).toEqual([122, 801])
    expect(story()).toEqual(['PLAYBACK_ENDED p', 'PLAYBACK_ENDED q'])
  })

  it('after it has ended, or on a call that nobody knows, is none', async () => {
    const { driver, advance, callId, effects, sent, timedStory } = await createAnswered()
    await driver.play(callId, 'p', [hello])
    await advance(2000)
    await driver.stopPlayback(callId, 'p')
    await driver.stopPlayback(effects.id(), 'p')
    await advance(2000)
    expect(sent('uuid_break')).toEqual([])
    expect(timedStory()).toEqual(['1002 PLAYBACK_ENDED p'])
  })
})

describe('a playback during which digits are pressed', () => {
  it.each(['*', '#', '1'])('(%s) goes on, unless it is stopped for them', async (digit) => {
    const { fake, driver, advance, callId, story } = await createAnswered()
    await driver.play(callId, 'p', [hello])
    await advance(500)
    const channel = fake.current.find(callId)
    if (channel !== undefined) fake.current.press(channel, digit)
    await advance(5000)
    expect(story()).toEqual([`DIGIT ${digit}`, 'PLAYBACK_ENDED p'])
  })
})

describe('a tone', () => {
  it('is made by the switch, and ends by itself', async () => {
    const { driver, advance, callId, played, timedStory } = await createAnswered()
    await driver.tone(callId, 't')
    await advance(5000)
    expect(played()).toEqual([`tone_stream://%(500,0,1000)`])
    expect(timedStory()).toEqual(['701 PLAYBACK_ENDED t'])
  })

  it('fails, a moment later, on a call that rings', async () => {
    const { driver, advance, place, storyOf } = await createWorld()
    const callId = await place('1180')
    await driver.tone(callId, 't')
    expect(storyOf(callId)).not.toContain('PLAYBACK_ENDED t failed')
    await advance(0)
    expect(storyOf(callId).at(-1)).toBe('PLAYBACK_ENDED t failed')
  })
})

describe('a recording from a URL', () => {
  it('is fetched as the installation says', async () => {
    const { driver, callId, played } = await createAnswered({ fetchScheme: 'http' })
    await driver.play(callId, 'p', [hello])
    expect(played()).toEqual([`${hello}`])
  })

  it.each(['http_cache', 'http'] as const)('that its server does not know has failed, by %s', async (fetchScheme) => {
    const { driver, advance, callId, story } = await createAnswered({ fetchScheme })
    await driver.play(callId, 'p', ['http://a.example/nosuch.wav'])
    await advance(5000)
    expect(story()).toEqual(['PLAYBACK_ENDED p failed'])
  })
})
