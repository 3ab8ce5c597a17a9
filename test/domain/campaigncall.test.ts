import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  askEnd,
  type Campaigncall,
  type CampaigncallCommand,
  callPhases,
  createdStep,
  decideCampaigncall,
  finalReason,
  type HangupReason,
  hangupReasons,
  requestedHangupReason,
  resultOf,
} from '../../src/domain/campaigncall.ts'
import { answeredCall, dialingCall, doneCall, noon } from './support.ts'

const asked = (reason: HangupReason) => ({ reason, at: noon, sentAt: null })
const reasonOf = (call: Campaigncall, reason: HangupReason) => finalReason(call, { reason }, noon + 20_000)
const decide = (call: Campaigncall, command: CampaigncallCommand) => decideCampaigncall(call, command, noon + 20_000)

describe('results and reasons', () => {
  test('NORMAL is SUCCESS, every other reason FAIL', () => {
    expect(hangupReasons.filter((reason) => resultOf(reason) === 'SUCCESS')).toEqual(['NORMAL'])
  })

  test('the first stored reason is the reason, whatever is reported', () => {
    expect(reasonOf(dialingCall({ endRequest: asked('CANCEL') }), 'NORMAL')).toBe('CANCEL')
    expect(reasonOf(answeredCall({ endRequest: asked('TIMEOUT'), phase: 'WAITING' }), 'BUSY')).toBe('TIMEOUT')
  })

  test('what cannot be learned is UNKNOWN, even where an end was asked for', () => {
    expect(reasonOf(dialingCall({ endRequest: asked('CANCEL') }), 'UNKNOWN')).toBe('UNKNOWN')
  })

  test('NO_ANSWER of a driver that keeps the ring time is none where the answer came before its end', () => {
    const call = { ...answeredCall(), createdAt: noon, dialTimeoutMs: 5000 }
    expect(reasonOf({ ...call, answeredAt: noon + 4999 }, 'NO_ANSWER')).toBe('NORMAL')
    expect(reasonOf({ ...call, answeredAt: noon + 5000 }, 'NO_ANSWER')).toBe('NO_ANSWER')
    expect(reasonOf({ ...dialingCall(), createdAt: noon, dialTimeoutMs: 5000 }, 'NO_ANSWER')).toBe('NO_ANSWER')
  })

  test('from QUEUE_JOIN until an agent is connected it is ABANDONED, before and after it is as reported', () => {
    const reasons = callPhases.map((phase) => [phase, reasonOf(answeredCall({ phase }), 'NORMAL')])
    expect(Object.fromEntries(reasons)).toEqual({
      ...{ ACTIONS: 'NORMAL', WAITING: 'ABANDONED', OFFERED: 'ABANDONED', CONNECTED: 'NORMAL' },
    })
  })

  test('a hangup on request is CANCEL while it rings and between QUEUE_JOIN and an agent, NORMAL otherwise', () => {
    expect(requestedHangupReason(dialingCall())).toBe('CANCEL')
    const reasons = callPhases.map((phase) => [phase, requestedHangupReason(answeredCall({ phase }))])
    expect(Object.fromEntries(reasons)).toEqual({
      ...{ ACTIONS: 'NORMAL', WAITING: 'CANCEL', OFFERED: 'CANCEL', CONNECTED: 'NORMAL' },
    })
  })
})

describe('askEnd', () => {
  test('stores the first wish', () => {
    expect(askEnd(dialingCall(), 'CANCEL', noon + 1).endRequest).toEqual({
      reason: 'CANCEL',
      at: noon + 1,
      sentAt: null,
    })
  })

  test('a second wish changes nothing', () => {
    const first = askEnd(dialingCall(), 'CANCEL', noon + 1)
    expect(askEnd(first, 'NO_ANSWER', noon + 2)).toBe(first)
  })

  test('a call that is DONE cannot be asked to end: that is for the caller to know', () => {
    expect(() => askEnd(doneCall(), 'CANCEL', noon)).toThrow('a call to end that is in flight')
  })
})

describe('decideCampaigncall', () => {
  test('a call begins with CREATED, version 1, out of nothing', () => {
    expect(createdStep(dialingCall())).toMatchObject({ event: 'CREATED', version: 1, from: null, to: 'DIALING' })
  })

  test('given a call that rings, when it is answered, then it is PROGRESSING in its actions', () => {
    const { call, step } = decide(dialingCall(), { type: 'ANSWER' })
    expect(call).toMatchObject({ status: 'PROGRESSING', phase: 'ACTIONS', agentId: null, answeredAt: noon + 20_000 })
    expect(step).toMatchObject({ event: 'ANSWERED', version: 2, from: 'DIALING', to: 'PROGRESSING' })
  })

  test('given an answered call, when it is answered again, then nothing happens', () => {
    const call = answeredCall()
    expect(decide(call, { type: 'ANSWER' })).toEqual({ call, step: null })
  })

  test('given a call that is DONE without an answer, when its answer comes, then the fact is filled in, CORRECTED', () => {
    const before = doneCall()
    const { call, step } = decide(before, { type: 'ANSWER' })
    // No later than the end, which it came before.
    expect(call).toEqual({ ...before, answeredAt: before.endedAt, version: 3, updatedAt: noon + 20_000 })
    expect(step).toMatchObject({
      ...{ event: 'CORRECTED', version: 3, from: 'DONE', to: 'DONE', result: 'FAIL', hangupReason: 'BUSY' },
    })
  })

  test('given a call that is DONE and was answered, when its answer comes again, then nothing happens', () => {
    const call = doneCall({ answeredAt: noon + 1 })
    expect(decide(call, { type: 'ANSWER' })).toEqual({ call, step: null })
  })

  test('reaching QUEUE_JOIN is no step of its own', () => {
    const { call, step } = decide(answeredCall(), { type: 'JOIN_QUEUE' })
    expect(call).toMatchObject({ phase: 'WAITING', queuedAt: noon + 20_000, version: 2 })
    expect(step).toBeNull()
  })

  test('a call that waits is QUEUED, offered, connected', () => {
    const joined = decide(answeredCall(), { type: 'JOIN_QUEUE' }).call
    const waiting = decide(joined, { type: 'WAIT' })
    const offered = decide(waiting.call, { type: 'OFFER', agentId: 'a' })
    const connected = decide(offered.call, { type: 'CONNECT', agentId: 'a' })
    expect([waiting, offered, connected].map((of) => [of.step?.event, of.step?.version, of.step?.agentId])).toEqual([
      ['QUEUED', 3, null],
      ['AGENT_RINGING', 4, 'a'],
      ['AGENT_CONNECTED', 5, 'a'],
    ])
    expect(connected.call).toMatchObject({ phase: 'CONNECTED', agentId: 'a' })
  })

  test('a call that was missed by one agent waits again, unless others ring for it', () => {
    const offered = answeredCall({ phase: 'OFFERED' })
    const alone = decide(offered, { type: 'MISS', agentId: 'a', othersRinging: false })
    expect(alone.call).toMatchObject({ phase: 'WAITING' })
    expect(alone.step).toMatchObject({ event: 'AGENT_MISSED', agentId: 'a' })
    const others = decide(offered, { type: 'MISS', agentId: 'a', othersRinging: true })
    expect(others.call).toMatchObject({ phase: 'OFFERED' })
  })

  test('a call whose end was asked for is offered to nobody', () => {
    const call = answeredCall({ phase: 'WAITING', endRequest: asked('CANCEL') })
    expect(() => decide(call, { type: 'OFFER', agentId: 'a' })).toThrow('a call to offer that waits for an agent')
  })

  test('given a call, when it ends, then it is DONE with its result, and nothing wakes it any more', () => {
    const { call, step } = decide(dialingCall({ wakeAt: noon, lookupAt: noon }), { type: 'END', reason: 'BUSY' })
    expect(call).toMatchObject({
      ...{ status: 'DONE', result: 'FAIL', hangupReason: 'BUSY', answeredAt: null, endedAt: noon + 20_000 },
      ...{ wakeAt: null, lookupAt: null },
    })
    expect(call).not.toHaveProperty('phase')
    expect(step).toMatchObject({ event: 'ENDED', from: 'DIALING', to: 'DONE', result: 'FAIL', hangupReason: 'BUSY' })
  })

  test('a call keeps the agent it was connected to, and when it was answered', () => {
    const { call, step } = decide(answeredCall({ phase: 'CONNECTED', agentId: 'a' }), { type: 'END', reason: 'NORMAL' })
    expect(call).toMatchObject({ agentId: 'a', answeredAt: noon + 5000, result: 'SUCCESS' })
    expect(step?.agentId).toBe('a')
  })

  test('a call that provably was not placed has the reason that is given, whoever asked for its end', () => {
    const { call } = decide(dialingCall({ endRequest: asked('NO_ANSWER') }), { type: 'NEVER_PLACED', reason: 'CANCEL' })
    expect(call).toMatchObject({ status: 'DONE', hangupReason: 'CANCEL' })
  })

  test('what is established afterwards is inferred', () => {
    expect(decideCampaigncall(dialingCall(), { type: 'END', reason: 'BUSY' }, noon, true).step?.inferred).toBe(true)
    expect(decideCampaigncall(dialingCall(), { type: 'END', reason: 'BUSY' }, noon).step?.inferred).toBe(false)
  })
})

const news = fc.oneof(
  fc.record({ type: fc.constant('ANSWER' as const) }),
  fc.record({ type: fc.constant('JOIN_QUEUE' as const) }),
  fc.record({ type: fc.constant('MISS' as const), agentId: fc.constant('a'), othersRinging: fc.boolean() }),
  fc.record({ type: fc.constant('END' as const), reason: fc.constantFrom(...hangupReasons) }),
)

test('whatever news comes in whatever order, versions rise by one, state moves forward and nothing leaves DONE', () => {
  const rank = { DIALING: 0, PROGRESSING: 1, DONE: 2 }
  fc.assert(
    fc.property(fc.array(news, { maxLength: 12 }), (commands) => {
      let call: Campaigncall = dialingCall()
      for (const command of commands) {
        const before = call
        const { call: after, step } = decideCampaigncall(before, command, noon)
        expect(after.version).toBe(before.version + (step === null ? 0 : 1))
        if (step !== null)
          expect([step.from, step.to, step.version]).toEqual([before.status, after.status, after.version])
        expect(rank[after.status]).toBeGreaterThanOrEqual(rank[before.status])
        if (before.status === 'DONE' && after.status === 'DONE') {
          const { answeredAt: _, version: __, updatedAt: ___, ...final } = before
          expect(after).toMatchObject(final)
          if (step !== null) expect(step.event).toBe('CORRECTED')
        }
        call = after
      }
    }),
  )
})
