import { describe, expect, test } from 'vitest'
import { activeflowStepsMax, isActiveflowReady, joinsQueueAtEnd, resumesAt } from '../../src/domain/activeflow.ts'
import { advanceActiveflow, cutOffActiveflow, handleFlowEvent } from '../../src/domain/activeflow-advance.ts'
import { advance, flowContextOf, fresh, list, run, type Step, step } from './activeflow-support.ts'
import { answeredCall, noon } from './support.ts'

const answer = step('ANSWER')
const talk = step('TALK', { text: 'Hello' })
const play = step('PLAY', { urls: ['https://example.com/a.wav'] })
const sleep = (durationMs: number) => step('SLEEP', { durationMs })
const stop = step('STOP')
const joinQueue = step('QUEUE_JOIN')
const hangup = (reason: 'NORMAL' | 'AMD' | 'FAILED') => step('HANGUP', { reason })
const queued = { call: answeredCall({ queueId: 'queue' }) }
const played = (playbackId = 'made-1') => ({ type: 'PLAYBACK_ENDED', playbackId, end: 'PLAYED' }) as const

describe('each action', () => {
  test('ANSWER is passed over', () => {
    expect(advance(list(answer, stop)).flow).toMatchObject({ actionId: '1', stepCount: 2 })
  })

  test('TALK asks for speech and waits for its end', () => {
    const { flow, requests, flowOutcome } = advance(list(talk))
    expect(requests).toEqual([
      { type: 'SPEAK', playbackId: 'made-1', speech: { text: 'Hello', language: null, gender: null } },
    ])
    expect(flow).toMatchObject({ status: 'RUNNING', actionId: '0', actionStartedAt: noon, stepCount: 1 })
    expect(flowOutcome).toEqual({ type: 'WAITING' })
    expect(resumesAt(flow)).toBeNull()
    expect(isActiveflowReady(flow, noon + 3_600_000)).toBe(false)
  })

  test('TALK hands language and gender on', () => {
    const { requests } = advance(list(step('TALK', { text: 'Hallo', language: 'de-DE', gender: 'female' })))
    expect(requests).toMatchObject([{ speech: { language: 'de-DE', gender: 'female' } }])
  })

  test('TALK says nothing where its variables leave nothing to say', () => {
    const { executions, requests } = advance(list(step('TALK', { text: '{{target.name}}' }), stop))
    expect(requests).toEqual([])
    expect(executions[0]?.outcome).toBe('nothing to say')
  })

  test('PLAY and BEEP ask for what they play, and wait for its end', () => {
    const played = run(list(play, step('BEEP'), stop))
    expect(played.requests).toEqual([{ type: 'PLAY', playbackId: 'made-1', urls: ['https://example.com/a.wav'] }])
    expect(played.hear({ type: 'PLAYBACK_ENDED', playbackId: 'other', end: 'PLAYED' })).toBe(false)
    played.hear({ type: 'PLAYBACK_ENDED', playbackId: 'made-1', end: 'PLAYED' })
    expect(played.requests[1]).toEqual({ type: 'TONE', playbackId: 'made-2' })
    played.hear({ type: 'PLAYBACK_ENDED', playbackId: 'made-2', end: 'PLAYED' })
    expect(played.outcomes).toEqual(['played', 'played', 'stopped'])
  })

  test('a playback that fails, or was missed, lets the actions go on 500 ms later', () => {
    for (const news of [{ ...played(), end: 'FAILED' } as const, { type: 'MISSED' } as const]) {
      const failed = run(list(play, stop))
      failed.hear(news, 1)
      expect(failed.flow).toMatchObject({ actionId: '0', wait: { type: 'TIME', until: noon + 501 } })
      expect(failed.wait(500)).toBe(false)
      failed.wait(501)
      expect(failed.outcomes).toEqual(['not played to its end', 'stopped'])
    }
  })

  test('a tone that the carrier refuses is over at once', () => {
    const refused = run(list(step('BEEP'), stop))
    refused.hear({ type: 'REFUSED', requestId: 'made-1', why: 'the driver asterisk cannot beep' })
    expect(refused.outcomes).toEqual(['refused: the driver asterisk cannot beep', 'stopped'])
  })

  test('SLEEP rests until its time is over', () => {
    const sleeping = run(list(sleep(5000), stop))
    expect(resumesAt(sleeping.flow)).toBe(noon + 5000)
    expect(isActiveflowReady(sleeping.flow, noon + 4999)).toBe(false)
    expect(isActiveflowReady(sleeping.flow, noon + 5000)).toBe(true)
    expect(sleeping.wait(4999)).toBe(false)
    expect(sleeping.wait(5000)).toBe(true)
    expect(sleeping.flow).toMatchObject({ actionId: '1', wait: null, status: 'ENDED' })
    expect(sleeping.outcomes).toEqual(['slept', 'stopped'])
  })

  test('SLEEP of no time is passed over', () => {
    expect(advance(list(sleep(0), talk)).requests).toMatchObject([{ type: 'SPEAK' }])
  })

  test('QUEUE_JOIN joins the queue and ends the actions; what comes of it is not known yet', () => {
    const { flow, flowOutcome, executions } = advance(list(joinQueue, talk), queued)
    expect(flowOutcome).toEqual({ type: 'JOIN_QUEUE' })
    expect(flow).toMatchObject({ status: 'ENDED', actionStartedAt: null })
    expect(executions).toEqual([{ step: 1, actionId: '0', startedAt: noon, endedAt: null, outcome: null }])
  })

  test('HANGUP hangs up with its reason', () => {
    for (const reason of ['NORMAL', 'AMD', 'FAILED'] as const) {
      expect(advance(list(hangup(reason), talk)).flowOutcome).toEqual({ type: 'HANG_UP', reason })
    }
  })

  test('STOP ends the actions: nobody is or will be connected, so we hang up, NORMAL, with a queue too', () => {
    expect(advance(list(stop, talk), queued).flowOutcome).toEqual({ type: 'HANG_UP', reason: 'NORMAL' })
  })
})

describe('the order', () => {
  test('goes down the list', () => {
    const down = run(list(talk, play, stop))
    down.hear(played('made-1'))
    down.hear(played('made-2'))
    expect(down.asked).toEqual(['SPEAK', 'PLAY'])
    expect(down.executions).toEqual([
      { step: 1, actionId: '0', startedAt: noon, endedAt: noon + 1, outcome: 'played' },
      { step: 2, actionId: '1', startedAt: noon + 1, endedAt: noon + 2, outcome: 'played' },
      { step: 3, actionId: '2', startedAt: noon + 2, endedAt: noon + 2, outcome: 'stopped' },
    ])
  })

  test('nextId goes elsewhere, forward and back', () => {
    const jumping = run(list({ ...answer, nextId: '2' }, hangup('AMD'), { ...sleep(1), nextId: '1' }, talk))
    expect(jumping.flow.actionId).toBe('2')
    jumping.wait(1)
    expect(jumping.flowOutcome).toEqual({ type: 'HANG_UP', reason: 'AMD' })
  })

  test('nextId of the last action counts as well', () => {
    const { flow } = advance(list(talk, { ...answer, nextId: '0' }), {
      flow: { ...fresh, actionId: '0', stepCount: 1 },
    })
    expect(flow).toMatchObject({ actionId: '0', wait: { type: 'PLAYBACK' }, stepCount: 3 })
  })

  test('a stored activeflow goes on from where it stands, though it was loaded from elsewhere', () => {
    const { requests } = advance(list(talk, play), { flow: { ...fresh, actionId: '0', stepCount: 1 } })
    expect(requests).toMatchObject([{ type: 'PLAY' }])
  })

  test('an activeflow that waits, or has ended, cannot be advanced, and one that has ended hears nothing', () => {
    const { flow } = advance(list(talk))
    expect(() => advance(list(talk), { flow })).toThrow('waits for nothing')
    const ended = { ...fresh, status: 'ENDED' as const }
    expect(() => advance(list(talk), { flow: ended })).toThrow('waits for nothing')
    expect(handleFlowEvent(ended, played(), flowContextOf(list(talk)), noon)).toBeNull()
  })

  test('a wait that is over is the end of its action', () => {
    const { flow } = advance(list(sleep(10), talk))
    const { requests, executions } = advance(list(sleep(10), talk), { flow, now: noon + 10 })
    expect(requests).toMatchObject([{ type: 'SPEAK' }])
    expect(executions).toMatchObject([{ outcome: 'slept', endedAt: noon + 10 }])
  })
})

describe('the end of the list', () => {
  test('hangs up, NORMAL, without a queue', () => {
    expect(advance(list(answer)).flowOutcome).toEqual({ type: 'HANG_UP', reason: 'NORMAL' })
  })

  test('joins the queue, where there is one', () => {
    expect(advance(list(answer), queued).flowOutcome).toEqual({ type: 'JOIN_QUEUE' })
    expect(advance([], queued)).toMatchObject({ flowOutcome: { type: 'JOIN_QUEUE' }, executions: [] })
  })

  test('of an empty list without a queue leaves the call to the called side', () => {
    const { flow, flowOutcome } = advance([])
    expect(flowOutcome).toEqual({ type: 'REST' })
    expect(flow.status).toBe('ENDED')
  })

  test('joins no queue where the actions speak of one, of a STOP or of a HANGUP', () => {
    expect(joinsQueueAtEnd(list(talk), 'queue')).toBe(true)
    expect(joinsQueueAtEnd(list(talk), null)).toBe(false)
    for (const step of [joinQueue, stop, hangup('NORMAL')]) {
      expect(joinsQueueAtEnd(list(talk, step), 'queue')).toBe(false)
    }
  })

  test('hangs up where a HANGUP of the actions was jumped over', () => {
    const jumped = list({ ...answer, nextId: '2' }, hangup('AMD'), answer)
    expect(advance(jumped, queued).flowOutcome).toEqual({ type: 'HANG_UP', reason: 'NORMAL' })
  })
})

describe('loops', () => {
  test('a loop that takes no time ends after 1000 steps, FAILED', () => {
    const { flow, flowOutcome, executions } = advance(list({ ...answer, nextId: '0' }))
    expect(flowOutcome).toEqual({ type: 'HANG_UP', reason: 'FAILED' })
    expect(flow).toMatchObject({ status: 'ENDED', stepCount: 1000 })
    expect(executions.map((execution) => execution.step)).toEqual(Array.from({ length: 1000 }, (_, i) => i + 1))
    expect(activeflowStepsMax).toBe(1000)
  })

  test('takes 50 steps at once, and goes on with the very next one', () => {
    const actions = list({ ...answer, nextId: '1' }, { ...answer, nextId: '0' })
    const first = advanceActiveflow(fresh, flowContextOf(actions), noon)
    expect(first).toMatchObject({ flowOutcome: { type: 'WAITING' }, flow: { stepCount: 50, actionStartedAt: null } })
    expect([resumesAt(first.flow), isActiveflowReady(first.flow, noon)]).toEqual([noon, true])
    expect(handleFlowEvent(first.flow, { type: 'MISSED' }, flowContextOf(actions), noon)).toBeNull()
    const { executions } = advanceActiveflow(first.flow, flowContextOf(actions), noon + 1)
    expect([first.executions.at(-1)?.actionId, executions[0]?.actionId, executions[0]?.step]).toEqual(['1', '0', 51])
  })

  test('the 1000th step is taken, the 1001st is not', () => {
    const at = (stepCount: number) => advance(list(answer, talk), { flow: { ...fresh, actionId: '0', stepCount } })
    expect(at(999).requests).toMatchObject([{ type: 'SPEAK' }])
    expect(at(1000).flowOutcome).toEqual({ type: 'HANG_UP', reason: 'FAILED' })
  })

  test('a list of 1000 steps that comes to its end in them is none', () => {
    const { flowOutcome } = advance(list(answer), { flow: { ...fresh, actionId: '0', stepCount: 1000 } })
    expect(flowOutcome).toEqual({ type: 'HANG_UP', reason: 'NORMAL' })
  })
})

describe('a call that ends under its actions', () => {
  const cutOff = (...steps: Step[]) => cutOffActiveflow(advance(list(...steps)).flow, noon + 7)

  test('ends the action that is under way', () => {
    expect(cutOff(answer, talk)).toMatchObject({
      flow: { status: 'ENDED', wait: null, actionStartedAt: null },
      executions: [{ step: 2, actionId: '1', endedAt: noon + 7, outcome: 'the call ended' }],
    })
  })

  test('ends none where none is under way', () => {
    expect(cutOffActiveflow(fresh, noon).executions).toEqual([])
  })

  test('leaves it noted what is being sent', () => {
    const { flow } = cutOff(step('WEBHOOK_SEND', { url: 'https://example.com/', data: 1 }))
    expect(flow).toMatchObject({ status: 'ENDED', wait: { type: 'SENDING', sendingId: 'made-1' } })
  })
})
