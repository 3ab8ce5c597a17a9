import {
  defaultFieldResolver,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNullableType,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  TypeNameMetaFieldDef,
} from 'graphql'
import type { Context } from '../context.ts'
import { type Metering, meteringOf } from '../metering.ts'
import { typeTag } from '../price-tags.ts'
import { isIncluded, isOf } from '../pricing.ts'
import { parentReadsOf, type Reference, referenceOf } from '../references.ts'
import type { Coerced } from '../tariffs.ts'

/** What is selected of one type of objects, in the order of the answer. */
export interface SelectionPlan {
  readonly type: GraphQLObjectType
  readonly fields: readonly FieldPlan[]
}

export interface FieldPlan {
  /** The name in the answer as JSON, with its colon. */
  readonly label: string
  readonly responseName: string
  readonly parentType: GraphQLObjectType
  readonly field: GraphQLField<unknown, Context>
  readonly nodes: readonly [FieldNode, ...FieldNode[]]
  /** Without metering, which the execution does for all parents at once. */
  readonly resolve: GraphQLFieldResolver<unknown, Context>
  readonly reference: Reference | null
  readonly metering: Metering
  readonly shape: Shape
  /** The properties that are needed of the rows that it gives; null for all. */
  readonly rowReads: readonly string[] | null
}

/** The form of a value, and how it becomes JSON. */
export type Shape =
  | { readonly kind: 'LEAF'; readonly isNullable: boolean; textOf(value: unknown): string }
  | { readonly kind: 'OBJECT'; readonly isNullable: boolean; readonly selection: SelectionPlan }
  | { readonly kind: 'LIST'; readonly isNullable: boolean; readonly item: Shape }

interface Compilation {
  readonly schema: GraphQLSchema
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
  /** Decide what is skipped and included. */
  readonly variables: Coerced
}

/** The parts of an operation that only graphql executes: introspection, and what may be of several types. */
class NotCompiled extends Error {}

/** The plan of an operation; null if it cannot be compiled. */
export function compile(compilation: Compilation, operation: OperationDefinitionNode): SelectionPlan | null {
  const root = compilation.schema.getRootType(operation.operation)
  if (root == null) return null
  try {
    return selectionOf(compilation, root, [operation.selectionSet])
  } catch (error) {
    if (error instanceof NotCompiled) return null
    throw error
  }
}

function selectionOf(
  compilation: Compilation,
  type: GraphQLObjectType,
  selectionSets: readonly SelectionSetNode[],
): SelectionPlan {
  const grouped = new Map<string, [FieldNode, ...FieldNode[]]>()
  const visited = new Set<string>()
  for (const selectionSet of selectionSets) collect(compilation, type, selectionSet, grouped, visited)
  return { type, fields: [...grouped].map(([name, nodes]) => fieldOf(compilation, type, name, nodes)) }
}

/** The fields of a selection by their names in the answer, those of its fragments where they stand. */
function collect(
  compilation: Compilation,
  type: GraphQLObjectType,
  { selections }: SelectionSetNode,
  grouped: Map<string, [FieldNode, ...FieldNode[]]>,
  visited: Set<string>,
): void {
  const { schema, fragments, variables } = compilation
  for (const selection of selections) {
    if (!isIncluded(selection, variables)) continue
    if (selection.kind === Kind.FIELD) {
      const name = (selection.alias ?? selection.name).value
      const nodes = grouped.get(name)
      if (nodes === undefined) grouped.set(name, [selection])
      else nodes.push(selection)
      continue
    }
    const name = selection.kind === Kind.FRAGMENT_SPREAD ? selection.name.value : null
    if (name !== null && visited.has(name)) continue
    if (name !== null) visited.add(name)
    const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection
    if (fragment === undefined || !isOf(schema, type, fragment.typeCondition?.name.value)) continue
    collect(compilation, type, fragment.selectionSet, grouped, visited)
  }
}

function fieldOf(
  compilation: Compilation,
  parentType: GraphQLObjectType,
  responseName: string,
  nodes: [FieldNode, ...FieldNode[]],
): FieldPlan {
  const name = nodes[0].name.value
  const field = parentType.getFields()[name]
  const label = `${JSON.stringify(responseName)}:`
  const shared = { label, responseName, parentType, nodes }
  if (field === undefined) {
    if (name !== '__typename') throw new NotCompiled()
    const resolve = () => parentType.name
    const metering = { kind: 'NONE', resolve } as const
    return {
      ...{ ...shared, field: TypeNameMetaFieldDef, resolve, reference: null, metering },
      shape: shapeOf(compilation, TypeNameMetaFieldDef.type, nodes),
      rowReads: null,
    }
  }
  const metering = meteringOf(field)
  const shape = shapeOf(compilation, field.type, nodes)
  return {
    ...{ ...shared, field, metering, shape, rowReads: rowReadsOf(shape) },
    resolve: metering?.resolve ?? field.resolve ?? defaultFieldResolver,
    reference: referenceOf(field),
  }
}

function shapeOf(compilation: Compilation, of: GraphQLOutputType, nodes: readonly FieldNode[]): Shape {
  const isNullable = !isNonNullType(of)
  const type = getNullableType(of)
  if (isListType(type)) return { kind: 'LIST', isNullable, item: shapeOf(compilation, type.ofType, nodes) }
  if (isLeafType(type)) return { kind: 'LEAF', isNullable, textOf: textsOf(type) }
  if (!isObjectType(type)) throw new NotCompiled()
  const selectionSets = nodes.flatMap(({ selectionSet }) => (selectionSet === undefined ? [] : [selectionSet]))
  return { kind: 'OBJECT', isNullable, selection: selectionOf(compilation, type, selectionSets) }
}

/** What the fields of a selection read of their parents; null where one of them does not say. */
function rowReadsOf(shape: Shape): readonly string[] | null {
  if (shape.kind === 'LIST') return rowReadsOf(shape.item)
  if (shape.kind === 'LEAF') return null
  const { type, fields } = shape.selection
  const reads = typeTag(type).page
    ? fields.flatMap((field) => (field.shape.kind === 'LIST' ? [nodesReadsOf(field)] : []))
    : fields.map(({ field }) => (field === TypeNameMetaFieldDef ? [] : parentReadsOf(field)))
  return reads.includes(null) ? null : [...new Set(reads.flatMap((names) => names ?? []))]
}

/** What is needed of the rows of a page by its nodes, or by the node of each of its edges. */
function nodesReadsOf({ field, shape, rowReads }: FieldPlan): readonly string[] | null {
  if (field.name === 'nodes') return rowReads
  const edge = shape.kind === 'LIST' && shape.item.kind === 'OBJECT' ? shape.item.selection.fields : []
  const reads = edge.flatMap((of) => (of.shape.kind === 'OBJECT' ? [of.rowReads] : []))
  return reads.includes(null) ? null : reads.flatMap((names) => names ?? [])
}

/** The JSON of a leaf, as its type serializes it. Throws what the type throws. */
function textsOf(type: GraphQLLeafType): (value: unknown) => string {
  const serialized = (value: unknown) => {
    const text: string | undefined = JSON.stringify(type.serialize(value))
    if (text === undefined || text === 'null') throw new Error(`a value of ${type.name} that can be written`)
    return text
  }
  if (isEnumType(type)) {
    const known = new Map<unknown, string>()
    return (value) => {
      let text = known.get(value)
      if (text === undefined) {
        text = serialized(value)
        known.set(value, text)
      }
      return text
    }
  }
  if (type.name === 'String' || type.name === 'ID')
    return (value) => (typeof value === 'string' ? JSON.stringify(value) : serialized(value))
  return serialized
}
