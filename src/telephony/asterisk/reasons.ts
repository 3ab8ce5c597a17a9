import type { HangupReason } from '../../domain/campaigncall.ts'

/** What is known of a call that has ended, as Asterisk has told it and as we did our part. */
export interface EndFacts {
  readonly answered: boolean
  /** The network said that the phone rings. */
  readonly rang: boolean
  /**
   * The first ChannelHangupRequest; null where none came. A soft one is of this side. What its `cause` says then is a flag of
   * Asterisk's and no Q.850 cause, so it is not looked at.
   */
  readonly request: { readonly soft: boolean } | null
  /** Q.850, out of ChannelDestroyed. 0 where Asterisk has none, as after a BYE without a Reason. */
  readonly cause: number
  /** The SIP code of the refusal; null where there was none, and in releases that do not tell. */
  readonly sipCode: number | null
  /** What we hung it up for; null where we did not. */
  readonly asked: HangupReason | null
  /** Whether our ring time was over; null for a call that was placed before this process. */
  readonly ringTimeOver: boolean | null
  /** Whether the longest duration was over. */
  readonly durationOver: boolean
}

/** How a call ended. */
export interface End {
  readonly reason: HangupReason
  readonly by: 'US' | 'THEM'
}

interface NetworkReason {
  readonly reason: HangupReason
  readonly sipCodes: readonly number[]
  readonly causes: readonly number[]
}

/** The table of docs/rules.md#hangup-reasons, as far as the network decides. Whatever is in no row is FAILED. */
const networkReasons: readonly NetworkReason[] = [
  { reason: 'BUSY', sipCodes: [486, 600], causes: [17] },
  { reason: 'REJECTED', sipCodes: [603, 607, 608, 403], causes: [21] },
  { reason: 'INVALID_NUMBER', sipCodes: [404, 410, 484, 485, 604], causes: [1, 22, 28, 2, 3] },
  { reason: 'CONGESTION', sipCodes: [503, 500, 502, 504], causes: [34, 38, 27, 102, 41, 42] },
  { reason: 'UNAVAILABLE', sipCodes: [], causes: [20] },
]
/** The other side let it ring in vain, or never rang: the same words for both. */
const gaveUp: { readonly sipCodes: readonly number[]; readonly causes: readonly number[] } = {
  sipCodes: [480, 408],
  causes: [19, 18],
}
/** Q.850 of a ring time that is over. */
const noAnswerCause = 19

/** Why a call ended, and by whom (docs/rules.md#hangup-reasons): who ended it and whether it was answered come first. */
export function reasonOf(facts: EndFacts): End {
  const { answered, asked } = facts
  if (isByUs(facts)) return { reason: asked ?? unaskedReason(facts), by: 'US' }
  if (answered) return isOfSafetyNet(facts) ? { reason: 'TIMEOUT', by: 'US' } : { reason: 'NORMAL', by: 'THEM' }
  if (isOwnRingTimeout(facts)) return { reason: 'NO_ANSWER', by: 'US' }
  return { reason: networkReasonOf(facts), by: 'THEM' }
}

/**
 * Whether nobody is known to have asked for an end: neither the other side, nor we, nor a time of ours that was over. An
 * operator may have, or Asterisk itself because it is ending.
 */
export function isUnaskedEnd(facts: EndFacts): boolean {
  const { request, asked, sipCode } = facts
  if (asked !== null || sipCode !== null || request?.soft === false) return false
  return !(facts.answered ? isOfSafetyNet(facts) : isOwnRingTimeout(facts))
}

/** How a call ended that Asterisk has hung up because it is itself ending. */
export const endOfSwitch: End = { reason: 'FAILED', by: 'US' }

function isByUs({ request, asked }: EndFacts): boolean {
  return request === null ? asked !== null : request.soft
}

/** The end was made on this side, but not by us: by the safety net, an operator, or by what placed calls before us. */
function unaskedReason(facts: EndFacts): HangupReason {
  if (facts.answered) return isOfSafetyNet(facts) ? 'TIMEOUT' : 'NORMAL'
  return facts.cause === noAnswerCause ? 'NO_ANSWER' : 'CANCEL'
}

/** TIMEOUT(absolute) ends a call without a request, or in the dialplan with one of its own: with cause 0 in both. */
function isOfSafetyNet({ durationOver, cause, request }: EndFacts): boolean {
  return durationOver && cause === 0 && request?.soft !== false
}

/**
 * Asterisk gives up ringing without a request, with the codes of a refusal: 19 and 480 as recorded, others in other releases.
 * Where it is not known when our own time is over, only the recorded ones say so.
 */
function isOwnRingTimeout({ request, cause, sipCode, ringTimeOver }: EndFacts): boolean {
  if (request !== null || ringTimeOver === false) return false
  const isRefusal = sipCode !== null && !gaveUp.sipCodes.includes(sipCode)
  return ringTimeOver === null ? cause === noAnswerCause : !isRefusal
}

function networkReasonOf({ sipCode, cause, rang }: EndFacts): HangupReason {
  const isOneOf = ({ sipCodes, causes }: { sipCodes: readonly number[]; causes: readonly number[] }) =>
    sipCode === null ? causes.includes(cause) : sipCodes.includes(sipCode)
  if (isOneOf(gaveUp)) return rang ? 'NO_ANSWER' : 'UNAVAILABLE'
  return networkReasons.find(isOneOf)?.reason ?? 'FAILED'
}
