import { present, unreachable } from '../kernel/assert.ts'
import { limits } from '../limits.ts'
import type { Action, ActionOption } from './action.ts'
import { messageLengthMax, spokenLengthMax, subjectLengthMax } from './action-options.ts'
import type { Activeflow, ActiveflowRequest, FlowContext, FlowOutcome, Wait } from './activeflow.ts'
import { type AddressType, mayBeDialed } from './address.ts'
import { meetsTime, meetsValue } from './comparison.ts'
import type { Sending } from './sending.ts'
import { expand, expandJson } from './template.ts'
import { allVariables, readVariable, variableLengthMax } from './variable.ts'

/** What an action changes in an activeflow besides its position. */
export type ActiveflowChanges = Partial<
  Pick<Activeflow, 'variables' | 'jumpCounts' | 'recordingId' | 'digitsHeardUntil'>
>

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
  readonly flow: Activeflow
  readonly context: FlowContext
  readonly now: number
}

/** Default times of a tone. */
const toneDefaultMs = { durationMs: 100, intervalMs: 100 } as const
const webhookBodyLengthMax = 65_536

/** Starts an action. */
export function beginAction(action: Action, at: ActionContext): ActionResult {
  switch (action.type) {
    case 'ANSWER':
      return passed('answered')
    case 'TALK':
      return talk(action.option, at)
    case 'PLAY':
      return playback(at, (playbackId) => ({ type: 'PLAY', playbackId, urls: action.option.urls }))
    case 'BEEP':
      return playback(at, (playbackId) => ({ type: 'TONE', playbackId }))
    case 'SLEEP':
      return sleep(action.option.durationMs, at.now)
    case 'QUEUE_JOIN':
      return { type: 'ENDS', outcome: null, flowOutcome: { type: 'JOIN_QUEUE' } }
    case 'HANGUP':
      return { type: 'ENDS', outcome: 'hung up', flowOutcome: { type: 'HANG_UP', reason: action.option.reason } }
    case 'STOP':
      return { type: 'ENDS', outcome: 'stopped', flowOutcome: { type: 'HANG_UP', reason: 'NORMAL' } }
    case 'AMD':
      return detectMachine(at)
    case 'DIGITS_RECEIVE':
      return receiveDigits(action.option, at)
    case 'DIGITS_SEND':
      return sendDigits(action.option, at)
    case 'BRANCH':
      return branch(action.option, at)
    case 'GOTO':
      return jump(action.id, action.option, at.flow)
    case 'CONDITION_VARIABLE':
      return condition(meetsValue(read(action.option.variable, at), action.option), action.option.falseTargetId)
    case 'CONDITION_DATETIME':
      return condition(meetsTime(at.now, action.option), action.option.falseTargetId)
    case 'VARIABLE_SET':
      return setVariable(action.option, at)
    case 'CONNECT':
      return connect(action.option, at)
    case 'RECORDING_START':
      return startRecording(action.option, at)
    case 'RECORDING_STOP':
      return stopRecording(at.flow)
    case 'WEBHOOK_SEND':
      return sendWebhook(action.id, action.option, at)
    case 'EMAIL_SEND':
      return sendEmail(action.option, at)
    case 'MESSAGE_SEND':
      return sendMessage(action.option, at)
    default:
      return unreachable(action)
  }
}

function passed(outcome: string, more: Omit<ActionResult & { type: 'PASSED' }, 'type' | 'outcome'> = {}): ActionResult {
  return { type: 'PASSED', outcome, ...more }
}

function read(name: string, { flow, context }: ActionContext): string {
  return readVariable(name, { ...context, variables: flow.variables })
}

function expandText(text: string, lengthMax: number, at: ActionContext): string {
  return expand(text, (name) => read(name, at), lengthMax)
}

function playback({ context }: ActionContext, request: (playbackId: string) => ActiveflowRequest): ActionResult {
  const playbackId = context.makeId()
  return { type: 'WAITS', wait: { type: 'PLAYBACK', playbackId }, requests: [request(playbackId)] }
}

function talk(option: ActionOption<'TALK'>, at: ActionContext): ActionResult {
  const text = expandText(option.text, spokenLengthMax, at)
  if (text.trim() === '') return passed('nothing to say')
  const { language = null, gender = null } = option
  return playback(at, (playbackId) => ({ type: 'SPEAK', playbackId, speech: { text, language, gender } }))
}

function sleep(durationMs: number, now: number): ActionResult {
  const outcome = 'slept'
  if (durationMs === 0) return passed(outcome)
  return { type: 'WAITS', wait: { type: 'TIME', until: now + durationMs, outcome, requestId: null }, requests: [] }
}

function detectMachine({ context, now }: ActionContext): ActionResult {
  const requestId = context.makeId()
  const wait: Wait = { type: 'MACHINE', until: now + limits.machineDetectionMs, requestId }
  return { type: 'WAITS', wait, requests: [{ type: 'DETECT_MACHINE', requestId }] }
}

function receiveDigits({ timeoutMs }: ActionOption<'DIGITS_RECEIVE'>, { now }: ActionContext): ActionResult {
  const wait: Wait = { type: 'DIGITS', until: now + timeoutMs, pressed: [] }
  return { type: 'WAITS', wait, requests: [{ type: 'RECEIVE_DIGITS' }] }
}

/** The next action waits until all digits have been played. */
function sendDigits(option: ActionOption<'DIGITS_SEND'>, { context, now }: ActionContext): ActionResult {
  const { digits, durationMs = toneDefaultMs.durationMs, intervalMs = toneDefaultMs.intervalMs } = option
  const requestId = context.makeId()
  const until = now + digits.length * (durationMs + intervalMs)
  return {
    type: 'WAITS',
    wait: { type: 'TIME', until, outcome: `sent digits ${digits}`, requestId },
    requests: [{ type: 'SEND_DIGITS', requestId, digits, times: { durationMs, intervalMs } }],
  }
}

function branch({ variable, targets, defaultTargetId }: ActionOption<'BRANCH'>, at: ActionContext): ActionResult {
  const value = read(variable, at)
  if (Object.hasOwn(targets, value)) return passed(`matched ${value}`, { nextId: targets[value] ?? null })
  return passed('matched nothing', { nextId: defaultTargetId })
}

/** Jumps `loopCount` times in a run, and passes after that. */
function jump(id: string, { targetId, loopCount }: ActionOption<'GOTO'>, { jumpCounts }: Activeflow): ActionResult {
  const count = (jumpCounts[id] ?? 0) + 1
  if (count > loopCount) return passed('went on')
  return passed(`jumped, ${count} of ${loopCount}`, {
    nextId: targetId,
    changes: { jumpCounts: { ...jumpCounts, [id]: count } },
  })
}

function condition(holds: boolean, falseTargetId: string): ActionResult {
  return holds ? passed('true') : passed('false', { nextId: falseTargetId })
}

function setVariable({ variable, value }: ActionOption<'VARIABLE_SET'>, at: ActionContext): ActionResult {
  const { variables } = at.flow
  return passed('set', {
    changes: { variables: { ...variables, [variable]: expandText(value, variableLengthMax, at) } },
  })
}

function connect(option: ActionOption<'CONNECT'>, { context, now }: ActionContext): ActionResult {
  const { ringTimeoutMs, source } = option
  // The action may have been stored before such numbers were refused.
  const destinations = option.destinations.filter((target) => mayBeDialed({ type: 'TEL', target }))
  if (destinations.length === 0) return passed('refused: its numbers are never dialed')
  const telephone = { type: 'TEL', targetName: '', name: '', detail: '' } as const
  const from = source === undefined ? context.call.source : { ...telephone, target: source }
  const legs = destinations.map((target) => ({
    legId: context.makeId(),
    ...{ to: { ...telephone, target }, from, ringTimeoutMs },
  }))
  return {
    type: 'WAITS',
    wait: {
      type: 'LEGS',
      until: now + ringTimeoutMs + limits.finalNewsMs,
      legs: legs.map(({ legId, to }) => ({ legId, number: to.target })),
    },
    requests: legs.map((leg) => ({ type: 'DIAL', leg })),
  }
}

function startRecording(option: ActionOption<'RECORDING_START'>, { flow, context }: ActionContext): ActionResult {
  if (flow.recordingId !== null) return passed('refused: the call is being recorded already')
  const recordingId = context.makeId()
  const { format, beep, durationMaxMs = null } = option
  return passed('recording', {
    changes: { recordingId },
    requests: [
      {
        type: 'RECORD',
        step: flow.stepCount,
        command: { type: 'START_RECORDING', recordingId, settings: { format, beep, durationMaxMs } },
      },
    ],
  })
}

function stopRecording({ recordingId }: Activeflow): ActionResult {
  if (recordingId === null) return passed('nothing was being recorded')
  return passed('stopped recording', {
    changes: { recordingId: null },
    requests: [{ type: 'STOP_RECORDING', recordingId }],
  })
}

/**
 * The result of an action that cannot send: a call continues, a FLOW ends as FAILED, since sending is all it does
 * (docs/rules.md#campaign-flow).
 */
function refused(why: string, { context }: ActionContext): ActionResult {
  const outcome = `refused: ${why}`
  if (context.call.referenceType !== 'FLOW') return passed(outcome)
  return { type: 'ENDS', outcome, flowOutcome: { type: 'HANG_UP', reason: 'FAILED' } }
}

/**
 * A sending is stored under an id of its own before it is handed over, so that it is never sent twice
 * (docs/rules.md#campaign-flow).
 */
function send({ context }: ActionContext, sending: (id: string) => Sending): ActionResult {
  const sendingId = context.makeId()
  return {
    type: 'WAITS',
    wait: { type: 'SENDING', sendingId },
    requests: [{ type: 'SEND', sending: sending(sendingId) }],
  }
}

/** Without data, a webhook reports the call and every variable. */
function sendWebhook(actionId: string, option: ActionOption<'WEBHOOK_SEND'>, at: ActionContext): ActionResult {
  const { flow, context } = at
  const { url, method, data } = option
  const body =
    data === undefined
      ? JSON.stringify({
          ...{ campaigncallId: context.call.id, activeflowId: flow.id, actionId },
          variables: allVariables({ ...context, variables: flow.variables }),
        })
      : expandJson(data, (text) => expandText(text, webhookBodyLengthMax, at))
  if (body.length > webhookBodyLengthMax) return refused('its data is too long with its variables put in', at)
  return send(at, (id) => ({ id, type: 'WEBHOOK', url, method, body }))
}

function sendEmail(option: ActionOption<'EMAIL_SEND'>, at: ActionContext): ActionResult {
  const to = option.to ?? recipient('EMAIL', at)
  if (to === null) return refused('the target has no e-mail address', at)
  // A line break in a value would start another header.
  const subject = expandText(option.subject, subjectLengthMax, at).replace(/[\r\n]+/g, ' ')
  const text = expandText(option.text, spokenLengthMax, at)
  return send(at, (id) => ({ id, type: 'EMAIL', to: typeof to === 'string' ? [to] : to, subject, text }))
}

function sendMessage(option: ActionOption<'MESSAGE_SEND'>, at: ActionContext): ActionResult {
  const { source } = at.context.call
  const to = option.to ?? recipient('TEL', at)
  if (to === null) return refused('the target has no telephone number', at)
  if (!mayBeDialed({ type: 'TEL', target: to })) return refused('nothing is sent to a number that is never dialed', at)
  const from = option.source ?? (source.type === 'TEL' ? source.target : null)
  if (from === null) return refused('the outplan has no telephone number to send it from', at)
  const text = expandText(option.text, messageLengthMax, at)
  if (text.trim() === '') return refused('nothing is left to say', at)
  return send(at, (id) => ({ id, type: 'MESSAGE', from, to, text }))
}

/** The destination of the call, or else the first destination of its target of that type. */
function recipient(type: AddressType, { context }: ActionContext): string | null {
  const { call, target } = context
  if (call.destination.type === type) return call.destination.target
  const { destinations } = present(target, 'the target of what is sent to it')
  const first = [...destinations].sort((a, b) => a.index - b.index).find(({ address }) => address.type === type)
  return first?.address.target ?? null
}
