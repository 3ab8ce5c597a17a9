import { describe, expect, test } from 'vitest'
import { list, run, step } from './activeflow-support.ts'
import { noon, target } from './support.ts'

const stop = step('STOP')
const set = (variable: string, value: string) => step('VARIABLE_SET', { variable, value })
const ann = target([0], { name: 'Ann', data: '{"age": 40, "plan": "gold", "home": {"city": "Rome"}}' })

describe('VARIABLE_SET', () => {
  test('sets a text with the variables in it', () => {
    const { flow } = run(list(set('greeting', 'Hello {{ target.name }}!'), set('again', '{{greeting}} {{greeting}}')), {
      target: ann,
    })
    expect(flow.variables).toEqual({ greeting: 'Hello Ann!', again: 'Hello Ann! Hello Ann!' })
  })

  test('cuts off what is longer than 2000 characters', () => {
    const long = set('long', 'x'.repeat(2000))
    expect(run(list(long, set('longer', '{{long}}{{long}}'))).flow.variables.longer).toHaveLength(2000)
  })

  test('takes any name, also one that objects have by themselves', () => {
    const { flow } = run(list(set('__proto__', 'a'), set('copy', '{{__proto__}}{{constructor}}')))
    expect(Object.entries(flow.variables)).toEqual([
      ['__proto__', 'a'],
      ['copy', 'a'],
    ])
  })
})

describe('BRANCH', () => {
  const branch = (defaultTargetId?: string) =>
    step('BRANCH', { variable: 'target.data.plan', targets: { gold: '3', silver: '2' }, defaultTargetId })
  const actions = (defaultTargetId?: string) => list(branch(defaultTargetId), stop, stop, stop)

  test('goes on with the action of the value', () => {
    const { flow, outcomes } = run(actions(), { target: ann })
    expect(flow.actionId).toBe('3')
    expect(outcomes).toEqual(['matched gold', 'stopped'])
  })

  test('goes on with the default, or the next one, for any other value', () => {
    expect(run(actions('2')).flow.actionId).toBe('2')
    expect(run(actions()).flow.actionId).toBe('1')
    expect(run(actions()).outcomes).toEqual(['matched nothing', 'stopped'])
  })

  test('does not take what every object has for a value', () => {
    const tricky = target([0], { data: '{"plan": "constructor"}' })
    expect(run(actions(), { target: tricky }).flow.actionId).toBe('1')
  })
})

describe('GOTO', () => {
  const goto = (targetId: string, loopCount: number) => step('GOTO', { targetId, loopCount })

  test('jumps so many times, and is passed over from then on', () => {
    const { outcomes, flowOutcome } = run(list(step('ANSWER'), goto('0', 2)))
    expect(outcomes).toEqual(['answered', 'jumped, 1 of 2', 'answered', 'jumped, 2 of 2', 'answered', 'went on'])
    expect(flowOutcome).toEqual({ type: 'HANG_UP', reason: 'NORMAL' })
  })

  test('counts each for itself over the whole run', () => {
    const { flow } = run(list(step('ANSWER'), goto('0', 3), goto('0', 2)))
    expect(flow).toMatchObject({ jumpCounts: { 1: 3, 2: 2 }, stepCount: 6 + 6 + 3 })
  })

  test('ends after 1000 steps, FAILED, like any loop', () => {
    const { flowOutcome, flow } = run(list(step('ANSWER'), goto('0', 1000)))
    expect(flowOutcome).toEqual({ type: 'HANG_UP', reason: 'FAILED' })
    expect(flow.stepCount).toBe(1000)
  })
})

describe('CONDITION_VARIABLE', () => {
  const holds = (condition: string, value: unknown, valueType = 'string', variable = 'target.data.age') => {
    const option = { condition, variable, valueType, value, falseTargetId: '2' }
    const { flow, outcomes } = run(list(step('CONDITION_VARIABLE', option), stop, stop), { target: ann })
    expect(outcomes[0]).toBe(flow.actionId === '1' ? 'true' : 'false')
    return flow.actionId === '1'
  }

  test('goes on with the next action where it holds, else with the other', () => {
    expect([holds('==', '40'), holds('==', '41')]).toEqual([true, false])
  })

  test('compares texts letter by letter', () => {
    expect([holds('<', '5'), holds('<', '100'), holds('!=', '40.0'), holds('>=', '40')]).toEqual([
      true,
      false,
      true,
      true,
    ])
  })

  test('compares numbers by their size, given as texts or numbers', () => {
    expect([holds('<', 100, 'number'), holds('==', '40.0', 'number'), holds('>', 39.5, 'number')]).toEqual([
      true,
      true,
      true,
    ])
  })

  test('holds for no number where the variable is none', () => {
    for (const condition of ['==', '!=', '>', '<']) {
      expect(holds(condition, 0, 'number', 'target.data.none')).toBe(false)
      expect(holds(condition, 0, 'number', 'target.name')).toBe(false)
    }
  })

  test('compares the count of characters', () => {
    expect([holds('==', 3, 'length', 'target.name'), holds('<=', '2', 'length', 'target.name')]).toEqual([true, false])
    expect(holds('==', 0, 'length', 'target.data.none')).toBe(true)
  })
})

describe('CONDITION_DATETIME', () => {
  /** At noon of Monday, 5 January 2026, UTC. */
  const holds = (option: object) => {
    const { flow } = run(
      list(step('CONDITION_DATETIME', { condition: '==', falseTargetId: '2', ...option }), stop, stop),
    )
    return flow.actionId === '1'
  }

  test('compares each part that is given', () => {
    expect([holds({ hour: 12 }), holds({ hour: 12, minute: 0 }), holds({ hour: 12, minute: 1 })]).toEqual([
      true,
      true,
      false,
    ])
    expect([holds({ condition: '>=', hour: 12, minute: 1 }), holds({ condition: '>=', hour: 9, day: 5 })]).toEqual([
      false,
      true,
    ])
    expect([holds({ condition: '<', month: 2 }), holds({ condition: '!=', month: 1 })]).toEqual([true, false])
  })

  test('counts the days of the week from Sunday, 0', () => {
    expect([holds({ weekdays: [1] }), holds({ weekdays: [0, 2, 3, 4, 5, 6] })]).toEqual([true, false])
    expect(holds({ condition: '!=', hour: 3, weekdays: [1] })).toBe(true)
  })

  test('goes by the clocks of its zone', () => {
    expect([holds({ hour: 13, timeZone: 'Europe/Berlin' }), holds({ hour: 7, timeZone: 'America/New_York' })]).toEqual([
      true,
      true,
    ])
    // There it is Tuesday already.
    expect(holds({ weekdays: [2], day: 6, timeZone: 'Pacific/Kiritimati' })).toBe(true)
  })

  test("takes VoIPBIN's words for every one, and nothing at all, as true", () => {
    expect(holds({ minute: -1, hour: -1, day: -1, month: 0, weekdays: [] })).toBe(true)
    expect(holds({})).toBe(true)
  })

  test('is asked anew each time', () => {
    const actions = list(step('SLEEP', { durationMs: 60_000 }), {
      ...step('CONDITION_DATETIME', { condition: '==', minute: 1, falseTargetId: '0' }),
    })
    const waiting = run(actions)
    waiting.wait(60_000)
    expect(noon % 60_000).toBe(0)
    expect(waiting.outcomes).toEqual(['slept', 'true'])
  })
})
