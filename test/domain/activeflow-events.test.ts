import { describe, expect, test } from 'vitest'
import { cutOffActiveflow, handleFlowEvent } from '../../src/domain/activeflow-advance.ts'
import { call, flowContextOf, list, run, step } from './activeflow-support.ts'
import { noon } from './support.ts'

const stop = step('STOP')
const talk = step('TALK', { text: 'Press one' })
const played = { type: 'PLAYBACK_ENDED', playbackId: 'made-1', end: 'PLAYED' } as const

describe('DIGITS_RECEIVE', () => {
  const receive = (option: object = {}) => step('DIGITS_RECEIVE', option)

  test('asks for digits and takes the first', () => {
    const menu = run(list(receive(), stop))
    expect(menu.requests).toEqual([{ type: 'RECEIVE_DIGITS' }])
    expect(menu.press('7')).toBe(true)
    expect(menu.flow.variables).toEqual({ digits: '7' })
    expect(menu.outcomes).toEqual(['received digits 7', 'stopped'])
  })

  test('takes as many as it asks for, in the order of their times', () => {
    const menu = run(list(receive({ length: 3, variable: 'pin' }), stop))
    menu.press('1', 10)
    menu.hear({ type: 'DIGIT', digit: '3', at: noon + 30 })
    expect(menu.flow.status).toBe('RUNNING')
    menu.hear({ type: 'DIGIT', digit: '2', at: noon + 20 })
    expect(menu.flow.variables).toEqual({ pin: '123' })
  })

  test('takes one that is told of twice once', () => {
    const menu = run(list(receive({ length: 2 }), stop))
    menu.press('1', 10)
    expect(menu.hear({ type: 'DIGIT', digit: '1', at: noon + 10 })).toBe(false)
    menu.press('1', 20)
    expect(menu.flow.variables).toEqual({ digits: '11' })
  })

  test('ends with its terminator, which is none of the digits', () => {
    const menu = run(list(receive({ length: 8, terminator: '#' }), stop))
    for (const digit of ['4', '2', '#']) menu.press(digit)
    expect(menu.outcomes[0]).toBe('received digits 42')
    const empty = run(list(receive({ length: 8, terminator: '*' }), stop))
    empty.press('*')
    expect(empty).toMatchObject({ flow: { variables: { digits: '' } }, outcomes: ['received no digits', 'stopped'] })
  })

  test('ends when its time is over, with what was pressed until then', () => {
    const menu = run(list(receive({ length: 3, timeoutMs: 5000 }), stop))
    menu.press('9', 1000)
    expect(menu.wait(4999)).toBe(false)
    expect(menu.wait(5000)).toBe(true)
    expect(menu.flow.variables).toEqual({ digits: '9' })
    const silent = run(list(receive({ timeoutMs: 0 }), stop))
    expect(silent.wait(0)).toBe(true)
    expect(silent.outcomes).toEqual(['received no digits', 'stopped'])
  })

  test('takes nothing that is no digit', () => {
    const menu = run(list(receive(), stop))
    for (const digit of ['', 'x', '12', 'E', 'a']) expect(menu.press(digit)).toBe(false)
    expect(menu.press('D')).toBe(true)
  })

  test('replaces what was received before', () => {
    const menu = run(list(receive(), receive(), stop))
    menu.press('1')
    menu.wait(20_000)
    expect(menu.flow.variables).toEqual({ digits: '' })
  })

  test('cuts off what is played before it: the digit counts', () => {
    const menu = run(list(talk, receive({ length: 2 }), stop))
    expect(menu.press('1', 100)).toBe(true)
    expect(menu.asked).toEqual(['SPEAK', 'STOP_PLAYBACK', 'RECEIVE_DIGITS'])
    expect(menu.outcomes).toEqual(['cut off by a digit'])
    expect(menu.hear(played)).toBe(false)
    menu.press('2', 200)
    expect(menu.flow.variables).toEqual({ digits: '12' })
  })

  test('lets what is played before another action be played to its end', () => {
    const menu = run(list(talk, stop))
    expect(menu.press('1')).toBe(false)
  })

  test('does not let a digit that had its effect cut off what comes next, however late it is told of again', () => {
    const menu = run(list(talk, receive(), talk, receive(), stop))
    menu.press('1', 100)
    expect(menu.flow.actionId).toBe('2')
    expect(menu.hear({ type: 'DIGIT', digit: '1', at: noon + 100 }, 200)).toBe(false)
    expect(menu.press('1', 300)).toBe(true)
    expect(menu.flow).toMatchObject({ status: 'ENDED', variables: { digits: '1' } })
  })
})

describe('DIGITS_SEND', () => {
  test('waits until all of them have sounded', () => {
    const sending = run(list(step('DIGITS_SEND', { digits: '12#', durationMs: 200, intervalMs: 50 }), stop))
    expect(sending.requests).toEqual([
      { type: 'SEND_DIGITS', requestId: 'made-1', digits: '12#', times: { durationMs: 200, intervalMs: 50 } },
    ])
    expect([sending.wait(749), sending.wait(750)]).toEqual([false, true])
    expect(sending.outcomes).toEqual(['sent digits 12#', 'stopped'])
  })

  test('lasts 100 ms a digit and 100 ms between where nothing is said', () => {
    const sending = run(list(step('DIGITS_SEND', { digits: '12' }), stop))
    expect(sending.flow.wait).toMatchObject({ until: noon + 400 })
  })

  test('is over at once where it is refused', () => {
    const sending = run(list(step('DIGITS_SEND', { digits: '12' }), stop))
    expect(sending.hear({ type: 'REFUSED', requestId: 'other', why: 'no' })).toBe(false)
    sending.hear({ type: 'REFUSED', requestId: 'made-1', why: 'no' })
    expect(sending.outcomes).toEqual(['refused: no', 'stopped'])
  })
})

describe('AMD', () => {
  const amd = (machineHandle?: string) => run(list(step('AMD', { machineHandle }), stop))

  test('hangs a machine up, AMD', () => {
    const detecting = amd()
    expect(detecting.asked).toEqual(['DETECT_MACHINE'])
    detecting.hear({ type: 'MACHINE', result: 'MACHINE' })
    expect(detecting.flowOutcome).toEqual({ type: 'HANG_UP', reason: 'AMD' })
    expect(detecting.outcomes).toEqual(['machine detected'])
    expect(detecting.flow).toMatchObject({ status: 'ENDED', variables: { 'call.machine': 'MACHINE' } })
  })

  test('goes on with what it found, where it is told to', () => {
    for (const [result, outcome] of [
      ['MACHINE', 'machine detected'],
      ['HUMAN', 'human detected'],
      ['NOT_SURE', 'not sure'],
    ] as const) {
      const detecting = amd('continue')
      detecting.hear({ type: 'MACHINE', result })
      expect(detecting.outcomes).toEqual([outcome, 'stopped'])
      expect(detecting.flow.variables).toEqual({ 'call.machine': result })
    }
  })

  test('goes on with a person, and where nobody is sure, or nothing is heard for 15 s', () => {
    for (const news of [
      { type: 'MACHINE', result: 'HUMAN' } as const,
      { type: 'MACHINE', result: 'NOT_SURE' } as const,
    ]) {
      const detecting = amd()
      detecting.hear(news)
      expect(detecting.flowOutcome).toEqual({ type: 'HANG_UP', reason: 'NORMAL' })
    }
    const silent = amd()
    expect([silent.wait(14_999), silent.wait(15_000)]).toEqual([false, true])
    expect(silent.outcomes).toEqual(['not sure', 'stopped'])
  })

  test('sets nothing where it is refused', () => {
    const detecting = amd()
    detecting.hear({ type: 'REFUSED', requestId: 'made-1', why: 'no' })
    expect(detecting).toMatchObject({ flow: { variables: {} }, outcomes: ['refused: no', 'stopped'] })
  })
})

describe('CONNECT', () => {
  const option = { destinations: ['+12025550101', '+1 202 555 0102'], ringTimeoutMs: 20_000 }
  const connect = () => run(list(step('CONNECT', option), stop))
  const connected = (legId: string) => ({ type: 'LEG_CONNECTED', legId }) as const
  const ended = (legId: string) => ({ type: 'LEG_ENDED', legId }) as const

  test('calls all at once, with the caller id of the call', () => {
    const { requests } = connect()
    expect(requests).toMatchObject([
      {
        type: 'DIAL',
        leg: { legId: 'made-1', to: { type: 'TEL', target: '+12025550101' }, from: call.source, ringTimeoutMs: 20_000 },
      },
      { type: 'DIAL', leg: { legId: 'made-2', to: { target: '+12025550102' } } },
    ])
  })

  test('leaves out numbers that are never dialed, which may have been stored before they were refused', () => {
    const stored = (...destinations: string[]) =>
      list(step('CONNECT', option), stop).map((action) =>
        action.type === 'CONNECT' ? { ...action, option: { ...action.option, destinations } } : action,
      )
    expect(run(stored('+49116117', '+12025550101')).requests).toMatchObject([
      { type: 'DIAL', leg: { to: { target: '+12025550101' } } },
    ])
    const none = run(stored('+49116117'))
    expect(none.requests).toEqual([])
    expect(none.outcomes[0]).toBe('refused: its numbers are never dialed')
  })

  test('shows the number it is told to', () => {
    const { requests } = run(list(step('CONNECT', { ...option, source: '+12025550177' })))
    expect(requests[0]).toMatchObject({ leg: { from: { type: 'TEL', target: '+12025550177' } } })
  })

  test('connects the first who answers, lets the others go, and goes on when they hang up', () => {
    const both = connect()
    both.hear(connected('made-2'))
    expect(both.requests.slice(2)).toEqual([{ type: 'HANG_UP_LEG', legId: 'made-1' }])
    expect(both.wait(3_600_000)).toBe(false)
    expect(both.hear(ended('made-1'))).toBe(false)
    expect(both.hear(ended('made-2'))).toBe(true)
    expect(both.outcomes).toEqual(['connected to +12025550102', 'stopped'])
  })

  test('lets go who answers after another, or after it is over', () => {
    const both = connect()
    both.hear(connected('made-2'))
    expect(both.hear(connected('made-2'))).toBe(false)
    both.hear(connected('made-1'))
    both.hear(ended('made-2'))
    expect(both.requests.slice(2)).toEqual([
      { type: 'HANG_UP_LEG', legId: 'made-1' },
      { type: 'HANG_UP_LEG', legId: 'made-1' },
    ])
    const flow = { ...both.flow, status: 'RUNNING' as const, wait: null }
    const late = handleFlowEvent(flow, connected('made-1'), flowContextOf(list(stop)), noon)
    expect(late?.requests).toEqual([{ type: 'HANG_UP_LEG', legId: 'made-1' }])
  })

  test('goes on when nobody answers: all have ended, or were refused, or 10 s after their ring time', () => {
    const all = connect()
    all.hear(ended('made-1'))
    expect(all.flow.status).toBe('RUNNING')
    all.hear(ended('made-2'))
    expect(all.outcomes).toEqual(['nobody answered', 'stopped'])
    const refused = connect()
    refused.hear({ type: 'REFUSED', requestId: 'made-2', why: 'no' })
    refused.hear({ type: 'REFUSED', requestId: 'made-1', why: 'no calls are placed at the moment' })
    expect(refused.outcomes).toEqual(['refused: no calls are placed at the moment', 'stopped'])
    const silent = connect()
    expect([silent.wait(29_999), silent.wait(30_000)]).toEqual([false, true])
    expect(silent.asked.slice(2)).toEqual(['HANG_UP_LEG', 'HANG_UP_LEG'])
  })

  test('that had somebody on the line when the call ended has connected them', () => {
    const both = connect()
    both.hear(connected('made-1'))
    expect(cutOffActiveflow(both.flow, noon).executions).toMatchObject([{ outcome: 'connected to +12025550101' }])
  })

  test('waits on for who is connected where the call was found again', () => {
    const both = connect()
    both.hear(connected('made-1'))
    expect(both.hear({ type: 'MISSED' })).toBe(false)
  })
})

describe('RECORDING_START and RECORDING_STOP', () => {
  const start = (option: object = {}) => step('RECORDING_START', option)
  const settings = { format: 'wav', beep: true, durationMaxMs: 60_000 }

  test('begin a recording and go on, and end it', () => {
    const recording = run(list(start({ beep: true, durationMaxMs: 60_000 }), talk, step('RECORDING_STOP'), stop))
    expect(recording.requests[0]).toEqual({
      ...{ type: 'RECORD', step: 1 },
      command: { type: 'START_RECORDING', recordingId: 'made-1', settings },
    })
    expect(recording.flow).toMatchObject({ recordingId: 'made-1', actionId: '1' })
    recording.hear({ ...played, playbackId: 'made-2' })
    expect(recording.requests[2]).toEqual({ type: 'STOP_RECORDING', recordingId: 'made-1' })
    expect(recording.flow.recordingId).toBeNull()
    expect(recording.outcomes).toEqual(['recording', 'played', 'stopped recording', 'stopped'])
  })

  test('record a call once at a time, and end what there is', () => {
    const { asked, outcomes } = run(list(step('RECORDING_STOP'), start(), start()))
    expect(asked).toEqual(['RECORD'])
    expect(outcomes).toEqual(['nothing was being recorded', 'recording', 'refused: the call is being recorded already'])
  })
})

test('news that an action does not wait for makes nothing of it', () => {
  const sleeping = run(list(step('SLEEP', { durationMs: 1000 }), stop))
  expect(sleeping.press('1')).toBe(false)
  expect(sleeping.hear({ type: 'MISSED' })).toBe(false)
  expect(sleeping.hear({ type: 'MACHINE', result: 'MACHINE' })).toBe(false)
  expect(sleeping.hear({ type: 'SENT', sendingId: 'x', result: { type: 'TAKEN', detail: '' } })).toBe(false)
  expect(sleeping.hear({ type: 'LEG_ENDED', legId: 'x' })).toBe(false)
  expect(sleeping.flow.stepCount).toBe(1)
})
