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

/** Events that can arrive while an action waits. */
export type ActiveflowEvent =
  /** The wait may have timed out. */
  | { readonly type: 'TIME_OVER' }
  /** The call is live again after its news was lost: whatever ended meanwhile was not reported. */
  | { readonly type: 'MISSED' }
  | { readonly type: 'PLAYBACK_ENDED'; readonly playbackId: string; readonly failed: boolean }
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

/** The waiting action and the event. */
export interface EventContext<Event extends ActiveflowEvent = ActiveflowEvent> {
  readonly flow: Activeflow
  readonly action: Action
  /** The action that follows it, if any. */
  readonly next: Action | null
  readonly isFlow: boolean
  readonly event: Event
  readonly now: number
}

/** Longest outcome; a longer one is cut. */
const outcomeLengthMax = 500

/** Applies an event to a waiting action. */
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

/** A carrier's or a server's text may have any length and any characters. */
function readable(outcome: string): string {
  return cut(tidy(outcome), outcomeLengthMax)
}

function handleTime(wait: Of<'TIME'>, at: EventContext): EventResult {
  const { event } = at
  if (event.type === 'REFUSED' && event.requestId === wait.requestId) return refusal(event.why)
  return isOver(wait, at) ? { type: 'PASSED', outcome: wait.outcome } : null
}

/**
 * A failed playback is usually the first sign that the called side has hung up: the actions resume a moment later, so
 * that no phone rings for a call that has ended. A digit before a DIGITS_RECEIVE interrupts the playback, and counts.
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

/** Adds a digit in the order of the times. The same digit with the same time was reported twice. */
function press(pressed: readonly PressedDigit[], { digit, at }: PressedDigit): readonly PressedDigit[] {
  if (pressed.some((of) => of.at === at && of.digit === digit)) return pressed
  const later = pressed.findIndex((of) => of.at > at)
  const place = later < 0 ? pressed.length : later
  return [...pressed.slice(0, place), { digit, at }, ...pressed.slice(place)]
}

/**
 * The digits once there are enough of them or the terminator was pressed, which is not part of them; null before that.
 */
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

/** The first phone to answer is connected; the others are hung up. */
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

/** The outcome of a CONNECT that was answered. */
export function connectedTo({ number }: RingingLeg): string {
  return `connected to ${number}`
}

function handleLeg(leg: RingingLeg, { event }: EventContext): EventResult {
  return event.type === 'LEG_ENDED' && event.legId === leg.legId ? { type: 'PASSED', outcome: connectedTo(leg) } : null
}

/** A call continues whatever the result; a FLOW ends unless the sending was taken (docs/rules.md#campaign-flow). */
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

/** The outcome of an action that sends. */
export function sendingOutcome({ type, detail }: SendingResult): string {
  return type === 'TAKEN' ? sentOutcome : readable(`${type.toLowerCase()}: ${detail}`)
}

const sentOutcome = 'sent'

/**
 * The reason of a FLOW that is hung up on request (docs/rules.md#campaign-flow): CANCEL if nothing was sent, UNKNOWN
 * while a result is pending, NORMAL if everything sent was taken. After a sending that was not taken, a FLOW has ended
 * already.
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
