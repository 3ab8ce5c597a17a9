import type { z } from 'zod'
import type { Activeflow, ActiveflowRequest, CallContext, FlowOutcome, Wait } from '../activeflow.ts'
import type { MachineResult, PlaybackEnd } from '../carrier.ts'
import type { Sending, SendingResult } from '../sending.ts'
import { expand, type PlacedText } from '../template.ts'
import { readVariable } from '../variable.ts'

/** What an action changes in an activeflow besides its position. */
type ActiveflowChanges = Partial<Pick<Activeflow, 'variables' | 'jumpCounts' | 'recordingId' | 'digitsHeardUntil'>>

/** The immediate result of an action. */
export type ActionResult =
  /** It is done. `nextId` is the action to continue with, if that is not the next one. */
  | {
      readonly type: 'PASSED'
      readonly outcome: string
      readonly changes?: ActiveflowChanges
      readonly requests?: readonly ActiveflowRequest[]
      readonly nextId?: string | null
    }
  | { readonly type: 'WAITS'; readonly wait: Wait; readonly requests: readonly ActiveflowRequest[] }
  /** It ends the actions. An outcome of null is not known yet. */
  | { readonly type: 'ENDS'; readonly outcome: string | null; readonly flowOutcome: FlowOutcome }

/** What an action runs with. */
export interface ActionContext {
  readonly actionId: string
  readonly flow: Activeflow
  readonly context: CallContext
  readonly now: number
}

/** Events that can arrive while an action waits. */
export type ActiveflowEvent =
  /** The wait may have timed out. */
  | { readonly type: 'TIME_OVER' }
  /** The call is live again after its news was lost: whatever ended meanwhile was not reported. */
  | { readonly type: 'MISSED' }
  | { readonly type: 'PLAYBACK_ENDED'; readonly playbackId: string; readonly end: PlaybackEnd }
  | { readonly type: 'DIGIT'; readonly digit: string; readonly at: number }
  | { readonly type: 'MACHINE'; readonly result: MachineResult }
  | { readonly type: 'LEG_CONNECTED'; readonly legId: string }
  | { readonly type: 'LEG_ENDED'; readonly legId: string }
  | { readonly type: 'SENT'; readonly sendingId: string; readonly result: SendingResult }
  /** A request to the carrier under that id, also of a leg, will not be carried out. */
  | { readonly type: 'REFUSED'; readonly requestId: string; readonly why: string }

/** The result of an event for a waiting action; null if the event does not concern it. */
export type EventResult =
  | { readonly type: 'WAITS'; readonly wait: Wait; readonly requests?: readonly ActiveflowRequest[] }
  | {
      readonly type: 'PASSED'
      readonly outcome: string
      readonly changes?: ActiveflowChanges
      readonly requests?: readonly ActiveflowRequest[]
      /** Set if it ends the actions. */
      readonly flowOutcome?: FlowOutcome
    }
  | null

/** The event, and the activeflow whose action waits. */
export interface EventContext {
  readonly flow: Activeflow
  readonly wait: Wait
  /** Type of the action that follows the waiting one; null at the end. */
  readonly nextType: string | null
  readonly isFlow: boolean
  readonly event: ActiveflowEvent
  readonly now: number
}

/** Everything about one type of action, for an option of that type. */
interface Behavior<Option> {
  /** False for an action that a FLOW campaign may have too (docs/rules.md#campaign-flow). */
  readonly needsCall: boolean
  /** What it sends; nothing where it is missing. */
  readonly sends?: Sending['type']
  /** Options that have another name in VoIPBIN's API, by that name. */
  readonly aliases?: Readonly<Record<string, keyof Option & string>>
  /** Options that are addresses in VoIPBIN's API, and numbers or mailboxes here. */
  readonly addresses?: readonly (keyof Option & string)[]
  /** Starts the action. */
  begin(option: Option, at: ActionContext): ActionResult
  /** Applies an event while the action waits; null if it does not concern it. Missing where the action only waits for a time. */
  hear?(option: Option, at: EventContext): EventResult
  /** Ids of actions that its options name. */
  targets?(option: Option): PlacedText[]
  /** The variable that it sets. */
  sets?(option: Option): string
  /** Options whose variables are expanded when it runs. */
  texts?(option: Option): PlacedText[]
  /** Options that name a variable which it reads. */
  reads?(option: Option): PlacedText[]
  /** Whether it reads the target although no text names it. */
  readsTarget?(option: Option): boolean
}

export type ActionDefinition<Schema extends z.ZodType> = Behavior<z.output<Schema>> & {
  /** Shape and ranges of its options. Unknown options are refused (docs/rules.md#actions). */
  readonly option: Schema
}

/** Infers the type of the options from their schema. */
export function defineAction<Schema extends z.ZodType>(definition: ActionDefinition<Schema>): ActionDefinition<Schema> {
  return definition
}

export function passed(
  outcome: string,
  more: Omit<ActionResult & { type: 'PASSED' }, 'type' | 'outcome'> = {},
): ActionResult {
  return { type: 'PASSED', outcome, ...more }
}

/** The value of a variable, as text. */
export function read(name: string, { flow, context }: ActionContext): string {
  return readVariable(name, { ...context, variables: flow.variables })
}

/** A text with its variables put in, cut at that length. */
export function expandText(text: string, lengthMax: number, at: ActionContext): string {
  return expand(text, (name) => read(name, at), lengthMax)
}

/** True when a wait has lasted until its end. */
export function isOver(wait: { readonly until: number }, { event, now }: EventContext): boolean {
  return event.type === 'TIME_OVER' && wait.until <= now
}
