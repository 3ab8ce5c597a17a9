import type { ExecutionResult } from 'graphql'
import type { ContextSource } from '../../src/graphql/context.ts'
import { createOperations, type ResponseStream } from '../../src/graphql/operation.ts'
import { present } from '../../src/kernel/assert.ts'
import { createEffects } from '../../src/kernel/effects.ts'
import type { LoopBudget } from '../../src/kernel/loop-budget.ts'

type Variables = Readonly<Record<string, unknown>>

/** Asks a query or a mutation, and gives what a client would be sent. */
export async function ask(
  source: ContextSource,
  query: string,
  variables?: Variables,
  operationName?: string,
  executor: 'COMPILED' | 'GRAPHQL' = 'COMPILED',
) {
  const operations = createOperations({ effects: createEffects(), executor })
  const operation = operations.prepare({ query, variables, operationName }, source)
  if (Array.isArray(operation)) return plain({ errors: operation })
  const { result, dataText } = await operations.execute(operation)
  return plain(dataText === null ? result : { ...result, data: JSON.parse(dataText) })
}

const unhurried: LoopBudget = { pass: () => undefined }

/** Opens a subscription: its stream, or the result that says why there is none. */
export async function open(source: ContextSource, query: string, variables?: Variables, loopBudget = unhurried) {
  const operations = createOperations({ effects: createEffects(), loopBudget })
  const operation = operations.prepare({ query, variables }, source)
  if (Array.isArray(operation)) return plain({ errors: operation })
  const result = await operations.subscribe(operation)
  return Symbol.asyncIterator in result ? result : plain(result)
}

export async function openStream(source: ContextSource, query: string, variables?: Variables, loopBudget = unhurried) {
  const result = await open(source, query, variables, loopBudget)
  if (!('next' in result)) throw new Error(`expected a stream, got ${JSON.stringify(result)}`)
  return result
}

/** The next result of a stream, as a client would be sent it. */
export async function nextOf(stream: ResponseStream) {
  const { done, value } = await stream.next()
  return done ? 'done' : plain(present(value, 'a result'))
}

interface PlainError {
  readonly message: string
  readonly extensions: { readonly code: string }
  readonly path?: readonly (string | number)[]
}

function plain(result: ExecutionResult): { readonly data?: Variables | null; readonly errors?: readonly PlainError[] } {
  return JSON.parse(JSON.stringify(result))
}

/** Code and message of each error, and of nothing else that may be in it. */
export function errorsOf({ errors = [] }: { readonly errors?: readonly PlainError[] }): [string, string][] {
  return errors.map(({ message, extensions }) => [extensions.code, message])
}
