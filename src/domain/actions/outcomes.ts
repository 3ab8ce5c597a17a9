import { cut, tidy } from '../../kernel/text.ts'
import type { EventResult } from './definition.ts'

/** Longest outcome; a longer one is cut. */
const outcomeLengthMax = 500

/** A carrier's or a server's text may have any length and any characters. */
export function readable(outcome: string): string {
  return cut(tidy(outcome), outcomeLengthMax)
}

/** The outcome of a request that will not be carried out. */
export function refusal(why: string): EventResult {
  return { type: 'PASSED', outcome: readable(`refused: ${why}`) }
}
