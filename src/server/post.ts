import type { IncomingMessage, ServerResponse } from 'node:http'
import { getOperationAST } from 'graphql'
import type { ContextSource } from '../graphql/context.ts'
import { rememberSource } from '../graphql/exact-variables.ts'
import type { Answer, Operation, OperationRequest, Operations } from '../graphql/operation.ts'
import { limits } from '../limits.ts'
import { whileConnected } from './connected.ts'
import { bodyTooLargeMessage } from './handler.ts'
import { countJsonValues } from './json-values.ts'
import { sendGraphqlError } from './respond.ts'

export interface PostOptions {
  readonly source: ContextSource
  readonly operations: Operations
  /** Yoga, which answers everything else. */
  readonly otherwise: (request: IncomingMessage, response: ServerResponse) => unknown
}

/** A request whose body was read, so that Yoga takes it from here. */
type ReadRequest = IncomingMessage & { body?: string }

const answers = new WeakMap<IncomingMessage, Answer>()

/** The answer of an operation that was executed before its request was passed on; undefined if it was not. */
export function answerOf(request: IncomingMessage): Answer | undefined {
  return answers.get(request)
}

/**
 * Answers a POST of a query or a mutation that succeeds, at a fifth of the CPU that Yoga takes for it. Yoga is handed
 * every other request, with what was read and executed of it: errors, subscriptions, and what is no request at all.
 */
export function createPostHandler({ source, operations, otherwise }: PostOptions) {
  return async (request: ReadRequest, response: ServerResponse): Promise<void> => {
    const type = jsonTypeOf(request)
    if (type === null) {
      await otherwise(request, response)
      return
    }
    const text = await readText(request)
    if (text === null) {
      sendGraphqlError(response, 413, 'TOO_LARGE', bodyTooLargeMessage, { connection: 'close' })
      return
    }
    // An empty string would be taken for a body that is still to be read.
    request.body = text === '' ? ' ' : text
    const operation = prepare(text)
    if (operation !== null) {
      const answer = await whileConnected(response, (signal) => operations.execute(operation, signal))
      if (answer.result.errors === undefined) return send(response, type, answer)
      answers.set(request, answer)
    }
    await otherwise(request, response)
  }

  function prepare(text: string): Operation | null {
    const asked = requestOf(text)
    const operation = asked && operations.prepare(asked, source)
    if (operation === null || Array.isArray(operation)) return null
    const { document, operationName } = operation
    return getOperationAST(document, operationName)?.operation === 'subscription' ? null : operation
  }
}

/** The media type of the answer, as the Accept header was written before; null if that leaves events alone. */
function jsonTypeOf({ headers }: IncomingMessage): string | null {
  const [type = ''] = headers.accept?.split(',', 1) ?? []
  return type.startsWith('application/') ? type : null
}

/** The body; null if it is too long. Never settles when the client leaves before its end. */
function readText(request: IncomingMessage): Promise<string | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let length = 0
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= limits.requestBytesMax) chunks.push(chunk)
      else resolve(null)
    })
    request.on('end', () => resolve(Buffer.concat(chunks).toString()))
  })
}

const parameters: ReadonlySet<string> = new Set(['query', 'variables', 'operationName', 'extensions'])

/** A request in the form that most clients send; null for every other, of which Yoga says what is wrong. */
function requestOf(text: string): OperationRequest | null {
  if (countJsonValues(text, limits.requestValuesMax) > limits.requestValuesMax) return null
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return null
  }
  if (!isRecord(body) || !Object.keys(body).every((name) => parameters.has(name))) return null
  const { query, variables, operationName, extensions } = body
  if (typeof query !== 'string' || query === '') return null
  if (variables != null && !isRecord(variables)) return null
  if (extensions != null && !isRecord(extensions)) return null
  if (operationName != null && typeof operationName !== 'string') return null
  // JSON.parse loses digits of long numbers.
  rememberSource(variables, text, ['variables'])
  return { query, variables, operationName }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function send(response: ServerResponse, type: string, { result, dataText, cost }: Answer): void {
  const text = dataText === null ? JSON.stringify(result) : `{"data":${dataText}}`
  response.writeHead(200, {
    'content-type': `${type}; charset=utf-8`,
    'content-length': Buffer.byteLength(text),
    ...(cost !== null && { 'dialgraph-cost': cost }),
  })
  response.end(text)
}
