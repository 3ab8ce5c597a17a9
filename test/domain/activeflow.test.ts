import { describe, expect, test } from 'vitest'
import type { Action } from '../../src/domain/action.ts'
import {
  type Activeflow,
  activeflowStepsMax,
  advanceActiveflow,
  isActiveflowReady,
  joinsQueueAtEnd,
} from '../../src/domain/activeflow.ts'
import { noon } from './support.ts'

type Step<Of = Action> = Of extends Action
  ? Pick<Of, 'type' | 'option'> & Partial<Pick<Action, 'id' | 'nextId'>>
  : never

/** Actions with ids 0, 1, 2 … unless they say otherwise. */
function list(...steps: Step[]): Action[] {
  return steps.map((step, index) => ({ id: String(index), nextId: null, ...step }) as Action)
}

const fresh: Activeflow = {
  id: 'flow',
  customerId: 'default',
  campaigncallId: 'call',
  status: 'RUNNING',
  actionId: null,
  stepCount: 0,
  playbackId: null,
  sleepUntil: null,
}

const advance = (actions: readonly Action[], flow = fresh, queueId: string | null = null, now = noon) =>
  advanceActiveflow(flow, { actions, queueId, makeId: () => 'made' }, now)

const answer: Step = { type: 'ANSWER', option: {} }
const talk: Step = { type: 'TALK', option: { text: 'Hello' } }
const play: Step = { type: 'PLAY', option: { urls: ['https://example.com/a.wav'] } }
const sleep = (durationMs: number): Step => ({ type: 'SLEEP', option: { durationMs } })
const stop: Step = { type: 'STOP', option: {} }
const join: Step = { type: 'QUEUE_JOIN', option: {} }
const hangup = (reason: 'NORMAL' | 'AMD' | 'FAILED'): Step => ({ type: 'HANGUP', option: { reason } })

describe('each action', () => {
  test('ANSWER is passed over', () => {
    expect(advance(list(answer, stop)).flow).toMatchObject({ actionId: '1', stepCount: 2 })
  })

  test('TALK asks for speech and waits for its end', () => {
    const { flow, request } = advance(list(talk))
    expect(request).toEqual({ type: 'SPEAK', playbackId: 'made', text: 'Hello', language: null, gender: null })
    expect(flow).toMatchObject({ status: 'RUNNING', actionId: '0', playbackId: 'made', stepCount: 1 })
    expect(isActiveflowReady(flow, noon + 3_600_000)).toBe(false)
  })

  test('TALK hands language and gender on', () => {
    const { request } = advance(list({ type: 'TALK', option: { text: 'Hallo', language: 'de-DE', gender: 'female' } }))
    expect(request).toMatchObject({ language: 'de-DE', gender: 'female' })
  })

  test('PLAY asks for its recordings and waits for their end', () => {
    const { flow, request } = advance(list(play))
    expect(request).toEqual({ type: 'PLAY', playbackId: 'made', urls: ['https://example.com/a.wav'] })
    expect(flow.playbackId).toBe('made')
  })

  test('SLEEP rests until its time is over', () => {
    const { flow, request } = advance(list(sleep(5000), stop))
    expect(request).toEqual({ type: 'SLEEP', until: noon + 5000 })
    expect(isActiveflowReady(flow, noon + 4999)).toBe(false)
    expect(isActiveflowReady(flow, noon + 5000)).toBe(true)
    expect(advance(list(sleep(5000), stop), flow, null, noon + 5000).flow).toMatchObject({
      actionId: '1',
      sleepUntil: null,
    })
  })

  test('SLEEP of no time is passed over', () => {
    expect(advance(list(sleep(0), talk)).request.type).toBe('SPEAK')
  })

  test('QUEUE_JOIN joins the queue and ends the actions', () => {
    const { flow, request } = advance(list(join, talk), fresh, 'queue')
    expect(request).toEqual({ type: 'JOIN_QUEUE' })
    expect(flow.status).toBe('ENDED')
  })

  test('HANGUP hangs up with its reason', () => {
    for (const reason of ['NORMAL', 'AMD', 'FAILED'] as const) {
      expect(advance(list(hangup(reason), talk)).request).toEqual({ type: 'HANG_UP', reason })
    }
  })

  test('STOP ends the actions: nobody is or will be connected, so we hang up, NORMAL, with a queue too', () => {
    expect(advance(list(stop, talk), fresh, 'queue').request).toEqual({ type: 'HANG_UP', reason: 'NORMAL' })
  })
})

describe('the order', () => {
  test('goes down the list', () => {
    const actions = list(talk, play, stop)
    const first = advance(actions)
    const second = advance(actions, { ...first.flow, playbackId: null })
    const third = advance(actions, { ...second.flow, playbackId: null })
    expect([first, second, third].map((of) => of.request.type)).toEqual(['SPEAK', 'PLAY', 'HANG_UP'])
  })

  test('nextId goes elsewhere, forward and back', () => {
    const actions = list({ ...answer, nextId: '2' }, hangup('AMD'), { ...sleep(1), nextId: '1' }, talk)
    const first = advance(actions)
    expect(first.flow.actionId).toBe('2')
    expect(advance(actions, first.flow, null, noon + 1).request).toEqual({ type: 'HANG_UP', reason: 'AMD' })
  })

  test('nextId of the last action counts as well', () => {
    const { flow } = advance(list(talk, { ...answer, nextId: '0' }), { ...fresh, actionId: '0', stepCount: 1 })
    expect(flow).toMatchObject({ actionId: '0', playbackId: 'made', stepCount: 3 })
  })

  test('a stored activeflow goes on from where it stands, though it was loaded from elsewhere', () => {
    expect(advance(list(talk, play), { ...fresh, actionId: '0', stepCount: 1 }).request.type).toBe('PLAY')
  })

  test('an activeflow that waits cannot be advanced', () => {
    expect(() => advance(list(talk), { ...fresh, playbackId: 'x' })).toThrow('waits for nothing')
    expect(() => advance(list(talk), { ...fresh, status: 'ENDED' })).toThrow('waits for nothing')
  })
})

describe('the end of the list', () => {
  test('hangs up, NORMAL, without a queue', () => {
    expect(advance(list(answer)).request).toEqual({ type: 'HANG_UP', reason: 'NORMAL' })
  })

  test('joins the queue, where there is one', () => {
    expect(advance(list(answer), fresh, 'queue').request).toEqual({ type: 'JOIN_QUEUE' })
    expect(advance([], fresh, 'queue').request).toEqual({ type: 'JOIN_QUEUE' })
  })

  test('of an empty list without a queue leaves the call to the called side', () => {
    const { flow, request } = advance([])
    expect(request).toEqual({ type: 'REST' })
    expect(flow.status).toBe('ENDED')
  })

  test('joins no queue where the actions speak of one, of a STOP or of a HANGUP', () => {
    expect(joinsQueueAtEnd(list(talk), 'queue')).toBe(true)
    expect(joinsQueueAtEnd(list(talk), null)).toBe(false)
    for (const step of [join, stop, hangup('NORMAL')]) expect(joinsQueueAtEnd(list(talk, step), 'queue')).toBe(false)
  })

  test('hangs up where a HANGUP of the actions was jumped over', () => {
    const jumped = list({ ...answer, nextId: '2' }, hangup('AMD'), answer)
    expect(advance(jumped, fresh, 'queue').request).toEqual({ type: 'HANG_UP', reason: 'NORMAL' })
  })
})

describe('loops', () => {
  test('a loop that takes no time ends after 1000 steps, FAILED', () => {
    const { flow, request } = advance(list({ ...answer, nextId: '0' }))
    expect(request).toEqual({ type: 'HANG_UP', reason: 'FAILED' })
    expect(flow).toMatchObject({ status: 'ENDED', stepCount: 1000 })
    expect(activeflowStepsMax).toBe(1000)
  })

  test('the 1000th step is taken, the 1001st is not', () => {
    const at = (stepCount: number) => advance(list(answer, talk), { ...fresh, actionId: '0', stepCount }).request
    expect(at(999)).toMatchObject({ type: 'SPEAK' })
    expect(at(1000)).toEqual({ type: 'HANG_UP', reason: 'FAILED' })
  })

  test('a list of 1000 steps that comes to its end in them is none', () => {
    const at = advance(list(answer), { ...fresh, actionId: '0', stepCount: 1000 })
    expect(at.request).toEqual({ type: 'HANG_UP', reason: 'NORMAL' })
  })
})
