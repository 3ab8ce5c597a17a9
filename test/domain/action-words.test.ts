import { expect, test } from 'vitest'
import { readOptions } from '../../src/domain/actions/aliases.ts'
import { type ActionType, definitionOf } from '../../src/domain/actions/registry.ts'
import { numberOf } from '../../src/kernel/json.ts'

const id = '8a2f6c1e-0000-4000-8000-000000000001'
const ann = { type: 'tel', target: '+12025550101', name: 'Ann' }

test.each<[ActionType, object, object]>([
  ['PLAY', { stream_urls: ['https://a.example/x.wav'] }, { urls: ['https://a.example/x.wav'] }],
  ['SLEEP', { duration: 500 }, { durationMs: 500 }],
  ['QUEUE_JOIN', { queue_id: id }, { queueId: id }],
  ['AMD', { machine_handle: 'continue' }, { machineHandle: 'continue' }],
  ['DIGITS_RECEIVE', { duration: 3000, key: '#', length: 4 }, { timeoutMs: 3000, terminator: '#', length: 4 }],
  ['DIGITS_SEND', { digits: '12', duration: 500, interval: 0 }, { digits: '12', durationMs: 500, intervalMs: 0 }],
  [
    'BRANCH',
    { variable: 'digits', default_target_id: id, target_ids: { '1': id } },
    { variable: 'digits', defaultTargetId: id, targets: { '1': id } },
  ],
  ['GOTO', { target_id: id, loop_count: 2 }, { targetId: id, loopCount: 2 }],
  [
    'CONDITION_VARIABLE',
    {
      ...{
        condition: '>',
        variable: 'digits',
        value_type: 'number',
        value_string: '',
        value_number: 5,
        value_length: 0,
      },
      false_target_id: id,
    },
    { condition: '>', variable: 'digits', valueType: 'number', value: 5, falseTargetId: id },
  ],
  [
    'CONDITION_VARIABLE',
    { condition: '==', variable: 'digits', value_string: 'x', false_target_id: id },
    { condition: '==', variable: 'digits', valueType: 'string', value: 'x', falseTargetId: id },
  ],
  ['VARIABLE_SET', { key: 'a', value: 'b' }, { variable: 'a', value: 'b' }],
  ['WEBHOOK_SEND', { uri: 'https://a.example/', method: 'PUT' }, { url: 'https://a.example/', method: 'PUT' }],
  [
    'EMAIL_SEND',
    { destinations: [{ type: 'email', target: 'ann@example.com' }], subject: 's', content: 'c' },
    { to: ['ann@example.com'], subject: 's', text: 'c' },
  ],
  ['MESSAGE_SEND', { destinations: [ann], source: ann, text: 't' }, { to: ann.target, source: ann.target, text: 't' }],
  ['CONNECT', { destinations: [ann], source: ann }, { destinations: [ann.target], source: ann.target }],
])("%s understands VoIPBIN's words %j", (type, theirs, ours) => {
  const { option } = readOptions(type, theirs)
  expect(definitionOf(type).option.parse(option)).toMatchObject(ours)
  expect(readOptions(type, ours).option).toEqual(ours)
})

test('an option that is said in two words is one that there is not, and errors name what was written', () => {
  expect(readOptions('SLEEP', { duration: 1, durationMs: 2 }).option).toEqual({ duration: 1, durationMs: 2 })
  const { written } = readOptions('BRANCH', { target_ids: {} })
  expect([written('targets'), written('variable')]).toEqual(['target_ids', 'variable'])
})

test.each([null, 'text', 5, [1]])('%j is no options, and stays what it is', (given) => {
  expect(readOptions('SLEEP', given).option).toEqual(given)
})

test('a number that a double would not give back is a number where it is a time, and text where it is kept', () => {
  const long = numberOf('12345678901234567890')
  const option = (type: ActionType, given: object) => readOptions(type, given).option
  expect(option('SLEEP', { duration: numberOf('1e3') })).toEqual({ durationMs: 1000 })
  expect(option('PLAY', { urls: ['a'], n: [long] })).toEqual({ urls: ['a'], n: [Number('12345678901234567890')] })
  expect(option('CONDITION_VARIABLE', { value: numberOf('1.0') })).toEqual({ value: '1.0' })
  expect(option('WEBHOOK_SEND', { data: { id: long, of: [1] } })).toEqual({
    data: '{"id":12345678901234567890,"of":[1]}',
  })
  const plain = { id: 1, of: ['x'] }
  expect(option('WEBHOOK_SEND', { data: plain })).toEqual({ data: plain })
})
