import { refusalOf } from '../domain/refused-number.ts'

const numberPattern = /^\+?[0-9*#]{1,32}$/

/**
 * True for a number that may be put into a dial string. Switches dial whatever they are given, other hosts included
 * (docs/rules.md#dial-strings), and this is the last that a number meets before one: what is never dialed is refused here
 * again.
 */
export function isDialable(number: string): boolean {
  return numberPattern.test(number) && !(number.startsWith('+') && refusalOf(number) !== null)
}

/** What may be shown to the called side: a number, or nothing, which leaves it to the trunk. */
export function isCallerId(number: string): boolean {
  return number === '' || numberPattern.test(number)
}
