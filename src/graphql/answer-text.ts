import type { Turn } from '../kernel/turns.ts'
import { limits } from '../limits.ts'
import { codedError } from './errors.ts'

/** What is made into text in one go, in values; long texts count for several. */
const pieceWeight = 1000
const lengthOfOneWeight = 100

/**
 * The JSON of data, made in pieces between which others have their turn. Throws TOO_LARGE where it would become longer
 * than an answer may be: a page of 500 targets can be asked for the same 10 000 characters of each many times over.
 */
export async function textOfData(data: unknown, turn: Pick<Turn, 'take'>): Promise<string> {
  let text = ''
  for (const piece of piecesOf(data)) {
    text += piece.text
    if (text.length > limits.answerLengthMax) throw tooLarge()
    await turn.take(piece.weight / weightOfOneUnit)
  }
  return text
}

/** A unit of work is about ten leaves; to make them into text takes a fraction of what it took to resolve them. */
const weightOfOneUnit = 40

export function tooLarge() {
  const message = `The answer has more than ${limits.answerLengthMax} characters. Request fewer objects at once, or fewer fields of each.`
  return codedError('TOO_LARGE', message)
}

interface Piece {
  readonly text: string
  readonly weight: number
}

function* piecesOf(value: unknown): Generator<Piece, void, undefined> {
  const left = weigh(value, pieceWeight)
  if (left >= 0 || value === null || typeof value !== 'object') {
    yield { text: JSON.stringify(value) ?? 'null', weight: pieceWeight - left }
    return
  }
  const isArray = Array.isArray(value)
  let separator = isArray ? '[' : '{'
  for (const [key, of] of isArray ? value.entries() : Object.entries(value)) {
    yield { text: isArray ? separator : `${separator}${JSON.stringify(key)}:`, weight: 1 }
    separator = ','
    yield* piecesOf(of)
  }
  yield { text: isArray ? ']' : '}', weight: 1 }
}

/** What is left of `budget` after a value; negative where it is not enough, as soon as that is known. */
function weigh(value: unknown, budget: number): number {
  if (typeof value === 'string') return budget - 1 - Math.floor(value.length / lengthOfOneWeight)
  if (value === null || typeof value !== 'object') return budget - 1
  if (Array.isArray(value)) return weighList(value, budget - 1)
  let left = budget - 1
  for (const key in value) {
    left = weigh((value as Record<string, unknown>)[key], left)
    if (left < 0) return left
  }
  return left
}

/** The objects of a list have the same fields. Unless these hold lists, the first is about as heavy as any other. */
function weighList(list: readonly unknown[], budget: number): number {
  const [first] = list
  if (!holdsList(first)) return budget - list.length * (budget - weigh(first, budget))
  let left = budget
  for (const item of list) {
    left = weigh(item, left)
    if (left < 0) return left
  }
  return left
}

function holdsList(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return false
  return Array.isArray(value) || Object.values(value).some(holdsList)
}
