import { afterAll, describe, expect, it } from 'vitest'
import type { HangupReason } from '../../../src/domain/campaigncall.ts'
import { createSimulatedEffects } from '../../../src/kernel/simulated-effects.ts'
import { createCalls } from '../../../src/telephony/asterisk/calls.ts'
import { channelOf, decodeEvent } from '../../../src/telephony/asterisk/messages.ts'
import { type EndFacts, isUnaskedEnd, reasonOf } from '../../../src/telephony/asterisk/reasons.ts'
import type { CallNews } from '../../../src/telephony/driver.ts'
import { formatTable } from '../../support/table.ts'
import { newsText } from '../news-text.ts'
import { request } from './support.ts'
import { readTranscripts } from './transcript.ts'

interface Row {
  readonly scenario: string
  /** What was hung up for, where the exchange was recorded with a hangup of ours. */
  readonly asked: HangupReason | null
  readonly ringTimeoutMs: number
  readonly maxDurationMs: number
  readonly news: readonly string[]
}

const row = (scenario: string, news: readonly string[], changes: Partial<Row> = {}): Row => ({
  ...{ scenario, news, asked: null, ringTimeoutMs: 10_000, maxDurationMs: 3_600_000 },
  ...changes,
})

const rows: readonly Row[] = [
  row('answer_remote_bye', ['RINGING', 'ANSWERED', 'HANGUP NORMAL THEM']),
  row('answer_remote_bye_reason', ['ANSWERED', 'HANGUP NORMAL THEM']),
  row('answer_local_hangup', ['RINGING', 'ANSWERED', 'HANGUP NORMAL US'], { asked: 'NORMAL' }),
  row('answer_local_hangup_code200', ['RINGING', 'ANSWERED', 'HANGUP TIMEOUT US'], { asked: 'TIMEOUT' }),
  row('sip_486', ['RINGING', 'HANGUP BUSY THEM']),
  row('sip_487_486_reason34', ['RINGING', 'HANGUP BUSY THEM']),
  row('sip_600', ['RINGING', 'HANGUP BUSY THEM']),
  row('sip_404', ['HANGUP INVALID_NUMBER THEM']),
  row('sip_484', ['HANGUP INVALID_NUMBER THEM']),
  row('sip_480', ['RINGING', 'HANGUP NO_ANSWER THEM']),
  row('sip_408', ['HANGUP UNAVAILABLE THEM']),
  row('sip_603', ['RINGING', 'HANGUP REJECTED THEM']),
  row('sip_403', ['HANGUP REJECTED THEM']),
  row('sip_488', ['HANGUP FAILED THEM']),
  row('sip_500', ['HANGUP CONGESTION THEM']),
  row('sip_503', ['HANGUP CONGESTION THEM']),
  row('ring_timeout', ['RINGING', 'HANGUP NO_ANSWER US'], { ringTimeoutMs: 3000 }),
  row('trying_timeout', ['HANGUP NO_ANSWER US'], { ringTimeoutMs: 3000 }),
  row('dead_trunk', ['HANGUP NO_ANSWER US'], { ringTimeoutMs: 4000 }),
  row('early_media_answer', ['EARLY_MEDIA', 'ANSWERED', 'HANGUP NORMAL THEM']),
  row('early_media_busy', ['EARLY_MEDIA', 'HANGUP BUSY THEM']),
  row('redirect_302', ['HANGUP FAILED THEM']),
  row('cancel_ringing', ['RINGING', 'HANGUP CANCEL US'], { asked: 'CANCEL' }),
  row('cancel_ringing_reason', ['RINGING', 'HANGUP CANCEL US'], { asked: 'CANCEL' }),
  row('cancel_ringing_code', ['RINGING', 'HANGUP AMD US'], { asked: 'AMD' }),
  row('immediate_200', ['ANSWERED', 'HANGUP NORMAL US'], { asked: 'NORMAL' }),
  row('absolute_timeout', ['RINGING', 'ANSWERED', 'HANGUP TIMEOUT US'], { maxDurationMs: 2000 }),
  row('t2_context_answer_remote_bye', ['RINGING', 'ANSWERED', 'HANGUP NORMAL THEM']),
  row('t2_context_answer_local_hangup', ['RINGING', 'ANSWERED', 'HANGUP AMD US'], { asked: 'AMD' }),
  row('t2_context_busy', ['RINGING', 'HANGUP BUSY THEM']),
  row('t2_context_ring_timeout', ['RINGING', 'HANGUP NO_ANSWER US'], { ringTimeoutMs: 2000 }),
  row('t2_call_absolute_timeout_context', ['RINGING', 'ANSWERED', 'HANGUP TIMEOUT US'], { maxDurationMs: 1000 }),
]

/** What the driver makes of events that a real Asterisk has sent, at the times it has sent them. */
async function newsOf({ scenario, asked, ringTimeoutMs, maxDurationMs }: Row) {
  const transcript = readTranscripts().find((of) => of.scenario === scenario)
  if (transcript === undefined) throw new Error(`${scenario} was not recorded`)
  const effects = createSimulatedEffects()
  const heard: CallNews[] = []
  const calls = createCalls({
    ...{ effects, isOnTrunk: () => true, ending() {}, tell: (news) => heard.push(news) },
    // Asterisk went on when this was recorded.
    switchEnd: { hold: (settle) => settle(false) },
    // The own deadlines do nothing here: the record has what became of the call without them.
    hangUp() {},
  })
  let callId = ''
  let nowMs = 0
  for (const entry of transcript.entries) {
    await effects.advance(Math.max(0, Math.ceil(entry.t) - nowMs))
    nowMs = Math.max(nowMs, Math.ceil(entry.t))
    if ('request' in entry && entry.request.method === 'POST' && entry.request.path === '/ari/channels') {
      callId = String(entry.request.body?.channelId)
      calls.begin(request(callId, '1000', { ringTimeoutMs, maxDurationMs }))
    }
    const call = calls.get(callId)
    if ('request' in entry && entry.request.method === 'DELETE' && call) call.asked = asked
    if (!('event' in entry)) continue
    const decoded = decodeEvent(JSON.stringify(entry.event))
    if (!decoded.ok) throw new Error(decoded.complaint)
    const { event } = decoded
    if (event === null || !('channel' in event || 'peer' in event)) continue
    if (channelOf(event).id === callId) calls.hear(event)
  }
  const lines = heard.map(newsText).filter((line, i, all) => line !== all[i - 1])
  const end = heard.at(-1)
  return { lines, detail: end?.type === 'HANGUP' ? end.detail : '' }
}

describe('what was recorded', () => {
  const table: string[][] = [['scenario', 'news', 'what Asterisk said']]
  afterAll(() => void process.stdout.write(`\n${formatTable(table)}\n`))

  it.each(rows.map((of) => [of.scenario, of.news.join(', '), of] as const))(
    'as %s is told as %s',
    async (scenario, news, of) => {
      const heard = await newsOf(of)
      table.push([scenario, heard.lines.join(' · '), heard.detail])
      expect(heard.lines.join(', ')).toBe(news)
    },
  )

  it('would be told otherwise if our own hangup were not known', async () => {
    const known = rows.find((of) => of.scenario === 'answer_local_hangup_code200')
    const unknown = { ...(known ?? row('', [])), asked: null }
    expect((await newsOf(unknown)).lines.at(-1)).toBe('HANGUP NORMAL US')
  })
})

const unanswered: EndFacts = {
  ...{ answered: false, rang: true, request: { soft: false }, cause: 0, sipCode: null, asked: null },
  ...{ ringTimeOver: false, durationOver: false },
}

describe('an end that nobody is known to have asked for', () => {
  const talking: EndFacts = { ...unanswered, answered: true, request: null }
  const ringing: EndFacts = { ...unanswered, request: null }

  it('is one without a request, or by a request of this side that was not ours', () => {
    for (const facts of [talking, ringing]) {
      expect(isUnaskedEnd(facts)).toBe(true)
      expect(isUnaskedEnd({ ...facts, request: { soft: true }, cause: 16 })).toBe(true)
    }
  })

  it('is none that the other side, we, or a time of ours has made', () => {
    for (const facts of [talking, ringing]) {
      expect(isUnaskedEnd({ ...facts, request: { soft: false } })).toBe(false)
      expect(isUnaskedEnd({ ...facts, asked: 'NORMAL', request: { soft: true } })).toBe(false)
    }
    expect(isUnaskedEnd({ ...talking, durationOver: true })).toBe(false)
    expect(isUnaskedEnd({ ...ringing, ringTimeOver: true })).toBe(false)
    expect(isUnaskedEnd({ ...ringing, sipCode: 486, cause: 17 })).toBe(false)
  })
})

describe('the reason of a call that was not answered', () => {
  it.each<[HangupReason, readonly number[]]>([
    ['BUSY', [486, 600]],
    ['REJECTED', [603, 607, 608, 403]],
    ['INVALID_NUMBER', [404, 410, 484, 485, 604]],
    ['CONGESTION', [503, 500, 502, 504]],
    ['NO_ANSWER', [480, 408]],
    ['FAILED', [401, 407, 488, 606, 415, 300, 302, 380, 487, 699]],
  ])('is %s for the SIP codes %j, whatever the cause', (reason, sipCodes) => {
    for (const sipCode of sipCodes) {
      for (const cause of [0, 16, 17, 21, 34, 127]) {
        expect(reasonOf({ ...unanswered, sipCode, cause })).toEqual({ reason, by: 'THEM' })
      }
    }
  })

  it.each<[HangupReason, readonly number[]]>([
    ['BUSY', [17]],
    ['REJECTED', [21]],
    ['INVALID_NUMBER', [1, 22, 28, 2, 3]],
    ['CONGESTION', [34, 38, 27, 102, 41, 42]],
    ['UNAVAILABLE', [20]],
    ['NO_ANSWER', [19, 18]],
    ['FAILED', [0, 16, 23, 58, 127, 200, 999]],
  ])('is %s for the causes %j where no SIP code is told', (reason, causes) => {
    for (const cause of causes) expect(reasonOf({ ...unanswered, cause })).toEqual({ reason, by: 'THEM' })
  })

  it.each([{ sipCode: 480 }, { sipCode: 408 }, { cause: 19 }, { cause: 18 }])(
    'is UNAVAILABLE for %j where it never rang',
    (facts) => {
      expect(reasonOf({ ...unanswered, ...facts, rang: false })).toEqual({ reason: 'UNAVAILABLE', by: 'THEM' })
    },
  )

  const ringTimeout: EndFacts = { ...unanswered, request: null, cause: 19, sipCode: 480 }

  it('is our ring timeout where nobody has asked for the end and our own time is over, or not known', () => {
    for (const ringTimeOver of [true, null]) {
      expect(reasonOf({ ...ringTimeout, ringTimeOver })).toEqual({ reason: 'NO_ANSWER', by: 'US' })
    }
  })

  it('is our ring timeout whatever cause a release of Asterisk gives it', () => {
    for (const cause of [0, 16, 18, 19, 31, 102, 127]) {
      for (const sipCode of [null, 408, 480])
        expect(reasonOf({ ...ringTimeout, ringTimeOver: true, cause, sipCode })).toMatchObject({ reason: 'NO_ANSWER' })
    }
  })

  it('is theirs where our own time is not over: the request was lost', () => {
    expect(reasonOf({ ...ringTimeout, ringTimeOver: false, rang: false })).toEqual({
      reason: 'UNAVAILABLE',
      by: 'THEM',
    })
    expect(reasonOf({ ...ringTimeout, ringTimeOver: true, sipCode: 486, cause: 17 })).toMatchObject({ reason: 'BUSY' })
  })

  it('is CANCEL where somebody else on this side has ended it', () => {
    expect(reasonOf({ ...unanswered, request: { soft: true }, cause: 16 })).toEqual({ reason: 'CANCEL', by: 'US' })
  })
})

describe('the reason of a call that was answered', () => {
  const answered: EndFacts = { ...unanswered, answered: true }

  it('is NORMAL whatever the cause of their hangup', () => {
    for (const cause of [0, 16, 17, 34, 41]) {
      expect(reasonOf({ ...answered, cause })).toEqual({ reason: 'NORMAL', by: 'THEM' })
    }
  })

  it('is NORMAL where the other side was first, although we hung up too', () => {
    expect(reasonOf({ ...answered, asked: 'AMD' })).toEqual({ reason: 'NORMAL', by: 'THEM' })
  })

  it.each<HangupReason>(['NORMAL', 'TIMEOUT', 'AMD', 'CANCEL', 'ABANDONED', 'FAILED'])(
    'is %s where we asked so',
    (asked) => {
      expect(reasonOf({ ...answered, asked, request: { soft: true }, cause: 16 })).toEqual({ reason: asked, by: 'US' })
      expect(reasonOf({ ...answered, asked, request: null })).toEqual({ reason: asked, by: 'US' })
    },
  )

  it('is TIMEOUT where the longest duration is over and Asterisk itself ends it, in the dialplan by a request of its own', () => {
    for (const request of [null, { soft: true }])
      expect(reasonOf({ ...answered, request, durationOver: true })).toEqual({ reason: 'TIMEOUT', by: 'US' })
    const theirs = { ...answered, durationOver: true }
    expect(reasonOf(theirs)).toEqual({ reason: 'NORMAL', by: 'THEM' })
    expect(reasonOf({ ...theirs, request: { soft: true }, cause: 16 })).toEqual({ reason: 'NORMAL', by: 'US' })
  })

  it('is NORMAL where nobody asked and the longest duration is not over', () => {
    expect(reasonOf({ ...answered, request: null })).toEqual({ reason: 'NORMAL', by: 'THEM' })
  })
})
