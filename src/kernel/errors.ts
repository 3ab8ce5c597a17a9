import { Defect } from './assert.ts'

/** What a caller can put right, as UserErrorCode of the API. */
export const userErrorCodes = [
  'BLANK',
  'TOO_LONG',
  'INVALID',
  'OUT_OF_RANGE',
  'TAKEN',
  'NOT_FOUND',
  'IN_USE',
  'STATE_CONFLICT',
  'LIMIT_EXCEEDED',
] as const
export type UserErrorCode = (typeof userErrorCodes)[number]

export interface UserError {
  readonly code: UserErrorCode
  /** Path into the arguments, or the object's own field where its state is the cause. */
  readonly field: readonly string[]
  readonly message: string
}

/** A mutation that is refused: nothing was changed. Thrown inside a transaction, it undoes the transaction. */
export class Refusal extends Error {
  override name = 'Refusal'
  constructor(readonly errors: readonly UserError[]) {
    super(errors.map((error) => `${error.field.join('.')}: ${error.message}`).join('; '))
  }
}

/** Refuses with one error. `field` is a path, outermost first. */
export function refuse(code: UserErrorCode, field: readonly string[], message: string): never {
  throw new Refusal([{ code, field, message }])
}

/** Codes of the errors that are no userErrors: extensions.code of a GraphQL error (docs/rules.md#errors). */
export const requestErrorCodes = [
  'BAD_USER_INPUT',
  'BAD_CURSOR',
  'CURSOR_EXPIRED',
  'STORAGE_FULL',
  'TIMED_OUT',
] as const
export type RequestErrorCode = (typeof requestErrorCodes)[number]

/** A request that makes no sense as it stands; its message may be shown to the caller. */
export class RequestError extends Error {
  override name = 'RequestError'
  constructor(
    readonly code: RequestErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

/**
 * BUSY passes: a lock that is held, a transaction that the database undid. FAILED is whatever else SQLite could not do this
 * time. The others last: after BROKEN nobody knows what the disk still holds of what it took, and DAMAGED is not what was
 * written. The process then has to end.
 */
export type StorageFailureKind = 'BUSY' | 'FAILED' | 'BROKEN' | 'DAMAGED'

/** The storage could not do what it was asked: not the fault of what was to be stored. */
export class StorageFailure extends Error {
  override name = 'StorageFailure'
  readonly kind: StorageFailureKind
  constructor(message: string, options: ErrorOptions & { readonly kind?: StorageFailureKind } = {}) {
    super(message, options)
    this.kind = options.kind ?? 'BUSY'
  }
}

/** True where the storage is at fault, and not what was to be stored: no room, a lock that is held, a disk that fails. */
export function isStorageFailure(error: unknown): boolean {
  return error instanceof StorageFailure || (error instanceof RequestError && error.code === 'STORAGE_FULL')
}

/** True where a rule of our own does not hold: an assertion, or a constraint of the database. Triggers are not ours. */
export function isBrokenInvariant(error: unknown): boolean {
  if (error instanceof Defect) return true
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return code.startsWith('SQLITE_CONSTRAINT') && code !== 'SQLITE_CONSTRAINT_TRIGGER'
}

/** Something about this machine or its configuration that a person has to put right before the program can run. */
export class StartError extends Error {
  override name = 'StartError'
  constructor(
    message: string,
    /** 64 wrong usage, 65 bad data, 75 somebody else holds the lock, 78 configuration. */
    readonly exitCode: 64 | 65 | 75 | 78,
  ) {
    super(message)
  }
}
