import { expect, test } from 'vitest'
import { assert, Defect, present, unreachable } from '../../src/kernel/assert.ts'
import { Refusal, refuse } from '../../src/kernel/errors.ts'

test('a condition that does not hold is a defect, and says what was expected', () => {
  expect(() => assert(false, 'a call to end that is in flight')).toThrow(Defect)
  expect(() => assert(0, 'a call to end that is in flight')).toThrow('a call to end that is in flight')
  expect(() => assert(true, 'x')).not.toThrow()
})

test('what must be there is given back, also where it is nothing much', () => {
  expect([present(0, 'x'), present('', 'x'), present(false, 'x')]).toEqual([0, '', false])
  expect(() => present(null, 'a queue')).toThrow('a queue')
  expect(() => present(undefined, 'a queue')).toThrow(Defect)
})

test('the end of a switch tells what came', () => {
  expect(() => unreachable({ type: 'NEW' } as never)).toThrow('{"type":"NEW"}')
})

test('a refusal carries its code, its field and a sentence', () => {
  try {
    refuse('TAKEN', ['input', 'name'], 'This name is taken.')
  } catch (error) {
    expect(error).toBeInstanceOf(Refusal)
    expect((error as Refusal).errors).toEqual([
      { code: 'TAKEN', field: ['input', 'name'], message: 'This name is taken.' },
    ])
    expect((error as Refusal).message).toBe('input.name: This name is taken.')
  }
})
