import type { UserErrorCode } from '../kernel/errors.ts'
import { type ActionOption, type ActionType, definitionOf } from './actions/registry.ts'
import type { Sending } from './sending.ts'
import { namesIn, type PlacedText } from './template.ts'
import { isGiven, isOfData, isOfTarget } from './variable.ts'

interface ActionBase {
  readonly id: string
  /** The action to run next; null: the next one of the list. */
  readonly nextId: string | null
}

/** One step of what happens on an answered call. */
export type Action = {
  [Type in ActionType]: ActionBase & { readonly type: Type; readonly option: ActionOption<Type> }
}[ActionType]

/** What a type of action sends; null if it sends nothing. */
export function sendingTypeOf(type: ActionType): Sending['type'] | null {
  return definitionOf(type).sends ?? null
}

/** A finding in a list of actions, with its place. */
export interface ActionFinding {
  readonly index: number
  readonly path: readonly string[]
  readonly code: UserErrorCode
  readonly message: string
}

export interface ActionSetting {
  readonly campaignType: 'CALL' | 'FLOW'
  readonly queueId: string | null
}

/**
 * Validates actions, whose options are valid one by one, against each other and against their campaign
 * (docs/rules.md#campaign-flow, docs/rules.md#campaign-queue-join, docs/rules.md#actions).
 */
export function validateActions(actions: readonly Action[], setting: ActionSetting): ActionFinding[] {
  const findings: ActionFinding[] = []
  const ids = new Set<string>()
  const names = new Set(actions.flatMap(setName))
  actions.forEach((action, index) => {
    if (ids.has(action.id)) {
      findings.push({ index, path: ['id'], code: 'INVALID', message: 'Two actions of a list cannot have the same id.' })
    }
    ids.add(action.id)
  })
  actions.forEach((action, index) => {
    const invalid = (path: readonly string[], message: string) =>
      findings.push({ index, path, code: 'INVALID', message })
    if (action.nextId !== null && !ids.has(action.nextId)) {
      invalid(['nextId'], 'nextId names no action of this list.')
    }
    if (setting.campaignType === 'FLOW' && definitionOf(action.type).needsCall) {
      invalid([], `${action.type} needs a call, and a FLOW campaign makes no calls.`)
      return
    }
    for (const { path, text: id } of targetsOf(action)) {
      if (!ids.has(id)) invalid(['option', ...path], 'This names no action of this list.')
    }
    for (const { path, text: name } of namesRead(action)) {
      if (!isGiven(name) && !names.has(name)) {
        invalid(['option', ...path], `There is no variable "${name}": it is neither built in nor set by an action.`)
      }
    }
    if (action.type !== 'QUEUE_JOIN') return
    if (setting.queueId === null) {
      invalid([], 'QUEUE_JOIN needs a campaign with a queue.')
    } else if (action.option.queueId && action.option.queueId !== setting.queueId) {
      invalid([], "QUEUE_JOIN can only name the campaign's own queue.")
    }
  })
  return findings
}

/** Ids of actions that the options of an action name. */
function targetsOf({ type, option }: Action): PlacedText[] {
  return definitionOf(type).targets?.(option) ?? []
}

/** The variable that an action sets. */
function setName({ type, option }: Action): string[] {
  const name = definitionOf(type).sets?.(option)
  return name === undefined ? [] : [name]
}

/** Names of variables that an action reads, each with the path of the option that names it. */
function namesRead({ type, option }: Action): PlacedText[] {
  const { reads, texts } = definitionOf(type)
  const inTexts = texts?.(option).flatMap(({ path, text }) => namesIn(text).map((name) => ({ path, text: name })))
  return [...(reads?.(option) ?? []), ...(inTexts ?? [])]
}

/** True if an action of the list reads the target: in a text, or because it sends something. */
export function readsTarget(actions: readonly Action[]): boolean {
  return actions.some(
    (action) =>
      definitionOf(action.type).readsTarget?.(action.option) ||
      namesRead(action).some(({ text: name }) => isOfTarget(name)),
  )
}

/** Names of the fields of the target's data that the actions read, each once. */
export function dataNamesRead(actions: readonly Action[]): string[] {
  const names = actions.flatMap((action) => namesRead(action).map(({ text: name }) => name))
  return [...new Set(names.filter(isOfData))]
}
