import type { z } from 'zod'
import type { UserErrorCode } from '../kernel/errors.ts'
import type { actionOptions } from './action-options.ts'
import type { Sending } from './sending.ts'
import { namesIn, type PlacedText, structureOf, textsOf } from './template.ts'
import { isGiven, isOfData, isOfTarget, machineVariable } from './variable.ts'

export const actionTypes = [
  'ANSWER',
  'TALK',
  'PLAY',
  'SLEEP',
  'QUEUE_JOIN',
  'HANGUP',
  'STOP',
  'BEEP',
  'AMD',
  'DIGITS_RECEIVE',
  'DIGITS_SEND',
  'BRANCH',
  'GOTO',
  'CONDITION_VARIABLE',
  'CONDITION_DATETIME',
  'VARIABLE_SET',
  'CONNECT',
  'RECORDING_START',
  'RECORDING_STOP',
  'WEBHOOK_SEND',
  'EMAIL_SEND',
  'MESSAGE_SEND',
] as const satisfies readonly (keyof typeof actionOptions)[]
export type ActionType = keyof typeof actionOptions

interface ActionBase {
  readonly id: string
  /** The action to run next; null: the next one of the list. */
  readonly nextId: string | null
}

export type ActionOption<Type extends ActionType> = z.output<(typeof actionOptions)[Type]>

/** One step of what happens on an answered call. */
export type Action = {
  [Type in ActionType]: ActionBase & { readonly type: Type; readonly option: ActionOption<Type> }
}[ActionType]

/** Actions that need no call: the only ones allowed in a FLOW campaign (docs/rules.md#campaign-flow). */
export const flowActionTypes: ReadonlySet<ActionType> = new Set<ActionType>([
  'SLEEP',
  'STOP',
  'BRANCH',
  'GOTO',
  'CONDITION_VARIABLE',
  'CONDITION_DATETIME',
  'VARIABLE_SET',
  'WEBHOOK_SEND',
  'EMAIL_SEND',
  'MESSAGE_SEND',
])

const sendingTypes: { readonly [Type in ActionType]?: Sending['type'] } = {
  WEBHOOK_SEND: 'WEBHOOK',
  EMAIL_SEND: 'EMAIL',
  MESSAGE_SEND: 'MESSAGE',
}

/** What a type of action sends; null if it sends nothing. */
export function sendingTypeOf(type: ActionType): Sending['type'] | null {
  return sendingTypes[type] ?? null
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
    if (setting.campaignType === 'FLOW' && !flowActionTypes.has(action.type)) {
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
function targetsOf(action: Action): PlacedText[] {
  switch (action.type) {
    case 'BRANCH':
      return textsOf({ targets: action.option.targets, defaultTargetId: action.option.defaultTargetId })
    case 'GOTO':
      return textsOf({ targetId: action.option.targetId })
    case 'CONDITION_VARIABLE':
    case 'CONDITION_DATETIME':
      return textsOf({ falseTargetId: action.option.falseTargetId })
    default:
      return []
  }
}

/** The variable that an action sets. */
function setName(action: Action): string[] {
  if (action.type === 'VARIABLE_SET' || action.type === 'DIGITS_RECEIVE') return [action.option.variable]
  return action.type === 'AMD' ? [machineVariable] : []
}

/** Texts of an action whose variables are expanded when it runs. */
function expandedTexts(action: Action): PlacedText[] {
  switch (action.type) {
    case 'TALK':
    case 'MESSAGE_SEND':
      return textsOf({ text: action.option.text })
    case 'VARIABLE_SET':
      return textsOf({ value: action.option.value })
    case 'WEBHOOK_SEND':
      // As it is when expanded: a text that is JSON may hide a name behind its escapes.
      return textsOf({ data: structureOf(action.option.data) })
    case 'EMAIL_SEND':
      return textsOf({ subject: action.option.subject, text: action.option.text })
    default:
      return []
  }
}

/** Names of variables that an action reads, each with the path of the option that names it. */
function namesRead(action: Action): PlacedText[] {
  if (action.type === 'BRANCH' || action.type === 'CONDITION_VARIABLE') {
    return textsOf({ variable: action.option.variable })
  }
  return expandedTexts(action).flatMap(({ path, text }) => namesIn(text).map((name) => ({ path, text: name })))
}

/** True if an action of the list reads the target: in a text, or because it sends something. */
export function readsTarget(actions: readonly Action[]): boolean {
  return actions.some((action) => {
    if (action.type === 'WEBHOOK_SEND' && action.option.data === undefined) return true
    const asksRecipient = action.type === 'EMAIL_SEND' || action.type === 'MESSAGE_SEND'
    if (asksRecipient && action.option.to === undefined) return true
    return namesRead(action).some(({ text: name }) => isOfTarget(name))
  })
}

/** Names of the fields of the target's data that the actions read, each once. */
export function dataNamesRead(actions: readonly Action[]): string[] {
  const names = actions.flatMap((action) => namesRead(action).map(({ text: name }) => name))
  return [...new Set(names.filter(isOfData))]
}
