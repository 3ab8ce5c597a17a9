import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type Action, readsTarget, sendingTypeOf, validateActions } from '../../src/domain/action.ts'
import { actionTypes, definitionOf } from '../../src/domain/actions/registry.ts'
import { list, type Step, step } from './activeflow-support.ts'

const action = (of: Partial<Action> & Pick<Action, 'type'>, id = 'a'): Action =>
  ({ id, nextId: null, option: {}, ...of }) as Action
const call = { campaignType: 'CALL', queueId: null } as const
const withQueue = { campaignType: 'CALL', queueId: 'queue' } as const

/** Places of what is found wrong: "0.option.text". */
const places = (...steps: Step[]) =>
  validateActions(list(...steps), call).map(({ index, path, code }) => `${code} ${[index, ...path].join('.')}`)

test('three types send something', () => {
  expect(actionTypes.filter((type) => sendingTypeOf(type) !== null)).toEqual([
    'WEBHOOK_SEND',
    'EMAIL_SEND',
    'MESSAGE_SEND',
  ])
})

describe('validateActions', () => {
  test('finds nothing in a list that fits', () => {
    const actions = [action({ type: 'ANSWER', nextId: 'b' }), action({ type: 'STOP' }, 'b')]
    expect(validateActions(actions, call)).toEqual([])
    expect(validateActions([], call)).toEqual([])
  })

  test('nextId must name an action of the same list', () => {
    const finding = { index: 0, path: ['nextId'], code: 'INVALID' }
    expect(validateActions([action({ type: 'ANSWER', nextId: 'x' })], call)).toMatchObject([finding])
  })

  test('an id may stand once', () => {
    expect(validateActions([action({ type: 'ANSWER' }), action({ type: 'STOP' })], call)).toMatchObject([
      { index: 1, path: ['id'], code: 'INVALID' },
    ])
  })

  test('a QUEUE_JOIN needs a campaign with a queue', () => {
    const actions = [action({ type: 'ANSWER' }), action({ type: 'QUEUE_JOIN' }, 'b')]
    expect(validateActions(actions, call)).toMatchObject([{ index: 1, path: [], code: 'INVALID' }])
    expect(validateActions(actions, withQueue)).toEqual([])
  })

  test('a QUEUE_JOIN can only name the queue of its campaign', () => {
    const joining = (queueId: string | null) => [action({ type: 'QUEUE_JOIN', option: { queueId } })]
    expect(validateActions(joining('queue'), withQueue)).toEqual([])
    expect(validateActions(joining(null), withQueue)).toEqual([])
    expect(validateActions(joining('other'), withQueue)).toMatchObject([{ index: 0, path: [], code: 'INVALID' }])
  })

  test('a FLOW campaign takes only what needs no call', () => {
    const flow = { campaignType: 'FLOW', queueId: null } as const
    const refused = actionTypes.filter((type) => validateActions([action({ type })], flow).length > 0)
    expect(refused).toEqual(actionTypes.filter((type) => definitionOf(type).needsCall))
    expect(actionTypes.filter((type) => !definitionOf(type).needsCall)).toEqual([
      'SLEEP',
      'STOP',
      'BRANCH',
      'GOTO',
      'CONDITION_VARIABLE',
      'CONDITION_DATETIME',
      'VARIABLE_SET',
      'WEBHOOK_SEND',
      'EMAIL_SEND',
      'MESSAGE_SEND',
    ])
  })

  test('every id in options must name an action of the same list', () => {
    const variable = 'target.name'
    expect(places(step('GOTO', { targetId: '0', loopCount: 1 }))).toEqual([])
    expect(places(step('GOTO', { targetId: '1', loopCount: 1 }))).toEqual(['INVALID 0.option.targetId'])
    expect(places(step('BRANCH', { variable, targets: { 1: '0', 2: 'x', '3.4': 'y' }, defaultTargetId: 'z' }))).toEqual(
      ['INVALID 0.option.targets.2', 'INVALID 0.option.targets.3.4', 'INVALID 0.option.defaultTargetId'],
    )
    const condition = { condition: '==', variable, value: '', falseTargetId: 'x' }
    expect(places(step('STOP'), step('CONDITION_VARIABLE', condition))).toEqual(['INVALID 1.option.falseTargetId'])
    expect(places(step('CONDITION_DATETIME', { condition: '==', falseTargetId: 'x' }))).toEqual([
      'INVALID 0.option.falseTargetId',
    ])
  })

  test('a variable that is read must be given, or set by an action, in whatever order', () => {
    const greet = step('TALK', {
      text: '{{target.name}} {{ destination.target }} {{call.machine}} {{target.data.a.b c}}',
    })
    expect(places(greet)).toEqual([])
    const set = step('VARIABLE_SET', { variable: 'greeting', value: 'Hi' })
    expect(places(step('TALK', { text: '{{greeting}} {{digits}} {{pin}}' }), set)).toEqual([
      'INVALID 0.option.text',
      'INVALID 0.option.text',
    ])
    expect(places(step('TALK', { text: '{{pin}}' }), step('DIGITS_RECEIVE', { variable: 'pin' }))).toEqual([])
    for (const name of [
      'target',
      'target.data',
      'target.data.',
      'target.id',
      'call.nonsense',
      'destination.number',
      '',
    ]) {
      expect(places(step('TALK', { text: `{{${name}}}` })), name).toEqual(['INVALID 0.option.text'])
    }
  })

  test('the place of an unknown variable is that of the text that names it', () => {
    expect(
      places(
        step('VARIABLE_SET', { variable: 'a', value: '{{x}}' }),
        step('EMAIL_SEND', { subject: '{{x}}', text: 'x' }),
        step('EMAIL_SEND', { subject: 'x', text: '{{x}}' }),
        step('MESSAGE_SEND', { text: '{{x}}' }),
        step('WEBHOOK_SEND', { url: 'https://example.com/', data: { rows: [1, { name: '{{x}}' }] } }),
        step('BRANCH', { variable: 'x', targets: {} }),
        step('CONDITION_VARIABLE', { condition: '==', variable: 'x', value: 'a', falseTargetId: '0' }),
      ),
    ).toEqual([
      'INVALID 0.option.value',
      'INVALID 1.option.subject',
      'INVALID 2.option.text',
      'INVALID 3.option.text',
      'INVALID 4.option.data.rows.1.name',
      'INVALID 5.option.variable',
      'INVALID 6.option.variable',
    ])
  })
})

test('a name behind the escapes of a text that is JSON is found as any other', () => {
  const webhook = (name: string) =>
    list(step('WEBHOOK_SEND', { url: 'https://example.com/', data: `{"a":"\\u007b{${name}}}"}` }))
  expect(readsTarget(webhook('target.name'))).toBe(true)
  expect(validateActions(webhook('nobody'), { campaignType: 'CALL', queueId: null })).toMatchObject([
    { code: 'INVALID', path: ['option', 'data', 'a'] },
  ])
})

test('the target is read where a text names something of it, or where it says where something goes', () => {
  const reads = (of: Step) => readsTarget(list(of))
  expect(reads(step('TALK', { text: 'Hello {{destination.name}} {{call.id}}' }))).toBe(false)
  expect(reads(step('TALK', { text: 'Hello {{target.name}}' }))).toBe(true)
  expect(reads(step('BRANCH', { variable: 'target.data.a', targets: {} }))).toBe(true)
  const url = 'https://example.com/'
  expect([reads(step('WEBHOOK_SEND', { url })), reads(step('WEBHOOK_SEND', { url, data: null }))]).toEqual([
    true,
    false,
  ])
  const to = '+12025550100'
  const text = 'Hi'
  expect([reads(step('MESSAGE_SEND', { text })), reads(step('MESSAGE_SEND', { text, to }))]).toEqual([true, false])
  expect(readsTarget([])).toBe(false)
})

test('docs/actions.md has a row for every action, and marks those that a FLOW may have', () => {
  const rows = readFileSync('docs/actions.md', 'utf8').matchAll(/^\| ([A-Z_]+) \| (\*FLOW\*)?/gm)
  const described = [...rows].map(([, type, mark]) => [type, mark !== undefined])
  const known = actionTypes.map((type) => [type, !definitionOf(type).needsCall])
  expect(described.toSorted()).toEqual(known.toSorted())
})
