import type { HangupReason } from '../../domain/campaigncall.ts'

/** What is known of a call that has ended. */
export interface EndFacts {
  readonly answered: boolean
  /** The called side said that it rings (180). */
  readonly rang: boolean
  /** Of the other side's answer to our INVITE, or of the BYE; null where it gave none. */
  readonly sipCode: number | null
  /** FreeSWITCH's name of the cause. */
  readonly cause: string
  /** variable_sip_hangup_disposition: send_ is we, recv_ the other side; null where it is not known. */
  readonly disposition: string | null
  /** Why we asked for its end, if we did. */
  readonly asked: HangupReason | null
  /** It was bridged to an agent or a leg when it ended: the switch then passes on the cause of the side that left first. */
  readonly bridged: boolean
}

export interface End {
  readonly reason: HangupReason
  readonly by: 'US' | 'THEM'
}

/**
 * The reason of a call's end (docs/rules.md#hangup-reasons). Who ended it and whether it was answered come first; then the SIP
 * code, because the names that FreeSWITCH gives to causes follow a Reason header and differ from other switches'; then the
 * name.
 */
export function endOf(facts: EndFacts): End {
  const by = whoEnded(facts)
  if (by === 'US') return { by, reason: ownReason(facts) }
  if (facts.answered) return { by, reason: 'NORMAL' }
  return { by, reason: reasonOfCode(facts) ?? reasonOfCause(facts.cause, facts.rang) }
}

function whoEnded({ answered, cause, disposition, asked }: EndFacts): 'US' | 'THEM' {
  if (disposition?.startsWith('send_')) return 'US'
  // What refused the first INVITE of an answered call was a redirect, and has not ended it.
  const stale = answered && disposition === 'recv_refuse'
  if (disposition?.startsWith('recv_') && !stale) return 'THEM'
  // Where the switch names nobody: its own timers and its own shutdown are on our side.
  return asked !== null || ownCauses.has(cause) ? 'US' : 'THEM'
}

/** The switch ended the call for a reason of its own: it stops, an operator or a module hung up, or no media came. */
const switchCauses: ReadonlySet<string> = new Set([
  'CRASH',
  'DESTINATION_OUT_OF_ORDER',
  'MANAGER_REQUEST',
  'MEDIA_TIMEOUT',
  'RECOVERY_ON_TIMER_EXPIRE',
  'SRTP_READ_ERROR',
  'SYSTEM_SHUTDOWN',
])
/** The timers that the switch was given with the call. */
const timerCauses: ReadonlySet<string> = new Set(['ALLOTTED_TIMEOUT', 'NO_ANSWER', 'PROGRESS_TIMEOUT'])
/** Somebody hung up at the switch: an agent, an operator, or this program before it was started again. */
const hangupCauses: ReadonlySet<string> = new Set(['NORMAL_CLEARING', 'ORIGINATOR_CANCEL'])
/** Causes that name our side even where the switch does not say who ended the call. */
const ownCauses: ReadonlySet<string> = new Set([
  ...timerCauses,
  'CRASH',
  'MANAGER_REQUEST',
  'MEDIA_TIMEOUT',
  'ORIGINATOR_CANCEL',
  'SYSTEM_SHUTDOWN',
])

/**
 * Without a reason that we remember, the cause says why our side ended the call. NORMAL is only what somebody on the line did:
 * a called side that was cut off because the switch stopped has not been reached.
 */
function ownReason({ answered, cause, asked, bridged }: EndFacts): HangupReason {
  if (asked !== null) return asked
  if (timerCauses.has(cause)) return answered && cause === 'ALLOTTED_TIMEOUT' ? 'TIMEOUT' : 'NO_ANSWER'
  if (hangupCauses.has(cause)) return answered ? 'NORMAL' : 'CANCEL'
  return answered && bridged && !switchCauses.has(cause) ? 'NORMAL' : 'FAILED'
}

const reasonsByCode: ReadonlyMap<number, HangupReason> = new Map<number, HangupReason>([
  ...[404, 410, 484, 485, 604].map((code) => [code, 'INVALID_NUMBER'] as const),
  ...[486, 600].map((code) => [code, 'BUSY'] as const),
  ...[403, 603, 607, 608].map((code) => [code, 'REJECTED'] as const),
  ...[500, 502, 503, 504].map((code) => [code, 'CONGESTION'] as const),
])

/** Null where there is no code that says anything of a call that was not answered. */
function reasonOfCode({ sipCode, rang }: EndFacts): HangupReason | null {
  if (sipCode === null || sipCode < 300) return null
  if (sipCode === 408 || sipCode === 480) return rang ? 'NO_ANSWER' : 'UNAVAILABLE'
  return reasonsByCode.get(sipCode) ?? 'FAILED'
}

/** The reason behind a cause alone, for a call that the other side or the network ended unanswered. */
export function reasonOfCause(cause: string, rang: boolean): HangupReason {
  switch (cause) {
    case 'USER_BUSY':
      return 'BUSY'
    case 'NO_ANSWER':
    case 'NO_USER_RESPONSE':
    case 'RECOVERY_ON_TIMER_EXPIRE':
      return rang ? 'NO_ANSWER' : 'UNAVAILABLE'
    case 'SUBSCRIBER_ABSENT':
      return 'UNAVAILABLE'
    case 'CALL_REJECTED':
    case 'UNWANTED':
      return 'REJECTED'
    case 'UNALLOCATED_NUMBER':
    case 'NUMBER_CHANGED':
    case 'INVALID_NUMBER_FORMAT':
    case 'NO_ROUTE_DESTINATION':
    case 'NO_ROUTE_TRANSIT_NET':
      return 'INVALID_NUMBER'
    case 'NORMAL_TEMPORARY_FAILURE':
    case 'NETWORK_OUT_OF_ORDER':
    case 'NORMAL_CIRCUIT_CONGESTION':
    case 'SWITCH_CONGESTION':
    case 'GATEWAY_DOWN':
    case 'DESTINATION_OUT_OF_ORDER':
      return 'CONGESTION'
    default:
      return 'FAILED'
  }
}

/** The SIP code out of `486` (sip_term_status) or `sip:486` (proto_specific_hangup_cause). */
export function sipCodeOf(termStatus: string | null, protoSpecificCause: string | null): number | null {
  const text = termStatus ?? /^sip:(\d{3})$/.exec(protoSpecificCause ?? '')?.[1] ?? ''
  return /^\d{3}$/.test(text) ? Number(text) : null
}
