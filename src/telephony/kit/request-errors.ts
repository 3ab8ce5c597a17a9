import type { OriginateAnswer } from '../../domain/carrier.ts'
import { NotSent } from '../../kernel/exchange.ts'

/** The outcome of an originate request that failed without an answer (docs/rules.md#request-answers). */
export function outcomeOfFailedRequest(error: unknown): OriginateAnswer {
  return error instanceof NotSent ? { type: 'REJECTED', reason: 'FAILED' } : { type: 'INDETERMINATE' }
}
