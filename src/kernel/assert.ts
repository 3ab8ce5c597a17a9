/** Raised where only a defect of ours can be the cause. Never shown to a caller. */
export class Defect extends Error {
  override name = 'Defect'
}

/** Ends what is under way with a Defect unless the condition holds. The message says what was expected. */
export function assert(condition: unknown, expected: string): asserts condition {
  if (!condition) throw new Defect(expected)
}

/** The end of an exhaustive switch: the compiler refuses a case that was forgotten. */
export function unreachable(value: never): never {
  throw new Defect(`expected no other case, got ${JSON.stringify(value)}`)
}

/** The value, which is known to be there; `expected` says why. */
export function present<T>(value: T | null | undefined, expected: string): T {
  assert(value !== null && value !== undefined, expected)
  return value
}
