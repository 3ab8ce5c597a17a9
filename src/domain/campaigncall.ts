import { assert, unreachable } from '../kernel/assert.ts'
import type { Address } from './address.ts'

export const campaigncallStatuses = ['DIALING', 'PROGRESSING', 'DONE'] as const
export type CampaigncallStatus = (typeof campaigncallStatuses)[number]
export const campaigncallResults = ['SUCCESS', 'FAIL'] as const
export type CampaigncallResult = (typeof campaigncallResults)[number]
export const referenceTypes = ['NONE', 'CALL', 'FLOW'] as const
export type ReferenceType = (typeof referenceTypes)[number]
export const hangupReasons = [
  'NORMAL',
  'BUSY',
  'NO_ANSWER',
  'UNAVAILABLE',
  'REJECTED',
  'INVALID_NUMBER',
  'CONGESTION',
  'FAILED',
  'CANCEL',
  'TIMEOUT',
  'AMD',
  'ABANDONED',
  'UNKNOWN',
] as const
export type HangupReason = (typeof hangupReasons)[number]
export const campaigncallEvents = [
  'CREATED',
  'ANSWERED',
  'QUEUED',
  'AGENT_RINGING',
  'AGENT_CONNECTED',
  'AGENT_MISSED',
  'ENDED',
  'CORRECTED',
] as const
export type CampaigncallEvent = (typeof campaigncallEvents)[number]

/** The phase of an answered call: in its actions, waiting for an agent, offered to one or more, or talking to one. */
export const callPhases = ['ACTIONS', 'WAITING', 'OFFERED', 'CONNECTED'] as const
type CallPhase = (typeof callPhases)[number]

interface CampaigncallBase {
  readonly id: string
  readonly customerId: string
  readonly position: number
  readonly campaignId: string
  readonly outplanId: string
  readonly outdialId: string
  readonly outdialTargetId: string
  readonly queueId: string | null
  readonly activeflowId: string
  readonly actionListId: string
  readonly referenceType: ReferenceType
  /** The id of the call at the carrier, chosen before it is placed; null for FLOW. */
  readonly referenceId: string | null
  readonly source: Address
  readonly destination: Address
  readonly destinationIndex: number
  /** Which try of that destination this is: 1 for the first. */
  readonly tryCount: number
  /** Number of this attempt of the target; only rises, never reset. */
  readonly attempt: number
  readonly dialTimeoutMs: number
  /** 1, 2, 3 …: one for each transition. */
  readonly version: number
  /** The first request to end the call, as stored: its reason becomes the call's reason when the call ends. */
  readonly endRequest: EndRequest | null
  /** When to look the call up at the carrier; null while its state is not in doubt. */
  readonly lookupAt: number | null
  /** When the next timeout of this call is due; null when only news can change it. */
  readonly wakeAt: number | null
  /** When the call reached QUEUE_JOIN. */
  readonly queuedAt: number | null
  readonly createdAt: number
  readonly updatedAt: number
}

interface EndRequest {
  readonly reason: HangupReason
  readonly at: number
  /** When the carrier was last asked to hang up; null if it was not asked yet. */
  readonly sentAt: number | null
}

export type DialingCall = CampaigncallBase & { readonly status: 'DIALING' }
export type ProgressingCall = CampaigncallBase & {
  readonly status: 'PROGRESSING'
  readonly phase: CallPhase
  /** Set while CONNECTED. */
  readonly agentId: string | null
  readonly answeredAt: number
}
export type DoneCall = CampaigncallBase & {
  readonly status: 'DONE'
  readonly result: CampaigncallResult
  readonly hangupReason: HangupReason
  readonly agentId: string | null
  /** Null when it was never answered, or when the answer was missed. */
  readonly answeredAt: number | null
  readonly endedAt: number
}
/** One attempt to reach one destination of one target. */
export type Campaigncall = DialingCall | ProgressingCall | DoneCall

/** The agent the call was connected to, if any. */
export function agentOf(call: Campaigncall): string | null {
  return call.status === 'DIALING' ? null : call.agentId
}

/** Commands that change a campaigncall. `at` is when it happened. */
export type CampaigncallCommand =
  | { readonly type: 'ANSWER' }
  | { readonly type: 'JOIN_QUEUE' }
  | { readonly type: 'WAIT' }
  | { readonly type: 'OFFER'; readonly agentId: string }
  | { readonly type: 'CONNECT'; readonly agentId: string }
  | { readonly type: 'MISS'; readonly agentId: string; readonly othersRinging: boolean }
  | ({ readonly type: 'END' } & End)
  /** It was provably not placed, whoever requested its end (docs/rules.md#attempt-not-placed). */
  | ({ readonly type: 'NEVER_PLACED' } & End)

/** What is known about the end of a call. */
interface End {
  readonly reason: HangupReason
  /** Who ended it, if the carrier says so. */
  readonly by?: 'US' | 'THEM' | undefined
}

/** One transition of a campaigncall, as stored in the log. */
export interface CampaigncallStep {
  readonly event: CampaigncallEvent
  readonly version: number
  readonly from: CampaigncallStatus | null
  readonly to: CampaigncallStatus
  readonly agentId: string | null
  readonly result: CampaigncallResult | null
  readonly hangupReason: HangupReason | null
  readonly inferred: boolean
}

/** A call after a command, and the transition, if there was one. */
export interface CampaigncallDecision {
  readonly call: Campaigncall
  readonly step: CampaigncallStep | null
}

/** NORMAL is a success; every other reason, known or not, is a failure (docs/rules.md#call-result). */
export function resultOf(reason: HangupReason): CampaigncallResult {
  return reason === 'NORMAL' ? 'SUCCESS' : 'FAIL'
}

/**
 * True from QUEUE_JOIN until an agent is connected: a call that ends in between is ABANDONED, whoever ends it
 * (docs/rules.md#agent-reservation).
 */
export function isBetweenQueueAndAgent(call: Campaigncall): boolean {
  return call.status === 'PROGRESSING' && (call.phase === 'WAITING' || call.phase === 'OFFERED')
}

/** The stored reason of a hangup by campaigncallHangup (docs/rules.md#end-request). */
export function requestedHangupReason(call: Campaigncall): HangupReason {
  return call.status === 'DIALING' || isBetweenQueueAndAgent(call) ? 'CANCEL' : 'NORMAL'
}

/** Reasons of the dialer's own time limits; the others are those of persons and actions. */
const limitReasons: readonly HangupReason[] = ['NO_ANSWER', 'TIMEOUT', 'ABANDONED']

/**
 * The reason of a call that has ended (docs/rules.md#end-request, docs/rules.md#agent-reservation). UNKNOWN stays
 * unknown. A time limit is not the reason if the other side had ended the call before the limit fired and the news came
 * late (docs/rules.md#news-first).
 */
export function finalReason(call: Campaigncall, { reason: reported, by }: End, endedAt: number): HangupReason {
  if (reported === 'UNKNOWN') return 'UNKNOWN'
  const { endRequest } = call
  const wasOver =
    endRequest !== null && limitReasons.includes(endRequest.reason) && by !== 'US' && endedAt < endRequest.at
  if (endRequest !== null && !wasOver) return endRequest.reason
  if (isBetweenQueueAndAgent(call)) return 'ABANDONED'
  // A driver enforces the ring time too, and hangs up a call that is answered at that very moment: that person was not
  // missed (docs/rules.md#news-first).
  const wasAnswered = call.status !== 'DIALING' && isInRingTime(call, call.answeredAt)
  return reported === 'NO_ANSWER' && wasAnswered ? 'NORMAL' : reported
}

function isInRingTime({ createdAt, dialTimeoutMs }: Campaigncall, at: number | null): boolean {
  return at !== null && at < createdAt + dialTimeoutMs
}

/**
 * Adjusts an end request to an answer at that time. A call answered within the ring time was not missed: it was
 * answered, and then hung up by us (docs/rules.md#news-first).
 */
function endRequestAnswered(call: Campaigncall, answeredAt: number) {
  const { endRequest } = call
  const isMissed = endRequest?.reason === 'NO_ANSWER' && isInRingTime(call, answeredAt)
  return isMissed ? { ...endRequest, reason: 'NORMAL' as const } : endRequest
}

/** Stores a request to end a call. The first request counts; a later one changes nothing. */
export function askEnd(call: Campaigncall, reason: HangupReason, at: number): Campaigncall {
  assert(call.status !== 'DONE', 'a call to end that is in flight')
  return call.endRequest === null ? { ...call, endRequest: { reason, at, sentAt: null }, updatedAt: at } : call
}

/** The first transition of a claimed call. */
export function createdStep(call: Campaigncall): CampaigncallStep {
  return { event: 'CREATED', version: call.version, from: null, to: 'DIALING', agentId: null, ...unresolved }
}

const unresolved = { result: null, hangupReason: null, inferred: false } as const

/**
 * Applies a command to a call. State only moves forward: news that comes late, twice or out of order yields no
 * transition, or a CORRECTED one if it adds a missing fact (docs/rules.md#call-states, docs/rules.md#news-disorder).
 */
export function decideCampaigncall(
  call: Campaigncall,
  command: CampaigncallCommand,
  at: number,
  inferred = false,
): CampaigncallDecision {
  const version = call.version + 1
  const stay: CampaigncallDecision = { call, step: null }
  const next = <Next extends Partial<ProgressingCall> | Partial<DoneCall>>(changes: Next) =>
    ({ ...call, ...changes, version, updatedAt: at }) as Campaigncall
  const step = (event: CampaigncallEvent, to: CampaigncallStatus, agentId: string | null = null): CampaigncallStep => ({
    event,
    version,
    from: call.status,
    to,
    agentId,
    ...unresolved,
    inferred,
  })

  switch (command.type) {
    case 'ANSWER':
      if (call.status === 'DIALING') {
        const endRequest = endRequestAnswered(call, at)
        const answered = next({ status: 'PROGRESSING', phase: 'ACTIONS', agentId: null, answeredAt: at, endRequest })
        return { call: answered, step: step('ANSWERED', 'PROGRESSING') }
      }
      if (call.status === 'DONE' && call.answeredAt === null) {
        const { result, hangupReason } = call
        return {
          // With two clocks, or one that was set meanwhile, the later event may be reported first.
          call: next({ answeredAt: Math.min(at, call.endedAt) }),
          step: { ...step('CORRECTED', 'DONE', call.agentId), result, hangupReason },
        }
      }
      return stay
    case 'JOIN_QUEUE':
      if (call.status !== 'PROGRESSING' || call.phase !== 'ACTIONS') return stay
      return { call: { ...call, phase: 'WAITING', queuedAt: at, updatedAt: at }, step: null }
    case 'WAIT':
      assert(call.status === 'PROGRESSING' && call.phase === 'WAITING', 'a call to wait that has reached QUEUE_JOIN')
      return { call: next({ phase: 'WAITING' }), step: step('QUEUED', 'PROGRESSING') }
    case 'OFFER':
      assert(isBetweenQueueAndAgent(call) && call.endRequest === null, 'a call to offer that waits for an agent')
      return { call: next({ phase: 'OFFERED' }), step: step('AGENT_RINGING', 'PROGRESSING', command.agentId) }
    case 'CONNECT':
      assert(isBetweenQueueAndAgent(call), 'a call to connect that was offered to an agent')
      return {
        call: next({ phase: 'CONNECTED', agentId: command.agentId }),
        step: step('AGENT_CONNECTED', 'PROGRESSING', command.agentId),
      }
    case 'MISS':
      if (!isBetweenQueueAndAgent(call)) return stay
      return {
        call: next({ phase: command.othersRinging ? 'OFFERED' : 'WAITING' }),
        step: step('AGENT_MISSED', 'PROGRESSING', command.agentId),
      }
    case 'END':
    case 'NEVER_PLACED': {
      if (call.status === 'DONE') return stay
      const hangupReason = command.type === 'END' ? finalReason(call, command, at) : command.reason
      const result = resultOf(hangupReason)
      const agentId = agentOf(call)
      const answeredAt = call.status === 'PROGRESSING' ? call.answeredAt : null
      const ended = { result, hangupReason, agentId, answeredAt, endedAt: at }
      return { call: doneCall(call, ended, version), step: { ...step('ENDED', 'DONE', agentId), result, hangupReason } }
    }
    default:
      return unreachable(command)
  }
}

/**
 * A call after its end. The properties are written out: spreading a call without its phase costs as much as reading its
 * row.
 */
function doneCall(
  call: Campaigncall,
  ended: Pick<DoneCall, 'result' | 'hangupReason' | 'agentId' | 'answeredAt' | 'endedAt'>,
  version: number,
): DoneCall {
  return {
    id: call.id,
    customerId: call.customerId,
    position: call.position,
    campaignId: call.campaignId,
    outplanId: call.outplanId,
    outdialId: call.outdialId,
    outdialTargetId: call.outdialTargetId,
    queueId: call.queueId,
    activeflowId: call.activeflowId,
    actionListId: call.actionListId,
    referenceType: call.referenceType,
    referenceId: call.referenceId,
    source: call.source,
    destination: call.destination,
    destinationIndex: call.destinationIndex,
    tryCount: call.tryCount,
    attempt: call.attempt,
    dialTimeoutMs: call.dialTimeoutMs,
    version,
    endRequest: call.endRequest,
    lookupAt: null,
    wakeAt: null,
    queuedAt: call.queuedAt,
    createdAt: call.createdAt,
    updatedAt: ended.endedAt,
    status: 'DONE',
    result: ended.result,
    hangupReason: ended.hangupReason,
    agentId: ended.agentId,
    answeredAt: ended.answeredAt,
    endedAt: ended.endedAt,
  }
}
