import { describe, expect, it } from 'vitest'
import type { CallNews, MachineResult } from '../../src/telephony/driver.ts'
import { type Behaviour, type OpenFixture, sounds } from './contract-fixture.ts'

/** So many recordings that they last for longer than anything else here. */
const longCount = 100
/** Whatever is stopped has ended within this time, by the clock of the news: well before so many recordings have. */
const stoppedWithinMs = 3000
/** The shortest that every carrier can limit a recording to. */
const recordingMaxMs = 1000

const settings = { format: 'wav', durationMaxMs: null, beep: false } as const

/** What actions ask of a driver on a call that was answered. A driver may lack any of it, and then passes its tests over. */
export function describeActions(name: string, open: () => Promise<OpenFixture>): void {
  describe(`what sounds on a call of ${name}`, () => {
    it('ends before its time when it is stopped, and once', async ({ skip }) => {
      const { driver, able, placeAnswered, hears, quiet, newsOf, storyOf, recordings } = await open()
      const stopPlayback = able('stopPlayback', skip)
      const callId = await placeAnswered(skip)
      await driver.play(callId, 'long', Array(longCount).fill(recordings.present))
      await stopPlayback(callId, 'long')
      await hears(callId, 'PLAYBACK_ENDED long')
      await stopPlayback(callId, 'long')
      await quiet()
      expect(storyOf(callId)).toEqual(['RINGING', 'ANSWERED', 'PLAYBACK_ENDED long'])
      const timesOf = (of: CallNews['type']) => newsOf(callId).flatMap(({ type, at }) => (type === of ? [at] : []))
      const [answeredAt = 0] = timesOf('ANSWERED')
      expect(timesOf('PLAYBACK_ENDED')).toEqual([expect.toSatisfy((at) => at - answeredAt < stoppedWithinMs)])
    })

    it('is told with its end, and for how long it was heard', async ({ skip }) => {
      const { driver, able, placeAnswered, hears, newsOf, recordings } = await open()
      const stopPlayback = able('stopPlayback', skip)
      const callId = await placeAnswered(skip)
      const endOf = async (id: string) => {
        await hears(callId, `PLAYBACK_ENDED ${id}`)
        return newsOf(callId).find((news) => news.type === 'PLAYBACK_ENDED' && news.playbackId === id)
      }
      await driver.play(callId, 'whole', [recordings.present, recordings.present])
      const whole = await endOf('whole')
      await driver.play(callId, 'once', [recordings.present])
      const once = await endOf('once')
      await driver.play(callId, 'long', Array(longCount).fill(recordings.present))
      await stopPlayback(callId, 'long')
      const long = await endOf('long')
      const playedMs = (news: CallNews | undefined) => (news?.type === 'PLAYBACK_ENDED' ? news.playedMs : Number.NaN)
      expect([whole, once, long]).toMatchObject([{ end: 'PLAYED' }, { end: 'PLAYED' }, { end: 'INTERRUPTED' }])
      expect(playedMs(once)).toBeGreaterThan(0)
      expect(playedMs(whole)).toBeGreaterThan(playedMs(once))
      expect(playedMs(long)).toBeLessThan(stoppedWithinMs)
    })

    it.for(sounds)('makes room for %s when it is stopped', async (kind, { skip }) => {
      const { driver, able, placeAnswered, sound, hears, storyOf, recordings } = await open()
      const stopPlayback = able('stopPlayback', skip)
      const callId = await placeAnswered(skip)
      await driver.play(callId, 'long', Array(longCount).fill(recordings.present))
      await stopPlayback(callId, 'long')
      await hears(callId, 'PLAYBACK_ENDED long')
      await sound(kind, callId, 'next')
      await hears(callId, 'PLAYBACK_ENDED next')
      expect(storyOf(callId).slice(2)).toEqual(['PLAYBACK_ENDED long', 'PLAYBACK_ENDED next'])
    })

    it('may be a tone, which ends by itself', async ({ skip }) => {
      const { able, placeAnswered, hears, quiet, storyOf } = await open()
      const tone = able('tone', skip)
      const callId = await placeAnswered(skip)
      await tone(callId, 'tone')
      await hears(callId, 'PLAYBACK_ENDED tone')
      await quiet()
      expect(storyOf(callId).slice(2)).toEqual(['PLAYBACK_ENDED tone'])
    })

    it('may be digits, after which the call goes on', async ({ skip }) => {
      const { driver, able, placeAnswered, quiet, storyOf } = await open()
      const sendDigits = able('sendDigits', skip)
      const callId = await placeAnswered(skip)
      await sendDigits(callId, '12#', { durationMs: 100, intervalMs: 100 })
      await quiet()
      expect(await driver.lookup(callId)).toEqual({ type: 'LIVE', state: 'ANSWERED' })
      expect(storyOf(callId)).toEqual(['RINGING', 'ANSWERED'])
    })
  })

  describe(`who has answered a call of ${name}`, () => {
    it.for<[Behaviour, MachineResult]>([
      ['PERSON_ANSWERS', 'HUMAN'],
      ['MACHINE_ANSWERS', 'MACHINE'],
      ['SILENCE_ANSWERS', 'NOT_SURE'],
    ])('is found out, where %s, as %s', async ([behaviour, result], { skip }) => {
      const { able, place, hears, newsOf } = await open()
      const detectMachine = able('detectMachine', skip)
      const callId = await place(behaviour, skip)
      await hears(callId, 'ANSWERED')
      await detectMachine(callId)
      await hears(callId, `MACHINE ${result}`)
      expect(newsOf(callId).filter(({ type }) => type === 'MACHINE' || type === 'HANGUP').length).toBe(1)
    })

    it.for(sounds)('is told once, and the call goes on, with %s', async (kind, { skip }) => {
      const { driver, able, place, sound, hears, quiet, newsOf, storyOf } = await open()
      const detectMachine = able('detectMachine', skip)
      const callId = await place('PERSON_ANSWERS', skip)
      await hears(callId, 'ANSWERED')
      await detectMachine(callId)
      await hears(callId, 'MACHINE HUMAN')
      expect(await driver.lookup(callId)).toEqual({ type: 'LIVE', state: 'ANSWERED' })
      await sound(kind, callId, 'p')
      await hears(callId, 'PLAYBACK_ENDED p')
      await quiet()
      expect(storyOf(callId)).toEqual(['RINGING', 'ANSWERED', 'MACHINE HUMAN', 'PLAYBACK_ENDED p'])
      expect(newsOf(callId).filter(({ type }) => type === 'MACHINE').length).toBe(1)
    })

    it('is not told of a call that ends meanwhile', async ({ skip }) => {
      const { driver, able, place, hears, ends, quiet, storyOf } = await open()
      const detectMachine = able('detectMachine', skip)
      const callId = await place('PERSON_ANSWERS', skip)
      await hears(callId, 'ANSWERED')
      await detectMachine(callId)
      await driver.hangup(callId, 'NORMAL')
      await ends(callId)
      await quiet()
      expect(storyOf(callId)).toEqual(['RINGING', 'ANSWERED', 'HANGUP NORMAL US'])
    })
  })

  describe(`a recording of ${name}`, () => {
    it('ends when it is stopped, and is told of once, with where it lies', async ({ skip }) => {
      const { driver, able, placeAnswered, hears, quiet, newsOf } = await open()
      const [startRecording, stopRecording] = [able('startRecording', skip), able('stopRecording', skip)]
      const callId = await placeAnswered(skip)
      const recordingId = `${callId}-r`
      await startRecording(callId, recordingId, settings)
      await quiet()
      await stopRecording(callId, recordingId)
      await hears(callId, `RECORDING_ENDED ${recordingId}`)
      await stopRecording(callId, recordingId)
      await quiet()
      const told = newsOf(callId).filter(({ type }) => type === 'RECORDING_ENDED')
      expect(told).toMatchObject([{ recordingId, failed: false, location: expect.stringContaining(recordingId) }])
      expect(await driver.lookup(callId)).toEqual({ type: 'LIVE', state: 'ANSWERED' })
    })

    it('ends after its longest duration, having been announced by a tone', async ({ skip }) => {
      const { able, placeAnswered, hears, storyOf } = await open()
      const startRecording = able('startRecording', skip)
      const callId = await placeAnswered(skip)
      const recordingId = `${callId}-r`
      await startRecording(callId, recordingId, { ...settings, beep: true, durationMaxMs: recordingMaxMs })
      await hears(callId, `RECORDING_ENDED ${recordingId}`)
      expect(storyOf(callId)).toEqual(['RINGING', 'ANSWERED', `RECORDING_ENDED ${recordingId}`])
    })

    it('ends with its call, and is told of before that', async ({ skip }) => {
      const { driver, able, placeAnswered, ends, quiet, storyOf, newsOf } = await open()
      const startRecording = able('startRecording', skip)
      const callId = await placeAnswered(skip)
      const recordingId = `${callId}-r`
      await startRecording(callId, recordingId, settings)
      await quiet()
      await driver.hangup(callId, 'NORMAL')
      await ends(callId)
      await quiet()
      expect(storyOf(callId).slice(2)).toEqual([`RECORDING_ENDED ${recordingId}`, 'HANGUP NORMAL US'])
      expect(newsOf(callId).filter(({ type }) => type === 'RECORDING_ENDED').length).toBe(1)
    })

    it.for(sounds)('leaves %s to be heard', async (kind, { skip }) => {
      const { able, placeAnswered, sound, hears, storyOf } = await open()
      const startRecording = able('startRecording', skip)
      const callId = await placeAnswered(skip)
      await startRecording(callId, `${callId}-r`, settings)
      await sound(kind, callId, 'p')
      await hears(callId, 'PLAYBACK_ENDED p')
      expect(storyOf(callId)).toEqual(['RINGING', 'ANSWERED', 'PLAYBACK_ENDED p'])
    })
  })

  describeLegs(name, open)
}

function describeLegs(name: string, open: () => Promise<OpenFixture>): void {
  describe(`somebody else who is called by ${name}`, () => {
    it('is connected on the answer, and leaves the call as it is when hung up', async ({ skip }) => {
      const { driver, able, placeAnswered, leg, hears, quiet, storyOf } = await open()
      const [dial, hangupLeg] = [able('dial', skip), able('hangupLeg', skip)]
      const callId = await placeAnswered(skip)
      await dial(callId, leg('ANSWERS_AND_STAYS', 'l', skip))
      await hears(callId, 'LEG_CONNECTED l')
      expect(await driver.list()).toEqual([callId])
      await hangupLeg(callId, 'l')
      await hears(callId, 'LEG_ENDED l answered')
      await hangupLeg(callId, 'l')
      await quiet()
      expect(storyOf(callId).slice(2)).toEqual(['LEG_CONNECTED l', 'LEG_ENDED l answered'])
      expect(await driver.lookup(callId)).toEqual({ type: 'LIVE', state: 'ANSWERED' })
    })

    it.for(sounds)('leaves the call, on which %s can be heard from then on', async (kind, { skip }) => {
      const { able, placeAnswered, leg, sound, hears, storyOf } = await open()
      const dial = able('dial', skip)
      const callId = await placeAnswered(skip)
      await dial(callId, leg('ANSWERS_AND_HANGS_UP', 'l', skip))
      await hears(callId, 'LEG_ENDED l answered')
      await sound(kind, callId, 'p')
      await hears(callId, 'PLAYBACK_ENDED p')
      expect(storyOf(callId).slice(2)).toEqual(['LEG_CONNECTED l', 'LEG_ENDED l answered', 'PLAYBACK_ENDED p'])
    })

    it.for<Behaviour>(['BUSY', 'INVALID_NUMBER', 'CONGESTED', 'RINGS_FOR_EVER'])(
      'whose phone is %s is told of as ended, unanswered',
      async (behaviour, { skip }) => {
        const { driver, able, placeAnswered, leg, hears, quiet, storyOf, ringTimeoutMs } = await open()
        const dial = able('dial', skip)
        const callId = await placeAnswered(skip)
        await dial(callId, leg(behaviour, 'l', skip, { ringTimeoutMs }))
        await hears(callId, 'LEG_ENDED l')
        await quiet()
        expect(storyOf(callId).slice(2)).toEqual(['LEG_ENDED l'])
        expect(await driver.lookup(callId)).toEqual({ type: 'LIVE', state: 'ANSWERED' })
      },
    )

    it('falls silent when hung up while it rings', async ({ skip }) => {
      const { able, placeAnswered, leg, hears, quiet, storyOf } = await open()
      const [dial, hangupLeg] = [able('dial', skip), able('hangupLeg', skip)]
      const callId = await placeAnswered(skip)
      await dial(callId, leg('RINGS_FOR_EVER', 'l', skip))
      await hangupLeg(callId, 'l')
      await hears(callId, 'LEG_ENDED l')
      await quiet()
      expect(storyOf(callId).slice(2)).toEqual(['LEG_ENDED l'])
    })

    it('goes with the call, without a word, ringing or connected', async ({ skip }) => {
      const { driver, able, placeAnswered, leg, hears, ends, quiet, storyOf } = await open()
      const dial = able('dial', skip)
      const callId = await placeAnswered(skip)
      await dial(callId, leg('ANSWERS_AND_STAYS', 'one', skip))
      await hears(callId, 'LEG_CONNECTED one')
      await dial(callId, leg('RINGS_FOR_EVER', 'two', skip))
      await driver.hangup(callId, 'NORMAL')
      await ends(callId)
      await quiet()
      expect(storyOf(callId).slice(2)).toEqual(['LEG_CONNECTED one', 'HANGUP NORMAL US'])
      expect(await driver.list()).toEqual([])
    })

    it('can be hung up after a connection that broke while it talked', async ({ skip }) => {
      const { driver, able, placeAnswered, leg, hears, until, told, breakConnection } = await open()
      const [dial, hangupLeg] = [able('dial', skip), able('hangupLeg', skip)]
      if (breakConnection === null) return skip('there is no connection to break')
      const callId = await placeAnswered(skip)
      await dial(callId, leg('ANSWERS_AND_STAYS', 'l', skip))
      await hears(callId, 'LEG_CONNECTED l')
      breakConnection()
      await until('the new connection', () => told.at(-1) === 'connected' && told.includes('disconnected'))
      await hangupLeg(callId, 'l')
      await hears(callId, 'LEG_ENDED l answered')
      expect(await driver.lookup(callId)).toEqual({ type: 'LIVE', state: 'ANSWERED' })
    })
  })
}
