import { describe, expect, it } from 'vitest'
import type { CallNews } from '../../src/telephony/driver.ts'
import type { OpenFixture } from './contract-fixture.ts'

/** More than any carrier says within the time that a text takes to be rendered. */
const longText = 'This is a text that takes a while to be said, so that nobody has heard all of it. '.repeat(4)
/** How long a text is being rendered, or said, before nobody wants it any more. */
const beforeStopMs = 1000

/**
 * What the caller takes back before it has reached the carrier is never carried out there: a text that is still being rendered, or
 * a request whose withdrawal follows in the same turn of the event loop.
 */
export function describeWithdrawn(name: string, open: () => Promise<OpenFixture>): void {
  describe(`a text that ${name} has to say`, () => {
    it('has ended at once when it is stopped, and is not heard afterwards', async ({ skip }) => {
      const { able, placeAnswered, speak, sound, pass, hears, newsOf, storyOf, speeches } = await open()
      const stopPlayback = able('stopPlayback', skip)
      const callId = await placeAnswered(skip)
      const spoken = speak(callId, 'text', longText)
      await pass(beforeStopMs)
      await stopPlayback(callId, 'text')
      await hears(callId, 'PLAYBACK_ENDED text')
      const timeOf = (of: CallNews['type']) => newsOf(callId).find(({ type }) => type === of)?.at ?? 0
      const tookMs = timeOf('PLAYBACK_ENDED') - timeOf('ANSWERED')
      if (speeches.renderMs > 0) expect(tookMs).toBeLessThan(speeches.renderMs)
      await sound('a recording', callId, 'next')
      await hears(callId, 'PLAYBACK_ENDED next')
      await pass(2 * speeches.renderMs)
      await spoken
      expect(storyOf(callId).slice(2)).toEqual(['PLAYBACK_ENDED text', 'PLAYBACK_ENDED next'])
      if (speeches.playedCount !== null) expect(speeches.playedCount()).toBe(0)
    })

    it('is not heard after the end of its call, and has failed before it', async ({ skip }) => {
      const { driver, placeAnswered, speak, pass, ends, storyOf, speeches } = await open()
      const callId = await placeAnswered(skip)
      const spoken = speak(callId, 'text', longText)
      await pass(beforeStopMs)
      await driver.hangup(callId, 'NORMAL')
      await ends(callId)
      await pass(2 * speeches.renderMs)
      await spoken
      expect(storyOf(callId).slice(2)).toEqual(['PLAYBACK_ENDED text failed', 'HANGUP NORMAL US'])
      if (speeches.playedCount !== null) expect(speeches.playedCount()).toBe(0)
    })

    it('has failed before the end of a call that the called side ends', async ({ skip }) => {
      const { place, hears, speak, pass, ends, storyOf, speeches } = await open()
      const callId = await place('ANSWERS_AND_HANGS_UP', skip)
      await hears(callId, 'ANSWERED')
      const spoken = speak(callId, 'text', longText)
      await ends(callId)
      await pass(2 * speeches.renderMs)
      await spoken
      expect(storyOf(callId).slice(2)).toEqual(['PLAYBACK_ENDED text failed', 'HANGUP NORMAL THEM'])
      if (speeches.playedCount !== null) expect(speeches.playedCount()).toBe(0)
    })

    it('is heard after another one that was stopped while it was rendered', async ({ skip }) => {
      const { able, placeAnswered, speak, sound, pass, hears, storyOf, speeches } = await open()
      const stopPlayback = able('stopPlayback', skip)
      const callId = await placeAnswered(skip)
      const spoken = speak(callId, 'first', longText)
      await pass(beforeStopMs)
      await stopPlayback(callId, 'first')
      await hears(callId, 'PLAYBACK_ENDED first')
      await sound('a text', callId, 'second')
      await hears(callId, 'PLAYBACK_ENDED second')
      await spoken
      expect(storyOf(callId).slice(2)).toEqual(['PLAYBACK_ENDED first', 'PLAYBACK_ENDED second'])
      if (speeches.playedCount !== null) expect(speeches.playedCount()).toBe(1)
    })
  })

  describe(`a request to ${name} that is withdrawn at once`, () => {
    it('for a call leaves no call behind, and the call has ended as its hangup says', async ({ skip }) => {
      const { driver, requestTo, ends, quiet, storyOf } = await open()
      const request = requestTo('ANSWERS_AND_STAYS', skip)
      const { callId } = request
      await Promise.all([driver.originate(request), driver.hangup(callId, 'CANCEL')])
      await ends(callId)
      await quiet()
      expect(storyOf(callId).filter((line) => line !== 'RINGING')).toEqual(['HANGUP CANCEL US'])
      expect(await driver.list()).toEqual([])
    })

    it('for a playback is told of once, and the next one is heard', async ({ skip }) => {
      const { driver, able, placeAnswered, sound, hears, quiet, newsOf, recordings } = await open()
      const stopPlayback = able('stopPlayback', skip)
      const callId = await placeAnswered(skip)
      await Promise.all([driver.play(callId, 'p', [recordings.present]), stopPlayback(callId, 'p')])
      await hears(callId, 'PLAYBACK_ENDED p')
      await sound('a recording', callId, 'next')
      await hears(callId, 'PLAYBACK_ENDED next')
      await quiet()
      expect(newsOf(callId).filter(({ type }) => type === 'PLAYBACK_ENDED').length).toBe(2)
    })

    it('for a recording is told of once, and the call goes on', async ({ skip }) => {
      const { driver, able, placeAnswered, sound, hears, quiet, newsOf } = await open()
      const [startRecording, stopRecording] = [able('startRecording', skip), able('stopRecording', skip)]
      const callId = await placeAnswered(skip)
      const recordingId = `${callId}-r`
      const settings = { format: 'wav', durationMaxMs: null, beep: true } as const
      await Promise.all([startRecording(callId, recordingId, settings), stopRecording(callId, recordingId)])
      await sound('a recording', callId, 'p')
      await hears(callId, 'PLAYBACK_ENDED p')
      await quiet()
      expect(newsOf(callId).filter(({ type }) => type === 'RECORDING_ENDED').length).toBe(1)
      expect(await driver.lookup(callId)).toEqual({ type: 'LIVE', state: 'ANSWERED' })
    })

    it("for an agent's phone leaves the call as it is", async ({ skip }) => {
      const { driver, placeAnswered, phone, quiet, storyOf } = await open()
      const callId = await placeAnswered(skip)
      await Promise.all([driver.connect(callId, phone('ANSWERS', 'agent', skip)), driver.withdraw(callId, 'agent')])
      await quiet()
      expect(storyOf(callId).slice(2)).toEqual([])
      expect(await driver.lookup(callId)).toEqual({ type: 'LIVE', state: 'ANSWERED' })
    })

    it("for an agent's phone ends with its call", async ({ skip }) => {
      const { driver, placeAnswered, phone, ends, quiet, storyOf } = await open()
      const callId = await placeAnswered(skip)
      await Promise.all([driver.connect(callId, phone('ANSWERS', 'agent', skip)), driver.hangup(callId, 'NORMAL')])
      await ends(callId)
      await quiet()
      expect(storyOf(callId).slice(2)).toEqual(['HANGUP NORMAL US'])
    })

    it('for somebody else connects nobody', async ({ skip }) => {
      const { able, placeAnswered, leg, hears, quiet, storyOf } = await open()
      const [dial, hangupLeg] = [able('dial', skip), able('hangupLeg', skip)]
      const callId = await placeAnswered(skip)
      await Promise.all([dial(callId, leg('ANSWERS_AND_STAYS', 'l', skip)), hangupLeg(callId, 'l')])
      await hears(callId, 'LEG_ENDED l')
      await quiet()
      expect(storyOf(callId).slice(2)).toEqual(['LEG_ENDED l'])
    })

    it('for somebody else ends with its call', async ({ skip }) => {
      const { driver, able, placeAnswered, leg, ends, quiet, storyOf } = await open()
      const dial = able('dial', skip)
      const callId = await placeAnswered(skip)
      await Promise.all([dial(callId, leg('ANSWERS_AND_STAYS', 'l', skip)), driver.hangup(callId, 'NORMAL')])
      await ends(callId)
      await quiet()
      expect(storyOf(callId).slice(2)).toEqual(['HANGUP NORMAL US'])
    })
  })
}
