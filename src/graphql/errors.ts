import { type ExecutionResult, GraphQLError, isValueNode } from 'graphql'
import { RequestError, type RequestErrorCode, StorageFailure } from '../kernel/errors.ts'
import type { Log } from '../kernel/log.ts'
import { limits } from '../limits.ts'

/** extensions.code of every error of the API (docs/rules.md#errors). */
export type ErrorCode =
  | RequestErrorCode
  | 'GRAPHQL_PARSE_FAILED'
  | 'GRAPHQL_VALIDATION_FAILED'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'RATE_LIMITED'
  | 'TRY_AGAIN'
  | 'TOO_COMPLEX'
  | 'TOO_LARGE'
  | 'INTERNAL_SERVER_ERROR'

const codes: ReadonlySet<unknown> = new Set<ErrorCode>([
  'BAD_USER_INPUT',
  'BAD_CURSOR',
  'CURSOR_EXPIRED',
  'STORAGE_FULL',
  'TIMED_OUT',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'RATE_LIMITED',
  'TRY_AGAIN',
  'TOO_COMPLEX',
  'TOO_LARGE',
  'INTERNAL_SERVER_ERROR',
])

/** Whether an error has that code. */
export function isErrorCoded(error: unknown, code: ErrorCode): error is GraphQLError {
  return error instanceof GraphQLError && error.extensions.code === code
}

/** Whether a code is one of ours: others, of libraries, are given one. */
export function isErrorCode(code: unknown): code is ErrorCode {
  return codes.has(code)
}

/**
 * An error with its code and with the place in the document, if `place` knows one, but without its cause. `more` stands
 * beside the code.
 */
export function codedError(
  code: ErrorCode,
  message: string,
  place: Partial<Pick<GraphQLError, 'nodes' | 'source' | 'positions' | 'path'>> = {},
  more: Readonly<Record<string, unknown>> = {},
): GraphQLError {
  const { nodes, source, positions, path } = place
  return new GraphQLError(message, { nodes: nodes ?? null, source, positions, path, extensions: { code, ...more } })
}

/** Something about an operation that is more than is allowed: `cost` is what it comes to, `limit` what it may. */
export function tooComplex(message: string, cost: number, limit: number): GraphQLError {
  return codedError('TOO_COMPLEX', message, {}, { cost, limit })
}

const busyMessage = 'Another program keeps the database busy; nothing was changed. Try again in a moment.'

/**
 * The error as a caller may see it. `codeOfOwn` is the code of those that graphql itself raised about the request; without
 * it they are taken for defects, unless they are about a value in the document. Defects are logged, and say nothing.
 * `told` remembers the causes that were logged: one that fails five hundred fields is one line.
 */
export function shapeError(
  error: unknown,
  log: Log,
  codeOfOwn: ErrorCode | null = null,
  told: Set<unknown> = new Set(),
): GraphQLError {
  const located = error instanceof GraphQLError ? error : null
  if (located !== null && isErrorCode(located.extensions.code)) return located
  const cause = located === null ? error : causeOf(located)
  if (cause instanceof RequestError) return codedError(cause.code, cause.message, located ?? {})
  if (cause instanceof StorageFailure && cause.kind === 'BUSY') {
    if (!told.has(cause)) log.warn({ err: cause }, 'a request could not be carried out: the database is busy')
    told.add(cause)
    return codedError('TRY_AGAIN', busyMessage, located ?? {}, { retryAfterMs: limits.retryAfterMs })
  }
  if (located !== null && cause instanceof GraphQLError) {
    const code = codeOfOwn ?? (isAboutValue(located) ? 'BAD_USER_INPUT' : null)
    if (code !== null) return codedError(code, located.message, located)
  }
  if (!told.has(cause))
    log.error({ err: cause, path: located?.path?.join('.') }, 'a request failed because of a defect')
  told.add(cause)
  return codedError('INTERNAL_SERVER_ERROR', 'Internal server error.', located ?? {})
}

/** A result with its errors shaped. One without `data` never came to be executed: its errors are about the request. */
export function shapeResult<Result extends ExecutionResult>(result: Result, log: Log): Result {
  if (result.errors === undefined) return result
  const codeOfOwn = 'data' in result ? null : 'BAD_USER_INPUT'
  const told = new Set<unknown>()
  return { ...result, errors: result.errors.map((error) => shapeError(error, log, codeOfOwn, told)) }
}

/** What was thrown in the first place. */
function causeOf(error: GraphQLError): unknown {
  let cause: unknown = error
  while (cause instanceof GraphQLError && cause.originalError != null) cause = cause.originalError
  return cause
}

/**
 * While it executes, graphql raises errors about arguments at the node of the value, and errors about what a resolver
 * returned at the node of the field, or at none.
 */
function isAboutValue(error: GraphQLError): boolean {
  const node = error.nodes?.[0]
  return node !== undefined && isValueNode(node)
}
