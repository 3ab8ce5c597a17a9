import { present } from '../kernel/assert.ts'
import { membersOf } from '../kernel/json.ts'
import { tidy } from '../kernel/text.ts'
import type { Campaigncall } from './campaigncall.ts'
import type { OutdialTarget } from './outdial-target.ts'

/** Variables set by the actions of one run, by name. */
export type Variables = Readonly<Record<string, string>>

/** Longest value of a variable; a longer one is cut. */
export const variableLengthMax = 2000
/** The result of AMD: HUMAN, MACHINE or NOT_SURE. Empty before it ran. */
export const machineVariable = 'call.machine'

/** Where names are looked up. */
export interface VariableSource {
  readonly call: Campaigncall
  /** Null if nothing of the target is read. */
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
/** The other way to write a field: target.data["Zip Code"]. The quoted text is its name. */
const bracketPattern = /^target\.data\["(.+)"\]$/
const reservedPattern = /^(target|destination|call)(\.|$)/
const settablePattern = /^[A-Za-z_][A-Za-z0-9_.]{0,63}$/

/** True for a name that an action may set: names of the target, the destination and the call are reserved. */
export function isSettable(name: string): boolean {
  return settablePattern.test(name) && !reservedPattern.test(name)
}

/** True for a name of the target, its destination or the call. */
export function isGiven(name: string): boolean {
  return isOfData(name) || name === machineVariable || Object.hasOwn(ofTarget, name) || Object.hasOwn(ofCall, name)
}

/** True for a field of the target's data. */
export function isOfData(name: string): boolean {
  return bracketPattern.test(name) || (name.startsWith(dataPrefix) && name.length > dataPrefix.length)
}

/** True for a field that the data of this target has. */
export function hasField(target: Pick<OutdialTarget, 'data'>, name: string): boolean {
  return readData(target, name) !== undefined
}

/** The JSON text of a field of a target's data; undefined if there is no such field. */
function readData(target: Pick<OutdialTarget, 'data'>, name: string): string | undefined {
  const data = dataOf(target)
  const bracketed = bracketPattern.exec(name)?.[1]
  return bracketed === undefined ? fieldOf(data, name.slice(dataPrefix.length)) : data.get(bracketed)
}

/** True for a name of the target. */
export function isOfTarget(name: string): boolean {
  return name.startsWith('target.')
}

/** The value of a variable; empty if it was not set, or if the target's data has no such field. */
export function readVariable(name: string, { call, target, variables }: VariableSource): string {
  if (Object.hasOwn(variables, name)) return variables[name] ?? ''
  const readCall = Object.hasOwn(ofCall, name) ? ofCall[name] : undefined
  if (readCall !== undefined) return readCall(call)
  if (!isOfTarget(name)) return ''
  const known = present(target, `the target, of which ${name} is read`)
  const readTarget = Object.hasOwn(ofTarget, name) ? ofTarget[name] : undefined
  if (readTarget !== undefined) return readTarget(known)
  return textOf(readData(known, name))
}

/** Every variable that has a value now, by name. */
export function allVariables(source: VariableSource): Record<string, string> {
  const fields = [...dataOf(present(source.target, 'the target, all of which is read')).keys()]
  const given = [...Object.keys(ofTarget), ...fields.map((name) => dataPrefix + name), ...Object.keys(ofCall)]
  const names = new Set([...given, ...Object.keys(source.variables)])
  return Object.fromEntries([...names].map((name) => [name, readVariable(name, source)]))
}

/** Caches parsed data: a text may name hundreds of its fields. */
const dataRead = new WeakMap<Pick<OutdialTarget, 'data'>, Members>()

/** The fields of an object, each with its JSON text as written. */
type Members = ReadonlyMap<string, string>

/** The target's data if it is the JSON text of an object; otherwise there are no fields. */
function dataOf(target: Pick<OutdialTarget, 'data'>): Members {
  const known = dataRead.get(target) ?? membersIn(target.data)
  dataRead.set(target, known)
  return known
}

const noMembers: Members = new Map()

function membersIn(text: string): Members {
  if (!/^\s*\{/.test(text)) return noMembers
  try {
    JSON.parse(text)
  } catch {
    return noMembers
  }
  return membersOf(text)
}

/** `a.b` is the field of that name, or else the field b of the field a. */
function fieldOf(of: Members, path: string): string | undefined {
  const field = of.get(path)
  if (field !== undefined) return field
  const dot = path.indexOf('.')
  const inner = dot > 0 ? of.get(path.slice(0, dot)) : undefined
  return inner?.startsWith('{') ? fieldOf(membersOf(inner), path.slice(dot + 1)) : undefined
}

/** The text of a field: a string as it is, null as empty, anything else as its JSON text. */
function textOf(json: string | undefined): string {
  if (json === undefined || json === 'null') return ''
  return json.startsWith('"') ? tidy(JSON.parse(json)) : json
}
