import { describe, expect, it } from 'vitest'
import { request, startAnswered as startAnsweredCall, startWorld, until } from './support.ts'

const hello = 'http://localhost/hello.wav'
const isPlay = ({ path }: { path: readonly string[] }) => path[2] === 'play'

async function startAnswered(...options: Parameters<typeof startAnsweredCall>) {
  const world = await startAnsweredCall(...options)
  const media = () => world.asterisk.requests.entries.filter(isPlay).map(({ path, query }) => [path[3], query.media])
  return { ...world, media }
}

const manyUrls = Array.from({ length: 100 }, (_, i) => `http://localhost/${'x'.repeat(60)}${i}.wav`)
const isStopping = ({ method, path }: { method: string; path: readonly string[] }) =>
  method === 'DELETE' && path[0] === 'playbacks'

describe('a playback that is stopped', () => {
  it('ends at Asterisk, and no part of it follows', async () => {
    const { asterisk, stopPlayback, driver, hears, media, storyOf } = await startAnswered()
    await driver.play('a', 'p', manyUrls)
    await stopPlayback('a', 'p')
    await hears('a', 'PLAYBACK_ENDED p')
    expect(media().length).toBe(1)
    expect(asterisk.requests.entries.filter(isStopping).map(({ path }) => path[1])).toEqual(['p'])
    expect(storyOf('a').slice(2)).toEqual(['PLAYBACK_ENDED p'])
  })

  it('before Asterisk has taken it ends as soon as it has', async () => {
    const { asterisk, stopPlayback, driver, hears } = await startAnswered()
    let answer = () => {}
    const after = new Promise<void>((resolve) => {
      answer = resolve
    })
    asterisk.trouble(isPlay, { type: 'ANSWER', status: 201, body: {}, carriedOut: true, after })
    const playing = driver.play('a', 'p', manyUrls)
    await asterisk.requests.find(isPlay)
    await stopPlayback('a', 'p')
    expect(asterisk.requests.entries.filter(isStopping)).toEqual([])
    answer()
    await playing
    await hears('a', 'PLAYBACK_ENDED p')
    expect(asterisk.requests.entries.filter(isStopping).length).toBe(1)
  })

  it('before the application has the call is not played at all', async () => {
    const { asterisk, driver, hears, storyOf } = await startWorld()
    asterisk.lose('StasisStart')
    await driver.originate(request('a', '1001'))
    await hears('a', 'ANSWERED')
    const playing = driver.play('a', 'p', [hello])
    await driver.stopPlayback('a', 'p')
    const channel = asterisk.of.snapshot(asterisk.of.channels.get('a') as never)
    asterisk.sendText(JSON.stringify({ type: 'StasisStart', args: [], channel }))
    await playing
    expect(asterisk.requests.entries.filter(isPlay)).toEqual([])
    expect(storyOf('a').at(-1)).toBe('PLAYBACK_ENDED p')
  })

  it('although it has ended, or is not known, is left alone', async () => {
    const { stopPlayback, driver, hears, storyOf } = await startAnswered()
    await driver.play('a', 'p', [hello])
    await hears('a', 'PLAYBACK_ENDED p')
    await stopPlayback('a', 'p')
    await stopPlayback('a', 'q')
    await stopPlayback('nobody', 'p')
    expect(storyOf('a').slice(2)).toEqual(['PLAYBACK_ENDED p'])
  })

  it('rejects where Asterisk does not say that it is done', async () => {
    const { asterisk, stopPlayback, driver } = await startAnswered()
    await driver.play('a', 'p', manyUrls)
    asterisk.trouble(isStopping, { type: 'ANSWER', status: 500, body: {} })
    await expect(stopPlayback('a', 'p')).rejects.toThrow('DELETE /playbacks/p was answered 500')
  })
})

describe('a tone', () => {
  it('is a recording of Asterisk’s own, which ends by itself even where this process does not live to see it', async () => {
    const { tone, hears, media } = await startAnswered()
    await tone('a', 't')
    await hears('a', 'PLAYBACK_ENDED t')
    expect(media()).toEqual([['t', 'sound:beep']])
  })
})

describe('digits', () => {
  const isSounding = ({ path }: { path: readonly string[] }) => path[2] === 'dtmf'
  const times = { durationMs: 90, intervalMs: 110 }

  it('are sounded to the called side, as long and as far apart as asked', async () => {
    const { asterisk, sendDigits } = await startAnswered()
    await sendDigits('a', '12#', times)
    const [asked] = asterisk.requests.entries.filter(isSounding)
    expect(asked).toMatchObject({ path: ['channels', 'a', 'dtmf'] })
    expect(asked?.query).toEqual({ dtmf: '12#', between: '110', duration: '90' })
  })

  it('are refused for a call that rings, or is not known', async () => {
    const { driver, sendDigits, hears } = await startAnswered()
    await driver.originate(request('rings', '1180'))
    await hears('rings', 'RINGING')
    await expect(sendDigits('rings', '1', times)).rejects.toThrow('409')
    await expect(sendDigits('nobody', '1', times)).rejects.toThrow('404')
  })
})

describe('a playback whose end was not heard', () => {
  it('is told as failed when the connection is back, and nothing follows it', async () => {
    const { asterisk, driver, effects, hears, told, media, storyOf } = await startAnswered()
    await driver.play('a', 'p', manyUrls)
    asterisk.breakConnections()
    await told.find((line) => line.startsWith('disconnected'))
    await until(() => asterisk.of.channels.get('a')?.playbacks.length === 0)
    await until(
      () => told.entries.length === 3,
      () => effects.advance(50),
    )
    await hears('a', 'PLAYBACK_ENDED p failed')
    expect(media().length).toBe(1)
    expect(storyOf('a').slice(2)).toEqual(['PLAYBACK_ENDED p failed'])
  })

  it('goes on where it has not ended', async () => {
    const scripts = { 1001: [{ type: 'ANSWERS', afterMs: 0 }] } as const
    const { asterisk, driver, effects, hears, told } = await startAnswered({}, { scripts, speed: 1 })
    await driver.play('a', 'p', ['demo-congrats'])
    asterisk.breakConnections()
    await told.find((line) => line.startsWith('disconnected'))
    await effects.advance(250)
    await told.count(3)
    const [playback] = asterisk.of.channels.get('a')?.playbacks ?? []
    if (playback !== undefined) asterisk.of.media.stop(playback)
    await hears('a', 'PLAYBACK_ENDED p')
  })
})
