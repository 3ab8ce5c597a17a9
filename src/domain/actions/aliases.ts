import { isExactNumber, replaceNumbers, stringifyExactly, textOfNumber } from '../../kernel/json.ts'
import { type ActionType, definitionOf } from './registry.ts'

/** The options of an action under our names. */
export interface ReadOptions {
  readonly option: unknown
  /** The name by which the caller called that option. */
  written(name: string): string
}

/** Reads options that may be written as in VoIPBIN's API: false_target_id for falseTargetId, target_ids for targets. */
export function readOptions(type: ActionType, given: unknown): ReadOptions {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return { option: given, written: (name) => name }
  const entries = new Map<string, { readonly written: string; readonly value: unknown }>()
  const named = Object.entries(given).map(([written, value]) => ({
    written,
    value,
    name: nameOf(type, written, given),
  }))
  // If both names are given, ours counts and the other one is unknown.
  for (const { written, value, name } of named.sort(
    (a, b) => Number(b.written === b.name) - Number(a.written === a.name),
  )) {
    if (name === null) continue
    entries.set(entries.has(name) ? written : name, { written, value: plainly(type, name, settled(type, name, value)) })
  }
  return {
    option: Object.fromEntries([...entries].map(([name, { value }]) => [name, value])),
    written: (name) => entries.get(name)?.written ?? name,
  }
}

/** Null for a type of value that is not compared: VoIPBIN sends all three fields. */
function nameOf(type: ActionType, written: string, given: object): string | null {
  const name = written.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
  if (type === 'CONDITION_VARIABLE' && /^value(String|Number|Length)$/.test(name)) {
    const { valueType, value_type: valueType2, value } = given as Record<string, unknown>
    const compared = valueType ?? valueType2 ?? 'string'
    if (value !== undefined || name.slice('value'.length).toLowerCase() !== compared) return null
  }
  const { aliases = {} } = definitionOf(type)
  return Object.hasOwn(aliases, name) ? (aliases[name] ?? name) : name
}

/**
 * A value whose numbers can be stored. Data that is passed on, and a value that texts are compared with, keep a number
 * as it was written, as text: stored and returned JSON has doubles only. Elsewhere a number is a time or a count.
 */
function settled(type: ActionType, name: string, value: unknown): unknown {
  if (type === 'CONDITION_VARIABLE' && name === 'value') return replaceNumbers(value, textOfNumber)
  const plain = replaceNumbers(value, (number) => Number(textOfNumber(number)))
  const isKept = type === 'WEBHOOK_SEND' && name === 'data' && plain !== value
  if (!isKept) return plain
  return isExactNumber(value) ? value : stringifyExactly(value)
}

function plainly(type: ActionType, name: string, value: unknown): unknown {
  const addresses: readonly string[] = definitionOf(type).addresses ?? []
  if (!addresses.includes(name)) return value
  if (!Array.isArray(value)) return targetOf(value)
  const targets = value.map(targetOf)
  return type === 'MESSAGE_SEND' && targets.length === 1 ? targets[0] : targets
}

function targetOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'target' in value ? value.target : value
}
