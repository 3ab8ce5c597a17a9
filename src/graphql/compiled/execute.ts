import {
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getArgumentValues,
  type OperationDefinitionNode,
} from 'graphql'
import type { Page } from '../../app/api.ts'
import { present } from '../../kernel/assert.ts'
import { limits } from '../../limits.ts'
import { tooLarge } from '../answer-text.ts'
import type { Context } from '../context.ts'
import { batchPrice } from '../metering.ts'
import type { Reference } from '../references.ts'
import type { Coerced } from '../tariffs.ts'
import type { FieldPlan, SelectionPlan, Shape } from './plan.ts'

/** One execution of a plan. */
export interface Execution {
  readonly schema: GraphQLSchema
  readonly operation: OperationDefinitionNode
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
  readonly variables: Coerced
  readonly rootValue: unknown
  readonly context: Context
}

interface Run extends Execution {
  /** Characters of leaves so far. */
  leafLength: number
}

type Texts = readonly string[]

/**
 * Executes a plan level by level: a field is resolved for all parents of its level before the next level, what they refer
 * to is read at once, and every value becomes JSON as soon as it is there. Returns the JSON of the data. Rejects with
 * TOO_LARGE where that would become too long, and with anything else where a value is missing or a resolver fails:
 * graphql, which then executes the operation anew, knows where such an error belongs.
 */
export async function executePlan(plan: SelectionPlan, execution: Execution): Promise<string> {
  const run: Run = { ...execution, leafLength: 0 }
  const [text] = await select(run, plan, [execution.rootValue], 0)
  const json = present(text, 'the JSON of the root')
  if (json.length > limits.answerLengthMax) throw tooLarge()
  return json
}

/** The JSON of each parent. `price` is what resolving one of them costs; 0 if that was paid for. */
async function select(run: Run, { fields }: SelectionPlan, parents: readonly unknown[], price: number): Promise<Texts> {
  if (parents.length === 0) return []
  const columns = await Promise.all(fields.map((field) => (isLeaf(field) ? null : completeField(run, field, parents))))
  const batchLength = price > 0 ? Math.max(1, Math.floor(batchPrice / price)) : parents.length
  const texts: string[] = []
  for (let start = 0; start < parents.length; start += batchLength) {
    const batch = parents.slice(start, start + batchLength)
    const gate = price > 0 ? run.context.usage.turn.take(batch.length * price) : undefined
    if (gate !== undefined) await gate
    // Their leaves are made and written down before the next batch.
    const complete = await Promise.all(
      fields.map((field, i) => columns[i]?.slice(start, start + batch.length) ?? completeLeaves(run, field, batch)),
    )
    assemble(fields, complete, batch.length, texts)
  }
  return texts
}

const isLeaf = ({ shape }: FieldPlan) => shape.kind === 'LEAF'

function assemble(fields: readonly FieldPlan[], columns: readonly Texts[], count: number, texts: string[]): void {
  for (let i = 0; i < count; i++) {
    let text = ''
    for (let f = 0; f < fields.length; f++) {
      text += (f === 0 ? '{' : ',') + fields[f]?.label + columns[f]?.[i]
    }
    texts.push(text === '' ? '{}' : `${text}}`)
  }
}

function completeLeaves(run: Run, field: FieldPlan, parents: readonly unknown[]): Texts | Promise<Texts> {
  const values = resolveAll(run, field, parents)
  return Array.isArray(values)
    ? textsOf(run, field.shape, values)
    : (values as Promise<unknown[]>).then((come) => textsOf(run, field.shape, come))
}

function textsOf(run: Run, shape: Shape, values: readonly unknown[]): Texts {
  if (shape.kind !== 'LEAF') throw new Error('leaves are completed here')
  const texts = values.map((value) => {
    if (isMissing(value, shape)) return 'null'
    const text = shape.textOf(value)
    run.leafLength += text.length
    return text
  })
  if (run.leafLength > limits.answerLengthMax) throw tooLarge()
  return texts
}

/** Whether the value is null. Throws where it may not be, and where it is an error. */
function isMissing(value: unknown, { isNullable }: Shape): value is null | undefined {
  if (value instanceof Error) throw value
  if (value !== null && value !== undefined) return false
  if (!isNullable) throw new Error('a null where none may be')
  return true
}

async function completeField(run: Run, field: FieldPlan, parents: readonly unknown[]): Promise<Texts> {
  const { metering, reference, shape } = field
  const { usage } = run.context
  if (metering.kind === 'PAGE') {
    const { first, last } = argumentsOf(run, field)
    await usage.turn.take((first ?? last ?? limits.pageRowsDefault) as number)
  }
  const found =
    reference === null ? resolveAll(run, field, parents) : loadReferences(run, reference, parents, field.rowReads)
  const values = Array.isArray(found) ? found : await found
  if (metering.kind === 'PAGE') for (const page of values) usage.load((page as Page<unknown>).rows.length)
  const isPaid = metering.kind === 'NONE' || metering.kind === 'PAGE' || (metering.kind === 'PART' && values === found)
  return complete(run, field, shape, values, isPaid)
}

/** The JSON of values of one field. */
async function complete(
  run: Run,
  field: FieldPlan,
  shape: Shape,
  values: readonly unknown[],
  isPaid: boolean,
): Promise<Texts> {
  if (shape.kind === 'LEAF') return textsOf(run, shape, values)
  if (shape.kind === 'LIST') return completeLists(run, field, shape, values, isPaid)
  const present = values.filter((value) => !isMissing(value, shape))
  const { usage } = run.context
  const price = isPaid ? 0 : usage.priceOf({ fieldNodes: field.nodes, returnType: field.field.type })
  if (field.metering.kind === 'ROW' || field.metering.kind === 'LIST') usage.read(present.length * price)
  const texts = await select(run, shape.selection, present, price)
  if (present.length === values.length) return texts
  let next = 0
  return values.map((value) => (value === null || value === undefined ? 'null' : (texts[next++] as string)))
}

async function completeLists(
  run: Run,
  field: FieldPlan,
  shape: Extract<Shape, { kind: 'LIST' }>,
  values: readonly unknown[],
  isPaid: boolean,
): Promise<Texts> {
  const lists = values.map((value) => {
    if (isMissing(value, shape)) return null
    if (!Array.isArray(value)) throw new Error('a list that is an array')
    return value as readonly unknown[]
  })
  const all = lists.flatMap((list) => list ?? [])
  const items = all.some((item) => item instanceof Promise) ? await Promise.all(all) : all
  const texts = await complete(run, field, shape.item, items, isPaid)
  let next = 0
  return lists.map((list) => {
    if (list === null) return 'null'
    const own = texts.slice(next, next + list.length)
    next += list.length
    return `[${own.join(',')}]`
  })
}

/** The value of a field of each parent, at once where none is a promise. */
function resolveAll(run: Run, field: FieldPlan, parents: readonly unknown[]): unknown[] | Promise<unknown[]> {
  const { resolve } = field
  const { context } = run
  const args = argumentsOf(run, field)
  const info = infoOf(run, field)
  const values: unknown[] = []
  let isPromised = false
  try {
    for (const parent of parents) {
      const value = resolve(parent, args, context, info)
      if (value instanceof Promise) isPromised = true
      values.push(value)
    }
  } catch (error) {
    // Others are under way, and nobody waits for them any more.
    for (const value of values) if (value instanceof Promise) value.catch(() => undefined)
    throw error
  }
  return isPromised ? Promise.all(values) : values
}

async function loadReferences(
  run: Run,
  { loader, idOf }: Reference,
  parents: readonly unknown[],
  reads: readonly string[] | null,
): Promise<unknown[]> {
  const ids = parents.map((parent) => idOf(parent))
  const given = ids.filter((id) => id !== null)
  if (given.length === 0) return ids
  const find = await run.context.loaders[loader].loadAll(given, reads)
  return ids.map((id) => (id === null ? null : find(id)))
}

const noArguments: Readonly<Record<string, unknown>> = Object.freeze({})

function argumentsOf({ variables }: Run, { field, nodes: [node] }: FieldPlan): Readonly<Record<string, unknown>> {
  return field.args.length === 0
    ? noArguments
    : getArgumentValues(field as GraphQLField<unknown, unknown>, node, variables)
}

function infoOf(run: Run, { field, nodes, parentType, responseName, rowReads }: FieldPlan): GraphQLResolveInfo {
  const { schema, operation, fragments, variables, rootValue } = run
  const compiled = { rowReads }
  return {
    ...compiled,
    ...{ fieldName: field.name, fieldNodes: nodes, returnType: field.type, parentType, schema, operation, rootValue },
    fragments: Object.fromEntries(fragments),
    path: { prev: undefined, key: responseName, typename: parentType.name },
    variableValues: variables,
  }
}
