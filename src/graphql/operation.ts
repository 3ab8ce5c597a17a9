import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute as executeDocument,
  type GraphQLError,
  getOperationAST,
} from 'graphql'
import type { Effects } from '../kernel/effects.ts'
import type { Log } from '../kernel/log.ts'
import { createLoopBudget, type LoopBudget } from '../kernel/loop-budget.ts'
import { createTurns } from '../kernel/turns.ts'
import { limits } from '../limits.ts'
import { type Admission, createAdmission } from './admission.ts'
import { textOfData } from './answer-text.ts'
import { executeCompiled } from './compiled/compiled.ts'
import { type ContextSource, createContext } from './context.ts'
import { parseDocument, validateDocument } from './document.ts'
import { createDocumentCache } from './document-cache.ts'
import { codedError, shapeError, shapeResult } from './errors.ts'
import { withExactVariables } from './exact-variables.ts'
import { schema } from './schema.ts'
import { createUsage, type Usage } from './usage.ts'

/** What a client asks for, however it came in. */
export interface OperationRequest {
  readonly query: string
  readonly operationName?: string | null | undefined
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined
}

/** One operation of a valid document, and for whom it is carried out. */
export interface Operation extends Pick<ExecutionArgs, 'schema' | 'document' | 'operationName' | 'variableValues'> {
  readonly source: ContextSource
}

export interface Answer {
  readonly result: ExecutionResult
  /** The JSON of the data, where it is made already; then `result.data` may be empty. */
  readonly dataText: string | null
  /** What the operation was reckoned to cost; null where it came to no reckoning. */
  readonly cost: number | null
}

export type ResponseStream = Required<AsyncIterableIterator<ExecutionResult, undefined, undefined>>

/** What becomes of the operations of all clients, by HTTP, server-sent events and WebSocket alike. */
export interface Operations {
  /** Reads a request and checks its document. */
  prepare(request: OperationRequest, source: ContextSource): Operation | GraphQLError[]
  /**
   * Executes a query or a mutation, unless it costs too much. Never throws: what went wrong is in the result. Queries end
   * after 10 s (TIMED_OUT), and as soon as `signal` aborts; mutations do not, since they have begun to change something.
   */
  execute(operation: Operation, signal?: AbortSignal): Promise<Answer>
  /**
   * Starts a subscription: a stream of results, or the one result that says why there is none. Nothing is read ahead: an
   * event is taken from the source when the next result is asked for. return() ends the source at once.
   */
  subscribe(operation: Operation): Promise<ResponseStream | ExecutionResult>
}

export interface OperationsOptions {
  readonly effects: Pick<Effects, 'timer' | 'yieldToLoop' | 'monotonic'>
  /** How streams share the event loop. */
  readonly loopBudget?: LoopBudget
  /** COMPILED by default; GRAPHQL executes everything with graphql-js, for comparison. */
  readonly executor?: 'COMPILED' | 'GRAPHQL'
}

/** Introspection is answered from these; each is some megabytes. */
const introspectionsKeptMax = 10
/** Cost of an answer whose JSON takes no time to speak of. */
const smallAnswerCost = 100

export function createOperations({ effects, loopBudget: given, executor = 'COMPILED' }: OperationsOptions): Operations {
  const turns = createTurns(effects, limits.operationsHoldMaxMs)
  const loopBudget = given ?? createLoopBudget(effects, limits.streamsHoldMaxMs)
  const admission = createAdmission(schema)
  const introspections = new Map<string, ExecutionResult>()

  async function execute(operation: Operation, signal?: AbortSignal): Promise<Answer> {
    const { log } = operation.source
    try {
      const admitted = admission.admit(operation)
      if ('errors' in admitted) return { result: shapeResult(admitted, log), dataText: null, cost: null }
      const key = introspectionKey(operation, admitted)
      const kept = key === null ? undefined : introspections.get(key)
      if (kept !== undefined) return { result: kept, dataText: null, cost: admitted.cost }
      const answer = await run(operation, admitted, signal)
      if (key !== null && answer.result.errors === undefined) keep(key, answer.result)
      return answer
    } catch (error) {
      return { result: { errors: [shapeError(error, log)] }, dataText: null, cost: null }
    }
  }

  function keep(key: string, result: ExecutionResult): void {
    introspections.set(key, result)
    const [oldest] = introspections.keys()
    if (introspections.size > introspectionsKeptMax && oldest !== undefined) introspections.delete(oldest)
  }

  /** Carries out what was admitted. The context is made last, so that it is no older than it has to be. */
  async function run(
    { source, ...operation }: Operation,
    { quote, isMutation, cost, variables }: Admitted,
    signal?: AbortSignal,
    event?: unknown,
  ): Promise<Answer> {
    let end: (error: GraphQLError) => void = () => {}
    const ended = new Promise<Answer>((resolve) => {
      end = (error) => resolve({ result: { errors: [error] }, dataText: null, cost })
    })
    let usage = createUsage(quote, turns.join(), end)
    const work = async (): Promise<Answer> => {
      await usage.turn.take(quote.own)
      if (executor === 'COMPILED' && !isMutation && event === undefined) {
        const context = createContext(source, usage)
        const text = await executeCompiled({ ...operation, variables, context, rootValue: undefined })
        if (text !== null) return { result: { data: {} }, dataText: text, cost }
        // Nothing of that counts: graphql begins anew.
        usage.turn.leave()
        usage = createUsage(quote, turns.join(), end)
      }
      const contextValue = createContext(source, usage)
      const exact = withExactVariables({ ...operation, contextValue, rootValue: event })
      const result = shapeResult(await executeDocument(exact), source.log)
      return { result, dataText: await largeDataText(result, usage), cost }
    }
    const release = isMutation ? () => {} : limit((error) => usage.end(error), signal)
    try {
      return await Promise.race([work(), ended])
    } finally {
      release()
      usage.turn.leave()
    }
  }

  /** Ends it when it has run for too long, or nobody waits for it any more. */
  function limit(endWith: (error: GraphQLError) => void, signal: AbortSignal | undefined): () => void {
    const cancel = effects.timer(limits.operationWithinMs, () => {
      endWith(codedError('TIMED_OUT', `The operation was not finished after ${limits.operationWithinMs} ms.`))
    })
    const leave = () => endWith(codedError('BAD_USER_INPUT', 'The client has disconnected.'))
    if (signal?.aborted) leave()
    signal?.addEventListener('abort', leave)
    return () => {
      cancel()
      signal?.removeEventListener('abort', leave)
    }
  }

  async function subscribe(operation: Operation): Promise<ResponseStream | ExecutionResult> {
    const { source, ...args } = operation
    try {
      const admitted = admission.admit(operation)
      if ('errors' in admitted) return shapeResult(admitted, source.log)
      const usage = createUsage(admitted.quote, turns.join(), () => {})
      const events = await createSourceEventStream({ ...args, contextValue: createContext(source, usage) })
      if (!(Symbol.asyncIterator in events)) return shapeResult(events, source.log)
      return respond(events, operation, admitted)
    } catch (error) {
      return { errors: [shapeError(error, source.log)] }
    }
  }

  /** Each event has a context of its own, or the loaders would answer every one of them with what they read for the first. */
  function respond(events: AsyncIterable<unknown>, operation: Operation, admitted: Admitted): ResponseStream {
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
          await loopBudget.pass()
          const event = await source.next()
          if (event.done) return { done: true, value: undefined }
          return { done: false, value: await respondToEvent(operation, admitted, event.value) }
        } catch (error) {
          failed = true
          await end().catch(() => undefined)
          throw shapeError(error, operation.source.log)
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

  async function respondToEvent(operation: Operation, admitted: Admitted, event: unknown): Promise<ExecutionResult> {
    try {
      return (await run(operation, admitted, undefined, event)).result
    } catch (error) {
      return { errors: [shapeError(error, operation.source.log)] }
    }
  }

  return {
    prepare: (request, source) => prepare(request, source),
    execute,
    subscribe,
  }
}

type Admitted = Exclude<Admission, { readonly errors: unknown }>

function prepare(request: OperationRequest, source: ContextSource): Operation | GraphQLError[] {
  const document = readDocument(request.query, source.log)
  if (Array.isArray(document)) return document
  if (!getOperationAST(document, request.operationName)) {
    return [codedError('BAD_USER_INPUT', 'operationName must name one of the operations of the document.')]
  }
  const { operationName, variables: variableValues } = request
  return { schema, document, operationName, variableValues, source }
}

/** Documents that were found valid. */
const documents = createDocumentCache()

function readDocument(query: string, log: Log): DocumentNode | GraphQLError[] {
  const known = documents.get(query)
  if (known !== undefined) return known
  const document = readNewDocument(query, log)
  if (!Array.isArray(document)) documents.set(query, document as DocumentNode)
  return document
}

function readNewDocument(query: string, log: Log): DocumentNode | GraphQLError[] {
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

/** By what the answer is known, where it is the same for everybody at any time; null for everything else. */
function introspectionKey({ document, operationName }: Operation, { quote, variableCount }: Admitted): string | null {
  const isIntrospectionAlone = quote.introspection > 0 && quote.depth === 0 && variableCount === 0
  const text = document.loc?.source.body
  return isIntrospectionAlone && text !== undefined ? `${operationName ?? ''} ${text}` : null
}

async function largeDataText({ data }: ExecutionResult, usage: Usage): Promise<string | null> {
  return data == null || usage.cost() <= smallAnswerCost ? null : textOfData(data, usage.turn)
}
