import { DateTime } from 'luxon'
import { unreachable } from '../kernel/assert.ts'

export const comparisons = ['==', '!=', '>', '>=', '<', '<='] as const
export type Comparison = (typeof comparisons)[number]
export const comparedTypes = ['string', 'number', 'length'] as const
type ComparedType = (typeof comparedTypes)[number]

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

/** A decimal number: ±0.digits × 10^exponent, without zeros at either end of its digits. Zero has no digits. */
export interface Decimal {
  readonly sign: 1 | -1
  readonly digits: string
  readonly exponent: number
}

const decimalPattern = /^\s*([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?\s*$/i

/** The number in a text; null if it is not one. All digits count: an id is longer than a double can hold. */
export function decimalIn(text: string | number): Decimal | null {
  const [, sign, whole = '', fraction = '', power = '0'] = decimalPattern.exec(String(text)) ?? []
  if (whole + fraction === '') return null
  const places = (whole + fraction).replace(/^0+/, '')
  const digits = places.replace(/0+$/, '')
  if (digits === '') return { sign: 1, digits, exponent: 0 }
  return { sign: sign === '-' ? -1 : 1, digits, exponent: places.length - fraction.length + Number(power) }
}

/** Negative, 0 or positive as the first is less than, equal to or greater than the second. */
function order(left: Decimal, right: Decimal): number {
  const signOf = ({ sign, digits }: Decimal) => (digits === '' ? 0 : sign)
  if (signOf(left) !== signOf(right)) return signOf(left) - signOf(right)
  const byExponent = left.exponent - right.exponent
  const byDigits = left.digits < right.digits ? -1 : Number(left.digits > right.digits)
  return left.sign * (byExponent === 0 ? byDigits : byExponent)
}

export interface VariableCondition {
  readonly condition: Comparison
  readonly valueType: ComparedType
  readonly value: string | number
}

/**
 * Compares the text of a variable with a value: as texts, as numbers, or by its length. A text that is not a number
 * meets no numeric condition.
 */
export function meetsValue(text: string, { condition, valueType, value }: VariableCondition): boolean {
  if (valueType === 'string') return compare(text, condition, String(value))
  const left = decimalIn(valueType === 'length' ? [...text].length : text)
  const right = decimalIn(value)
  return left !== null && right !== null && compare(order(left, right), condition, 0)
}

export interface TimeCondition {
  readonly condition: Comparison
  /** A negative or missing field matches every value; so does month 0. */
  readonly minute?: number | undefined
  readonly hour?: number | undefined
  readonly day?: number | undefined
  readonly month?: number | undefined
  /** 0 is Sunday. Empty or missing matches every day. */
  readonly weekdays?: readonly number[] | undefined
  /** A name of the IANA time zone database. */
  readonly timeZone: string
}

/** Compares each given part of the local time in that zone with its value, on one of the weekdays. */
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
