import { replaceTexts } from '../kernel/json.ts'
import { cut } from '../kernel/text.ts'

const placeholderPattern = /\{\{([^{}]*)\}\}/g

/** The names that appear in a text as {{name}}, in order. */
export function namesIn(text: string): string[] {
  return [...text.matchAll(placeholderPattern)].map((match) => (match[1] ?? '').trim())
}

/**
 * Expands the names in a text, up to that many characters: nothing is expanded beyond them, since a short text can ask
 * for megabytes. Values are not expanded again.
 */
export function expand(text: string, read: (name: string) => string, lengthMax: number): string {
  let expanded = ''
  let rest = 0
  for (const { 0: placeholder, 1: name = '', index } of text.matchAll(placeholderPattern)) {
    expanded += text.slice(rest, index) + read(name.trim())
    rest = index + placeholder.length
    if (expanded.length >= lengthMax) break
  }
  return cut(expanded + text.slice(rest), lengthMax)
}

/**
 * A text that is the JSON of an object or a list stands for that value, as VoIPBIN writes it; other values stand for
 * themselves.
 */
export function structureOf(json: unknown): unknown {
  if (typeof json !== 'string') return json
  try {
    const structure: unknown = JSON.parse(json)
    return typeof structure === 'object' && structure !== null ? structure : json
  } catch {
    return json
  }
}

/**
 * The JSON text of a value with its texts expanded. Field names stay: a variable can change the content, not the
 * structure. In a text that is JSON itself, everything but the changed texts stays as written: long numbers, spaces,
 * escapes.
 */
export function expandJson(json: unknown, expandText: (text: string) => string): string {
  return typeof json === 'string' && structureOf(json) !== json
    ? replaceTexts(json, expandText)
    : JSON.stringify(expandValue(json, expandText))
}

function expandValue(json: unknown, expandText: (text: string) => string): unknown {
  if (typeof json === 'string') return expandText(json)
  if (Array.isArray(json)) return json.map((of) => expandValue(of, expandText))
  if (typeof json !== 'object' || json === null) return json
  return Object.fromEntries(Object.entries(json).map(([name, of]) => [name, expandValue(of, expandText)]))
}

/** A text within a JSON value, with its path. */
export interface PlacedText {
  readonly path: readonly string[]
  readonly text: string
}

/** The texts of a JSON value. */
export function textsOf(json: unknown, path: readonly string[] = []): PlacedText[] {
  if (typeof json === 'string') return [{ path, text: json }]
  if (typeof json !== 'object' || json === null) return []
  return Object.entries(json).flatMap(([name, of]) => textsOf(of, [...path, name]))
}
