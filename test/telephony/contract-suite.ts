import { describe, expect, it } from 'vitest'
import type { HangupReason } from '../../src/domain/campaigncall.ts'
import { describeActions } from './contract-actions.ts'
import { type Behaviour, type MakeFixture, neverSkip, openFixture, sounds } from './contract-fixture.ts'
import { describeWithdrawn } from './contract-withdrawn.ts'

const burstCount = 200
/** Calls that there is much to tell of. */
const tellingCount = 20

/** The contract that every driver keeps, held against a well-behaved carrier (docs/rules.md#driver-contract). */
export function describeDriver(name: string, makeFixture: MakeFixture): void {
  const open = () => openFixture(makeFixture)

  describe(`a call placed by ${name}`, () => {
    it('rings, is answered, and is hung up by the called side', async ({ skip }) => {
      const { driver, place, ends, storyOf } = await open()
      const callId = await place('ANSWERS_AND_HANGS_UP', skip)
      await ends(callId)
      expect(storyOf(callId)).toEqual(['RINGING', 'ANSWERED', 'HANGUP NORMAL THEM'])
      expect(await driver.list()).not.toContain(callId)
      expect((await driver.lookup(callId)).type).not.toBe('LIVE')
    })

    it.each<[Behaviour, HangupReason]>([
      ['BUSY', 'BUSY'],
      ['INVALID_NUMBER', 'INVALID_NUMBER'],
      ['CONGESTED', 'CONGESTION'],
    ])('to a number that is %s ends %s by the other side, unanswered', async (behaviour, reason) => {
      const { place, ends, storyOf } = await open()
      const callId = await place(behaviour, neverSkip)
      await ends(callId)
      expect(storyOf(callId).at(-1)).toBe(`HANGUP ${reason} THEM`)
      expect(storyOf(callId)).not.toContain('ANSWERED')
    })

    it('that nobody answers ends by us at the end of its ring time', async ({ skip }) => {
      const { place, ends, storyOf, ringTimeoutMs } = await open()
      const callId = await place('RINGS_FOR_EVER', skip, { ringTimeoutMs })
      await ends(callId)
      expect(storyOf(callId)).toEqual(['RINGING', 'HANGUP NO_ANSWER US'])
    })

    it('ends with the reason of our hangup while it rings', async ({ skip }) => {
      const { driver, place, hears, ends, storyOf } = await open()
      const callId = await place('RINGS_FOR_EVER', skip)
      await hears(callId, 'RINGING')
      await driver.hangup(callId, 'CANCEL')
      await ends(callId)
      expect(storyOf(callId)).toEqual(['RINGING', 'HANGUP CANCEL US'])
    })

    it.each<HangupReason>(['NORMAL', 'AMD', 'CANCEL'])(
      'ends %s when that is our reason after the answer',
      async (reason) => {
        const { driver, placeAnswered, ends, storyOf } = await open()
        const callId = await placeAnswered(neverSkip)
        await driver.hangup(callId, reason)
        await ends(callId)
        expect(storyOf(callId)).toEqual(['RINGING', 'ANSWERED', `HANGUP ${reason} US`])
      },
    )

    it('lasts no longer than its longest duration', async ({ skip }) => {
      const { placeAnswered, ends, storyOf, maxDurationMs } = await open()
      const callId = await placeAnswered(skip, { maxDurationMs })
      await ends(callId)
      expect(storyOf(callId).at(-1)).toBe('HANGUP TIMEOUT US')
    })

    it('tells of early media before the answer', async ({ skip }) => {
      const { place, hears, storyOf } = await open()
      const callId = await place('EARLY_MEDIA_AND_ANSWERS', skip)
      await hears(callId, 'ANSWERED')
      expect(storyOf(callId).slice(0, 2)).toEqual(['EARLY_MEDIA', 'ANSWERED'])
    })

    it('tells of the digits that are pressed', async ({ skip }) => {
      const { driver, place, hears, storyOf, digits } = await open()
      const callId = await place('ANSWERS_AND_PRESSES_DIGITS', skip)
      await hears(callId, 'ANSWERED')
      await driver.receiveDigits(callId)
      const pressed = digits.map((digit) => `DIGIT ${digit}`)
      await hears(callId, pressed.at(-1) ?? '')
      expect(storyOf(callId).slice(-pressed.length)).toEqual(pressed)
    })

    it('is listed and found while it lives', async ({ skip }) => {
      const { driver, place, hears, placeAnswered } = await open()
      const ringing = await place('RINGS_FOR_EVER', skip)
      await hears(ringing, 'RINGING')
      const answered = await placeAnswered(skip)
      expect([...(await driver.list())].sort()).toEqual([ringing, answered].sort())
      expect(await driver.lookup(ringing)).toEqual({ type: 'LIVE', state: 'RINGING' })
      expect(await driver.lookup(answered)).toEqual({ type: 'LIVE', state: 'ANSWERED' })
    })

    it('is not placed again under an id that lives', async ({ skip }) => {
      const { driver, requestTo, hears, ends, storyOf } = await open()
      const request = requestTo('RINGS_FOR_EVER', skip)
      expect(await driver.originate(request)).toEqual({ type: 'ACCEPTED' })
      expect(await driver.originate(request)).toEqual({ type: 'INDETERMINATE' })
      await hears(request.callId, 'RINGING')
      expect(await driver.lookup(request.callId)).toEqual({ type: 'LIVE', state: 'RINGING' })
      await driver.hangup(request.callId, 'CANCEL')
      await ends(request.callId)
      expect(storyOf(request.callId)).toEqual(['RINGING', 'HANGUP CANCEL US'])
    })

    it(`is one of ${burstCount} at once, and each of them ends once`, async ({ skip }) => {
      const { driver, requestTo, until, quiet, heard, storyOf } = await open()
      const requests = Array.from({ length: burstCount }, () => requestTo('ANSWERS_AND_HANGS_UP', skip))
      const answers = await Promise.all(requests.map((request) => driver.originate(request)))
      expect(countEach(answers.map((answer) => JSON.stringify(answer)))).toEqual({ '{"type":"ACCEPTED"}': burstCount })
      const hangups = () => heard.filter((news) => news.type === 'HANGUP')
      const stories = () => countEach(requests.map(({ callId }) => storyOf(callId).join(', ')))
      await until('all hangups', () => hangups().length >= burstCount).catch((cause: unknown) => {
        throw new Error(`not every call has ended: ${JSON.stringify(stories())}`, { cause })
      })
      await quiet()
      expect(hangups().length).toBe(burstCount)
      expect(stories()).toEqual({ 'RINGING, ANSWERED, HANGUP NORMAL THEM': burstCount })
    })
  })

  describe(`a playback of ${name}`, () => {
    it.for(sounds)('of %s is told of when it has ended', async (kind, { skip }) => {
      const { placeAnswered, sound, hears, storyOf } = await open()
      const callId = await placeAnswered(skip)
      await sound(kind, callId, 'p')
      await hears(callId, 'PLAYBACK_ENDED p')
      expect(storyOf(callId).slice(2)).toEqual(['PLAYBACK_ENDED p'])
    })

    it('of several recordings is told of once, when all of them have ended', async ({ skip }) => {
      const { driver, placeAnswered, hears, quiet, newsOf, recordings } = await open()
      const callId = await placeAnswered(skip)
      await driver.play(callId, 'p', [recordings.present, recordings.present])
      await hears(callId, 'PLAYBACK_ENDED p')
      await quiet()
      expect(newsOf(callId).filter(({ type }) => type === 'PLAYBACK_ENDED').length).toBe(1)
    })

    it.for([
      ['the only one', (_present: string, missing: string) => [missing]],
      ['the first one', (present: string, missing: string) => [missing, present]],
      ['the last one', (present: string, missing: string) => [present, missing]],
    ] as const)('of recordings, %s of which is not there, has failed', async ([_which, listOf], { skip }) => {
      const { driver, placeAnswered, hears, storyOf, recordings } = await open()
      if (recordings.missing === null) return skip('this carrier plays anything')
      const callId = await placeAnswered(skip)
      await driver.play(callId, 'p', listOf(recordings.present, recordings.missing))
      await hears(callId, 'PLAYBACK_ENDED p failed')
      expect(storyOf(callId).slice(2)).toEqual(['PLAYBACK_ENDED p failed'])
    })

    it.for(sounds)('of %s has failed when the call ends, and is told of before that', async (kind, { skip }) => {
      const { driver, placeAnswered, sound, ends, storyOf } = await open()
      const callId = await placeAnswered(skip)
      const playbackId = `${callId}-1`
      await sound(kind, callId, playbackId)
      await driver.hangup(callId, 'NORMAL')
      await ends(callId)
      expect(storyOf(callId).slice(-2)).toEqual([`PLAYBACK_ENDED ${playbackId} failed`, 'HANGUP NORMAL US'])
    })
  })

  describeActions(name, open)
  describeWithdrawn(name, open)

  describe(`an agent's phone rung by ${name}`, () => {
    it('joins the call when it is answered, and leaves with it', async ({ skip }) => {
      const { driver, placeAnswered, phone, hears, ends, storyOf, quiet } = await open()
      const callId = await placeAnswered(skip)
      await driver.connect(callId, phone('ANSWERS', 'agent', skip))
      await hears(callId, 'AGENT_CONNECTED agent')
      await driver.hangup(callId, 'NORMAL')
      await ends(callId)
      await quiet()
      expect(storyOf(callId).slice(2)).toEqual(['AGENT_CONNECTED agent', 'HANGUP NORMAL US'])
      expect(await driver.list()).toEqual([])
    })

    it('ends the call when it leaves', async ({ skip }) => {
      const { driver, placeAnswered, phone, ends, storyOf } = await open()
      const callId = await placeAnswered(skip)
      await driver.connect(callId, phone('ANSWERS_AND_HANGS_UP', 'agent', skip))
      await ends(callId)
      expect(storyOf(callId).slice(2, 3)).toEqual(['AGENT_CONNECTED agent'])
      expect(storyOf(callId).at(-1)).toMatch(/^HANGUP NORMAL /)
    })

    it('misses the call when it rejects it', async ({ skip }) => {
      const { driver, placeAnswered, phone, hears } = await open()
      const callId = await placeAnswered(skip)
      await driver.connect(callId, phone('REJECTS', 'agent', skip))
      await hears(callId, 'AGENT_MISSED agent')
      expect(await driver.lookup(callId)).toEqual({ type: 'LIVE', state: 'ANSWERED' })
    })

    it('falls silent without news when another has answered', async ({ skip }) => {
      const { driver, placeAnswered, phone, hears, quiet, storyOf } = await open()
      const callId = await placeAnswered(skip)
      await driver.connect(callId, phone('RINGS_FOR_EVER', 'slow', skip))
      await driver.connect(callId, phone('ANSWERS', 'quick', skip))
      await hears(callId, 'AGENT_CONNECTED quick')
      await quiet()
      expect(storyOf(callId).filter((line) => line.endsWith('slow'))).toEqual([])
    })

    it('falls silent without news when it is withdrawn', async ({ skip }) => {
      const { driver, placeAnswered, phone, quiet, ends, storyOf } = await open()
      const callId = await placeAnswered(skip)
      await driver.connect(callId, phone('RINGS_FOR_EVER', 'agent', skip))
      await driver.withdraw(callId, 'agent')
      await quiet()
      await driver.hangup(callId, 'NORMAL')
      await ends(callId)
      expect(storyOf(callId).slice(2)).toEqual(['HANGUP NORMAL US'])
    })
  })

  describe(`a connection of ${name}`, () => {
    it('that breaks while a call rings and another talks leaves both to the carrier', async ({ skip }) => {
      const { driver, place, placeAnswered, requestTo, hears, ends, until, told, storyOf, breakConnection } =
        await open()
      if (breakConnection === null) return skip('there is no connection to break')
      const ringing = await place('RINGS_FOR_EVER', skip)
      await hears(ringing, 'RINGING')
      const talking = await placeAnswered(skip)
      breakConnection()
      await until('the loss', () => told.at(-1) === 'disconnected')
      expect(await driver.originate(requestTo('BUSY', skip))).toMatchObject({ type: 'REJECTED' })
      expect((await driver.health()).ok).toBe(false)
      await until('the new connection', () => told.at(-1) === 'connected')
      expect([...(await driver.list())].sort()).toEqual([ringing, talking].sort())
      await driver.hangup(ringing, 'CANCEL')
      await driver.hangup(talking, 'NORMAL')
      await ends(ringing)
      await ends(talking)
      expect(storyOf(ringing)).toEqual(['RINGING', 'HANGUP CANCEL US'])
      expect(storyOf(talking)).toEqual(['RINGING', 'ANSWERED', 'HANGUP NORMAL US'])
    })

    it('that its carrier breaks because nobody reads hides no call', async ({ skip }) => {
      const { driver, place, hears, until, told, newsOf, stopReading } = await open()
      if (stopReading === null) return skip('everything is read')
      const calls: string[] = []
      for (let i = 0; i < tellingCount; i++) calls.push(await place('ANSWERS_AND_HANGS_UP', skip))
      for (const callId of calls) await hears(callId, 'RINGING')
      await stopReading()
      await until('the new connection', () => told.at(-1) === 'connected' && told.includes('disconnected'))
      const live = await driver.list()
      for (const callId of calls) {
        const isKnown = live.includes(callId) || newsOf(callId).some((news) => news.type === 'HANGUP')
        if (!isKnown) expect(await driver.lookup(callId)).toMatchObject({ type: 'ENDED' })
      }
    })

    it('to a carrier that was started anew is told as another epoch, without the calls of before', async ({ skip }) => {
      const { driver, place, placeAnswered, ends, until, told, restartCarrier } = await open()
      if (restartCarrier === null) return skip('this carrier cannot be started again from here')
      const epoch = await driver.epoch()
      const before = await placeAnswered(skip)
      await restartCarrier()
      await until('the new connection', () => told.at(-1) === 'connected' && told.includes('disconnected'))
      expect(await driver.epoch()).not.toBe(epoch)
      expect(await driver.list()).toEqual([])
      expect((await driver.lookup(before)).type).not.toBe('LIVE')
      const after = await place('BUSY', skip)
      await ends(after)
    })

    it('is over after a stop, and nothing is placed any more', async ({ skip }) => {
      const { driver, requestTo } = await open()
      await driver.stop()
      expect(await driver.originate(requestTo('BUSY', skip))).toMatchObject({ type: 'REJECTED' })
      expect((await driver.health()).ok).toBe(false)
    })
  })
}

/** How often each of them occurs: a burst that fails is described by a few lines instead of by every call. */
function countEach(texts: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const text of texts) counts[text] = (counts[text] ?? 0) + 1
  return counts
}
