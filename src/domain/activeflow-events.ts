import { present, unreachable } from '../kernel/assert.ts'
import { cut, tidy } from '../kernel/text.ts'
import { limits } from '../limits.ts'
import { type Action, type ActionOption, sendingTypeOf } from './action.ts'
import type {
  ActionExecution,
  Activeflow,
  ActiveflowRequest,
  FlowOutcome,
  PressedDigit,
  RingingLeg,
  Wait,
} from './activeflow.ts'
import type { ActiveflowChanges } from './activeflow-actions.ts'
import type { MachineResult } from './carrier.ts'
import type { SendingResult } from './sending.ts'
import { machineVariable } from './variable.ts'

/** What can become known while an action waits. */
export type ActiveflowEvent =
  /** The time until which it waits may be over. */
  | { readonly type: 'TIME_OVER' }
  /** The call was found again: what came to an end meanwhile was not heard of. */
  | { readonly type: 'MISSED' }
  | { readonly type: 'PLAYBACK_ENDED'; readonly playbackId: string; readonly failed: boolean }
  | { readonly type: 'DIGIT'; readonly digit: string; readonly at: number }
  | { readonly type: 'MACHINE'; readonly result: MachineResult }
  | { readonly type: 'LEG_CONNECTED'; readonly legId: string }
  | { readonly type: 'LEG_ENDED'; readonly legId: string }
  | { readonly type: 'SENT'; readonly sendingId: string; readonly result: SendingResult }
  /** What was asked of the carrier under that id, a leg too, will not happen. */
  | { readonly type: 'REFUSED'; readonly requestId: string; readonly why: string }

/** What event makes of an action that waits; null where it makes nothing. */
export type EventResult =
  | { readonly type: 'WAITS'; readonly wait: Wait; readonly requests?: readonly ActiveflowRequest[] }
  | {
      readonly type: 'PASSED'
      readonly outcome: string
      readonly changes?: ActiveflowChanges
      readonly requests?: readonly ActiveflowRequest[]
      /** Where the actions end with it. */
      readonly flowOutcome?: FlowOutcome
    }
  | null

/** The action that waits, and what happens to it. */
export interface EventContext<Event extends ActiveflowEvent = ActiveflowEvent> {
  readonly flow: Activeflow
  readonly action: Action
  /** The one that is run after it, if there is one. */
  readonly next: Action | null
  readonly isFlow: boolean
  readonly event: Event
  readonly now: number
}

/** Longest outcome; the rest of a longer one is cut off. */
const outcomeLengthMax = 500

/** Hears of something while an action waits. */
export function handleWhileWaiting(at: EventContext): EventResult {
  const wait = present(at.flow.wait, 'an action that waits')
  switch (wait.type) {
    case 'TIME':
      return handleTime(wait, at)
    case 'PLAYBACK':
      return handlePlayback(wait.playbackId, at)
    case 'DIGITS':
      return handleDigits(wait, at)
    case 'MACHINE':
      return handleMachine(wait, at)
    case 'LEGS':
      return handleLegs(wait, at)
    case 'LEG':
      return handleLeg(wait.leg, at)
    case 'SENDING':
      return handleSending(wait.sendingId, at)
    case 'BREATH':
      return null
    default:
      return unreachable(wait)
  }
}

type Of<Type extends Wait['type']> = Extract<Wait, { type: Type }>

const isOver = (wait: { readonly until: number }, { event, now }: EventContext) =>
  event.type === 'TIME_OVER' && wait.until <= now

function refusal(why: string): EventResult {
  return { type: 'PASSED', outcome: readable(`refused: ${why}`) }
}

/** What a carrier or a server says may be of any length, and hold anything. */
function readable(outcome: string): string {
  return cut(tidy(outcome), outcomeLengthMax)
}

function handleTime(wait: Of<'TIME'>, at: EventContext): EventResult {
  const { event } = at
  if (event.type === 'REFUSED' && event.requestId === wait.requestId) return refusal(event.why)
  return isOver(wait, at) ? { type: 'PASSED', outcome: wait.outcome } : null
}

/**
 * A playback that failed is mostly the first sign that the called side has hung up: the actions go on a moment later, so
 * that nobody is rung for a call that is over. A digit before a DIGITS_RECEIVE cuts off what is played, and counts.
 */
function handlePlayback(playbackId: string, { flow, event, next, now }: EventContext): EventResult {
  const isEnd = event.type === 'PLAYBACK_ENDED' && event.playbackId === playbackId
  if (event.type === 'REFUSED' && event.requestId === playbackId) return refusal(event.why)
  if (event.type === 'MISSED' || (isEnd && event.failed)) {
    const until = now + limits.failedPlaybackPauseMs
    return { type: 'WAITS', wait: { type: 'TIME', until, outcome: 'not played to its end', requestId: null } }
  }
  if (isEnd) return { type: 'PASSED', outcome: 'played' }
  if (next?.type !== 'DIGITS_RECEIVE' || !isFreshDigit(event, flow)) return null
  return { type: 'PASSED', outcome: 'cut off by a digit', requests: [{ type: 'STOP_PLAYBACK', playbackId }] }
}

function isFreshDigit(
  event: ActiveflowEvent,
  { digitsHeardUntil }: Activeflow,
): event is Extract<ActiveflowEvent, { type: 'DIGIT' }> {
  return (
    event.type === 'DIGIT' &&
    /^[0-9*#A-D]$/.test(event.digit) &&
    event.at > (digitsHeardUntil ?? Number.NEGATIVE_INFINITY)
  )
}

function handleDigits(wait: Of<'DIGITS'>, at: EventContext): EventResult {
  const option = at.action.option as ActionOption<'DIGITS_RECEIVE'>
  const { event, flow } = at
  const pressed = isFreshDigit(event, flow) ? press(wait.pressed, event) : wait.pressed
  const ended = read(pressed, option)
  if (ended === null && !isOver(wait, at)) {
    return pressed === wait.pressed ? null : { type: 'WAITS', wait: { ...wait, pressed } }
  }
  const digits = ended ?? pressed.map(({ digit }) => digit).join('')
  return {
    type: 'PASSED',
    outcome: digits === '' ? 'received no digits' : `received digits ${digits}`,
    changes: {
      variables: { ...flow.variables, [option.variable]: digits },
      digitsHeardUntil: pressed.at(-1)?.at ?? flow.digitsHeardUntil,
    },
  }
}

/** Digits with one more, in the order of their times. One with the same time as before is that one, told of twice. */
function press(pressed: readonly PressedDigit[], { digit, at }: PressedDigit): readonly PressedDigit[] {
  if (pressed.some((of) => of.at === at && of.digit === digit)) return pressed
  const later = pressed.findIndex((of) => of.at > at)
  const place = later < 0 ? pressed.length : later
  return [...pressed.slice(0, place), { digit, at }, ...pressed.slice(place)]
}

/** The digits once there are enough of them, or the terminator, which is none of them; null before that. */
function read(pressed: readonly PressedDigit[], option: ActionOption<'DIGITS_RECEIVE'>): string | null {
  const digits = pressed.map(({ digit }) => digit)
  const end = option.terminator === undefined ? -1 : digits.indexOf(option.terminator)
  if (end >= 0) return digits.slice(0, Math.min(end, option.length)).join('')
  return digits.length >= option.length ? digits.slice(0, option.length).join('') : null
}

function handleMachine(wait: Of<'MACHINE'>, at: EventContext): EventResult {
  const { event, flow, action } = at
  if (event.type === 'REFUSED' && event.requestId === wait.requestId) return refusal(event.why)
  const result = event.type === 'MACHINE' ? event.result : isOver(wait, at) ? 'NOT_SURE' : null
  if (result === null) return null
  const { machineHandle } = action.option as ActionOption<'AMD'>
  const hangsUp = result === 'MACHINE' && machineHandle === 'hangup'
  return {
    type: 'PASSED',
    outcome: result === 'NOT_SURE' ? 'not sure' : `${result.toLowerCase()} detected`,
    changes: { variables: { ...flow.variables, [machineVariable]: result } },
    ...(hangsUp && { flowOutcome: { type: 'HANG_UP', reason: 'AMD' } }),
  }
}

/** The first who answers is connected, and the other phones fall silent. */
function handleLegs(wait: Of<'LEGS'>, at: EventContext): EventResult {
  const { event } = at
  if (isOver(wait, at)) return { type: 'PASSED', outcome: 'nobody answered', requests: wait.legs.map(hangUpLeg) }
  const legId = event.type === 'REFUSED' ? event.requestId : 'legId' in event ? event.legId : null
  const leg = wait.legs.find((of) => of.legId === legId)
  if (leg === undefined) return null
  const others = wait.legs.filter((of) => of !== leg)
  if (event.type === 'LEG_CONNECTED') {
    return { type: 'WAITS', wait: { type: 'LEG', leg }, requests: others.map(hangUpLeg) }
  }
  if (others.length > 0) return { type: 'WAITS', wait: { ...wait, legs: others } }
  return event.type === 'REFUSED' ? refusal(event.why) : { type: 'PASSED', outcome: 'nobody answered' }
}

function hangUpLeg({ legId }: RingingLeg): ActiveflowRequest {
  return { type: 'HANG_UP_LEG', legId }
}

/** What a CONNECT that has reached somebody comes to. */
export function connectedTo({ number }: RingingLeg): string {
  return `connected to ${number}`
}

function handleLeg(leg: RingingLeg, { event }: EventContext): EventResult {
  return event.type === 'LEG_ENDED' && event.legId === leg.legId ? { type: 'PASSED', outcome: connectedTo(leg) } : null
}

/** A call goes on, whatever came of it; a FLOW is over unless it was taken (docs/rules.md#campaign-flow). */
function handleSending(sendingId: string, { event, isFlow }: EventContext): EventResult {
  if (event.type !== 'SENT' || event.sendingId !== sendingId) return null
  const { result } = event
  const outcome = sendingOutcome(result)
  if (!isFlow || result.type === 'TAKEN') return { type: 'PASSED', outcome }
  return {
    type: 'PASSED',
    outcome,
    flowOutcome: { type: 'HANG_UP', reason: result.type === 'REFUSED' ? 'FAILED' : 'UNKNOWN' },
  }
}

/** What an action that sends something comes to. */
export function sendingOutcome({ type, detail }: SendingResult): string {
  return type === 'TAKEN' ? sentOutcome : readable(`${type.toLowerCase()}: ${detail}`)
}

const sentOutcome = 'sent'

/**
 * The reason with which a FLOW is hung up on request (docs/rules.md#campaign-flow): nothing was sent, or it is not known what
 * becomes of what is being sent, or all that was sent was taken. After one that was not taken, a FLOW has ended by itself.
 */
export function requestedFlowReason(
  { wait }: Activeflow,
  executed: readonly ActionExecution[],
  actions: readonly Action[],
): 'CANCEL' | 'UNKNOWN' | 'NORMAL' {
  if (wait?.type === 'SENDING') return 'UNKNOWN'
  const sends = new Set(actions.filter(({ type }) => sendingTypeOf(type) !== null).map(({ id }) => id))
  const isSent = executed.some(({ actionId, outcome }) => sends.has(actionId) && outcome === sentOutcome)
  return isSent ? 'NORMAL' : 'CANCEL'
}
