import { describe, expect, test } from 'vitest'
import { type CallTimeoutFacts, nextTimeout, ringUntil } from '../../src/domain/call-timeout.ts'
import { answeredCall, dialingCall, doneCall, noon } from './support.ts'

const facts: CallTimeoutFacts = { callDurationMaxMs: 3_600_000, waitTimeoutMs: 20_000, actionsAt: null }
const answeredAt = noon + 5000

describe('nextTimeout', () => {
  test('a call that rings is hung up at the end of its ring time', () => {
    expect(nextTimeout(dialingCall(), facts)).toEqual({ type: 'RING_TIMEOUT', at: noon + 30_000 })
    expect(ringUntil(dialingCall({ dialTimeoutMs: 12_000 }))).toBe(noon + 12_000)
  })

  test('an answered call is hung up at the end of the longest duration', () => {
    expect(nextTimeout(answeredCall(), facts)).toEqual({ type: 'DURATION_TIMEOUT', at: answeredAt + 3_600_000 })
    const connected = answeredCall({ phase: 'CONNECTED', agentId: 'a' })
    expect(nextTimeout(connected, facts)).toEqual({ type: 'DURATION_TIMEOUT', at: answeredAt + 3_600_000 })
  })

  test('a call that waits is given up at the end of the wait, counted from QUEUE_JOIN', () => {
    const waiting = answeredCall({ phase: 'WAITING', queuedAt: noon + 8000 })
    expect(nextTimeout(waiting, facts)).toEqual({ type: 'WAIT_TIMEOUT', at: noon + 28_000 })
  })

  test('a wait timeout of 0 waits for ever', () => {
    const waiting = answeredCall({ phase: 'WAITING', queuedAt: noon + 8000 })
    expect(nextTimeout(waiting, { ...facts, waitTimeoutMs: 0 })?.type).toBe('DURATION_TIMEOUT')
  })

  test("a call waits no longer than the queue lets it, also while an agent's phone rings", () => {
    expect(nextTimeout(answeredCall({ phase: 'OFFERED', queuedAt: noon }), facts)?.type).toBe('WAIT_TIMEOUT')
  })

  test('a SLEEP ends when it is over, and only while the actions run', () => {
    const sleeping = { ...facts, actionsAt: noon + 9000 }
    expect(nextTimeout(answeredCall(), sleeping)).toEqual({ type: 'GO_ON', at: noon + 9000 })
    expect(nextTimeout(answeredCall({ phase: 'CONNECTED' }), sleeping)?.type).toBe('DURATION_TIMEOUT')
  })

  test('a FLOW has no longest duration', () => {
    expect(nextTimeout(answeredCall({ referenceType: 'FLOW', referenceId: null }), facts)).toBeNull()
  })

  test('an end that was asked for is passed on, before anything else is waited for', () => {
    const endRequest = { reason: 'CANCEL', at: noon + 1000, sentAt: null } as const
    expect(nextTimeout(dialingCall({ endRequest }), facts)).toEqual({ type: 'HANG_UP', at: noon + 1000 })
    expect(nextTimeout(answeredCall({ endRequest }), { ...facts, actionsAt: noon })).toEqual({
      type: 'HANG_UP',
      at: noon + 1000,
    })
  })

  test('an end that was passed on is waited for until the look-up', () => {
    const endRequest = { reason: 'CANCEL', at: noon + 1000, sentAt: noon + 1000 } as const
    expect(nextTimeout(dialingCall({ endRequest, lookupAt: noon + 11_000 }), facts)).toEqual({
      ...{ type: 'LOOK_UP', at: noon + 11_000 },
    })
    expect(nextTimeout(dialingCall({ endRequest }), facts)).toBeNull()
  })

  test('what comes first is done first', () => {
    expect(nextTimeout(dialingCall({ lookupAt: noon + 1000 }), facts)).toEqual({ type: 'LOOK_UP', at: noon + 1000 })
    expect(
      nextTimeout(answeredCall({ phase: 'WAITING', queuedAt: noon + 8000 }), { ...facts, callDurationMaxMs: 1000 }),
    ).toEqual({
      ...{ type: 'DURATION_TIMEOUT', at: answeredAt + 1000 },
    })
  })

  test('a call that is in doubt is looked up before a time that has run out is acted on', () => {
    const lookupAt = noon + 7_200_000
    const sleeping = { ...facts, actionsAt: noon + 6000 }
    const calls = [dialingCall(), answeredCall(), answeredCall({ phase: 'WAITING', queuedAt: noon + 6000 })]
    for (const call of calls) {
      expect(nextTimeout({ ...call, lookupAt: null }, sleeping)?.at).toBeLessThan(lookupAt)
      expect(nextTimeout({ ...call, lookupAt }, sleeping)).toEqual({ type: 'LOOK_UP', at: lookupAt })
    }
  })

  test('a call that is DONE asks for nothing', () => {
    expect(nextTimeout(doneCall({ lookupAt: noon }), facts)).toBeNull()
  })
})
