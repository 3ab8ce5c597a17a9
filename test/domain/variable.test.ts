import { describe, expect, test } from 'vitest'
import { expand, namesIn } from '../../src/domain/template.ts'
import { allVariables, hasField, isGiven, isOfData, readVariable } from '../../src/domain/variable.ts'
import { answeredCall, number, target } from './support.ts'

const call = answeredCall({ destination: { ...number(), targetName: 'Home', name: 'Ann', detail: 'mobile' } })
const data = {
  text: 'a {{target.name}}',
  count: 3,
  yes: true,
  nothing: null,
  deep: { city: 'Rome', 'zip.code': '00100', list: [1, 2] },
  'dotted.name': 'd',
}
const source = { call, target: target([0], { name: 'Ann', detail: 'x', data: JSON.stringify(data) }), variables: {} }
const value = (name: string) => readVariable(name, source)

describe('the value of a name', () => {
  test('is what the target, its destination and the call say', () => {
    expect(['target.name', 'target.detail'].map(value)).toEqual(['Ann', 'x'])
    expect(['target', 'targetName', 'name', 'detail', 'type', 'index'].map((of) => value(`destination.${of}`))).toEqual(
      ['+12025550100', 'Home', 'Ann', 'mobile', 'TEL', '0'],
    )
    expect(['id', 'campaignId', 'source', 'tryCount'].map((of) => value(`call.${of}`))).toEqual([
      'call',
      'campaign',
      '+12025550199',
      '1',
    ])
  })

  test('of a field of the data is its text', () => {
    expect(['text', 'count', 'yes', 'nothing'].map((of) => value(`target.data.${of}`))).toEqual([
      'a {{target.name}}',
      '3',
      'true',
      '',
    ])
  })

  test('reaches into what is nested, and prefers the field of the whole name', () => {
    expect(['deep.city', 'deep.zip.code', 'deep.list', 'dotted.name'].map((of) => value(`target.data.${of}`))).toEqual([
      'Rome',
      '00100',
      '[1,2]',
      'd',
    ])
  })

  test('of a field that is no text is what stands in the data, character for character', () => {
    const text =
      '{"id": 12345678901234567890, "big":1e400,"small":0.1000000000000000055,"price":1.10,"of":{ "a" : [1.0, "\\u00e9"] }}'
    const read = (name: string) =>
      readVariable(`target.data.${name}`, { ...source, target: target([0], { data: text }) })
    expect(['id', 'big', 'small', 'price', 'of', 'of.a'].map(read)).toEqual([
      '12345678901234567890',
      '1e400',
      '0.1000000000000000055',
      '1.10',
      '{ "a" : [1.0, "\\u00e9"] }',
      '[1.0, "\\u00e9"]',
    ])
  })

  test('of a field is found by its name as it is written, in brackets whatever it holds', () => {
    const fields = { FirstName: 'Ann', 'Zip Code': '02138', 'a.b': 'dot', a: { b: 'field' } }
    const of = { ...source, target: target([0], { data: JSON.stringify(fields) }) }
    const names = ['.FirstName', '.firstname', '.Zip Code', '["Zip Code"]', '["a.b"]', '["a"]', '["none"]']
    expect(names.map((name) => readVariable(`target.data${name}`, of))).toEqual([
      ...['Ann', '', '02138', '02138', 'dot', '{"b":"field"}', ''],
    ])
    expect(names.every((name) => isGiven(`target.data${name}`) && isOfData(`target.data${name}`))).toBe(true)
    expect(['target.data', 'target.data.', 'target.data[""]', 'target.data["x]', 'target.name'].some(isOfData)).toBe(
      false,
    )
  })

  test('of a text in the data holds nothing that cannot be passed on', () => {
    const text = '{"a":"x\\u0000y\\ud83d","b":"1\\r\\n2\\t3"}'
    const read = (name: string) =>
      readVariable(`target.data.${name}`, { ...source, target: target([0], { data: text }) })
    expect(read('a')).toBe('x\ufffdy\ufffd')
    expect(read('b')).toBe('1\n2\t3')
  })

  test('is empty where there is no such field', () => {
    for (const name of ['none', 'deep.none', 'text.length', 'deep.list.0', 'constructor', '__proto__.a', 'toString']) {
      expect(value(`target.data.${name}`), name).toBe('')
    }
  })

  test('is empty where the data is not the JSON of an object', () => {
    for (const data of ['', 'plain', '[1]', '"a"', 'null', '{"a": 1']) {
      expect(readVariable('target.data.a', { ...source, target: target([0], { data }) }), data).toBe('')
    }
  })

  test('is what was set, and empty before', () => {
    expect(value('digits')).toBe('')
    expect(readVariable('digits', { ...source, variables: { digits: '1' } })).toBe('1')
    expect(value('call.machine')).toBe('')
    expect(value('constructor')).toBe('')
  })

  test('of the target is asked for only where the target is there', () => {
    expect(readVariable('call.id', { ...source, target: null })).toBe('call')
    expect(() => readVariable('target.name', { ...source, target: null })).toThrow('the target')
  })
})

test('a field is there where the data has it, with a value or without', () => {
  const of = target([0], { data: '{"a":null,"b":{"c":""},"d.e":1}' })
  const names = ['.a', '.b.c', '["d.e"]', '.d.e', '.b.d', '.d', '["b.c"]']
  expect(names.map((name) => hasField(of, `target.data${name}`))).toEqual([true, true, true, true, false, false, false])
})

test('all variables are those that are given, and those that were set', () => {
  const all = allVariables({ ...source, variables: { digits: '1' } })
  expect(all).toMatchObject({ 'target.name': 'Ann', 'target.data.count': '3', 'destination.name': 'Ann', digits: '1' })
  expect(all['target.data.deep']).toBe(JSON.stringify(data.deep))
  expect(Object.keys(all)).toHaveLength(2 + 6 + 6 + 4 + 1)
})

describe('a text', () => {
  test('has names in double braces, with or without spaces', () => {
    expect(namesIn('{{a}} {{ b.c }} {d} {{e {{f}} {{}}')).toEqual(['a', 'b.c', 'f', ''])
  })

  test('is given the values of its names, which are not looked into', () => {
    expect(expand('Hi {{target.name}}: {{target.data.text}} {x}', value, 100)).toBe('Hi Ann: a {{target.name}} {x}')
    expect(expand('{{x}}', () => '$& $1 \\', 100)).toBe('$& $1 \\')
  })

  test('is cut at its bound', () => {
    expect(expand('{{target.name}} and more', value, 5)).toBe('Ann a')
    expect(expand('{{x}}', () => '1234\u{1f600}', 5)).toBe('1234')
  })

  test('asks for no more values than have room in it', () => {
    let count = 0
    const long = () => {
      count++
      return 'x'.repeat(2000)
    }
    expect(expand('{{x}}'.repeat(400), long, 2000)).toHaveLength(2000)
    expect(count).toBe(1)
  })
})
