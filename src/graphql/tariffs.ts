import {
  type FieldNode,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isObjectType,
  isUnionType,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  valueFromAST,
} from 'graphql'
import { assert } from '../kernel/assert.ts'
import { limits } from '../limits.ts'
import { introspectionSizes } from './introspection-sizes.ts'
import { fieldTag, inputTag, type ListSize, typeTag } from './price-tags.ts'

/** Variables with their coerced values and defaults. */
export type Coerced = Readonly<Record<string, unknown>>

/** Of a leaf, and of an object that is a part of the row of its parent. */
export const partPrice = 0.1
/** Of a row. */
const rowPrice = 1
/** Of a mutation, besides one for each row of its input. */
const mutationPrice = 10

/** What a field costs, before it is known what is selected of its value. */
export interface Tariff {
  /** What its value is, or is a list of; null for leaves. */
  readonly composite: GraphQLCompositeType | null
  /** Of its value, or of one element of it. */
  readonly unit: number
  /** One object that is there with its parent, and nothing more to be read. */
  readonly isPart: boolean
  readonly isMutation: boolean
  /** A stream that gathers what has happened, and comes so many times a second. */
  readonly isGathered: boolean
  /** __schema or __type. */
  readonly isIntrospection: boolean
  /** `size` is how many values it is reckoned with, `pageBelow` the page that these stand for. */
  read(node: FieldNode, variables: Coerced, page: number): { extra: number; size: number; pageBelow: number }
  /** What is wrong with the lists in its arguments. Mutations say that themselves, by userErrors. */
  faultsOf(node: FieldNode, variables: Coerced): string[]
}

/** Of the object itself, whatever is selected of it. */
export function objectPrice(type: GraphQLCompositeType): number {
  if (isUnionType(type)) return rowPrice
  const isNode = type.name === 'Node' || type.getInterfaces().some(({ name }) => name === 'Node')
  return isNode || typeTag(type).row === true ? rowPrice : partPrice
}

/** The tariffs of the fields of a schema. Throws where a list of it does not say how long it is, or may be. */
export function createTariffs(schema: GraphQLSchema): { of(field: GraphQLField<unknown, unknown>): Tariff } {
  const known = new Map<GraphQLField<unknown, unknown>, Tariff>()
  const sizes = introspectionSizes(schema)
  for (const type of Object.values(schema.getTypeMap())) {
    if (isInputObjectType(type)) for (const field of Object.values(type.getFields())) checkBound(type.name, field)
    if (!isObjectType(type) && !isInterfaceType(type)) continue
    for (const field of Object.values(type.getFields())) {
      const path = `${type.name}.${field.name}`
      for (const argument of field.args) checkBound(path, argument)
      known.set(field, createTariff(path, field, sizes.get(path), type === schema.getMutationType()))
    }
  }
  return {
    of(field) {
      let tariff = known.get(field)
      if (tariff === undefined) {
        tariff = createTariff(field.name, field, undefined, false)
        known.set(field, tariff)
      }
      return tariff
    },
  }
}

function createTariff(
  path: string,
  field: GraphQLField<unknown, unknown>,
  introspectionSize: number | undefined,
  isMutation: boolean,
): Tariff {
  const { size: declared, extra: extraOf = 0 } = fieldTag(field)
  const size = declared ?? introspectionSize
  const isList = isListType(getNullableType(field.type))
  assert(isList === (size !== undefined), `${path}: a list says what it is reckoned with, and nothing else does`)
  const named = getNamedType(field.type)
  const composite = isCompositeType(named) ? named : null
  const unit = composite === null ? partPrice : objectPrice(composite)
  const inputLists = isMutation ? [] : field.args.flatMap(listsIn)
  const rowLists = isMutation ? field.args.filter(({ type }) => isListType(getNullableType(type))) : []
  const isPage = composite !== null && isObjectType(composite) && typeTag(composite).page === true
  return {
    composite,
    unit,
    isPart: !isList && unit === partPrice,
    isMutation,
    isGathered: field.args.some(({ name }) => name === 'maxPerSecond'),
    isIntrospection: field === SchemaMetaFieldDef || field === TypeMetaFieldDef,
    read(node, variables, page) {
      const rows = rowLists.reduce((so, argument) => so + lengthOf(valueOfArgument(node, argument, variables)), 0)
      return {
        extra: extraOf + (isMutation ? mutationPrice + rows : 0),
        size: size === undefined ? 1 : sizeOf(size, field, node, variables, page),
        pageBelow: isPage ? pageSize(field, node, variables) : rows,
      }
    },
    faultsOf(node, variables) {
      return inputLists.flatMap(({ argument, path: within, max }) => {
        const value = valueOfArgument(node, argument, variables)
        const length = longestAt(value, within)
        const name = [argument.name, ...within].join('.')
        return length > max ? [`${field.name} takes at most ${max} ${name}, got ${length}.`] : []
      })
    },
  }
}

function sizeOf(
  size: ListSize,
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
  variables: Coerced,
  page: number,
): number {
  if (size === 'page') return page
  if (typeof size === 'number') return size
  const argument = field.args.find(({ name }) => name === size.argument)
  assert(argument !== undefined, `an argument ${size.argument} of ${field.name}`)
  const value = valueOfArgument(node, argument, variables)
  return Array.isArray(value) ? value.length : clamped(value, limits.pageRowsDefault)
}

/** What `first` or `last` asks for. What is out of range is refused where the page is read, with a better message. */
function pageSize(field: GraphQLField<unknown, unknown>, node: FieldNode, variables: Coerced): number {
  const [first, last] = ['first', 'last'].map((name) => {
    const argument = field.args.find((of) => of.name === name)
    return argument && valueOfArgument(node, argument, variables)
  })
  return clamped(first ?? last, limits.pageRowsDefault)
}

function clamped(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? Math.min(Math.max(value, 0), limits.pageRowsMax) : otherwise
}

/** The value of an argument, with its default. */
function valueOfArgument(node: FieldNode, { name, type, defaultValue }: GraphQLArgument, variables: Coerced): unknown {
  const given = node.arguments?.find((of) => of.name.value === name)
  const value = given === undefined ? undefined : valueFromAST(given.value, type, variables)
  return value === undefined ? defaultValue : value
}

function lengthOf(value: unknown): number {
  return Array.isArray(value) ? value.length : value == null ? 0 : 1
}

interface InputList {
  readonly argument: GraphQLArgument
  /** Names of the fields from the argument's value down to the list. */
  readonly path: readonly string[]
  readonly max: number
}

/** The lists in an argument and in the inputs in it. */
function listsIn(argument: GraphQLArgument): InputList[] {
  const look = (type: GraphQLInputType, path: readonly string[], max: number | undefined): InputList[] => {
    const nullable = getNullableType(type)
    if (isListType(nullable)) return max === undefined ? [] : [{ argument, path, max }]
    if (!isInputObjectType(nullable)) return []
    return Object.values(nullable.getFields()).flatMap((field) =>
      look(field.type, [...path, field.name], inputTag(field)?.max),
    )
  }
  return look(argument.type, [], inputTag(argument)?.max)
}

function longestAt(value: unknown, [name, ...path]: readonly string[]): number {
  if (name === undefined) return lengthOf(value)
  return value !== null && typeof value === 'object' ? longestAt((value as Coerced)[name], path) : 0
}

function checkBound(
  path: string,
  input: { name: string; type: GraphQLInputType; extensions: Readonly<Record<string, unknown>> },
): void {
  const isList = isListType(getNullableType(input.type))
  assert(isList === (inputTag(input) !== null), `${path}.${input.name}: a list of an input says how long it may be`)
}
