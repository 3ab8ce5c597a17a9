import type { DocumentNode } from 'graphql'

const entriesMax = 500
const documentLengthMax = 10_000

interface Cache<Value> {
  get(key: string): Value | undefined
  set(key: string, value: Value): void
}

/**
 * Parsed documents, by their text, the least recently used forgotten first. Clients send the same few again and again;
 * long ones, which hold their data instead of variables, are not kept: a thousand of them would be gigabytes.
 */
export function createDocumentCache<Value = DocumentNode>(): Cache<Value> {
  const kept = new Map<string, Value>()
  return {
    get(key) {
      const value = kept.get(key)
      if (value === undefined) return undefined
      kept.delete(key)
      kept.set(key, value)
      return value
    },
    set(key, value) {
      if (key.length > documentLengthMax) return
      kept.delete(key)
      kept.set(key, value)
      const [oldest] = kept.keys()
      if (kept.size > entriesMax && oldest !== undefined) kept.delete(oldest)
    },
  }
}
