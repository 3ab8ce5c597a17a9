import { describe, expect, it } from 'vitest'
import { type HangupReason, hangupReasons } from '../../../src/domain/campaigncall.ts'
import { type EndFacts, endOf, reasonOfCause, sipCodeOf } from '../../../src/telephony/freeswitch/reasons.ts'

const unanswered: EndFacts = {
  ...{
    answered: false,
    rang: false,
    sipCode: null,
    cause: '',
    disposition: 'recv_refuse',
    asked: null,
    bridged: false,
  },
}
const reasonOf = (facts: Partial<EndFacts>) => endOf({ ...unanswered, ...facts }).reason
const byWhom = (facts: Partial<EndFacts>) => endOf({ ...unanswered, ...facts }).by

describe('the reason of an end', () => {
  it.each<[HangupReason, readonly number[]]>([
    ['BUSY', [486, 600]],
    ['REJECTED', [603, 607, 608, 403]],
    ['INVALID_NUMBER', [404, 410, 484, 485, 604]],
    ['CONGESTION', [503, 500, 502, 504]],
    ['UNAVAILABLE', [480, 408]],
    ['FAILED', [401, 407, 488, 606, 415, 300, 302, 487, 499, 501, 599]],
  ])('is %s for the SIP codes %j of a call that never rang, whatever the cause is called', (reason, codes) => {
    for (const sipCode of codes)
      for (const cause of ['NORMAL_CIRCUIT_CONGESTION', 'USER_BUSY', 'NORMAL_CLEARING', ''])
        expect([sipCode, reasonOf({ sipCode, cause })]).toEqual([sipCode, reason])
  })

  it('is NO_ANSWER where the other side gave up after ringing', () => {
    for (const sipCode of [480, 408]) expect(reasonOf({ sipCode, rang: true })).toBe('NO_ANSWER')
  })

  it.each<[HangupReason, readonly string[]]>([
    ['UNAVAILABLE', ['NO_USER_RESPONSE', 'RECOVERY_ON_TIMER_EXPIRE', 'SUBSCRIBER_ABSENT']],
    ['BUSY', ['USER_BUSY']],
    ['REJECTED', ['CALL_REJECTED', 'UNWANTED']],
    ['INVALID_NUMBER', ['UNALLOCATED_NUMBER', 'NUMBER_CHANGED', 'INVALID_NUMBER_FORMAT', 'NO_ROUTE_DESTINATION']],
    ['CONGESTION', ['NORMAL_TEMPORARY_FAILURE', 'NETWORK_OUT_OF_ORDER', 'NORMAL_CIRCUIT_CONGESTION']],
    ['CONGESTION', ['SWITCH_CONGESTION', 'GATEWAY_DOWN']],
    ['FAILED', ['INCOMPATIBLE_DESTINATION', 'SERVICE_NOT_IMPLEMENTED', 'A_CAUSE_OF_TOMORROW', '']],
  ])('is %s for the causes %j without a SIP code', (reason, causes) => {
    for (const cause of causes) expect([cause, reasonOf({ cause })]).toEqual([cause, reason])
  })

  it('is NO_ANSWER for the same causes after ringing, but for one who is absent', () => {
    for (const cause of ['NO_USER_RESPONSE', 'RECOVERY_ON_TIMER_EXPIRE', 'NO_ANSWER'])
      expect(reasonOfCause(cause, true)).toBe('NO_ANSWER')
    expect(reasonOfCause('SUBSCRIBER_ABSENT', true)).toBe('UNAVAILABLE')
  })

  it('is NORMAL once answered, whatever the other side gives as its cause', () => {
    for (const cause of ['NORMAL_CLEARING', 'NORMAL_TEMPORARY_FAILURE', 'USER_BUSY', ''])
      for (const sipCode of [200, 486, null])
        expect(reasonOf({ answered: true, disposition: 'recv_bye', cause, sipCode })).toBe('NORMAL')
  })

  it('is the one that we asked for where we ended it', () => {
    for (const asked of hangupReasons)
      for (const answered of [true, false])
        for (const disposition of ['send_bye', 'send_cancel', null])
          expect(endOf({ ...unanswered, asked, answered, disposition })).toEqual({ reason: asked, by: 'US' })
  })

  it('is not the one that we asked for where the other side was first', () => {
    expect(endOf({ ...unanswered, asked: 'CANCEL', sipCode: 486 })).toEqual({ reason: 'BUSY', by: 'THEM' })
    const bye = { ...unanswered, asked: 'AMD', answered: true, disposition: 'recv_bye' } as const
    expect(endOf(bye)).toEqual({ reason: 'NORMAL', by: 'THEM' })
  })

  it('of a call of an earlier process follows the cause that was handed to the switch', () => {
    const ours = { ...unanswered, disposition: 'send_cancel' }
    expect(endOf({ ...ours, cause: 'NO_ANSWER' })).toEqual({ reason: 'NO_ANSWER', by: 'US' })
    expect(endOf({ ...ours, cause: 'NORMAL_CLEARING' })).toEqual({ reason: 'CANCEL', by: 'US' })
    const answered = { ...unanswered, answered: true, disposition: 'send_bye' }
    expect(endOf({ ...answered, cause: 'ALLOTTED_TIMEOUT' })).toEqual({ reason: 'TIMEOUT', by: 'US' })
    expect(endOf({ ...answered, cause: 'NORMAL_CLEARING' })).toEqual({ reason: 'NORMAL', by: 'US' })
  })

  it.each(['SYSTEM_SHUTDOWN', 'MANAGER_REQUEST', 'MEDIA_TIMEOUT', 'RECOVERY_ON_TIMER_EXPIRE', 'A_CAUSE_OF_TOMORROW'])(
    'is FAILED where the switch itself ended the call with %s, answered or not',
    (cause) => {
      const talking = { ...unanswered, answered: true, disposition: 'send_bye', cause }
      expect(endOf(talking)).toEqual({ reason: 'FAILED', by: 'US' })
      expect(endOf({ ...unanswered, disposition: 'send_cancel', cause })).toEqual({ reason: 'FAILED', by: 'US' })
      expect(endOf({ ...talking, asked: 'ABANDONED' })).toEqual({ reason: 'ABANDONED', by: 'US' })
    },
  )

  it('is NORMAL where an agent left a bridged call with whatever cause, but FAILED where the switch took both', () => {
    const bridged = { ...unanswered, answered: true, disposition: 'send_bye', bridged: true }
    expect(endOf({ ...bridged, cause: 'NORMAL_UNSPECIFIED' })).toEqual({ reason: 'NORMAL', by: 'US' })
    expect(endOf({ ...bridged, cause: 'SYSTEM_SHUTDOWN' })).toEqual({ reason: 'FAILED', by: 'US' })
  })

  it("is NO_ANSWER, by us, where the switch's own ring timer ended the call, whatever code it reports", () => {
    for (const cause of ['NO_ANSWER', 'ALLOTTED_TIMEOUT', 'PROGRESS_TIMEOUT'])
      for (const disposition of ['send_cancel', null])
        for (const sipCode of [487, 480, 603, null])
          expect(endOf({ ...unanswered, cause, disposition, sipCode })).toEqual({ reason: 'NO_ANSWER', by: 'US' })
  })
})

describe('who ended it', () => {
  it('is we for what we sent, and they for what we received', () => {
    for (const disposition of ['send_bye', 'send_cancel', 'send_refuse']) expect(byWhom({ disposition })).toBe('US')
    for (const disposition of ['recv_bye', 'recv_cancel', 'recv_refuse']) expect(byWhom({ disposition })).toBe('THEM')
  })

  it('is not told by the refusal that a redirect began with', () => {
    const redirected = { answered: true, disposition: 'recv_refuse' }
    expect(byWhom({ ...redirected, asked: 'NORMAL' })).toBe('US')
    expect(byWhom(redirected)).toBe('THEM')
  })

  it('is our side for a shutdown of the switch and for its own timers, where nothing else is said', () => {
    for (const cause of ['SYSTEM_SHUTDOWN', 'MANAGER_REQUEST', 'ALLOTTED_TIMEOUT', 'NO_ANSWER'])
      expect(byWhom({ disposition: null, cause })).toBe('US')
    expect(byWhom({ disposition: null, cause: 'USER_BUSY' })).toBe('THEM')
  })
})

describe('a SIP code', () => {
  it('is read from either variable', () => {
    expect(sipCodeOf('486', null)).toBe(486)
    expect(sipCodeOf(null, 'sip:486')).toBe(486)
    expect(sipCodeOf('486', 'sip:503')).toBe(486)
    for (const text of [null, '', 'x', 'sip:', 'sip:4860', 'q850:17']) expect(sipCodeOf(null, text)).toBeNull()
  })
})
