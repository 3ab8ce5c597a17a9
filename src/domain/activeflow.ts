import { assert, unreachable } from '../kernel/assert.ts'
import type { Action } from './action.ts'
import type { HangupReason } from './campaigncall.ts'

/** Most steps of one run; then the call is hung up, FAILED (behaviour 6). */
export const activeflowStepsMax = 1000

/** The run of a campaign's actions for one campaigncall, as it is stored between its steps. */
export interface Activeflow {
  readonly id: string
  readonly customerId: string
  readonly campaigncallId: string
  readonly status: 'RUNNING' | 'ENDED'
  /** The action that is under way, or was last. */
  readonly actionId: string | null
  /** Steps taken so far. */
  readonly stepCount: number
  /** The playback whose end is awaited. */
  readonly playbackId: string | null
  /** When a SLEEP ends. */
  readonly sleepUntil: number | null
}

/** What an activeflow asks of the dialer when it comes to a stand. */
export type ActiveflowRequest =
  | {
      readonly type: 'SPEAK'
      readonly playbackId: string
      readonly text: string
      readonly language: string | null
      readonly gender: string | null
    }
  | { readonly type: 'PLAY'; readonly playbackId: string; readonly urls: readonly string[] }
  | { readonly type: 'SLEEP'; readonly until: number }
  | { readonly type: 'JOIN_QUEUE' }
  | { readonly type: 'HANG_UP'; readonly reason: HangupReason }
  /** Nothing more to do, and nobody hangs up: the called side, or the longest duration, ends the call. */
  | { readonly type: 'REST' }

export interface ActiveflowSetting {
  readonly actions: readonly Action[]
  readonly queueId: string | null
  /** Makes an id for a playback. */
  readonly makeId: () => string
}

export interface ActiveflowDecision {
  readonly flow: Activeflow
  readonly request: ActiveflowRequest
}

/** A QUEUE_JOIN is run after the last action unless the actions say otherwise (behaviour 1.6). */
export function joinsQueueAtEnd(actions: readonly Action[], queueId: string | null): boolean {
  return queueId !== null && !actions.some(({ type }) => type === 'QUEUE_JOIN' || type === 'STOP' || type === 'HANGUP')
}

/** True when what a stored activeflow waits for has come. */
export function isActiveflowReady(flow: Activeflow, now: number): boolean {
  return flow.status === 'RUNNING' && flow.playbackId === null && (flow.sleepUntil === null || flow.sleepUntil <= now)
}

/** Goes on from where the activeflow stands, up to the next thing that takes time or ends it. */
export function advanceActiveflow(start: Activeflow, setting: ActiveflowSetting, now: number): ActiveflowDecision {
  assert(isActiveflowReady(start, now), 'an activeflow to advance that waits for nothing')
  let flow: Activeflow = { ...start, sleepUntil: null }
  const end = (request: ActiveflowRequest): ActiveflowDecision => ({ flow: { ...flow, status: 'ENDED' }, request })
  for (;;) {
    const action = nextAction(setting.actions, flow.actionId)
    if (action === null) return end(endRequest(setting))
    if (flow.stepCount >= activeflowStepsMax) return end({ type: 'HANG_UP', reason: 'FAILED' })
    flow = { ...flow, actionId: action.id, stepCount: flow.stepCount + 1 }
    switch (action.type) {
      case 'ANSWER':
        break
      case 'TALK': {
        const playbackId = setting.makeId()
        const { text, language = null, gender = null } = action.option
        return { flow: { ...flow, playbackId }, request: { type: 'SPEAK', playbackId, text, language, gender } }
      }
      case 'PLAY': {
        const playbackId = setting.makeId()
        return { flow: { ...flow, playbackId }, request: { type: 'PLAY', playbackId, urls: action.option.urls } }
      }
      case 'SLEEP': {
        const until = now + action.option.durationMs
        if (until > now) return { flow: { ...flow, sleepUntil: until }, request: { type: 'SLEEP', until } }
        break
      }
      case 'QUEUE_JOIN':
        return end({ type: 'JOIN_QUEUE' })
      case 'HANGUP':
        return end({ type: 'HANG_UP', reason: action.option.reason })
      case 'STOP':
        return end({ type: 'HANG_UP', reason: 'NORMAL' })
      default:
        return unreachable(action)
    }
  }
}

/** The action after the one that was last run; null at the end of the list. */
function nextAction(actions: readonly Action[], actionId: string | null): Action | null {
  if (actionId === null) return actions[0] ?? null
  const index = actions.findIndex((action) => action.id === actionId)
  assert(index >= 0, 'an activeflow that stands at an action of its own list')
  const nextId = actions[index]?.nextId ?? null
  return (nextId === null ? actions[index + 1] : actions.find((action) => action.id === nextId)) ?? null
}

/** What the end of the list means (behaviour 6): an empty list without a queue leaves the call to the called side. */
function endRequest({ actions, queueId }: ActiveflowSetting): ActiveflowRequest {
  if (joinsQueueAtEnd(actions, queueId)) return { type: 'JOIN_QUEUE' }
  return actions.length === 0 ? { type: 'REST' } : { type: 'HANG_UP', reason: 'NORMAL' }
}
