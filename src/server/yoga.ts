import type { IncomingMessage, ServerResponse } from 'node:http'
import { type ExecutionArgs, type ExecutionResult, GraphQLError, type GraphQLErrorExtensions } from 'graphql'
import { createYoga, type GraphQLParams, type Plugin, type YogaServerInstance } from 'graphql-yoga'
import type { ContextSource } from '../graphql/context.ts'
import { parseDocument, validateDocument } from '../graphql/document.ts'
import { createDocumentCache } from '../graphql/document-cache.ts'
import { codedError, type ErrorCode, isErrorCode, shapeError } from '../graphql/errors.ts'
import { rememberSource } from '../graphql/exact-variables.ts'
import type { Answer, Operation, Operations, ResponseStream } from '../graphql/operation.ts'
import { schema } from '../graphql/schema.ts'
import type { Cancel, Effects } from '../kernel/effects.ts'
import type { Log } from '../kernel/log.ts'
import { limits } from '../limits.ts'
import { whileConnected } from './connected.ts'
import { bodyTooLargeMessage } from './handler.ts'
import { countJsonValues } from './json-values.ts'
import { answerOf } from './post.ts'

/** What Yoga knows of a request besides the request: node's own two halves of it. */
export interface ServerContext {
  readonly req: IncomingMessage
  readonly res: ServerResponse
}

export interface YogaOptions {
  readonly source: ContextSource
  readonly operations: Operations
  readonly timer: Effects['timer']
  /** Called for every stream of events that is opened, with a function that ends it. */
  readonly track: (response: ServerResponse, end: () => void) => void
}

/** GraphQL over HTTP: queries and mutations by POST, queries by GET, subscriptions by POST as server-sent events. */
export function createGraphqlOverHttp(options: YogaOptions): YogaServerInstance<ServerContext, object> {
  const { source } = options
  return createYoga<ServerContext, object>({
    schema,
    graphqlEndpoint: '/graphql',
    graphiql: false,
    landingPage: false,
    cors: false,
    multipart: false,
    batching: false,
    parserAndValidationCache: { documentCache: createDocumentCache(), errorCache: createDocumentCache<Error>() },
    maxRequestBodySize: limits.requestBytesMax,
    // What is worth a line is logged where errors are shaped.
    logging: false,
    maskedErrors: { errorMessage: '', maskError: (error) => shapeHttpError(error, source.log), isDev: false },
    plugins: [useOwnExecution(options)],
  })
}

/** Executes as WebSockets do, with the same functions. */
function useOwnExecution({ source, operations, timer, track }: YogaOptions): Plugin<ServerContext> {
  const operationOf = ({ document, operationName, variableValues }: ExecutionArgs): Operation => ({
    ...{ schema, document, operationName, variableValues, source },
  })
  return {
    onRequestParse({ request, setRequestParser }) {
      if (request.method === 'POST') setRequestParser(readBody)
    },
    onParse({ setParseFn }) {
      setParseFn(parseDocument)
    },
    onValidate({ setValidationFn }) {
      setValidationFn(validateDocument)
    },
    onExecute({ setExecuteFn, args: { contextValue: context } }) {
      setExecuteFn(async (args) => {
        const answer =
          answerOf(context.req) ??
          (await whileConnected(context.res, (signal) => operations.execute(operationOf(args), signal)))
        if (answer.cost !== null && !context.res.headersSent) context.res.setHeader('dialgraph-cost', answer.cost)
        return withText(withStatus(answer.result), answer)
      })
    },
    onSubscribe({ setSubscribeFn, args: { contextValue: context } }) {
      setSubscribeFn(async (args) => {
        const refusal = refusalOfSubscription(context.req)
        if (refusal !== null) return { errors: [refusal] }
        const result = await operations.subscribe(operationOf(args))
        if (!(Symbol.asyncIterator in result)) return withStatus(result)
        // Yoga ends a stream that it sends; one whose client has left before, or that it refuses to send, it forgets.
        const unwatch = cutWhenStuck(context.res, timer, source.log)
        track(context.res, () => {
          unwatch()
          endStream(result)
        })
        return result
      })
    },
  }
}

/** Reads the parameters of a request. Yoga validates their form; the length of the body was checked before. */
async function readBody(request: Request): Promise<GraphQLParams> {
  const text = await request.text()
  const { requestValuesMax: max } = limits
  if (countJsonValues(text, max) > max) {
    const error = codedError('TOO_LARGE', `The body of a request has at most ${max} values.`)
    throw withHttp(error, { status: 413 })
  }
  try {
    const body: unknown = JSON.parse(text)
    if (body !== null && typeof body === 'object') {
      // JSON.parse loses digits of long numbers.
      if ('variables' in body) rememberSource(body.variables, text, ['variables'])
      return body
    }
  } catch {
    // Said below, as of what is JSON but no object.
  }
  const message = 'The body of a request must be a JSON object with the query and its variables.'
  throw withHttp(codedError('BAD_USER_INPUT', message), { status: 400 })
}

/** Subscriptions hold a connection open: a client states that it expects events, which a link or an image cannot do. */
function refusalOfSubscription({ method, headers }: IncomingMessage): GraphQLError | null {
  if (method !== 'POST') {
    const error = codedError('BAD_USER_INPUT', 'Send a subscription by POST or over WebSocket.')
    return withHttp(error, { status: 405, headers: { allow: 'POST' } })
  }
  if (headers.accept?.includes('text/event-stream')) return null
  const message = 'A subscription is answered as text/event-stream: accept that media type, or use WebSocket.'
  return withHttp(codedError('BAD_USER_INPUT', message), { status: 406 })
}

/** Yoga has a result that brings its own text written with it. */
function withText(result: ExecutionResult, { dataText }: Answer): ExecutionResult {
  if (dataText === null) return result
  const stringify = ({ errors }: ExecutionResult) =>
    `{${errors === undefined ? '' : `"errors":${JSON.stringify(errors)},`}"data":${dataText}}`
  return { ...result, stringify } as ExecutionResult
}

/** Looks now and then whether the client has taken any of what waits for it. If not it is cut, and comes back with its cursor. */
function cutWhenStuck(response: ServerResponse, timer: Effects['timer'], log: Log): Cancel {
  let takenBytes = -1
  const lookLater = () => timer(limits.streamReadWithinMs, look, { background: true })
  const look = () => {
    const waitingBytes = response.writableLength
    const takenBefore = takenBytes
    takenBytes = (response.socket?.bytesWritten ?? 0) - waitingBytes
    if (waitingBytes > 0 && takenBytes === takenBefore) {
      log.info({}, 'a stream of events was cut because its client does not read')
      response.destroy()
    } else cancel = lookLater()
  }
  let cancel = lookLater()
  return () => cancel()
}

function endStream(stream: ResponseStream): void {
  stream.return().catch(() => undefined)
}

/** Of a request that was not executed, or whose result is lost, where the media type allows another than 200. */
const statuses: Partial<Record<ErrorCode, number>> = {
  BAD_USER_INPUT: 400,
  TOO_COMPLEX: 400,
  TOO_LARGE: 400,
  TIMED_OUT: 503,
}

function withStatus(result: ExecutionResult): ExecutionResult {
  if (result.data == null && result.errors?.some(isTryAgain)) return withRetryAfter(result)
  if ('data' in result || result.errors === undefined) return result
  const errors = result.errors.map((error) => {
    const status = statuses[error.extensions.code as ErrorCode]
    return status === undefined ? error : withHttp(error, { status, spec: true })
  })
  return { ...result, errors }
}

const isTryAgain = ({ extensions }: GraphQLError) => extensions.code === 'TRY_AGAIN'

/** The response has no data, and the request may be sent again: status and header say so to proxies and clients. */
function withRetryAfter(result: ExecutionResult): ExecutionResult {
  const http = { status: 503, headers: { 'retry-after': String(Math.ceil(limits.retryAfterMs / 1000)) } }
  const errors = result.errors ?? []
  return { ...result, errors: errors.map((error) => (isTryAgain(error) ? withHttp(error, http) : error)) }
}

/** Yoga takes status and headers of the response from extensions.http, and does not send it. */
function withHttp(error: GraphQLError, http: NonNullable<GraphQLErrorExtensions['http']>): GraphQLError {
  const { message, nodes, source, positions, path, extensions } = error
  return new GraphQLError(message, {
    nodes: nodes ?? null,
    source,
    positions,
    path,
    extensions: { ...extensions, http },
  })
}

/** Gives the errors of HTTP itself, which Yoga raises, one of our codes. */
function shapeHttpError(error: unknown, log: Log): GraphQLError {
  // Yoga parses the `variables` and `extensions` of a URL with JSON.parse, and lets its error through.
  if (error instanceof SyntaxError && !(error instanceof GraphQLError)) {
    return withHttp(codedError('BAD_USER_INPUT', 'The parameters in the URL are not valid JSON.'), { status: 400 })
  }
  if (error instanceof GraphQLError && error.extensions.http !== undefined) {
    const { code, http } = error.extensions
    const { status, headers } = http
    if (isErrorCode(code)) return error
    if (status === 413) {
      return withHttp(codedError('TOO_LARGE', bodyTooLargeMessage), { status, headers: { connection: 'close' } })
    }
    // A body that is no JSON, or no request, is answered so whatever type the answer has.
    return withHttp(shapeError(error, log, 'BAD_USER_INPUT'), {
      ...(status && { status }),
      ...(headers && { headers }),
    })
  }
  return shapeError(error, log)
}
