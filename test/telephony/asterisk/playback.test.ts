import { describe, expect, it } from 'vitest'
import { request, startAnswered as startAnsweredCall, startWorld } from './support.ts'

const hello = 'http://localhost/a/long/enough/way/to/it/hello.wav'
const isPlay = ({ path }: { path: readonly string[] }) => path[2] === 'play'

async function startAnswered(...options: Parameters<typeof startAnsweredCall>) {
  const world = await startAnsweredCall(...options)
  const media = () => world.asterisk.requests.entries.filter(isPlay).map(({ path, query }) => [path[3], query.media])
  return { ...world, media }
}

describe('a recording', () => {
  it('is fetched by Asterisk, one after the other, each by a request of its own', async () => {
    const { driver, hears, media } = await startAnswered()
    await driver.play('a', 'p', [hello, 'https://localhost/a/long/enough/way/to/it/a,b.wav'])
    await hears('a', 'PLAYBACK_ENDED p')
    expect(media()).toEqual([
      ['p', `sound:${hello}`],
      ['p.1', 'sound:https://localhost/a/long/enough/way/to/it/a%2Cb.wav'],
    ])
  })

  it('has an address that is longer than a path in the cache of Asterisk, which would not find it otherwise', async () => {
    const { driver, hears, media } = await startAnswered()
    await driver.play('a', 'p', ['http://10.0.0.5/a.wav'])
    await hears('a', 'PLAYBACK_ENDED p')
    expect(media()).toEqual([['p', `sound:http://10.0.0.5/a.wav#${'-'.repeat(27)}.wav`]])
  })

  it('is one of a list that is told of once', async () => {
    const { driver, hears, media, storyOf } = await startAnswered()
    const urls = Array.from({ length: 20 }, (_, i) => `http://localhost/a/long/enough/way/to/number/${i}.wav`)
    await driver.play('a', 'p', urls)
    await hears('a', 'PLAYBACK_ENDED p')
    expect(media().map(([, uri]) => uri)).toEqual(urls.map((url) => `sound:${url}`))
    expect(media().map(([id]) => id)).toEqual(urls.map((_, i) => (i === 0 ? 'p' : `p.${i}`)))
    expect(storyOf('a').filter((line) => line.startsWith('PLAYBACK'))).toEqual(['PLAYBACK_ENDED p'])
  })

  it('that is missing ends the playback, failed, and what comes after it is not played', async () => {
    const { driver, hears, media } = await startAnswered()
    const others = Array.from({ length: 10 }, (_, i) => `http://localhost/${i}.wav`)
    await driver.play('a', 'p', ['http://localhost/missing.wav', ...others])
    await hears('a', 'PLAYBACK_ENDED p failed')
    expect(media().length).toBe(1)
  })

  it('waits for the application to have the call', async () => {
    const { asterisk, driver, hears, media } = await startWorld().then(async (world) => {
      await world.driver.originate(request('a', '1180'))
      await world.hears('a', 'RINGING')
      const media = () => world.asterisk.requests.entries.filter(isPlay)
      return { ...world, media }
    })
    const channel = { ...asterisk.of.snapshot(asterisk.of.channels.get('a') as never), state: 'Up' }
    asterisk.sendText(JSON.stringify({ type: 'ChannelStateChange', channel }))
    await hears('a', 'ANSWERED')
    const played = driver.play('a', 'p', [hello])
    await new Promise((resolve) => setImmediate(resolve))
    expect(media()).toEqual([])
    const held = asterisk.of.channels.get('a')
    if (held) held.stasisApp = 'dialgraph'
    asterisk.sendText(JSON.stringify({ type: 'StasisStart', args: [], channel }))
    await played
    await hears('a', 'PLAYBACK_ENDED p')
  })

  it('has failed where the application does not get the call', async () => {
    const { asterisk, driver, effects, hears, storyOf } = await startWorld()
    asterisk.lose('StasisStart')
    await driver.originate(request('a', '1001'))
    await hears('a', 'ANSWERED')
    const played = driver.play('a', 'p', [hello])
    await effects.advance(5000)
    await played
    expect(storyOf('a').at(-1)).toBe('PLAYBACK_ENDED p failed')
  })

  it('has failed for a call that rings, has ended, or is not known', async () => {
    const { driver, hears, storyOf } = await startWorld()
    await driver.originate(request('rings', '1180'))
    await hears('rings', 'RINGING')
    await driver.play('rings', 'p', [hello])
    await driver.play('nobody', 'q', [hello])
    expect(storyOf('rings')).toEqual(['RINGING', 'PLAYBACK_ENDED p failed'])
    expect(storyOf('nobody')).toEqual(['PLAYBACK_ENDED q failed'])
  })

  it('that Asterisk refuses has failed, and one that it does not answer for rejects', async () => {
    const { asterisk, driver, storyOf } = await startAnswered()
    asterisk.trouble(isPlay, { type: 'ANSWER', status: 409, body: { message: 'Channel not in Stasis application' } })
    await driver.play('a', 'p', [hello])
    expect(storyOf('a').at(-1)).toBe('PLAYBACK_ENDED p failed')
    asterisk.trouble(isPlay, { type: 'RESET' })
    await expect(driver.play('a', 'q', [hello])).rejects.toThrow()
  })

  it('is told of once, before the end of the call that cuts it off', async () => {
    const { asterisk, driver, ends, storyOf } = await startAnswered()
    asterisk.lose('PlaybackFinished')
    await driver.play('a', 'p', ['http://localhost/hello.wav'])
    await driver.hangup('a', 'NORMAL')
    await ends('a')
    expect(storyOf('a').slice(2)).toEqual(['PLAYBACK_ENDED p failed', 'HANGUP NORMAL US'])
  })
})

describe('a speech', () => {
  const speech = { text: 'hello', language: 'en', gender: null }

  it('is rendered, and played', async () => {
    const rendered: unknown[] = []
    const renderSpeech = async (of: unknown) => {
      rendered.push(of)
      return 'http://localhost/a/long/enough/way/to/speech.wav'
    }
    const { driver, hears, media } = await startAnswered({ renderSpeech })
    await driver.speak('a', 'p', speech)
    await hears('a', 'PLAYBACK_ENDED p')
    expect(rendered).toEqual([speech])
    expect(media()).toEqual([['p', 'sound:http://localhost/a/long/enough/way/to/speech.wav']])
  })

  it('that nobody can render has failed', async () => {
    const { driver, storyOf } = await startAnswered()
    await driver.speak('a', 'p', speech)
    expect(storyOf('a').at(-1)).toBe('PLAYBACK_ENDED p failed')
    const broken = await startAnswered({
      renderSpeech: async () => {
        throw new Error('no voice')
      },
    })
    await expect(broken.driver.speak('a', 'p', speech)).rejects.toThrow('no voice')
  })
})

describe('a hangup', () => {
  it('asked for while the request is on its way ends the call as soon as it exists', async () => {
    const { asterisk, driver, ends, storyOf } = await startWorld()
    const placed = driver.originate(request('a', '1180'))
    await driver.hangup('a', 'CANCEL')
    await placed
    await ends('a')
    expect(storyOf('a').at(-1)).toBe('HANGUP CANCEL US')
    expect(asterisk.of.channels.size).toBe(0)
  })

  it('of a call that nobody knows is done', async () => {
    const { driver } = await startWorld()
    await driver.hangup('nobody', 'CANCEL')
  })

  it('rejects where Asterisk does not say that it is done', async () => {
    const { asterisk, driver } = await startWorld()
    asterisk.setPhase('NOT_BOOTED')
    await expect(driver.hangup('a', 'CANCEL')).rejects.toThrow('DELETE /channels/a was answered 503')
  })

  it('is not held against a call that the other side has ended first', async () => {
    const { asterisk, driver, ends, storyOf, hears } = await startWorld()
    await driver.originate(request('a', '1001'))
    await hears('a', 'ANSWERED')
    asterisk.trouble(({ method }) => method === 'DELETE', { type: 'ANSWER', status: 204 })
    await driver.hangup('a', 'AMD')
    const channel = asterisk.of.snapshot(asterisk.of.channels.get('a') as never)
    for (const fields of [{ type: 'ChannelHangupRequest' }, { type: 'ChannelDestroyed', cause: 0 }])
      asterisk.sendText(JSON.stringify({ ...fields, channel }))
    await ends('a')
    expect(storyOf('a').at(-1)).toBe('HANGUP NORMAL THEM')
  })
})

describe('our own deadlines', () => {
  it('end a call that nobody answers after its ring time, to the millisecond', async () => {
    const { asterisk, driver, effects, hears, ends, storyOf } = await startWorld()
    await driver.originate(request('a', '1180', { ringTimeoutMs: 1500 }))
    await hears('a', 'RINGING')
    await effects.advance(1499)
    expect(asterisk.asked('DELETE', 'channels')).toEqual([])
    await effects.advance(1)
    await ends('a')
    expect(storyOf('a')).toEqual(['RINGING', 'HANGUP NO_ANSWER US'])
  })

  it('end a call that was answered after its longest duration, to the millisecond', async () => {
    const { asterisk, driver, effects, hears, ends, storyOf } = await startWorld()
    await driver.originate(request('a', '1001', { ringTimeoutMs: 1500, maxDurationMs: 2500 }))
    await hears('a', 'ANSWERED')
    await effects.advance(2499)
    expect(asterisk.asked('DELETE', 'channels')).toEqual([])
    await effects.advance(1)
    await ends('a')
    expect(storyOf('a')).toEqual(['RINGING', 'ANSWERED', 'HANGUP TIMEOUT US'])
  })
})
