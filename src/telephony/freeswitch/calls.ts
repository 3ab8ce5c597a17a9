import type { HangupReason } from '../../domain/campaigncall.ts'
import { assert } from '../../kernel/assert.ts'
import type { Cancel, Effects } from '../../kernel/effects.ts'
import type { CallNews, LookupAnswer, OriginateAnswer } from '../driver.ts'
import { answerOfEnded, createCallHistory } from '../kit/call-history.ts'
import { killCommand } from './commands.ts'
import { type SwitchEvent, saysAnswered, saysRang } from './event.ts'
import type { Link } from './link.ts'
import { type End, endOf, sipCodeOf } from './reasons.ts'

/** A call of ours that may live at the switch. */
export interface Call {
  readonly id: string
  /** REQUESTED until the switch has shown that it exists. */
  phase: 'REQUESTED' | 'RINGING' | 'ANSWERED'
  rang: boolean
  /** Whether the switch waits for what is to be done with it: before that nothing can be played. */
  parked: boolean
  /** Whether it is joined to another channel, as far as the switch has told. */
  bridged: boolean
  answeredAt: number | null
  /** The number that was called; null for a call of an earlier process. */
  readonly number: string | null
  /** After the answer; null for a call of an earlier process, whose limit only the switch still knows. */
  readonly maxDurationMs: number | null
  /** Why we end it, once that was decided: the first reason stays. */
  endReason: HangupReason | null
  /** It was destroyed before it was begun: nothing has left the switch. */
  neverBegan: boolean
  /** The cause of its end as its job reported it; null while that is not known. */
  jobCause: string | null
  /** Answers the request for it; null once that is done. */
  answer: ((answer: OriginateAnswer) => void) | null
  /** Takes the request for it back, if that has not left this process. */
  withdraw: () => boolean
  /** The switch has taken the request for it; the call itself it has yet to show. */
  requestTaken: boolean
  /** Called when the call is released. */
  readonly whenGone: (() => void)[]
  cancelDeadline: Cancel
  cancelGrace: Cancel
}

export interface CallsOptions {
  readonly effects: Effects
  readonly link: Pick<Link, 'api'>
  readonly tell: (news: CallNews) => void
  /** A call is about to be hung up. */
  readonly onEnding: (call: Call) => void
  /** A call has ended, and its HANGUP is about to be reported. */
  readonly onEnd: (call: Call) => void
}

export interface NewCall {
  readonly id: string
  readonly number: string
  readonly ringTimeoutMs: number
  readonly maxDurationMs: number
}

export type Calls = ReturnType<typeof createCalls>

/** How long the news of an end may take once it is known that a call has ended. */
const graceMs = 1000
/** How long after its ring time a call that the switch never showed is still waited for. */
const neverSeenKeptMs = 60_000

/** The calls that live, as far as is known, and how those that ended did. Each ends once: its HANGUP is reported once. */
export function createCalls({ effects, link, tell, onEnding, onEnd }: CallsOptions) {
  const live = new Map<string, Call>()
  const records = createCallHistory({ effects, sinceMs: effects.now() })

  function add(call: Call): Call {
    assert(!live.has(call.id), 'a call that does not live yet')
    live.set(call.id, call)
    return call
  }

  /** Releases a call without reporting it. */
  function forget(call: Call): void {
    live.delete(call.id)
    call.cancelDeadline()
    call.cancelGrace()
    for (const told of call.whenGone) told()
  }

  /** The driver's own deadlines; the ones that the switch was given are a little later. */
  function setDeadline(call: Call, afterMs: number, reason: HangupReason): void {
    call.cancelDeadline()
    call.cancelDeadline = effects.timer(afterMs, () => {
      if (call.phase === 'REQUESTED') call.cancelGrace = effects.timer(neverSeenKeptMs, () => forget(call))
      end(call, reason).catch(() => {
        // Without a connection: the reason is kept, and the call is ended once there is one again.
      })
    })
  }

  /** Asks the switch to end a call. Rejects where that could not be asked. */
  async function end(call: Call, reason: HangupReason): Promise<void> {
    call.endReason ??= reason
    // Nobody has been rung, nor will be: the request for it is answered so.
    if (call.withdraw()) return
    onEnding(call)
    const said = await link.api(killCommand(call.id, call.endReason))
    // One that was requested may still come about, and is ended then.
    if (said.startsWith('-ERR') && call.phase !== 'REQUESTED') expectEnd(call)
  }

  /** It is known that a call has ended. If the news of it is missing, it is reported with the cause of its job, or as UNKNOWN. */
  function expectEnd(call: Call): void {
    // The news may have come while the switch was asked.
    if (live.get(call.id) !== call) return
    call.cancelGrace()
    call.cancelGrace = effects.timer(graceMs, () => {
      const { phase, rang, bridged, endReason: asked, jobCause: cause } = call
      if (cause === null) vanish(call)
      else
        finish(
          call,
          endOf({ answered: phase === 'ANSWERED', rang, asked, cause, bridged, sipCode: null, disposition: null }),
          cause,
        )
    })
  }

  /** Ends a call, and reports it. */
  function finish(call: Call, { reason, by }: End, detail: string): void {
    forget(call)
    const endedAt = effects.now()
    const { id: callId, answeredAt } = call
    // Recorded before the end is reported: a listener may look the call up at once.
    if (reason !== 'UNKNOWN') records.add({ type: 'ENDED', callId, reason, answeredAt, endedAt })
    call.answer?.({ type: 'ACCEPTED' })
    onEnd(call)
    tell({ type: 'HANGUP', callId, at: endedAt, reason, by, detail })
  }

  /** A call of which the switch knows nothing any more. */
  function vanish(call: Call): void {
    finish(call, { reason: 'UNKNOWN', by: 'THEM' }, 'the switch does not know it any more')
  }

  /** The switch has shown that a call exists. */
  function see(call: Call): void {
    if (call.phase !== 'REQUESTED') return
    call.phase = 'RINGING'
    call.cancelGrace()
    call.answer?.({ type: 'ACCEPTED' })
    if (call.endReason !== null) end(call, call.endReason).catch(() => {})
  }

  /** It has been answered, whether the news said so or it was found out. */
  function seeAnswer(call: Call): void {
    see(call)
    if (call.phase === 'ANSWERED') return
    call.phase = 'ANSWERED'
    call.answeredAt = effects.now()
    call.cancelDeadline()
    if (call.maxDurationMs !== null) setDeadline(call, call.maxDurationMs, 'TIMEOUT')
  }

  return {
    get size() {
      return live.size
    },
    all: (): readonly Call[] => [...live.values()],
    find: (callId: string): Call | undefined => live.get(callId),
    hasEnded: (callId: string): boolean => records.find(callId) !== undefined,
    /** How a call that is not live ended; null where that is not known. */
    recordOf(callId: string): LookupAnswer | null {
      const record = records.find(callId)
      return record === undefined ? null : answerOfEnded(record)
    },
    /** A call that is about to be requested. */
    request({ id, number, ringTimeoutMs, maxDurationMs }: NewCall): Call {
      const call = add({ ...newCall(id), number, maxDurationMs })
      setDeadline(call, ringTimeoutMs, 'NO_ANSWER')
      return call
    },
    /** A live call of ours that another process placed, or that was given up. */
    adopt(id: string): Call {
      return add({ ...newCall(id), phase: 'RINGING', parked: true })
    },
    forget,
    see,
    seeAnswer,
    end,
    expectEnd,
    finish,
    vanish,
    /** Takes the end of a call from its last event. */
    close(call: Call, event: SwitchEvent): void {
      const facts = {
        answered: call.phase === 'ANSWERED' || saysAnswered(event),
        rang: call.rang || saysRang(event),
        sipCode: sipCodeOf(
          event.header('variable_sip_term_status'),
          event.header('variable_proto_specific_hangup_cause'),
        ),
        cause: event.header('Hangup-Cause') ?? event.header('variable_hangup_cause') ?? '',
        disposition: event.header('variable_sip_hangup_disposition'),
        asked: call.endReason,
        bridged: call.bridged || event.header('variable_last_bridge_hangup_cause') !== null,
      }
      const q850 = event.header('variable_hangup_cause_q850')
      const details = [
        facts.cause,
        facts.sipCode === null ? null : `SIP ${facts.sipCode}`,
        q850 === null ? null : `Q.850 ${q850}`,
        facts.disposition,
      ]
      finish(call, endOf(facts), details.filter((detail) => detail !== null && detail !== '').join(', '))
    },
    /** The connection is lost. Requests that were not taken yet get their outcome from their own answers. */
    loseAnswers(): void {
      for (const call of live.values()) if (call.requestTaken) call.answer?.({ type: 'INDETERMINATE' })
    },
    /** Releases everything; the calls continue at the switch. */
    clear(): void {
      for (const call of [...live.values()]) {
        call.answer?.({ type: 'INDETERMINATE' })
        forget(call)
      }
    },
  }
}

function newCall(id: string): Call {
  return {
    id,
    phase: 'REQUESTED',
    rang: false,
    parked: false,
    bridged: false,
    answeredAt: null,
    number: null,
    maxDurationMs: null,
    endReason: null,
    neverBegan: false,
    jobCause: null,
    answer: null,
    withdraw: () => false,
    requestTaken: false,
    whenGone: [],
    cancelDeadline: () => {},
    cancelGrace: () => {},
  }
}
