import type { HangupReason } from '../../domain/campaigncall.ts'
import type { LookupAnswer } from '../../domain/carrier.ts'
import type { Effects } from '../../kernel/effects.ts'

/** A call that has ended. */
export interface EndedCall {
  readonly type: 'ENDED'
  readonly callId: string
  readonly reason: HangupReason
  readonly answeredAt: number | null
  readonly endedAt: number
}

/** The answer to a look-up of a call that has ended. */
export function answerOfEnded({ type, reason, answeredAt, endedAt }: EndedCall): LookupAnswer {
  return { type, reason, answeredAt, endedAt }
}

export interface CallHistoryOptions {
  readonly effects: Pick<Effects, 'monotonic'>
  /** Of calls whose ids were made before this instant nothing is known: the carrier was not there. */
  readonly sinceMs: number
  /** How long a record is kept; 1 h when omitted. */
  readonly keptMs?: number
  /** How many records are kept at most; 100 000 when omitted. The oldest are dropped first. */
  readonly keptMax?: number
}

/** What is known of calls that are not live any more: bounded, and aware of what it has forgotten. */
export interface CallHistory<Call extends { readonly callId: string } = EndedCall> {
  add(record: Call): void
  find(callId: string): Call | undefined
  /** False where the call may have been here and been forgotten. */
  reachesBackTo(callId: string): boolean
}

const uuidV7Pattern = /^([0-9a-f]{8})-([0-9a-f]{4})-7/i

/** When a call id was made: a UUIDv7 begins with its time, in ms since 1970. Null for an id of another kind. */
function idMadeAt(callId: string): number | null {
  const match = uuidV7Pattern.exec(callId)
  return match === null ? null : Number.parseInt(`${match[1]}${match[2]}`, 16)
}

/**
 * A record that is dropped moves the horizon to the time its id was made at: of an unknown id behind the horizon nobody
 * can say that it was never seen, and to say so nevertheless would have its number dialed again.
 */
export function createCallHistory<Call extends { readonly callId: string } = EndedCall>({
  effects,
  sinceMs,
  keptMs = 3_600_000,
  keptMax = 100_000,
}: CallHistoryOptions): CallHistory<Call> {
  const byCallId = new Map<string, Call>()
  // A Map would do as the queue too, but V8 walks over what was deleted at its front each time the first is asked for.
  const queue: { readonly record: Call; readonly addedAtMs: number }[] = []
  let head = 0
  let horizon = sinceMs - 1

  function dropOldest(): void {
    const record = queue[head]?.record
    head++
    if (head >= keptMax) {
      queue.splice(0, head)
      head = 0
    }
    // The id may have been used again since: its newer record stays.
    if (record === undefined || byCallId.get(record.callId) !== record) return
    byCallId.delete(record.callId)
    horizon = Math.max(horizon, idMadeAt(record.callId) ?? Infinity)
  }

  function dropExpired(): void {
    const expiredAtMs = effects.monotonic() - keptMs
    for (let oldest = queue[head]; oldest && oldest.addedAtMs < expiredAtMs; oldest = queue[head]) dropOldest()
  }

  return {
    add(record) {
      dropExpired()
      queue.push({ record, addedAtMs: effects.monotonic() })
      byCallId.set(record.callId, record)
      if (queue.length - head > keptMax) dropOldest()
    },
    find(callId) {
      dropExpired()
      return byCallId.get(callId)
    },
    reachesBackTo(callId) {
      dropExpired()
      return horizon === -Infinity || (idMadeAt(callId) ?? -Infinity) > horizon
    },
  }
}
