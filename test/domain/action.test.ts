import { describe, expect, test } from 'vitest'
import { type Action, actionOptions, actionTypes, flowActionTypes, judgeActions } from '../../src/domain/action.ts'

const action = (of: Partial<Action> & Pick<Action, 'type'>, id = 'a'): Action =>
  ({ id, nextId: null, option: {}, ...of }) as Action
const call = { campaignType: 'CALL', queueId: null } as const
const withQueue = { campaignType: 'CALL', queueId: 'queue' } as const

describe('the options of an action', () => {
  const accepts = (type: (typeof actionTypes)[number], option: unknown) => actionOptions[type].safeParse(option).success

  test('unknown ones are refused, whatever the type', () => {
    const needed = { TALK: { text: 'x' }, PLAY: { urls: ['https://example.com/a.wav'] }, SLEEP: { durationMs: 1 } }
    for (const type of actionTypes) {
      const option = { ...needed[type as keyof typeof needed] }
      expect(accepts(type, option)).toBe(true)
      expect(accepts(type, { ...option, other: 1 })).toBe(false)
    }
  })

  test('TALK needs a text, and knows a language and three genders', () => {
    expect(accepts('TALK', {})).toBe(false)
    expect(accepts('TALK', { text: '  ' })).toBe(false)
    expect(accepts('TALK', { text: 'x', gender: 'neutral', language: 'en-US' })).toBe(true)
    expect(accepts('TALK', { text: 'x', gender: 'other' })).toBe(false)
  })

  test('PLAY needs web addresses', () => {
    expect(accepts('PLAY', { urls: [] })).toBe(false)
    expect(accepts('PLAY', { urls: ['file:///etc/passwd'] })).toBe(false)
    expect(accepts('PLAY', { urls: ['http://example.com/a.wav', 'https://example.com/b.wav'] })).toBe(true)
  })

  test('SLEEP needs whole milliseconds', () => {
    expect([0, 1.5, -1, '5'].map((durationMs) => accepts('SLEEP', { durationMs }))).toEqual([true, false, false, false])
  })

  test('HANGUP is NORMAL unless it says AMD or FAILED', () => {
    expect(actionOptions.HANGUP.parse({})).toEqual({ reason: 'NORMAL' })
    expect(accepts('HANGUP', { reason: 'AMD' })).toBe(true)
    expect(accepts('HANGUP', { reason: 'BUSY' })).toBe(false)
  })
})

describe('judgeActions', () => {
  test('finds nothing in a list that fits', () => {
    const actions = [action({ type: 'ANSWER', nextId: 'b' }), action({ type: 'STOP' }, 'b')]
    expect(judgeActions(actions, call)).toEqual([])
    expect(judgeActions([], call)).toEqual([])
  })

  test('nextId must name an action of the same list', () => {
    const finding = { index: 0, path: ['nextId'], code: 'INVALID' }
    expect(judgeActions([action({ type: 'ANSWER', nextId: 'x' })], call)).toMatchObject([finding])
  })

  test('an id may stand once', () => {
    expect(judgeActions([action({ type: 'ANSWER' }), action({ type: 'STOP' })], call)).toMatchObject([
      { index: 1, path: ['id'], code: 'INVALID' },
    ])
  })

  test('a QUEUE_JOIN needs a campaign with a queue', () => {
    const actions = [action({ type: 'ANSWER' }), action({ type: 'QUEUE_JOIN' }, 'b')]
    expect(judgeActions(actions, call)).toMatchObject([{ index: 1, path: [], code: 'INVALID' }])
    expect(judgeActions(actions, withQueue)).toEqual([])
  })

  test('a QUEUE_JOIN can only name the queue of its campaign', () => {
    const joining = (queueId: string | null) => [action({ type: 'QUEUE_JOIN', option: { queueId } })]
    expect(judgeActions(joining('queue'), withQueue)).toEqual([])
    expect(judgeActions(joining(null), withQueue)).toEqual([])
    expect(judgeActions(joining('other'), withQueue)).toMatchObject([{ index: 0, path: [], code: 'INVALID' }])
  })

  test('a FLOW campaign takes only what needs no call', () => {
    const flow = { campaignType: 'FLOW', queueId: null } as const
    const refused = actionTypes.filter((type) => judgeActions([action({ type })], flow).length > 0)
    expect(refused).toEqual(actionTypes.filter((type) => !flowActionTypes.has(type)))
    expect([...flowActionTypes]).toEqual(['SLEEP', 'STOP'])
  })
})
