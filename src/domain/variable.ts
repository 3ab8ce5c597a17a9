import { present } from '../kernel/assert.ts'
import type { Campaigncall } from './campaigncall.ts'
import type { OutdialTarget } from './outdial-target.ts'

/** What the actions of one run have set, by name. */
export type Variables = Readonly<Record<string, string>>

/** Longest value of a variable; the rest of a longer one is cut off. */
export const variableLengthMax = 2000
/** What AMD found: HUMAN, MACHINE or NOT_SURE. Empty before it ran. */
export const machineVariable = 'call.machine'

/** What names are looked up in. */
export interface VariableSource {
  readonly call: Campaigncall
  /** Null where nothing of the target is read. */
  readonly target: OutdialTarget | null
  readonly variables: Variables
}

const ofTarget: Readonly<Record<string, (target: OutdialTarget) => string>> = {
  'target.name': (target) => target.name,
  'target.detail': (target) => target.detail,
}
const ofCall: Readonly<Record<string, (call: Campaigncall) => string>> = {
  'destination.type': (call) => call.destination.type,
  'destination.target': (call) => call.destination.target,
  'destination.targetName': (call) => call.destination.targetName,
  'destination.name': (call) => call.destination.name,
  'destination.detail': (call) => call.destination.detail,
  'destination.index': (call) => String(call.destinationIndex),
  'call.id': (call) => call.id,
  'call.campaignId': (call) => call.campaignId,
  'call.source': (call) => call.source.target,
  'call.tryCount': (call) => String(call.tryCount),
}
const dataPrefix = 'target.data.'
const reservedPattern = /^(target|destination|call)(\.|$)/
const settablePattern = /^[A-Za-z_][A-Za-z0-9_.]{0,63}$/

/** True for a name that an action may set: those of the target, the destination and the call are taken. */
export function isSettable(name: string): boolean {
  return settablePattern.test(name) && !reservedPattern.test(name)
}

/** True for what is read of the target, its destination or the call. */
export function isGiven(name: string): boolean {
  const isField = name.startsWith(dataPrefix) && name.length > dataPrefix.length
  return isField || name === machineVariable || Object.hasOwn(ofTarget, name) || Object.hasOwn(ofCall, name)
}

/** True for what is read of the target. */
export function isOfTarget(name: string): boolean {
  return name.startsWith('target.')
}

/** The text of a variable; empty where it was not set, or where the target's data has no such field. */
export function readVariable(name: string, { call, target, variables }: VariableSource): string {
  if (Object.hasOwn(variables, name)) return variables[name] ?? ''
  const readCall = Object.hasOwn(ofCall, name) ? ofCall[name] : undefined
  if (readCall !== undefined) return readCall(call)
  if (!isOfTarget(name)) return ''
  const known = present(target, `the target, of which ${name} is read`)
  const readTarget = Object.hasOwn(ofTarget, name) ? ofTarget[name] : undefined
  if (readTarget !== undefined) return readTarget(known)
  return textOf(fieldOf(dataOf(known), name.slice(dataPrefix.length)))
}

/** Every variable there is at this moment, by name. */
export function allVariables(source: VariableSource): Record<string, string> {
  const fields = Object.keys(dataOf(present(source.target, 'the target, all of which is read')))
  const given = [...Object.keys(ofTarget), ...fields.map((name) => dataPrefix + name), ...Object.keys(ofCall)]
  const names = new Set([...given, ...Object.keys(source.variables)])
  return Object.fromEntries([...names].map((name) => [name, readVariable(name, source)]))
}

/** Data that was read once: a text may name its fields by the hundred. */
const dataRead = new WeakMap<OutdialTarget, Record<string, unknown>>()

/** The target's data where it is the JSON text of an object; otherwise it has no fields. */
function dataOf(target: OutdialTarget): Record<string, unknown> {
  const known = dataRead.get(target) ?? parseData(target.data)
  dataRead.set(target, known)
  return known
}

function parseData(text: string): Record<string, unknown> {
  try {
    const data: unknown = JSON.parse(text)
    return isObject(data) ? data : {}
  } catch {
    return {}
  }
}

/** `a.b` is the field of that name, or else the field b of the field a. */
function fieldOf(of: unknown, path: string): unknown {
  if (!isObject(of)) return undefined
  if (Object.hasOwn(of, path)) return of[path]
  const dot = path.indexOf('.')
  const name = path.slice(0, dot)
  return dot > 0 && Object.hasOwn(of, name) ? fieldOf(of[name], path.slice(dot + 1)) : undefined
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
