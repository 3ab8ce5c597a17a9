import { describe, expect, test } from 'vitest'
import { type ActionType, actionTypes, definitionOf } from '../../src/domain/actions/registry.ts'

const accepts = (type: ActionType, option: unknown) => definitionOf(type).option.safeParse(option).success
const falseTargetId = 'a'
/** The least that each type needs. */
const needed: { readonly [Type in ActionType]?: object } = {
  TALK: { text: 'x' },
  PLAY: { urls: ['https://example.com/a.wav'] },
  SLEEP: { durationMs: 1 },
  DIGITS_SEND: { digits: '1' },
  BRANCH: { variable: 'digits', targets: {} },
  GOTO: { targetId: 'a', loopCount: 1 },
  CONDITION_VARIABLE: { condition: '==', variable: 'digits', value: '1', falseTargetId },
  CONDITION_DATETIME: { condition: '==', falseTargetId },
  VARIABLE_SET: { variable: 'a', value: '' },
  CONNECT: { destinations: ['+12025550100'] },
  WEBHOOK_SEND: { url: 'https://example.com/' },
  EMAIL_SEND: { subject: 'x', text: 'x' },
  MESSAGE_SEND: { text: 'x' },
}
const parse = (type: ActionType, option: object = {}) => definitionOf(type).option.parse({ ...needed[type], ...option })
/** Whether each of the values is taken for that option. */
const taken = (type: ActionType, name: string, values: readonly unknown[]) =>
  values.map((value) => accepts(type, { ...needed[type], [name]: value }))

test('unknown options are refused, whatever the type, and no needed one may be missing', () => {
  for (const type of actionTypes) {
    const least = needed[type] ?? {}
    expect(accepts(type, least), type).toBe(true)
    expect(accepts(type, { ...least, other: 1 }), type).toBe(false)
    for (const name of Object.keys(least)) {
      expect(accepts(type, { ...least, [name]: undefined }), `${type}.${name}`).toBe(false)
      expect(accepts(type, { ...least, [name]: null }), `${type}.${name}`).toBe(false)
    }
  }
})

test('what is left out has its default', () => {
  expect(parse('HANGUP')).toEqual({ reason: 'NORMAL' })
  expect(parse('AMD')).toEqual({ machineHandle: 'hangup' })
  expect(parse('DIGITS_RECEIVE')).toEqual({ length: 1, timeoutMs: 10_000, variable: 'digits' })
  expect(parse('BRANCH')).toEqual({ ...needed.BRANCH, defaultTargetId: null })
  expect(parse('CONDITION_VARIABLE')).toEqual({ ...needed.CONDITION_VARIABLE, valueType: 'string' })
  expect(parse('CONDITION_DATETIME')).toEqual({ ...needed.CONDITION_DATETIME, timeZone: 'UTC' })
  expect(parse('CONNECT')).toEqual({ ...needed.CONNECT, ringTimeoutMs: 30_000 })
  expect(parse('RECORDING_START')).toEqual({ format: 'wav', beep: false })
  expect(parse('WEBHOOK_SEND')).toEqual({ ...needed.WEBHOOK_SEND, method: 'POST' })
})

describe('each type', () => {
  test('TALK needs a text, and knows a language and three genders', () => {
    expect(taken('TALK', 'text', ['  ', 'x'.repeat(10_000), 'x'.repeat(10_001)])).toEqual([false, true, false])
    expect(taken('TALK', 'gender', ['neutral', 'other'])).toEqual([true, false])
    expect(taken('TALK', 'language', ['en-US', 'e', 'en_US', '-f/etc/passwd'])).toEqual([true, false, false, false])
  })

  test('PLAY needs web addresses', () => {
    expect(taken('PLAY', 'urls', [[], ['file:///etc/passwd'], ['http://a.example', 'https://b.example']])).toEqual([
      false,
      false,
      true,
    ])
  })

  test('SLEEP needs whole milliseconds', () => {
    expect(taken('SLEEP', 'durationMs', [0, 1.5, -1, '5'])).toEqual([true, false, false, false])
  })

  test('DIGITS_RECEIVE takes 1 to 32 digits, one terminator, two minutes and a name of its own', () => {
    expect(taken('DIGITS_RECEIVE', 'length', [0, 1, 32, 33])).toEqual([false, true, true, false])
    expect(taken('DIGITS_RECEIVE', 'terminator', ['#', 'D', '', 'E', '##'])).toEqual([true, true, false, false, false])
    expect(taken('DIGITS_RECEIVE', 'timeoutMs', [-1, 0, 120_000, 120_001])).toEqual([false, true, true, false])
  })

  test.each(['VARIABLE_SET', 'DIGITS_RECEIVE'] as const)('%s sets no name that is given', (type) => {
    const names = ['a', '_a.b_2', 'targets', ' a ', 'a b', '2a', '', 'x'.repeat(65)]
    expect(taken(type, 'variable', names)).toEqual([true, true, true, true, false, false, false, false])
    expect(taken(type, 'variable', ['target', 'target.name', 'call.machine', 'destination.x'])).toEqual(
      Array(4).fill(false),
    )
    expect(parse(type, { variable: ' a ' })).toMatchObject({ variable: 'a' })
  })

  test('DIGITS_SEND sounds 1 to 32 digits', () => {
    expect(taken('DIGITS_SEND', 'digits', ['', '0123456789*#ABCD', 'a', '1'.repeat(33)])).toEqual([
      false,
      true,
      false,
      false,
    ])
    expect(taken('DIGITS_SEND', 'durationMs', [49, 50, 1000, 1001])).toEqual([false, true, true, false])
    expect(taken('DIGITS_SEND', 'intervalMs', [-1, 0, 5000, 5001])).toEqual([false, true, true, false])
  })

  test('BRANCH takes up to 100 values, ids in any case, and the zero UUID for no default', () => {
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [i, 'a']))
    expect(taken('BRANCH', 'targets', [many(100), many(101), [], { 1: 5 }])).toEqual([true, false, false, false])
    const odd = [undefined, null, 'x'.repeat(200), JSON.parse('{"__proto__":"a"}'), { constructor: 'a' }]
    expect(taken('BRANCH', 'targets', odd)).toEqual([false, false, false, false, true])
    const zero = '00000000-0000-0000-0000-000000000000'
    expect(parse('BRANCH', { targets: { X: 'A' }, defaultTargetId: zero })).toMatchObject({
      targets: { X: 'a' },
      defaultTargetId: null,
    })
  })

  test('GOTO jumps 1 to 1000 times', () => {
    expect(taken('GOTO', 'loopCount', [0, 1, 1000, 1001])).toEqual([false, true, true, false])
  })

  test('CONDITION_VARIABLE needs a number to compare numbers with', () => {
    expect(taken('CONDITION_VARIABLE', 'value', ['', 'x', 5, true, [], 'x'.repeat(2001)])).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ])
    const numbers = (valueType: string, values: readonly unknown[]) =>
      values.map((value) => accepts('CONDITION_VARIABLE', { ...needed.CONDITION_VARIABLE, valueType, value }))
    for (const valueType of ['number', 'length']) {
      expect(numbers(valueType, [5, '5', ' -1.5 ', 'x', '', ' '])).toEqual([true, true, true, false, false, false])
    }
    expect(taken('CONDITION_VARIABLE', 'condition', ['!=', '=', '<>'])).toEqual([true, false, false])
  })

  test('CONDITION_DATETIME knows the calendar', () => {
    for (const [name, most] of Object.entries({ minute: 59, hour: 23, day: 31, month: 12 })) {
      expect(taken('CONDITION_DATETIME', name, [-2, -1, most, most + 1, 0.5])).toEqual([
        false,
        true,
        true,
        false,
        false,
      ])
    }
    expect(taken('CONDITION_DATETIME', 'weekdays', [[0, 6], [7], [-1]])).toEqual([true, false, false])
    expect(taken('CONDITION_DATETIME', 'timeZone', ['Europe/Berlin', 'Mars/Olympus', ''])).toEqual([true, false, false])
  })

  test('CONNECT calls 1 to 10 numbers, stored as E.164', () => {
    const numbers = (count: number) => Array(count).fill('+12025550100')
    expect(taken('CONNECT', 'destinations', [[], numbers(10), numbers(11), ['x'], ['5550100'], ['911']])).toEqual([
      false,
      true,
      false,
      false,
      false,
      false,
    ])
    expect(parse('CONNECT', { destinations: ['+1 (202) 555-0100'], source: '+1-202-555-0101' })).toMatchObject({
      destinations: ['+12025550100'],
      source: '+12025550101',
    })
    expect(taken('CONNECT', 'ringTimeoutMs', [999, 1000, 120_000, 120_001])).toEqual([false, true, true, false])
  })

  test('RECORDING_START records WAV', () => {
    expect(taken('RECORDING_START', 'format', ['wav', 'mp3'])).toEqual([true, false])
    expect(taken('RECORDING_START', 'durationMaxMs', [999, 1000])).toEqual([false, true])
  })

  test('WEBHOOK_SEND goes to a web address that no value can change, with data that is neither deep nor large', () => {
    const urls = ['https://example.com/{{target.name}}', 'ftp://example.com', 'http://localhost:1/a?b=c']
    expect(taken('WEBHOOK_SEND', 'url', urls)).toEqual([false, false, true])
    expect(taken('WEBHOOK_SEND', 'method', ['PUT', 'GET'])).toEqual([true, false])
    const nested = (depth: number) => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`)
    const data = [null, 'x', nested(16), nested(17), JSON.stringify(nested(16)), JSON.stringify(nested(17))]
    expect(taken('WEBHOOK_SEND', 'data', data)).toEqual([true, true, true, false, true, false])
    expect(taken('WEBHOOK_SEND', 'data', ['x'.repeat(9998), 'x'.repeat(9999), nested(100_000)])).toEqual([
      true,
      false,
      false,
    ])
  })

  test('EMAIL_SEND goes to 1 to 10 addresses', () => {
    const address = 'ann@example.com'
    expect(taken('EMAIL_SEND', 'to', [[], [address], Array(11).fill(address), ['ann'], ['a@b.c\nBcc: x@y.z']])).toEqual(
      [false, true, false, false, false],
    )
    expect(taken('EMAIL_SEND', 'subject', ['', ' ', 'x'.repeat(255), 'x'.repeat(256)])).toEqual([
      false,
      false,
      true,
      false,
    ])
  })

  test('MESSAGE_SEND says up to 1530 characters', () => {
    expect(taken('MESSAGE_SEND', 'text', ['', 'x'.repeat(1530), 'x'.repeat(1531)])).toEqual([false, true, false])
    expect(parse('MESSAGE_SEND', { to: '+1 202 555 0100' })).toMatchObject({ to: '+12025550100' })
  })
})
