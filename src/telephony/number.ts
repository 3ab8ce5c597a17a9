const numberPattern = /^\+?[0-9*#]{1,32}$/

/** What a dial string may be made of: switches dial whatever they are given, other hosts included (telephony 1). */
export function isDialable(number: string): boolean {
  return numberPattern.test(number)
}

/** What may be shown to the called side: a number, or nothing, which leaves it to the trunk. */
export function isCallerId(number: string): boolean {
  return number === '' || isDialable(number)
}
