import { describe, expect, it } from 'vitest'
import type { SpeechText } from '../../../src/domain/media.ts'
import { createAnswered, createWorld } from './support.ts'

const hello = 'http://a.example/hello.wav'
const long = 'http://a.example/long.wav'
const missing = 'http://a.example/nosuch.wav'
const speech = (text: string): SpeechText => ({ text, language: null, gender: null })

describe('a playback', () => {
  it('asks the switch to fetch and play a recording', async () => {
    const { driver, advance, callId, played, timedStory } = await createAnswered()
    await driver.play(callId, 'p', [hello])
    await advance(5000)
    expect(played()).toEqual([`http_cache://${hello}`])
    expect(timedStory()).toEqual(['1002 PLAYBACK_ENDED p'])
  })

  it('plays one recording after the other, also the same one twice', async () => {
    const { driver, advance, callId, sent, timedStory } = await createAnswered()
    await driver.play(callId, 'p', [hello, hello, hello])
    await advance(1500)
    expect(sent('uuid_broadcast').length).toBe(2)
    await advance(5000)
    expect(sent('uuid_broadcast').length).toBe(3)
    expect(timedStory()).toEqual(['3006 PLAYBACK_ENDED p'])
  })

  it('waits for the one before it', async () => {
    const { driver, advance, callId, timedStory } = await createAnswered()
    await driver.play(callId, 'a', [hello])
    await driver.play(callId, 'b', [hello])
    await driver.play(callId, 'b', [hello])
    await advance(5000)
    expect(timedStory()).toEqual(['1002 PLAYBACK_ENDED a', '2004 PLAYBACK_ENDED b'])
  })

  it('of nothing has ended at once', async () => {
    const { driver, advance, callId, timedStory } = await createAnswered()
    await driver.play(callId, 'p', [])
    await advance(0)
    expect(timedStory()).toEqual(['0 PLAYBACK_ENDED p'])
  })

  it.each([
    ['is not there', [missing, hello]],
    ['is not there, after one that is', [hello, missing]],
  ])('of what %s has failed, and what follows is not played', async (_, urls) => {
    const { driver, advance, callId, sent, timedStory } = await createAnswered()
    await driver.play(callId, 'p', urls)
    await advance(5000)
    expect(timedStory()).toEqual([expect.stringMatching(/ PLAYBACK_ENDED p failed$/)])
    expect(sent('uuid_broadcast').length).toBe(urls.indexOf(missing) + 1)
  })

  it('of what the switch must not be asked to play has failed unasked', async () => {
    const { driver, advance, callId, sent, timedStory } = await createAnswered()
    await driver.play(callId, 'p', [hello, 'system::reboot'])
    await advance(1)
    expect(timedStory()).toEqual(['0 PLAYBACK_ENDED p failed'])
    expect(sent('uuid_broadcast')).toEqual([])
  })

  it('that somebody else breaks off has failed', async () => {
    const { driver, fake, advance, callId, timedStory } = await createAnswered()
    await driver.play(callId, 'p', [long])
    await advance(1000)
    const channel = fake.current.find(callId)
    if (channel !== undefined) fake.current.applications.stopPlaying(channel)
    await advance(1000)
    expect(timedStory()).toEqual(['1022 PLAYBACK_ENDED p failed'])
  })

  it('fails, before the hangup is told, when the call ends in the middle', async () => {
    const { driver, advance, callId, timedStory } = await createAnswered({}, '1000')
    await driver.play(callId, 'p', [long])
    await driver.play(callId, 'q', [long])
    await advance(5000)
    expect(timedStory()).toEqual([
      ...['1536 PLAYBACK_ENDED p failed', '1536 PLAYBACK_ENDED q failed', '1536 HANGUP NORMAL THEM'],
    ])
  })

  it('fails, a moment later, on a call that rings, has ended or was never there', async () => {
    const { driver, advance, place, storyOf, ends, effects } = await createWorld()
    const ringing = await place('1180')
    const ended = await place('1486')
    await ends(ended)
    const never = effects.id()
    for (const callId of [ringing, ended, never]) {
      await driver.play(callId, 'p', [hello])
      expect(storyOf(callId)).not.toContain('PLAYBACK_ENDED p failed')
      await advance(0)
      expect(storyOf(callId).at(-1)).toBe('PLAYBACK_ENDED p failed')
    }
  })

  it('is not begun before the switch waits for what is to be done with the call', async () => {
    const { fake, driver, effects, place, hears, advance } = await createWorld()
    fake.faults.withheld.add('CHANNEL_PARK').add('BACKGROUND_JOB')
    const callId = await place('1001')
    await hears(callId, 'ANSWERED')
    await driver.play(callId, 'p', [hello])
    await advance(1000)
    expect(fake.commands.filter((command) => command.includes('uuid_broadcast'))).toEqual([])
    // Whoever looks it up finds it ready.
    expect(await driver.lookup(callId)).toEqual({ type: 'LIVE', state: 'ANSWERED' })
    await effects.settle()
    expect(fake.commands.filter((command) => command.includes('uuid_broadcast')).length).toBe(1)
  })

  it.each(['PLAYBACK_STOP', 'CHANNEL_EXECUTE_COMPLETE'])('ends although %s is missing', async (name) => {
    const { fake, driver, advance, callId, timedStory } = await createAnswered()
    fake.faults.withheld.add(name)
    await driver.play(callId, 'p', [hello, hello])
    await advance(5000)
    expect(timedStory()).toEqual(['2004 PLAYBACK_ENDED p'])
  })

  it('ends once although everything is told twice', async () => {
    const { fake, driver, advance, callId, timedStory } = await createAnswered()
    fake.faults.doubled = true
    await driver.play(callId, 'p', [hello, hello])
    await driver.play(callId, 'q', [hello])
    await advance(5000)
    expect(timedStory()).toEqual(['2004 PLAYBACK_ENDED p', '3006 PLAYBACK_ENDED q'])
  })

  it('goes on while the connection is lost, and what follows waits for it', async () => {
    const { fake, driver, advance, callId, timedStory, told } = await createAnswered()
    await driver.play(callId, 'p', [long])
    await advance(500)
    fake.cut()
    await advance(1000)
    expect(told.at(-1)).toBe('connected')
    await driver.play(callId, 'q', [hello])
    await advance(60_000)
    expect(timedStory()).toEqual(['30201 PLAYBACK_ENDED p', '31203 PLAYBACK_ENDED q'])
  })
})

describe('a speech', () => {
  it('fails without anything to make it with', async () => {
    const { driver, advance, callId, timedStory } = await createAnswered()
    await driver.speak(callId, 'p', speech('hello'))
    await advance(0)
    expect(timedStory()).toEqual(['0 PLAYBACK_ENDED p failed'])
  })

  it('is made, and played', async () => {
    const asked: SpeechText[] = []
    const renderSpeech = async (of: SpeechText) => {
      asked.push(of)
      return '/opt/sounds/hello.wav'
    }
    const { driver, advance, callId, played, timedStory } = await createAnswered({ renderSpeech })
    await driver.speak(callId, 'p', { text: 'Grüße', language: 'de-DE', gender: 'FEMALE' })
    await advance(5000)
    expect(asked).toEqual([{ text: 'Grüße', language: 'de-DE', gender: 'FEMALE' }])
    expect(played()).toEqual([`/opt/sounds/hello.wav`])
    expect(timedStory()).toEqual(['1002 PLAYBACK_ENDED p'])
  })

  it('keeps its place while it is made', async () => {
    let finish = (_path: string) => {}
    const renderSpeech = () =>
      new Promise<string>((resolve) => {
        finish = resolve
      })
    const { driver, advance, callId, timedStory } = await createAnswered({ renderSpeech })
    await driver.speak(callId, 'p', speech('hello'))
    await driver.play(callId, 'q', [hello])
    await advance(3000)
    expect(timedStory()).toEqual([])
    finish(hello)
    await advance(5000)
    expect(timedStory()).toEqual(['4002 PLAYBACK_ENDED p', '5004 PLAYBACK_ENDED q'])
  })

  it.each([
    ['cannot be made', () => Promise.reject(new Error('no voice'))],
    ['is made into what cannot be played', async () => 'a b.wav'],
  ])('that %s fails', async (_, renderSpeech) => {
    const { driver, advance, callId, timedStory } = await createAnswered({ renderSpeech })
    await driver.speak(callId, 'p', speech('hello'))
    await driver.play(callId, 'q', [hello])
    await advance(5000)
    expect(timedStory()).toEqual(['0 PLAYBACK_ENDED p failed', '1002 PLAYBACK_ENDED q'])
  })

  it('that is still being made when the call ends fails before the hangup, and is not played', async () => {
    let finish = (_path: string) => {}
    const renderSpeech = () =>
      new Promise<string>((resolve) => {
        finish = resolve
      })
    const { driver, advance, callId, sent, timedStory } = await createAnswered({ renderSpeech }, '1000')
    await driver.speak(callId, 'p', speech('hello'))
    await advance(2000)
    finish(hello)
    await advance(2000)
    expect(timedStory()).toEqual(['1536 PLAYBACK_ENDED p failed', '1536 HANGUP NORMAL THEM'])
    expect(sent('uuid_broadcast')).toEqual([])
  })
})
