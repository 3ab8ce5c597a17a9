import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  isExactNumber,
  membersOf,
  numberOf,
  parseNumbered,
  replaceNumbers,
  replaceTexts,
  stringifyExactly,
  textOfNumber,
  withNumbers,
} from '../../src/kernel/json.ts'

const exactTexts = [
  '12345678901234567890',
  '-9223372036854775808',
  '1e400',
  '1E5',
  '0.1000000000000000055',
  '1.10',
  '1.0',
  '-0',
  '100000000000000000000000',
]
const plainTexts = ['0', '1', '-1', '2.5', '9007199254740991', '0.1', '1e+21', '1.5e-7']

/** JSON with any spaces, any escapes, and any numbers. */
const jsonText = fc
  .json({ maxDepth: 4 })
  .chain((json) =>
    fc.tuple(fc.constant(json), fc.constantFrom('', ' ', '\n\t'), fc.constantFrom(...exactTexts, ...plainTexts)),
  )
  .map(
    ([json, space, number]) =>
      `${space}{"a":${space}${json}${space},"n"${space}:${number},"\\u0062":[${json}]}${space}`,
  )

describe('a number', () => {
  test.each(exactTexts)('%s keeps its text, since a double would not give it back', (text) => {
    const number = numberOf(text)
    expect(isExactNumber(number) && textOfNumber(number)).toBe(text)
  })

  test.each(plainTexts)('%s is a double, which gives it back', (text) => {
    expect(numberOf(text)).toBe(Number(text))
    expect(JSON.stringify(numberOf(text))).toBe(text)
  })

  test('is replaced wherever it stands in a value', () => {
    const value = { a: [1, numberOf('1.0')], b: { c: numberOf('1e400') }, d: 'x' }
    expect(replaceNumbers(value, textOfNumber)).toEqual({ a: [1, '1.0'], b: { c: '1e400' }, d: 'x' })
    const plain = { a: [1, null], b: 'x' }
    expect(replaceNumbers(plain, textOfNumber)).toBe(plain)
  })

  test('of a text that is read with its numbers comes out as it was written', () => {
    const json = `{"a":[${[...exactTexts, ...plainTexts].join(',')}],"b":"1.0 and \\"1e5\\"","c":{"__proto__":1.0}}`
    const { value, numbers } = parseNumbered(json)
    expect(stringifyExactly(withNumbers(value, numbers))).toBe(json)
  })

  test('is what JSON.parse makes of it, but for what it loses', () => {
    fc.assert(
      fc.property(jsonText, (json) => {
        const { value, numbers } = parseNumbered(json)
        const doubles = replaceNumbers(withNumbers(value, numbers), (number) => Number(textOfNumber(number)))
        expect(doubles).toEqual(JSON.parse(json))
      }),
    )
  })

  test('that is nested deeper than anybody reads does not exhaust the stack', () => {
    const json = `${'['.repeat(100_000)}1.0${']'.repeat(100_000)}`
    const { value, numbers } = parseNumbered(json)
    const read = withNumbers(value, numbers)
    expect(() => replaceNumbers(read, textOfNumber)).not.toThrow()
    expect(() => stringifyExactly([numberOf('1.0'), read])).not.toThrow()
  })
})

describe('the fields of an object', () => {
  test('have the very text of their values', () => {
    expect([
      ...membersOf(' { "id" : 12345678901234567890 , "b": { "c" : [1.0, "}"] }\n,"d":"\\u00e9,\\"","e":null,"f":-0}'),
    ]).toEqual([
      ['id', '12345678901234567890'],
      ['b', '{ "c" : [1.0, "}"] }'],
      ['d', '"\\u00e9,\\""'],
      ['e', 'null'],
      ['f', '-0'],
    ])
    expect(membersOf('{}').size).toBe(0)
    expect(membersOf(' { } ').size).toBe(0)
  })

  test('of a name that comes twice are the last one', () => {
    expect([...membersOf('{"a":1,"\\u0061":2}')]).toEqual([['a', '2']])
  })

  test('are those that JSON.parse finds, whatever the text', () => {
    fc.assert(
      fc.property(jsonText, (json) => {
        const members = [...membersOf(json)].map(([name, text]) => [name, JSON.parse(text)])
        expect(Object.fromEntries(members)).toEqual(JSON.parse(json))
        for (const [, text] of membersOf(json)) expect(json).toContain(text)
      }),
    )
  })
})

describe('the texts of a JSON text', () => {
  test('are replaced where they are values, and names stay', () => {
    const json = '{ "a" : "a", "b":["a", 1.0, {"a" :"\\u0061"}] }'
    expect(replaceTexts(json, (text) => (text === 'a' ? 'x"' : text))).toBe(
      '{ "a" : "x\\"", "b":["x\\"", 1.0, {"a" :"x\\""}] }',
    )
  })

  test('stay as they are written, spaces, escapes and numbers too, where none is changed', () => {
    fc.assert(
      fc.property(jsonText, (json) => {
        expect(replaceTexts(json, (text) => text)).toBe(json)
      }),
    )
  })

  test('are all of them', () => {
    fc.assert(
      fc.property(jsonText, (json) => {
        const replaced: unknown = JSON.parse(replaceTexts(json, (text) => `${text}!`))
        const expected: unknown = JSON.parse(json, (_, value: unknown) =>
          typeof value === 'string' ? `${value}!` : value,
        )
        expect(replaced).toEqual(expected)
      }),
    )
  })
})
