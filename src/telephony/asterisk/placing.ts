import type { HangupReason } from '../../domain/campaigncall.ts'
import { assert } from '../../kernel/assert.ts'
import type { Leg, OriginateAnswer, OriginateRequest } from '../driver.ts'
import { installationVariable } from '../kit/installation.ts'
import { isCallerId, isDialable } from '../number.ts'
import type { HttpAnswer } from './http.ts'

/** How calls are placed: into a dialplan, which keeps an answered call while we are away, or without one. */
export const modes = ['context', 'app'] as const
export type Mode = (typeof modes)[number]

export interface PlacingOptions {
  /** The PJSIP endpoint that calls go out by. */
  readonly trunk: string
  readonly mode: Mode
  /** The application of ours that Asterisk hands answered calls to. */
  readonly app: string
  /** Where an answered call goes in the dialplan, in mode context: extension s, priority 1. */
  readonly context: string
  readonly installationId: string
}

/** What is sent to place a call, or why it is not. */
export type Placing =
  | { readonly type: 'SEND'; readonly body: Readonly<Record<string, unknown>> }
  | { readonly type: 'REFUSE'; readonly reason: HangupReason }

const variablePattern = /^[A-Za-z_][A-Za-z0-9_]*$/
/** Margin after which the switch ends a call if this process no longer can. */
const safetyNetMs = 10_000
/** Margin of the switch's ring timeout over ours: an unanswered call is hung up by us, with our reason. */
const ringNetMs = 2000

/**
 * The request for a call. An invalid destination is INVALID_NUMBER, because retrying cannot help. An invalid caller ID is
 * FAILED: a call placed under another identity than the requested one cannot be undone. Without a caller ID the trunk's own
 * is used.
 */
export function placingOf(request: OriginateRequest, options: PlacingOptions): Placing {
  const { callId, to, from, ringTimeoutMs, maxDurationMs, variables } = request
  const { trunk, mode, app, context, installationId } = options
  if (!isDialable(to.target)) return { type: 'REFUSE', reason: 'INVALID_NUMBER' }
  if (!isCallerId(from.target)) return { type: 'REFUSE', reason: 'FAILED' }
  for (const name of Object.keys(variables)) assert(variablePattern.test(name), 'a variable, and no dialplan function')
  const body = {
    endpoint: `PJSIP/${to.target}@${trunk}`,
    ...(mode === 'context' ? { context, extension: 's', priority: 1 } : { app, appArgs: 'call' }),
    ...(from.target !== '' && { callerId: from.target }),
    timeout: Math.ceil((ringTimeoutMs + ringNetMs) / 1000),
    channelId: callId,
    variables: {
      ...variables,
      [installationVariable]: installationId,
      // Counted from the placing.
      'TIMEOUT(absolute)': String(Math.ceil((ringTimeoutMs + maxDurationMs + safetyNetMs) / 1000)),
    },
  }
  return { type: 'SEND', body }
}

export interface LegPlacingOptions extends Pick<PlacingOptions, 'trunk' | 'app'> {
  readonly appArgs: string
  readonly channelId: string
  /** The id of the channel that it is called for. */
  readonly call: string
  /** How long the leg may last at the most, its ringing included; infinite where that is not known. */
  readonly maxDurationMs: number
}

/** The request for a further leg. Throws if the destination or the caller ID is invalid. */
export function legPlacingOf(leg: Leg, options: LegPlacingOptions): Readonly<Record<string, unknown>> {
  const { to, from, ringTimeoutMs } = leg
  const { trunk, app, appArgs, channelId, call, maxDurationMs } = options
  if (!isDialable(to.target)) throw new Error('expected a number to call')
  if (!isCallerId(from.target)) throw new Error('expected a number to show')
  const lastsMs = maxDurationMs + safetyNetMs
  return {
    endpoint: `PJSIP/${to.target}@${trunk}`,
    ...{ app, appArgs, channelId, originator: call },
    ...(from.target !== '' && { callerId: from.target }),
    timeout: Math.ceil((ringTimeoutMs + ringNetMs) / 1000),
    // It must not outlive its call by much, even if nobody is here to end it.
    ...(Number.isFinite(lastsMs) && { variables: { 'TIMEOUT(absolute)': String(Math.ceil(lastsMs / 1000)) } }),
  }
}

/**
 * What Asterisk's answer to that request means (docs/rules.md#request-answers): what is not provably not placed may have been.
 */
export function answerOf(answer: HttpAnswer, callId: string): OriginateAnswer {
  const { status, body, retryAfterMs } = answer
  const rejected = (reason: HangupReason): OriginateAnswer =>
    retryAfterMs === null ? { type: 'REJECTED', reason } : { type: 'REJECTED', reason, retryAfterMs }
  // Somebody else than Asterisk may say 200 too, a proxy for example.
  if (status === 200 && fieldOf(body, 'id') === callId) return { type: 'ACCEPTED' }
  if (isRefusal(answer)) return rejected('FAILED')
  const tooMany = status === 429 || (status === 503 && retryAfterMs !== null)
  return tooMany ? rejected('CONGESTION') : { type: 'INDETERMINATE' }
}

function isRefusal({ status, body }: HttpAnswer): boolean {
  switch (status) {
    case 400:
    case 401:
    case 403:
      return true
    case 404:
      // A page, and no answer of the interface: Asterisk starts, or its address is wrong.
      return body === undefined
    case 500:
      return wordsOf(body) === 'Allocation failed'
    case 503:
      return wordsOf(body).includes('not booted')
    default:
      return false
  }
}

/** What Asterisk says of a failure: in `message`, or in `error` where the failure is its own. */
export function wordsOf(body: unknown): string {
  return fieldOf(body, 'message') ?? fieldOf(body, 'error') ?? ''
}

function fieldOf(body: unknown, name: string): string | null {
  if (typeof body !== 'object' || body === null) return null
  const value = (body as Record<string, unknown>)[name]
  return typeof value === 'string' ? value : null
}
