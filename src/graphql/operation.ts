import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute as executeDocument,
  type GraphQLError,
  getOperationAST,
} from 'graphql'
import type { Fairness } from '../kernel/fairness.ts'
import type { Log } from '../kernel/log.ts'
import { type Context, type ContextSource, createContext } from './context.ts'
import { parseDocument, validateDocument } from './document.ts'
import { codedError, shapeError, shapeResult } from './errors.ts'
import { withExactVariables } from './exact-variables.ts'
import { schema } from './schema.ts'

/** What a client asks for, however it came in. */
export interface OperationRequest {
  readonly query: string
  readonly operationName?: string | null
  readonly variables?: Readonly<Record<string, unknown>> | null
}

/** One operation, ready to be executed once. */
export interface Operation extends ExecutionArgs {
  readonly contextValue: Context
}

export type ResponseStream = Required<AsyncIterableIterator<ExecutionResult, undefined, undefined>>

/** Reads and checks a request. The context is made last, so that it is no older than it has to be. */
export function prepare(request: OperationRequest, source: ContextSource): Operation | GraphQLError[] {
  const document = readDocument(request.query, source.log)
  if (Array.isArray(document)) return document
  if (!getOperationAST(document, request.operationName)) {
    return [codedError('BAD_USER_INPUT', 'operationName must name one of the operations of the document.')]
  }
  return {
    schema,
    document,
    operationName: request.operationName,
    variableValues: request.variables,
    contextValue: createContext(source),
  }
}

function readDocument(query: string, log: Log): DocumentNode | GraphQLError[] {
  let document: DocumentNode
  try {
    document = parseDocument(query)
  } catch (error) {
    return [shapeError(error, log, 'GRAPHQL_PARSE_FAILED')]
  }
  try {
    const errors = validateDocument(schema, document)
    if (errors.length === 0) return document
    return errors.map((error) => shapeError(error, log, 'GRAPHQL_VALIDATION_FAILED'))
  } catch (error) {
    return [shapeError(error, log, 'GRAPHQL_VALIDATION_FAILED')]
  }
}

/** Executes a query or a mutation, or one event of a subscription. Never throws: what went wrong is in the result. */
export async function execute(operation: Operation): Promise<ExecutionResult> {
  const { log } = operation.contextValue
  try {
    return shapeResult(await executeDocument(withExactVariables(operation)), log)
  } catch (error) {
    return { errors: [shapeError(error, log)] }
  }
}

/**
 * Starts a subscription: a stream of results, or the one result that says why there is none. Nothing is read ahead: an
 * event is taken from the source when the next result is asked for. return() ends the source at once.
 */
export async function subscribe(operation: Operation, fairness: Fairness): Promise<ResponseStream | ExecutionResult> {
  const { log } = operation.contextValue
  try {
    const source = await createSourceEventStream(operation)
    return Symbol.asyncIterator in source ? respond(source, operation, fairness) : shapeResult(source, log)
  } catch (error) {
    return { errors: [shapeError(error, log)] }
  }
}

/** Each event has a context of its own, or the loaders would answer every one of them with what they read for the first. */
function respond(events: AsyncIterable<unknown>, operation: Operation, fairness: Fairness): ResponseStream {
  const source = events[Symbol.asyncIterator]()
  let failed = false
  const end = async (): Promise<IteratorReturnResult<undefined>> => {
    await source.return?.()
    return { done: true, value: undefined }
  }
  return {
    async next() {
      if (failed) return { done: true, value: undefined }
      try {
        // A replay of a long log would otherwise hold the event loop to its end.
        await fairness.pass()
        const event = await source.next()
        if (event.done) return { done: true, value: undefined }
        const contextValue = createContext(operation.contextValue)
        return { done: false, value: await execute({ ...operation, rootValue: event.value, contextValue }) }
      } catch (error) {
        failed = true
        await end().catch(() => undefined)
        throw shapeError(error, operation.contextValue.log)
      }
    },
    return: end,
    async throw(error) {
      await end()
      throw error
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
