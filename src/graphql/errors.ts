import { GraphQLError, isValueNode } from 'graphql'
import { RequestError, type RequestErrorCode } from '../kernel/errors.ts'
import type { Log } from '../kernel/log.ts'

/** extensions.code of every error that leaves this house (behaviour 5.5). */
export type ErrorCode =
  | RequestErrorCode
  | 'GRAPHQL_PARSE_FAILED'
  | 'GRAPHQL_VALIDATION_FAILED'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'RATE_LIMITED'
  | 'INTERNAL_SERVER_ERROR'

const codes: ReadonlySet<unknown> = new Set<ErrorCode>([
  'BAD_USER_INPUT',
  'BAD_CURSOR',
  'CURSOR_EXPIRED',
  'STORAGE_FULL',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'RATE_LIMITED',
  'INTERNAL_SERVER_ERROR',
])

/** An error with its code and with the place in the document, if `place` knows one, but without its cause. */
export function codedError(
  code: ErrorCode,
  message: string,
  place: Pick<GraphQLError, 'nodes' | 'path'> | null = null,
): GraphQLError {
  return new GraphQLError(message, { nodes: place?.nodes, path: place?.path, extensions: { code } })
}

/**
 * The error as a caller may see it. `codeOfOwn` is the code of those that graphql itself raised about the request; without
 * it they are taken for defects, unless they are about a value in the document. Defects are logged, and say nothing.
 */
export function shapeError(error: unknown, log: Log, codeOfOwn?: ErrorCode): GraphQLError {
  const located = error instanceof GraphQLError ? error : null
  if (located !== null && codes.has(located.extensions.code)) return located
  const cause = located === null ? error : causeOf(located)
  if (cause instanceof RequestError) return codedError(cause.code, cause.message, located)
  if (located !== null && cause instanceof GraphQLError) {
    const code = codeOfOwn ?? (isAboutValue(located) ? 'BAD_USER_INPUT' : null)
    if (code !== null) return codedError(code, located.message, located)
  }
  log.error({ err: cause, path: located?.path?.join('.') }, 'a request met a defect')
  return codedError('INTERNAL_SERVER_ERROR', 'Internal server error.', located)
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
