/** Thrown when only a defect in this program can be the cause. Never shown to a caller. */
export class Defect extends Error {
  override name = 'Defect'
}

/** Throws a Defect unless the condition holds. The message says what was expected. */
export function assert(condition: unknown, expected: string): asserts condition {
  if (!condition) throw new Defect(expected)
}

/** Ends an exhaustive switch: the compiler reports a missing case. */
export function unreachable(value: never): never {
  throw new Defect(`expected no other case, got ${JSON.stringify(value)}`)
}

/** Returns a value that is known to be present; `expected` says why. */
export function present<T>(value: T | null | undefined, expected: string): T {
  assert(value !== null && value !== undefined, expected)
  return value
}
