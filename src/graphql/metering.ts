import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isListType,
  isObjectType,
} from 'graphql'
import { limits } from '../limits.ts'
import type { Context } from './context.ts'
import { typeTag } from './price-tags.ts'
import { objectPrice, partPrice } from './tariffs.ts'
import type { Usage } from './usage.ts'

/** How much of a long list is resolved at once: graphql resolves a whole list without yielding to the event loop. */
export const batchPrice = 250

type Resolver = GraphQLFieldResolver<unknown, Context>
type Admit = (value: unknown, usage: Usage, price: number) => unknown

/** What a field adds to the usage of an operation when it has its value, and its resolver without that. */
export interface Metering {
  /**
   * ROW and PART: one object, which was read, or is there with its parent. LIST: objects. PAGE: a page at the root. NONE:
   * leaves are paid for with their object, and loaders count the rows of pages inside other objects.
   */
  readonly kind: 'ROW' | 'PART' | 'LIST' | 'PAGE' | 'NONE'
  readonly resolve: Resolver
}

const meterings = new WeakMap<object, Metering>()

/** How a field of a metered schema is metered. */
export function meteringOf(field: GraphQLField<unknown, Context>): Metering {
  return meterings.get(field) ?? { kind: 'NONE', resolve: field.resolve ?? defaultFieldResolver }
}

/**
 * Has every field that gives objects say what it has read, and take turns with other operations and with the rest of the
 * program before they are resolved further. Leaves are paid for with their object.
 */
export function meter(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue
    for (const field of Object.values(type.getFields())) {
      const resolve = field.resolve ?? defaultFieldResolver
      const kind = kindOf(field, type.name === 'Query')
      meterings.set(field, { kind, resolve })
      if (kind === 'PAGE') field.resolve = meteredPage(resolve)
      else if (kind !== 'NONE') field.resolve = metered(resolve, admissions[kind])
    }
  }
  return schema
}

function kindOf(field: GraphQLField<unknown, Context>, isRoot: boolean): Metering['kind'] {
  const type = getNamedType(field.type)
  if (!isCompositeType(type)) return 'NONE'
  if (isListType(getNullableType(field.type))) return 'LIST'
  // Pages inside other objects are read by loaders, which take turns and count rows.
  if (isObjectType(type) && typeTag(type).page) return isRoot ? 'PAGE' : 'NONE'
  return objectPrice(type) === partPrice ? 'PART' : 'ROW'
}

function metered(resolve: Resolver, admit: Admit): Resolver {
  return (source, args, context, info) => {
    const value = resolve(source, args, context, info)
    const { usage } = context
    if (value instanceof Promise) return value.then((come) => admit(come, usage, usage.priceOf(info)))
    // A part of a row that is there already was paid for, and waited for, with the row.
    return admit === admitPart ? value : admit(value, usage, usage.priceOf(info))
  }
}

const admitPart: Admit = (part, { turn }, price) => {
  const gate = turn.take(price)
  return gate === undefined ? part : gate.then(() => part)
}

const admitRow: Admit = (row, usage, price) => {
  if (row === null || row === undefined) return row
  usage.read(price)
  return admitPart(row, usage, price)
}

/** A list that is too expensive to resolve at once becomes promises, which settle when their batch may be resolved. */
const admitList: Admit = (list, usage, price) => {
  if (!Array.isArray(list)) return list
  const total = list.length * price
  usage.read(total)
  if (total <= batchPrice) return admitPart(list, usage, total)
  const batchLength = Math.max(1, Math.floor(batchPrice / price))
  const admitted: unknown[] = []
  for (let start = 0; start < list.length; start += batchLength) {
    const batch = list.slice(start, start + batchLength)
    const gate = usage.turn.take(batch.length * price)
    for (const item of batch) admitted.push(gate === undefined ? item : gate.then(() => item))
  }
  return admitted
}

const admissions = { PART: admitPart, ROW: admitRow, LIST: admitList }

/** A page is read as soon as its field is resolved, so its turn comes before that. */
function meteredPage(resolve: Resolver): Resolver {
  return (source, args, context, info) => {
    const { usage } = context
    const gate = usage.turn.take(args.first ?? args.last ?? limits.pageRowsDefault)
    const page =
      gate === undefined ? resolve(source, args, context, info) : gate.then(() => resolve(source, args, context, info))
    if (!(page instanceof Promise)) return page
    return page.then((come) => {
      usage.load(come.rows.length)
      return come
    })
  }
}
