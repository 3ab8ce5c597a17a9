import type { IncomingMessage, ServerResponse } from 'node:http'
import { type ExecutionResult, GraphQLError, type GraphQLErrorExtensions } from 'graphql'
import { createYoga, type Plugin, type YogaServerInstance } from 'graphql-yoga'
import { type Context, type ContextSource, createContext } from '../graphql/context.ts'
import { parseDocument, validateDocument } from '../graphql/document.ts'
import { codedError, shapeError } from '../graphql/errors.ts'
import { rememberSource } from '../graphql/exact-variables.ts'
import { execute, type Operation, type ResponseStream, subscribe } from '../graphql/operation.ts'
import { schema } from '../graphql/schema.ts'
import type { Cancel, Effects } from '../kernel/effects.ts'
import type { Fairness } from '../kernel/fairness.ts'
import type { Log } from '../kernel/log.ts'
import { limits } from '../limits.ts'
import { createDocumentCache } from './document-cache.ts'

/** What Yoga knows of a request besides the request: node's own two halves of it. */
export interface ServerContext {
  readonly req: IncomingMessage
  readonly res: ServerResponse
}

export interface YogaOptions {
  readonly source: ContextSource
  readonly fairness: Fairness
  readonly timer: Effects['timer']
  /** Is told of every stream of events that is opened, and given the means to end it. */
  readonly track: (response: ServerResponse, end: () => void) => void
}

/** GraphQL over HTTP: queries and mutations by POST, queries by GET, subscriptions as server-sent events. */
export function createGraphqlOverHttp(options: YogaOptions): YogaServerInstance<ServerContext, Context> {
  const { source } = options
  return createYoga<ServerContext, Context>({
    schema,
    context: () => createContext(source),
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

/** Executes as WebSockets do, with the same two functions. */
function useOwnExecution({ source, fairness, timer, track }: YogaOptions): Plugin<Context & ServerContext> {
  return {
    onRequestParse({ requestParser, setRequestParser }) {
      if (requestParser) setRequestParser((request) => requestParser(rememberingJson(request)))
    },
    onParse({ setParseFn }) {
      setParseFn(parseDocument)
    },
    onValidate({ setValidationFn }) {
      setValidationFn(validateDocument)
    },
    onExecute({ setExecuteFn }) {
      setExecuteFn(async (operation) => withStatus(await execute(operation as Operation)))
    },
    onSubscribe({ setSubscribeFn, args: { contextValue: context } }) {
      setSubscribeFn(async (operation) => {
        const result = await subscribe(operation as Operation, fairness)
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

/** The request, whose json() records the text that its variables were read from: JSON.parse loses digits of long numbers. */
function rememberingJson(request: Request): Request {
  const json = async () => {
    const text = await request.text()
    const body: unknown = JSON.parse(text)
    if (typeof body === 'object' && body !== null && 'variables' in body) {
      rememberSource(body.variables, text, ['variables'])
    }
    return body
  }
  return new Proxy(request, {
    get(target, name) {
      const value: unknown = name === 'json' ? json : Reflect.get(target, name, target)
      return typeof value === 'function' && name !== 'json' ? value.bind(target) : value
    },
  })
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
      log.info({}, 'a stream of events whose client does not read is cut')
      response.destroy()
    } else cancel = lookLater()
  }
  let cancel = lookLater()
  return () => cancel()
}

function endStream(stream: ResponseStream): void {
  stream.return().catch(() => undefined)
}

/** A request that could not be executed for a fault of its own has status 400, where the media type allows it. */
function withStatus(result: ExecutionResult): ExecutionResult {
  if (result.data == null && result.errors?.some(isTryAgain)) return withRetryAfter(result)
  if ('data' in result || result.errors === undefined) return result
  return { ...result, errors: result.errors.map((error) => withHttp(error, { status: 400, spec: true })) }
}

const isTryAgain = ({ extensions }: GraphQLError) => extensions.code === 'TRY_AGAIN'

/** Nothing of it can be shown, and all of it may be asked for again: so proxies and clients are told, too. */
function withRetryAfter(result: ExecutionResult): ExecutionResult {
  const http = { status: 503, headers: { 'retry-after': String(Math.ceil(limits.retryAfterMs / 1000)) } }
  return { ...result, errors: result.errors?.map((error) => (isTryAgain(error) ? carrying(error, http) : error)) }
}

function withHttp(error: GraphQLError, http: GraphQLErrorExtensions['http']): GraphQLError {
  return error.extensions.code === 'BAD_USER_INPUT' ? carrying(error, http) : error
}

/** Yoga takes status and headers of the response from extensions.http, and does not send it. */
function carrying(error: GraphQLError, http: GraphQLErrorExtensions['http']): GraphQLError {
  const { message, nodes, source, positions, path, extensions } = error
  return new GraphQLError(message, { nodes, source, positions, path, extensions: { ...extensions, http } })
}

function bodyTooLarge(): GraphQLError {
  return codedError('BAD_USER_INPUT', `The body of a request is at most ${limits.requestBytesMax} bytes.`)
}

/** Gives the errors of HTTP itself, which Yoga raises, one of our codes. */
function shapeHttpError(error: unknown, log: Log): GraphQLError {
  // Yoga parses the `variables` and `extensions` of a URL with JSON.parse, and lets its error through.
  if (error instanceof SyntaxError && !(error instanceof GraphQLError)) {
    return withHttp(codedError('BAD_USER_INPUT', 'The parameters in the URL are not valid JSON.'), { status: 400 })
  }
  if (error instanceof GraphQLError && error.extensions.http !== undefined) {
    const { http } = error.extensions
    if (http.status === 413) return withHttp(bodyTooLarge(), { ...http, headers: { connection: 'close' } })
    return withHttp(shapeError(error, log, 'BAD_USER_INPUT'), http)
  }
  return shapeError(error, log)
}
