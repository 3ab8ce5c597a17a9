import { Defect } from './assert.ts'

/** What a caller can correct, as UserErrorCode of the API. */
const userErrorCodes = [
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
  /** Path into the arguments, or the object's own field if its state is the cause. */
  readonly field: readonly string[]
  readonly message: string
}

/** A refused mutation: nothing was changed. Thrown inside a transaction, it rolls the transaction back. */
export class Refusal extends Error {
  override name = 'Refusal'
  readonly errors: readonly UserError[]
  constructor(errors: readonly UserError[]) {
    super(errors.map((error) => `${error.field.join('.')}: ${error.message}`).join('; '))
    this.errors = errors
  }
}

/** Refuses with one error. `field` is a path, outermost first. */
export function refuse(code: UserErrorCode, field: readonly string[], message: string): never {
  throw new Refusal([{ code, field, message }])
}

/** Codes of the errors that are not userErrors: extensions.code of a GraphQL error (docs/rules.md#errors). */
const requestErrorCodes = ['BAD_USER_INPUT', 'BAD_CURSOR', 'CURSOR_EXPIRED', 'STORAGE_FULL', 'TIMED_OUT'] as const
export type RequestErrorCode = (typeof requestErrorCodes)[number]

/** An invalid request; its message may be shown to the caller. */
export class RequestError extends Error {
  override name = 'RequestError'
  readonly code: RequestErrorCode
  constructor(code: RequestErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/**
 * BUSY is temporary: a lock that is held, or a transaction that the database rolled back. FAILED is anything else that
 * SQLite could not do this time. The others last: after BROKEN nobody knows what the disk has kept of what it accepted,
 * and DAMAGED content is not what was written. The process then has to end.
 */
export type StorageFailureKind = 'BUSY' | 'FAILED' | 'BROKEN' | 'DAMAGED'

/** The storage failed; what was to be stored is not at fault. */
export class StorageFailure extends Error {
  override name = 'StorageFailure'
  readonly kind: StorageFailureKind
  constructor(message: string, options: ErrorOptions & { readonly kind?: StorageFailureKind } = {}) {
    super(message, options)
    this.kind = options.kind ?? 'BUSY'
  }
}

/** True if the storage is at fault and not what was to be stored: no room, a lock that is held, a disk that fails. */
export function isStorageFailure(error: unknown): boolean {
  return error instanceof StorageFailure || (error instanceof RequestError && error.code === 'STORAGE_FULL')
}

/** The program wrote what a constraint of its own database forbids. */
export class ConstraintViolation extends Error {
  override name = 'ConstraintViolation'
}

/** True if an invariant of this program is broken: an assertion, or a constraint of the database. */
export function isBrokenInvariant(error: unknown): boolean {
  return error instanceof Defect || error instanceof ConstraintViolation
}

/** A problem of this machine or its configuration that a person has to correct before the program can run. */
export class StartError extends Error {
  override name = 'StartError'
  /** 64 wrong usage, 65 bad data, 75 another process holds the lock, 78 configuration. */
  readonly exitCode: 64 | 65 | 75 | 78
  constructor(message: string, exitCode: 64 | 65 | 75 | 78) {
    super(message)
    this.exitCode = exitCode
  }
}
