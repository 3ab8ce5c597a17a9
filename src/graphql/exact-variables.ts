import {
  type ExecutionArgs,
  type GraphQLInputType,
  getNullableType,
  getOperationAST,
  isInputObjectType,
  isInputType,
  isListType,
  typeFromAST,
} from 'graphql'
import { membersOf, type NumberedJson, parseNumbered, withNumbers } from '../kernel/json.ts'

type Variables = Readonly<Record<string, unknown>>

/** Where variables were read from: the message that they came in, and the way to them in it. */
interface Source {
  readonly json: string
  readonly path: readonly string[]
}

/** By the identity of the variables object: the parts that read a request and execute it do not share anything else. */
const sources = new WeakMap<object, Source>()

/** Remembers the JSON text of variables that JSON.parse has made doubles of. `path` is their place in it: ["variables"]. */
export function rememberSource(variables: unknown, json: string, path: readonly string[]): void {
  if (typeof variables === 'object' && variables !== null) sources.set(variables, { json, path })
}

/** An operation in whose variables the values of type JSON have their numbers as they were written. */
export function withExactVariables<Operation extends ExecutionArgs>(operation: Operation): Operation {
  const { schema, document, operationName, variableValues } = operation
  const source = variableValues && sources.get(variableValues)
  const definitions = getOperationAST(document, operationName)?.variableDefinitions ?? []
  const exact = definitions.flatMap(({ variable, type: node }) => {
    const type = typeFromAST(schema, node)
    return isInputType(type) && holdsJson(type) ? [{ name: variable.name.value, type }] : []
  })
  if (!source || !variableValues || exact.length === 0) return operation
  const numbered = parseNumbered(textAt(source))
  const values = { ...variableValues }
  for (const { name, type } of exact) {
    if (Object.hasOwn(values, name)) values[name] = exactly(type, values[name], fieldOf(numbered.value, name), numbered)
  }
  return { ...operation, variableValues: values }
}

function textAt({ json, path }: Source): string {
  return path.reduce((text, name) => membersOf(text).get(name) ?? 'null', json)
}

/** A value as it was read, with what is of type JSON in it read anew. */
function exactly(of: GraphQLInputType, plain: unknown, value: unknown, numbered: NumberedJson): unknown {
  const type = getNullableType(of)
  if (plain === null || plain === undefined) return plain
  if (isListType(type)) {
    if (!Array.isArray(plain)) return exactly(type.ofType, plain, value, numbered)
    return plain.map((element, i) => exactly(type.ofType, element, fieldOf(value, i), numbered))
  }
  if (isInputObjectType(type)) {
    if (typeof plain !== 'object') return plain
    const fields: [string, unknown][] = Object.entries(plain).map(([name, field]) => {
      const known = type.getFields()[name]
      return [name, known ? exactly(known.type, field, fieldOf(value, name), numbered) : field]
    })
    return Object.fromEntries(fields)
  }
  return type.name === 'JSON' ? withNumbers(value, numbered.numbers) : plain
}

function fieldOf(value: unknown, name: string | number): unknown {
  return typeof value === 'object' && value !== null ? (value as Variables)[name] : undefined
}

function holdsJson(of: GraphQLInputType, within: readonly GraphQLInputType[] = []): boolean {
  const type = getNullableType(of)
  if (isListType(type)) return holdsJson(type.ofType, within)
  if (!isInputObjectType(type)) return type.name === 'JSON'
  if (within.includes(type)) return false
  return Object.values(type.getFields()).some((field) => holdsJson(field.type, [...within, type]))
}
