import { describe, expect, it } from 'vitest'
import { recordedScripts } from './fake-script.ts'
import { leg, request, startAnswered, startWorld, until } from './support.ts'

const eventTypes = [
  ...['Dial', 'ChannelStateChange', 'StasisStart', 'StasisEnd', 'ChannelDtmfReceived', 'ChannelHangupRequest'],
  ...['ChannelDestroyed', 'PlaybackFinished', 'RecordingFinished'],
]
const recording = { format: 'wav', durationMaxMs: null, beep: false } as const

describe('a trunk that Asterisk does not know', () => {
  it('takes no call, and costs one request', async () => {
    const { asterisk, driver, heard } = await startWorld({ trunk: 'elsewhere' })
    expect(await driver.originate(request('a', '1000'))).toEqual({ type: 'REJECTED', reason: 'FAILED' })
    expect(asterisk.asked('POST', 'channels').length).toBe(1)
    expect(heard.entries).toEqual([])
  })
})

describe('an Asterisk whose events stop, and which still answers', () => {
  it('is looked at from time to time, and what it did not say is told', async () => {
    const { asterisk, driver, effects, hears, ends, storyOf } = await startWorld()
    for (const type of eventTypes) asterisk.lose(type)
    await driver.originate(request('a', '1001'))
    await until(() => asterisk.of.channels.get('a')?.stasisApp === 'dialgraph')
    await effects.advance(30_000)
    await hears('a', 'ANSWERED')
    await driver.hangup('a', 'NORMAL')
    await until(() => !asterisk.of.channels.has('a'))
    await effects.advance(30_000)
    await until(
      () => storyOf('a').length > 1,
      () => effects.advance(50),
    )
    await ends('a')
    expect(storyOf('a')).toEqual(['ANSWERED', 'HANGUP UNKNOWN THEM'])
  })

  it('is seen to have ended legs and recordings', async () => {
    const { asterisk, dial, startRecording, effects, hears, heard } = await startAnswered()
    await startRecording('a', 'r', recording)
    await dial('a', leg('l', '1001'))
    await hears('a', 'LEG_CONNECTED l')
    for (const type of eventTypes) asterisk.lose(type)
    for (const id of ['a.leg.l', 'a.recording.r']) {
      const channel = asterisk.of.channels.get(id)
      if (channel !== undefined) asterisk.of.hangUp(channel, 16)
    }
    const isEnd = ({ type }: { type: string }) => type === 'LEG_ENDED' || type === 'RECORDING_ENDED'
    await until(
      () => heard.entries.filter(isEnd).length === 2,
      () => effects.advance(1000),
    )
    await effects.advance(60_000)
    expect(heard.entries.filter(isEnd).length).toBe(2)
  })
})

describe('events out of order', () => {
  it('are told as they come, and an end is an end', async () => {
    const { asterisk, driver, effects, said, storyOf } = await startWorld(
      {},
      { scripts: { ...recordedScripts, 7: [] } },
    )
    await driver.originate(request('a', '7'))
    const channel = (state: string) => ({ id: 'a', name: 'PJSIP/trunk-00000001', state })
    const events = [
      { type: 'StasisStart', args: ['answered'], channel: channel('Up') },
      { type: 'Dial', dialstatus: 'RINGING', peer: channel('Ringing') },
      { type: 'ChannelDtmfReceived', digit: '5', channel: channel('Up') },
      { type: 'ChannelDestroyed', cause: 16, channel: channel('Up') },
      { type: 'ChannelHangupRequest', channel: channel('Up') },
      { type: 'Dial', dialstatus: 'ANSWER', peer: channel('Up') },
      { type: 'StasisEnd', channel: channel('Up') },
      { type: 'ChannelDestroyed', cause: 17, channel: channel('Up') },
    ]
    for (const event of events) asterisk.sendText(JSON.stringify(event))
    asterisk.sendText('no JSON: once it is complained of, what came before it was heard')
    await said.find(({ message }) => message.includes('a bad event'))
    // Nobody had asked for that end when it was told: for a while it might be Asterisk that ends.
    await until(
      () => storyOf('a').length === 3,
      () => effects.advance(250),
    )
    expect(storyOf('a')).toEqual(['ANSWERED', 'DIGIT 5', 'HANGUP NORMAL THEM'])
    expect(await driver.lookup('a')).toMatchObject({ type: 'ENDED', reason: 'NORMAL' })
  })
})

describe('an Asterisk that is started anew while a call talks, is recorded and is joined to somebody', () => {
  it('has lost all of it, which is told once, the end of the call last', async () => {
    const { asterisk, driver, dial, startRecording, effects, hears, told, storySinceAnswer } = await startAnswered()
    await startRecording('a', 'r', recording)
    await dial('a', leg('l', '1001'))
    await hears('a', 'LEG_CONNECTED l')
    await driver.play('a', 'p', ['http://localhost/hello.wav'])
    await asterisk.kill()
    await told.find((line) => line.startsWith('disconnected'))
    await asterisk.boot()
    await until(
      () => told.entries.at(-1) === 'connected',
      () => effects.advance(50),
    )
    const story = storySinceAnswer().filter((line) => !line.startsWith('PLAYBACK_ENDED'))
    expect(story.slice(0, 1)).toEqual(['LEG_CONNECTED l'])
    expect(story.slice(1, -1).sort()).toEqual(['LEG_ENDED l answered', 'RECORDING_ENDED r failed'])
    expect(story.at(-1)).toBe('HANGUP UNKNOWN THEM')
    expect(await driver.list()).toEqual([])
  })
})
