import {
  type ExecutionArgs,
  type FragmentDefinitionNode,
  type GraphQLError,
  type GraphQLSchema,
  getIntrospectionQuery,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  parse,
} from 'graphql'
import { present } from '../kernel/assert.ts'
import { limits } from '../limits.ts'
import { codedError, tooComplex } from './errors.ts'
import { createPricing, type PricedOperation, type Quote } from './pricing.ts'
import type { Coerced } from './tariffs.ts'
import { coerceVariables, countElements } from './variables.ts'

export type Admission =
  | {
      readonly quote: Quote
      readonly cost: number
      readonly isMutation: boolean
      readonly variableCount: number
      /** With their coerced values and defaults. */
      readonly variables: Coerced
    }
  | { readonly errors: readonly GraphQLError[] }

type Asked = Pick<ExecutionArgs, 'document' | 'operationName' | 'variableValues'>

/**
 * Says before an operation is executed whether it may be: whether its variables fit, and whether it costs no more than is
 * allowed. The document was validated before.
 */
export function createAdmission(schema: GraphQLSchema): { admit(asked: Asked): Admission } {
  const pricing = createPricing(schema)
  const introspectionMax = limits.introspectionCostFactor * costOfCommonIntrospection(pricing)
  /** Of operations without variables, whose price is always the same. */
  const known = new WeakMap<OperationDefinitionNode, Quote>()

  function quoteOf(priced: PricedOperation, isFixed: boolean): Quote {
    let quote = isFixed ? known.get(priced.operation) : undefined
    if (quote === undefined) {
      quote = pricing.quote(priced)
      if (isFixed) known.set(priced.operation, quote)
    }
    return quote
  }

  return {
    admit({ document, operationName, variableValues }) {
      const operation = getOperationAST(document, operationName)
      if (operation == null) {
        return {
          errors: [codedError('BAD_USER_INPUT', 'operationName must name one of the operations of the document.')],
        }
      }
      const variableCount = operation.variableDefinitions?.length ?? 0
      if (variableCount > 0 && variableValues) {
        const { operationCostMax: max } = limits
        const count = countElements(variableValues, max)
        if (count > max) {
          return { errors: [tooComplex(`The lists in the variables have more than ${max} elements.`, count, max)] }
        }
      }
      const coerced = coerceVariables(schema, operation, variableValues ?? {})
      if ('errors' in coerced) return coerced
      const fragments = fragmentsOf(document.definitions)
      const quote = quoteOf({ operation, fragments, variables: coerced.values }, variableCount === 0)
      const error = refusalOf(quote, operation, introspectionMax)
      if (error !== null) return { errors: [error] }
      const isMutation = operation.operation === 'mutation'
      return {
        quote,
        cost: Math.ceil(quote.cost + quote.introspection),
        isMutation,
        variableCount,
        variables: coerced.values,
      }
    },
  }
}

function refusalOf(quote: Quote, operation: OperationDefinitionNode, introspectionMax: number): GraphQLError | null {
  const { cost, introspection, depth, mutations, faults } = quote
  const { operationDepthMax, operationMutationsMax } = limits
  const [fault] = faults
  if (fault !== undefined) return codedError('BAD_USER_INPUT', fault)
  if (depth > operationDepthMax) {
    const message = `The operation selects fields ${depth} levels deep; the limit is ${operationDepthMax}.`
    return tooComplex(message, depth, operationDepthMax)
  }
  if (mutations > operationMutationsMax) {
    const message = `The operation has ${mutations} mutations; the limit is ${operationMutationsMax}.`
    return tooComplex(message, mutations, operationMutationsMax)
  }
  if (introspection > introspectionMax) {
    const [asked, limit] = [Math.ceil(introspection), Math.floor(introspectionMax)]
    return tooComplex(`The introspection costs ${asked}; the limit is ${limit}.`, asked, limit)
  }
  const limit = costMaxOf(operation, quote)
  if (cost <= limit) return null
  const what = operation.operation === 'subscription' ? 'One event of the subscription' : 'The operation'
  const message = `${what} costs ${Math.ceil(cost)}; the limit is ${limit}. Request fewer objects at once.`
  return tooComplex(message, Math.ceil(cost), limit)
}

function costMaxOf({ operation }: OperationDefinitionNode, { isGathered }: Quote): number {
  if (operation !== 'subscription') return limits.operationCostMax
  return isGathered ? limits.gatheredEventCostMax : limits.eventCostMax
}

function costOfCommonIntrospection(pricing: ReturnType<typeof createPricing>): number {
  const query = getIntrospectionQuery({
    descriptions: true,
    specifiedByUrl: true,
    directiveIsRepeatable: true,
    schemaDescription: true,
    inputValueDeprecation: true,
    oneOf: true,
  })
  const { definitions } = parse(query)
  const operation = present(
    definitions.find((of) => of.kind === Kind.OPERATION_DEFINITION),
    'an introspection query',
  )
  return pricing.quote({ operation, fragments: fragmentsOf(definitions), variables: {} }).introspection
}

function fragmentsOf(definitions: readonly { readonly kind: string }[]): ReadonlyMap<string, FragmentDefinitionNode> {
  const fragments = definitions.filter((of): of is FragmentDefinitionNode => of.kind === Kind.FRAGMENT_DEFINITION)
  return new Map(fragments.map((fragment) => [fragment.name.value, fragment]))
}
