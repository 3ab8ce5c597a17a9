import { DateTime } from 'luxon'
import { unreachable } from '../kernel/assert.ts'

export const comparisons = ['==', '!=', '>', '>=', '<', '<='] as const
export type Comparison = (typeof comparisons)[number]
export const comparedTypes = ['string', 'number', 'length'] as const
export type ComparedType = (typeof comparedTypes)[number]

function compare<Value extends string | number>(left: Value, condition: Comparison, right: Value): boolean {
  switch (condition) {
    case '==':
      return left === right
    case '!=':
      return left !== right
    case '>':
      return left > right
    case '>=':
      return left >= right
    case '<':
      return left < right
    case '<=':
      return left <= right
    default:
      return unreachable(condition)
  }
}

/** A text as the number it says; null where it says none. */
export function numberIn(text: string | number): number | null {
  const number = typeof text === 'string' && text.trim() === '' ? Number.NaN : Number(text)
  return Number.isFinite(number) ? number : null
}

export interface VariableCondition {
  readonly condition: Comparison
  readonly valueType: ComparedType
  readonly value: string | number
}

/** Holds the text of a variable against a value: as texts, as numbers, or its count of characters. What is no number meets no condition. */
export function meetsValue(text: string, { condition, valueType, value }: VariableCondition): boolean {
  if (valueType === 'string') return compare(text, condition, String(value))
  const left = valueType === 'length' ? [...text].length : numberIn(text)
  const right = numberIn(value)
  return left !== null && right !== null && compare(left, condition, right)
}

export interface TimeCondition {
  readonly condition: Comparison
  /** Below 0, or left out, is every one; so is month 0. */
  readonly minute?: number | undefined
  readonly hour?: number | undefined
  readonly day?: number | undefined
  readonly month?: number | undefined
  /** 0 is Sunday. Empty, or left out, is every day. */
  readonly weekdays?: readonly number[] | undefined
  /** A name of the IANA list. */
  readonly timeZone: string
}

/** Holds each given part of the time, as the clocks of that zone show it, against its value; on one of the weekdays. */
export function meetsTime(now: number, condition: TimeCondition): boolean {
  const time = DateTime.fromMillis(now, { zone: condition.timeZone })
  const { weekdays = [] } = condition
  if (weekdays.length > 0 && !weekdays.includes(time.weekday % 7)) return false
  const parts: readonly (readonly [actual: number, wanted: number | undefined, least: number])[] = [
    [time.minute, condition.minute, 0],
    [time.hour, condition.hour, 0],
    [time.day, condition.day, 1],
    [time.month, condition.month, 1],
  ]
  return parts.every(
    ([actual, wanted, least]) => wanted === undefined || wanted < least || compare(actual, condition.condition, wanted),
  )
}
