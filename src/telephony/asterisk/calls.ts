import type { HangupReason } from '../../domain/campaigncall.ts'
import { unreachable } from '../../kernel/assert.ts'
import type { Cancel, Effects } from '../../kernel/effects.ts'
import { limits } from '../../limits.ts'
import type { CallNews, OriginateRequest } from '../driver.ts'
import { createCallHistory, type EndedCall } from '../kit/call-history.ts'
import { type AriEvent, type Channel, type ChannelEvent, channelOf } from './messages.ts'
import { type End, type EndFacts, endOfSwitch, isUnaskedEnd, reasonOf } from './reasons.ts'
import type { SwitchEnd } from './switch-end.ts'

/** A call of ours, from before its request is sent until its end is known. */
export interface Call {
  readonly id: string
  /** False while nothing of its request has left this process. */
  isSent: boolean
  /** False while its request has no answer and nothing was heard of it: then nobody knows whether it will come about. */
  exists: boolean
  /** It is over, and told as such once it is known whether Asterisk itself is ending. */
  isOver: boolean
  rang: boolean
  answered: boolean
  /** Null where the answer was not heard. */
  answeredAt: number | null
  /** The application has it: it can be played to, and bridged. */
  inStasis: boolean
  /** Why we hung it up, or will as soon as it exists. */
  asked: HangupReason | null
  request: EndFacts['request']
  /** On the monotonic clock, as the next one; null for a call that was placed before this process. */
  readonly ringUntilMs: number | null
  durationUntilMs: number
  readonly maxDurationMs: number | null
  readonly cancels: Cancel[]
  readonly waitingForStasis: Set<(inStasis: boolean) => void>
}

export interface CallsOptions {
  readonly effects: Pick<Effects, 'now' | 'monotonic' | 'timer'>
  /** Whether a channel is on the trunk that our calls go out by. */
  isOnTrunk(channel: Channel): boolean
  tell(news: CallNews): void
  /** A time of the call is over, or it came about although its end was asked for. */
  hangUp(call: Call, reason: HangupReason): void
  /** The end of the call is about to be reported. */
  ending(call: Call): void
  readonly switchEnd: Pick<SwitchEnd, 'hold'>
}

/** What this process knows of the calls. Nothing here asks Asterisk. */
export interface Calls {
  readonly size: number
  all(): readonly Call[]
  get(callId: string): Call | undefined
  /** Of a call whose request is about to be sent. */
  begin(request: OriginateRequest): Call
  /** Of a call that lives and was placed before this process. */
  adopt(callId: string): Call
  /** Asterisk says that it exists. */
  confirm(call: Call): void
  /** It provably was not placed. */
  drop(call: Call): void
  /** Its end was asked for before its request was sent, which will never be: it ends as it was asked to. */
  withdraw(call: Call, reason: HangupReason): void
  /** It is not there any more, and nothing was heard of its end. */
  lose(call: Call): void
  hear(event: ChannelEvent): void
  /** What a list of channels shows of a call. `telling`: changes that were missed are reported now. */
  see(call: Call, channel: Channel, telling: boolean): void
  record(callId: string): EndedCall | undefined
  /** What becomes known of the end of a call within that time; null where nothing does. */
  endOf(callId: string, withinMs: number): Promise<EndedCall | null>
  /** Settles when the application has the call; false where that does not happen in time. */
  whenInStasis(call: Call): Promise<boolean>
  /** Cancels every timer, and settles what waits for a call. */
  clear(): void
}

/** A dialplan that loops comes around twice a second. */
const stasisWithinMs = 5000

/** Keeps the deadlines of calls, turns what Asterisk says of them into news, and remembers how they ended. */
export function createCalls({ effects, isOnTrunk, tell, hangUp, ending, switchEnd }: CallsOptions): Calls {
  const calls = new Map<string, Call>()
  const records = createCallHistory({ effects, sinceMs: effects.now(), keptMs: Number.POSITIVE_INFINITY })
  const waitingForEnd = new Map<string, Set<() => void>>()
  const now = () => effects.now()

  function add(id: string, of: Pick<Call, 'isSent' | 'exists' | 'ringUntilMs' | 'maxDurationMs'>): Call {
    const call: Call = {
      ...{
        id,
        ...of,
        isOver: false,
        rang: false,
        answered: false,
        answeredAt: null,
        inStasis: false,
        asked: null,
        request: null,
      },
      ...{ durationUntilMs: Number.POSITIVE_INFINITY, cancels: [], waitingForStasis: new Set() },
    }
    calls.set(id, call)
    return call
  }

  function letGo(call: Call): void {
    for (const cancel of call.cancels) cancel()
    for (const settle of [...call.waitingForStasis]) settle(false)
  }

  function forget(call: Call): void {
    calls.delete(call.id)
    letGo(call)
  }

  function confirm(call: Call): void {
    if (call.exists) return
    call.exists = true
    // Its end was asked for when there was nothing to end yet.
    if (call.asked !== null) hangUp(call, call.asked)
  }

  function rings(call: Call): void {
    call.rang = true
    tell({ type: 'RINGING', callId: call.id, at: now() })
  }

  function wasAnswered(call: Call): void {
    if (call.answered) return
    call.answered = true
    if (call.maxDurationMs === null) return
    call.durationUntilMs = effects.monotonic() + call.maxDurationMs
    call.cancels.push(effects.timer(call.maxDurationMs, () => hangUp(call, 'TIMEOUT')))
  }

  function answers(call: Call): void {
    wasAnswered(call)
    call.answeredAt ??= now()
    tell({ type: 'ANSWERED', callId: call.id, at: now() })
  }

  function entersStasis(call: Call): void {
    call.inStasis = true
    for (const settle of [...call.waitingForStasis]) settle(true)
  }

  function hearDial(call: Call, dialstatus: string): void {
    if (dialstatus === 'ANSWER') answers(call)
    // What rings for a call that was answered is the phone of somebody whom the dialplan calls for it.
    else if (call.answered) return
    else if (dialstatus === 'RINGING') rings(call)
    else if (dialstatus === 'PROGRESS') tell({ type: 'EARLY_MEDIA', callId: call.id, at: now() })
  }

  function end(call: Call, destroyed: Destroyed): void {
    const facts: EndFacts = {
      ...factsOf(destroyed),
      answered: call.answered || destroyed.channel.state === 'Up',
      rang: call.rang || destroyed.channel.state === 'Ringing',
      ...{ request: call.request, asked: call.asked },
      ringTimeOver: call.ringUntilMs === null ? null : effects.monotonic() >= call.ringUntilMs,
      durationOver: effects.monotonic() >= call.durationUntilMs,
    }
    const words = wordsOf(destroyed)
    if (!isUnaskedEnd(facts)) {
      finish(call, reasonOf(facts), words)
      return
    }
    call.isOver = true
    letGo(call)
    const endedAt = now()
    switchEnd.hold((isEnding) => {
      if (calls.get(call.id) !== call) return
      if (isEnding) finish(call, endOfSwitch, `Asterisk ended, and hung up its calls; ${words}`, endedAt)
      else finish(call, reasonOf(facts), words, endedAt)
    })
  }

  function finish(call: Call, { reason, by }: End, detail: string, endedAt = now()): void {
    forget(call)
    keep({ type: 'ENDED', callId: call.id, reason, answeredAt: call.answeredAt, endedAt })
    ending(call)
    tell({ type: 'HANGUP', callId: call.id, at: endedAt, reason, by, detail })
  }

  function keep(record: EndedCall): void {
    records.add(record)
    const waiting = waitingForEnd.get(record.callId)
    waitingForEnd.delete(record.callId)
    for (const settle of waiting ?? []) settle()
  }

  /** The end of a call that was placed before this process, and was not found before it ended. */
  function hearOfStranger(event: ChannelEvent): void {
    if (event.type !== 'ChannelDestroyed' || !isOnTrunk(event.channel)) return
    // Told twice.
    if (records.find(event.channel.id) !== undefined) return
    const { id, state } = event.channel
    const { reason } = reasonOf({
      ...{ ...factsOf(event), answered: state === 'Up', rang: state === 'Ringing' },
      ...{ request: null, asked: null, ringTimeOver: null, durationOver: false },
    })
    keep({ type: 'ENDED', callId: id, reason, answeredAt: null, endedAt: now() })
  }

  return {
    get size() {
      return calls.size
    },
    all: () => [...calls.values()],
    get: (callId) => calls.get(callId),
    begin({ callId, ringTimeoutMs, maxDurationMs }) {
      const ringUntilMs = effects.monotonic() + ringTimeoutMs
      const call = add(callId, { isSent: false, exists: false, ringUntilMs, maxDurationMs })
      call.cancels.push(
        effects.timer(ringTimeoutMs, () => {
          if (!call.answered) hangUp(call, 'NO_ANSWER')
        }),
        // A request on its way can still become a call until then (docs/rules.md#request-answers).
        effects.timer(ringTimeoutMs + limits.finalNewsMs, () => {
          if (!call.exists) forget(call)
        }),
      )
      return call
    },
    adopt: (callId) => add(callId, { isSent: true, exists: true, ringUntilMs: null, maxDurationMs: null }),
    confirm,
    drop: forget,
    withdraw(call, reason) {
      if (calls.get(call.id) === call)
        finish(call, { reason, by: 'US' }, 'its request was withdrawn before it was sent')
    },
    lose(call) {
      if (call.isOver) return
      finish(call, { reason: 'UNKNOWN', by: 'THEM' }, 'it is not there any more, and its end was not heard')
    },
    hear(event) {
      const call = calls.get(channelOf(event).id)
      if (call === undefined) return hearOfStranger(event)
      if (call.isOver) return
      confirm(call)
      switch (event.type) {
        case 'Dial':
          return hearDial(call, event.dialstatus)
        case 'ChannelStateChange':
          if (event.channel.state === 'Up') answers(call)
          else if (event.channel.state === 'Ringing') rings(call)
          return
        case 'StasisStart':
          // The application has what was answered; its answer was not heard where the connection was down.
          if (!call.answered) answers(call)
          return entersStasis(call)
        case 'StasisEnd':
          call.inStasis = false
          return
        case 'ChannelDtmfReceived':
          return tell({ type: 'DIGIT', callId: call.id, at: now(), digit: event.digit })
        case 'ChannelHangupRequest':
          call.request ??= { soft: event.soft === true }
          return
        case 'ChannelDestroyed':
          return end(call, event)
        default:
          return unreachable(event)
      }
    },
    see(call, channel, telling) {
      if (call.isOver) return
      confirm(call)
      if (channel.dialplan?.app_name === 'Stasis') entersStasis(call)
      if (channel.state === 'Up') {
        if (telling && !call.answered) answers(call)
        else wasAnswered(call)
      } else if (channel.state === 'Ringing') {
        if (telling && !call.rang) rings(call)
        call.rang = true
      }
    },
    record: (callId) => records.find(callId),
    endOf(callId, withinMs) {
      const known = records.find(callId)
      if (known !== undefined) return Promise.resolve(known)
      return new Promise((resolve) => {
        const waiting = waitingForEnd.get(callId) ?? new Set()
        const settle = () => {
          cancel()
          waiting.delete(settle)
          if (waiting.size === 0) waitingForEnd.delete(callId)
          resolve(records.find(callId) ?? null)
        }
        const cancel = effects.timer(withinMs, settle)
        waitingForEnd.set(callId, waiting.add(settle))
      })
    },
    whenInStasis(call) {
      if (call.inStasis || !calls.has(call.id)) return Promise.resolve(call.inStasis)
      return new Promise((resolve) => {
        const settle = (inStasis: boolean) => {
          cancel()
          call.waitingForStasis.delete(settle)
          resolve(inStasis)
        }
        const cancel = effects.timer(stasisWithinMs, () => settle(false))
        call.waitingForStasis.add(settle)
      })
    },
    clear() {
      for (const call of calls.values()) letGo(call)
    },
  }
}

type Destroyed = Extract<AriEvent, { type: 'ChannelDestroyed' }>

function factsOf({ cause, tech_cause }: Destroyed): Pick<EndFacts, 'cause' | 'sipCode'> {
  return { cause, sipCode: tech_cause ?? null }
}

function wordsOf({ cause, cause_txt, tech_cause }: Destroyed): string {
  const sip = tech_cause === undefined ? '' : `SIP ${tech_cause}, `
  return `${sip}cause ${cause}${cause_txt ? ` (${cause_txt})` : ''}`
}
