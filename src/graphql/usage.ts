import {
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLError,
  type GraphQLResolveInfo,
  getNamedType,
} from 'graphql'
import type { Turn } from '../kernel/turns.ts'
import { limits } from '../limits.ts'
import { tooComplex } from './errors.ts'
import type { Quote } from './pricing.ts'

/** What an operation, or one event of a subscription, has used while it runs, and whether it may go on. */
export interface Usage {
  readonly turn: Turn
  /** What the operation has come to so far. */
  cost(): number
  /** Adds what a field has read. Beyond the limit the operation ends. */
  read(price: number): void
  /** Adds rows that a page or a loader has read, whether they are shown or not. The same limit holds for them. */
  load(rows: number): void
  /** What one value of a field costs by itself: the object, its leaves and the parts of its row. */
  priceOf(info: Pick<GraphQLResolveInfo, 'fieldNodes' | 'returnType'>): number
  /** Ends the operation: no field is resolved any more. Only the first end counts. */
  end(error: GraphQLError): void
}

/** `onEnd` receives the reason why the operation has to end early. */
export function createUsage(quote: Quote, turn: Turn, onEnd: (error: GraphQLError) => void): Usage {
  const limit = limits.operationCostMax
  const prices = new Map<readonly FieldNode[], number>()
  let read = quote.own
  let loaded = 0
  let ended = false

  function end(error: GraphQLError): void {
    if (ended) return
    ended = true
    turn.leave()
    onEnd(error)
  }

  function checkLimit(cost: number): void {
    if (cost <= limit) return
    const message = `The operation has read more than was estimated: it cost ${Math.ceil(cost)} so far, and the limit is ${limit}. Request fewer objects at once.`
    end(tooComplex(message, Math.ceil(cost), limit))
  }

  return {
    turn,
    end,
    cost: () => Math.max(read, loaded),
    read(price) {
      read += price
      checkLimit(read)
    },
    load(rows) {
      loaded += rows
      checkLimit(loaded)
    },
    priceOf({ fieldNodes, returnType }) {
      let price = prices.get(fieldNodes)
      if (price === undefined) {
        price = quote.ownPrice(getNamedType(returnType) as GraphQLCompositeType, fieldNodes)
        prices.set(fieldNodes, price)
      }
      return price
    },
  }
}
