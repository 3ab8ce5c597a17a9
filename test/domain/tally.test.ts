import { describe, expect, test } from 'vitest'
import {
  emptyCallTally,
  emptyTargetTally,
  hangupReasonOf,
  shift,
  tallyCall,
  tallyTarget,
} from '../../src/domain/tally.ts'
import { answeredCall, dialingCall, doneCall, noon, target } from './support.ts'

describe('tallyCall', () => {
  test('a call that dials is one in total and one dialing', () => {
    expect(tallyCall(dialingCall())).toEqual({ ...emptyCallTally, callsTotal: 1, callsDialing: 1 })
  })

  test('an answered call is progressing and answered', () => {
    expect(tallyCall(answeredCall())).toEqual({ ...emptyCallTally, callsTotal: 1, callsProgressing: 1, answered: 1 })
  })

  test('a call that ended counts its result, and its answer where there was one', () => {
    expect(tallyCall(doneCall())).toEqual({ ...emptyCallTally, callsTotal: 1, fail: 1 })
    const success = doneCall({ result: 'SUCCESS', hangupReason: 'NORMAL', answeredAt: noon })
    expect(tallyCall(success)).toEqual({ ...emptyCallTally, callsTotal: 1, success: 1, answered: 1 })
  })

  test('an abandoned call is answered, failed and abandoned', () => {
    const abandoned = doneCall({ hangupReason: 'ABANDONED', answeredAt: noon })
    expect(tallyCall(abandoned)).toEqual({ ...emptyCallTally, callsTotal: 1, fail: 1, answered: 1, abandoned: 1 })
  })

  test('a reason is counted once the call is DONE', () => {
    expect(hangupReasonOf(doneCall())).toBe('BUSY')
    expect(hangupReasonOf(dialingCall({ endRequest: { reason: 'CANCEL', at: noon, sentAt: null } }))).toBeNull()
  })
})

describe('tallyTarget', () => {
  test('a target counts by its status', () => {
    expect(tallyTarget(target([0]))).toEqual({ ...emptyTargetTally, targetsIdle: 1 })
    expect(tallyTarget(target([0], { status: 'PROGRESSING' }))).toEqual({ ...emptyTargetTally, targetsProgressing: 1 })
    expect(tallyTarget(target([0], { status: 'DONE' }))).toEqual({ ...emptyTargetTally, targetsDone: 1 })
  })

  test('a deleted one counts nothing', () => {
    expect(tallyTarget(target([0], { deletedAt: noon }))).toEqual(emptyTargetTally)
  })
})

test('a life of a call, shifted step by step, adds up to what the last state counts', () => {
  const life = [
    dialingCall(),
    answeredCall(),
    doneCall({ answeredAt: noon, result: 'SUCCESS', hangupReason: 'NORMAL' }),
  ]
  let sum = emptyCallTally
  let before = emptyCallTally
  for (const call of life) {
    sum = shift(sum, before, tallyCall(call))
    before = tallyCall(call)
  }
  expect(sum).toEqual(tallyCall(life[2] ?? dialingCall()))
})
