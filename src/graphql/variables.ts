import {
  coerceInputValue,
  type GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  getNullableType,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  type OperationDefinitionNode,
  typeFromAST,
  type VariableDefinitionNode,
  valueFromAST,
} from 'graphql'
import { codedError } from './errors.ts'

/** More of them say nothing new. */
const errorsMax = 50

/**
 * The values of the variables of an operation, with their defaults, or what is wrong with them. An error says which
 * variable, where in it, and what type is expected there; it does not repeat the value, which may be a person's number.
 */
export function coerceVariables(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  given: Readonly<Record<string, unknown>>,
): { readonly values: Record<string, unknown> } | { readonly errors: readonly GraphQLError[] } {
  const values: Record<string, unknown> = {}
  const errors: GraphQLError[] = []
  for (const definition of operation.variableDefinitions ?? []) {
    const name = definition.variable.name.value
    const type = typeFromAST(schema, definition.type)
    // Validation has refused variables of unknown and of output types.
    if (type === undefined || !isInputType(type)) continue
    if (!Object.hasOwn(given, name)) {
      if (definition.defaultValue) values[name] = valueFromAST(definition.defaultValue, type)
      else if (isNonNullType(type)) errors.push(missing(definition, type))
      continue
    }
    const { value, problems } = coerce(given[name], type)
    if (problems.length === 0) values[name] = value
    for (const problem of problems) errors.push(invalid(definition, problem))
    if (errors.length > errorsMax) break
  }
  return errors.length === 0 ? { values } : { errors: errors.slice(0, errorsMax) }
}

interface Problem {
  readonly path: readonly (string | number)[]
  readonly expected: string
}

function coerce(given: unknown, type: GraphQLInputType): { readonly value?: unknown; readonly problems: Problem[] } {
  const problems: Problem[] = []
  const enough = new Error('enough problems were found')
  try {
    const value = coerceInputValue(given, type, (path, invalidValue, error) => {
      problems.push({ path, expected: expectedAt(typeAt(type, path), invalidValue, error) })
      if (problems.length > errorsMax) throw enough
    })
    return { value, problems }
  } catch (error) {
    if (error !== enough) throw error
    return { problems }
  }
}

function typeAt(type: GraphQLInputType, path: readonly (string | number)[]): GraphQLInputType {
  return path.reduce((outer: GraphQLInputType, key) => {
    const nullable = getNullableType(outer)
    if (isListType(nullable)) return nullable.ofType as GraphQLInputType
    // What is no list is taken for a list of one, and its index then stands for itself.
    return isInputObjectType(nullable) ? (nullable.getFields()[key]?.type ?? outer) : outer
  }, type)
}

/** graphql's messages about the fields of an object name nothing but these; all others repeat the value. */
const ofFieldPattern = /^Field "[_A-Za-z]\w*" (is not defined by type|of required type) "[^"]+"( was not provided)?\./

function expectedAt(type: GraphQLInputType, value: unknown, { message, extensions }: GraphQLError): string {
  // Of our own scalars, which say what they take.
  if (extensions.code !== undefined) return message
  const isObject = isInputObjectType(getNullableType(type)) && typeof value === 'object' && value !== null
  const [aboutField] = isObject ? (ofFieldPattern.exec(message) ?? []) : []
  return aboutField ?? `Expected type "${type}".`
}

function missing(definition: VariableDefinitionNode, type: GraphQLInputType): GraphQLError {
  const message = `Variable "$${definition.variable.name.value}" of required type "${type}" was not provided.`
  return codedError('BAD_USER_INPUT', message, { nodes: [definition] })
}

function invalid(definition: VariableDefinitionNode, { path, expected }: Problem): GraphQLError {
  const name = definition.variable.name.value
  const at =
    path.length === 0
      ? ''
      : ` at "${name}${path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('')}"`
  return codedError('BAD_USER_INPUT', `Variable "$${name}" got an invalid value${at}; ${expected}`, {
    nodes: [definition],
  })
}

/** How many elements the lists in a value have together; counted no further than just beyond `max`. */
export function countElements(value: unknown, max: number): number {
  const left: unknown[] = [value]
  let count = 0
  while (left.length > 0 && count <= max) {
    const next = left.pop()
    if (Array.isArray(next)) {
      count += next.length
      if (count <= max) for (const element of next) if (isContainer(element)) left.push(element)
    } else if (isContainer(next)) {
      for (const key in next) {
        const field = next[key]
        if (isContainer(field)) left.push(field)
      }
    }
  }
  return count
}

function isContainer(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object'
}
