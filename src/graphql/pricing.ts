import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getDirectiveValues,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionNode,
  type SelectionSetNode,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
} from 'graphql'
import { type Coerced, createTariffs, objectPrice, type Tariff } from './tariffs.ts'

/** What a selection comes to, on one object of one type. */
interface Price {
  /** Of everything below, lists reckoned with their sizes. */
  readonly cost: number
  /** The same for __schema and __type, which have a limit of their own. */
  readonly introspection: number
  /** Levels of fields. */
  readonly depth: number
  /** Of what is there with the object itself: its leaves and the parts of its row. Rows and lists add themselves when they are read. */
  readonly own: number
}

/** An operation with what decides about its price. */
export interface PricedOperation {
  readonly operation: OperationDefinitionNode
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
  readonly variables: Coerced
}

export interface Quote extends Price {
  /** Root fields, where it is a mutation. */
  readonly mutations: number
  /** Whether a stream gathers what has happened, and comes so many times a second at most. */
  readonly isGathered: boolean
  /** Lists of the input that are too long, as sentences. */
  readonly faults: readonly string[]
  /** What one value of a field costs by itself, when it is read. */
  ownPrice(type: GraphQLCompositeType, fieldNodes: readonly FieldNode[]): number
}

export interface Pricing {
  quote(priced: PricedOperation): Quote
}

const nothing: Price = { cost: 0, introspection: 0, depth: 0, own: 0 }

function sum(a: Price, b: Price): Price {
  return {
    cost: a.cost + b.cost,
    introspection: a.introspection + b.introspection,
    depth: Math.max(a.depth, b.depth),
    own: a.own + b.own,
  }
}

function worst(a: Price, b: Price): Price {
  return {
    cost: Math.max(a.cost, b.cost),
    introspection: Math.max(a.introspection, b.introspection),
    depth: Math.max(a.depth, b.depth),
    own: Math.max(a.own, b.own),
  }
}

/** The price of operations over a schema. Throws where a list of the schema does not say how long it is. */
export function createPricing(schema: GraphQLSchema): Pricing {
  const tariffs = createTariffs(schema)
  return { quote: (priced) => quote(schema, tariffs, priced) }
}

function quote(
  schema: GraphQLSchema,
  tariffs: ReturnType<typeof createTariffs>,
  { operation, fragments, variables }: PricedOperation,
): Quote {
  const faults: string[] = []
  /** By selection set, then by type and page: fragments that name others twice, 26 deep, are reckoned once each. */
  const known = new Map<SelectionSetNode, Map<string, Price>>()
  let mutations = 0
  let isGathered = false

  function priceOf(selectionSet: SelectionSetNode, type: GraphQLCompositeType, page: number): Price {
    const key = `${type.name} ${page}`
    let prices = known.get(selectionSet)
    const found = prices?.get(key)
    if (found !== undefined) return found
    const price = isObjectType(type)
      ? selectionSet.selections.reduce((so, of) => sum(so, priceOfSelection(of, type, page)), nothing)
      : schema.getPossibleTypes(type).reduce((so, of) => worst(so, priceOf(selectionSet, of, page)), nothing)
    if (prices === undefined) {
      prices = new Map()
      known.set(selectionSet, prices)
    }
    prices.set(key, price)
    return price
  }

  function priceOfSelection(selection: SelectionNode, type: GraphQLObjectType, page: number): Price {
    if (!isIncluded(selection, variables)) return nothing
    if (selection.kind === Kind.FIELD) return priceOfField(selection, type, page)
    const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection
    const applies = fragment !== undefined && isOf(schema, type, fragment.typeCondition?.name.value)
    return applies ? priceOf(fragment.selectionSet, type, page) : nothing
  }

  function priceOfField(node: FieldNode, type: GraphQLObjectType, page: number): Price {
    const field = fieldOf(schema, type, node.name.value)
    if (field === undefined) return nothing
    const tariff = tariffs.of(field)
    if (tariff.isMutation) mutations++
    if (tariff.isGathered) isGathered = true
    faults.push(...tariff.faultsOf(node, variables))
    const { extra, size, pageBelow } = tariff.read(node, variables, page)
    const below =
      node.selectionSet === undefined || tariff.composite === null
        ? nothing
        : priceOf(node.selectionSet, tariff.composite, pageBelow)
    const cost = extra + size * (tariff.unit + below.cost)
    if (tariff.isIntrospection) return { ...nothing, introspection: cost }
    return {
      cost,
      introspection: below.introspection,
      depth: node.name.value.startsWith('__') ? 0 : 1 + below.depth,
      own: extra + ownShare(tariff, size, below),
    }
  }

  const root = schema.getRootType(operation.operation)
  const price = root == null ? nothing : priceOf(operation.selectionSet, root, 0)
  return {
    ...price,
    mutations,
    isGathered,
    faults,
    ownPrice: (type, fieldNodes) =>
      objectPrice(type) +
      fieldNodes.reduce((so, { selectionSet }) => so + (selectionSet ? priceOf(selectionSet, type, 0).own : 0), 0),
  }
}

/** Of a field's value, what is read together with its parent. */
function ownShare(tariff: Tariff, size: number, below: Price): number {
  if (tariff.composite === null) return size * tariff.unit
  return tariff.isPart ? tariff.unit + below.own : 0
}

/** Whether its directives leave a selection in. */
export function isIncluded(selection: SelectionNode, variables: Coerced): boolean {
  if (selection.directives === undefined || selection.directives.length === 0) return true
  if (getDirectiveValues(GraphQLSkipDirective, selection, variables)?.if === true) return false
  return getDirectiveValues(GraphQLIncludeDirective, selection, variables)?.if !== false
}

/** Whether a fragment on that type applies to objects of this one. */
export function isOf(schema: GraphQLSchema, type: GraphQLObjectType, condition: string | undefined): boolean {
  if (condition === undefined || condition === type.name) return true
  const named = schema.getType(condition)
  return named !== undefined && 'resolveType' in named && schema.isSubType(named, type)
}

function fieldOf(
  schema: GraphQLSchema,
  type: GraphQLObjectType,
  name: string,
): GraphQLField<unknown, unknown> | undefined {
  if (name === TypeNameMetaFieldDef.name) return TypeNameMetaFieldDef
  if (type === schema.getQueryType()) {
    if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef
    if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef
  }
  return type.getFields()[name]
}
