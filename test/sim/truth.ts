import type { SimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import type { CallNews, LookupAnswer, OriginateAnswer, OriginateRequest } from '../../src/telephony/driver.ts'
import type { Ledger } from './ledger.ts'

/** What a refusal means whoever hears of it, where that does not hang on whether it rang (docs/rules.md#hangup-reasons). */
const reasonsByCode: Readonly<Record<number, string>> = {
  ...{ 486: 'BUSY', 600: 'BUSY', 603: 'REJECTED', 403: 'REJECTED', 404: 'INVALID_NUMBER', 484: 'INVALID_NUMBER' },
  ...{ 503: 'CONGESTION', 500: 'CONGESTION', 488: 'FAILED' },
}
/** How much longer than it was told a switch may let a phone ring, and how much longer a call may last after its time. */
const ringMarginMs = 4500
const durationMarginMs = 13_000

/** A call as the switch has it, whatever anybody believes. */
interface TrueCall {
  request: OriginateRequest | null
  /** When its driver was asked for it, on the monotonic clock. */
  askedMs: number
  placed: boolean
  answered: boolean
  refusedWith: number | null
  /** The process whose driver has said that it was accepted. */
  acceptedBy: number | null
  /** Somebody was told that it never was, or is not any more. */
  deniedBy: string | null
  /** By process: when the news of its end arrived there. */
  readonly endHeardMs: Map<number, number>
  /** By process: how it was told to have ended. */
  readonly endTold: Map<number, string>
  /** When something happened to a request about it, so that its answer says nothing. */
  readonly troubleMs: number[]
}

export interface TruthOptions {
  readonly effects: SimulatedEffects
  readonly ledger: Ledger
  /** Channels that live at the switch. */
  live(): readonly string[]
}

/** A request's way is in doubt for so long: the answer may take 2 s, and be lost with the connection after that. */
const answerDoubtMs = 10_000
/** What a driver that has compared what it knows may take to tell of it. */
const goneToldWithinMs = 500
/** Two look-ups that failed, and the pause between them. */
const lookupDoubtMs = 15_000

/**
 * What is true of the calls at a switch, and whether what its driver says agrees with it. A switch cannot say what it has not
 * seen, so that a call may end UNKNOWN; but only where something was in the way of knowing.
 */
export function createTruth({ effects, ledger, live }: TruthOptions) {
  const { findings } = ledger
  const calls = new Map<string, TrueCall>()
  const answeredMs = new Map<string, number>()
  /** When the way to the switch was broken; some may not be over. */
  const breaks: { readonly fromMs: number; untilMs: number }[] = []
  /** When the latest connection was begun. */
  let openedMs = 0

  function callOf(callId: string): TrueCall {
    const known = calls.get(callId)
    if (known !== undefined) return known
    const fresh: TrueCall = {
      ...{ request: null, askedMs: 0, placed: false, answered: false, refusedWith: null },
      ...{ acceptedBy: null, deniedBy: null },
      ...{ endHeardMs: new Map(), endTold: new Map(), troubleMs: [] },
    }
    calls.set(callId, fresh)
    return fresh
  }

  const lives = (callId: string) => live().includes(callId)

  /** A switch that was told how long a phone may ring, and a call last, keeps to it when nobody is left to end the call. */
  function watch(callId: string, call: TrueCall): void {
    const { ringTimeoutMs = 0, maxDurationMs = 0 } = call.request ?? {}
    const check = (afterMs: number, isTooLong: () => boolean, finding: string) =>
      effects.timer(afterMs, () => isTooLong() && lives(callId) && findings.push(finding), { background: true })
    const ringsMs = ringTimeoutMs + ringMarginMs
    const lastsMs = ringTimeoutMs + maxDurationMs + durationMarginMs
    check(ringsMs, () => !call.answered, `T5: call ${callId} rings for more than ${ringTimeoutMs} ms`)
    check(lastsMs, () => true, `T6: call ${callId} lasts for more than ${maxDurationMs} ms`)
  }

  function checkReason(callId: string, reason: string): void {
    const { refusedWith } = callOf(callId)
    const meant = refusedWith === null ? undefined : reasonsByCode[refusedWith]
    if (meant !== undefined && reason !== meant && reason !== 'UNKNOWN')
      findings.push(`T7: call ${callId} was refused with ${refusedWith} and is said to be ${reason}`)
  }

  function tellEnd(callId: string, reason: string): void {
    const call = callOf(callId)
    call.deniedBy = `told as ended, ${reason}`
    if (!call.placed) ledger.endedUnplaced.add(callId)
  }

  function wasBroken(fromMs: number, untilMs: number): boolean {
    return breaks.some((of) => of.fromMs <= untilMs && of.untilMs >= fromMs)
  }

  return {
    isOurs: (callId: string) => calls.get(callId)?.request != null,
    /** A driver is asked for a call. */
    wanted(request: OriginateRequest): void {
      Object.assign(callOf(request.callId), { request, askedMs: effects.monotonic() })
    },
    /** The request leaves the machine. */
    asked(callId: string, to: string, process: number): void {
      ledger.note({ what: 'ORIGINATE', callId, atMs: callOf(callId).askedMs, process, to })
    },
    /** Something becomes of a request about a call that leaves its fate open. */
    trouble(callId: string): void {
      callOf(callId).troubleMs.push(effects.monotonic())
    },
    /** The switch has begun a call. */
    created(callId: string): void {
      const call = callOf(callId)
      if (call.request === null) return
      ledger.arrives(
        callId,
        live().filter((other) => other !== callId),
      )
      if (call.deniedBy !== null) findings.push(`T2: call ${callId} was ${call.deniedBy}, and was placed then`)
      call.placed = true
      ledger.accepted(callId)
      watch(callId, call)
    },
    answeredMs: answeredMs as ReadonlyMap<string, number>,
    answered(callId: string): void {
      callOf(callId).answered = true
      if (!answeredMs.has(callId)) answeredMs.set(callId, effects.monotonic())
    },
    refused(callId: string, sipCode: number): void {
      callOf(callId).refusedWith = sipCode
    },
    /** The news of a call's end has arrived at a process. */
    endArrives(callId: string, process: number): void {
      const { endHeardMs } = callOf(callId)
      if (!endHeardMs.has(process)) endHeardMs.set(process, effects.monotonic())
    },
    /** Nothing gets through from now on, or somebody who would have heard is gone. */
    breaks(): void {
      breaks.push({ fromMs: effects.monotonic(), untilMs: Number.POSITIVE_INFINITY })
    },
    /** A connection is begun. */
    opens(): void {
      openedMs = effects.monotonic()
    },
    /** Nothing gets through for so long, and then all of it. */
    stalls(durationMs: number): void {
      const fromMs = effects.monotonic()
      breaks.push({ fromMs, untilMs: fromMs + durationMs })
    },
    /** A driver says that it is connected: it has compared what it knows with what lives. */
    connected({ process, isAlive }: Connected): void {
      // A connection that has fallen silent meanwhile is taken for one until that is noticed.
      for (const of of breaks) if (of.fromMs <= openedMs) of.untilMs = Math.min(of.untilMs, effects.monotonic())
      const sinceMs = effects.monotonic()
      const gone = [...calls].filter(([callId, call]) => call.acceptedBy === process && !lives(callId))
      const check = () => {
        if (!isAlive() || wasBroken(sinceMs + 1, effects.monotonic())) return
        for (const [callId, { endTold }] of gone)
          if (!endTold.has(process)) findings.push(`T9: call ${callId} is gone, and nobody was told`)
      }
      effects.timer(goneToldWithinMs, check, { background: true })
    },
    hearAnswer(callId: string, answer: OriginateAnswer, process: number): void {
      const call = callOf(callId)
      if (answer.type === 'ACCEPTED') call.acceptedBy = process
      if (answer.type === 'ACCEPTED' && !call.placed)
        findings.push(`T1: call ${callId} is said to be accepted, and is not there`)
      if (answer.type !== 'REJECTED') return
      if (call.placed) findings.push(`T2: call ${callId} is said to be rejected, and was placed`)
      call.deniedBy = 'said to be rejected'
    },
    hearNews(news: CallNews, process: number): void {
      if (news.type !== 'HANGUP') return
      const { callId, reason } = news
      const { endTold } = callOf(callId)
      const before = endTold.get(process) ?? 'UNKNOWN'
      // What became known too late is told all the same.
      if (before !== 'UNKNOWN') findings.push(`T8: call ${callId} is told as ended, ${reason}, after ${before}`)
      endTold.set(process, reason)
      if (lives(callId)) findings.push(`T3: call ${callId} is told as ended, ${reason}, and lives`)
      tellEnd(callId, reason)
      checkReason(callId, reason)
    },
    hearLookup(callId: string, answer: LookupAnswer): void {
      const call = callOf(callId)
      if (answer.type === 'NOT_SEEN')
        findings.push(`T4: call ${callId} is said to be not seen, which no switch can know`)
      if (answer.type === 'LIVE' && !call.placed) findings.push(`T4: call ${callId} is said to live, and never was`)
      if (answer.type !== 'ENDED') return
      if (lives(callId)) findings.push(`T4: call ${callId} is said to have ended, and lives`)
      tellEnd(callId, answer.reason)
      checkReason(callId, answer.reason)
    },
    wasBroken,
    /** Why a call may not be UNKNOWN; null where it may. */
    unknown(callId: string, { process, begunMs, atMs }: Knowledge): string | null {
      const call = callOf(callId)
      const hadTrouble = (sinceMs: number) => call.troubleMs.some((ms) => ms >= sinceMs && ms <= atMs)
      if (!call.placed) {
        if (hadTrouble(0) || wasBroken(begunMs, Math.min(atMs, begunMs + answerDoubtMs))) return null
        return 'its request was answered, and never placed'
      }
      const heardMs = call.endHeardMs.get(process)
      if (heardMs !== undefined && heardMs < atMs) return 'its end was heard'
      if (!lives(callId) || hadTrouble(atMs - lookupDoubtMs) || wasBroken(atMs - lookupDoubtMs, atMs)) return null
      return 'it lives, and nothing was in the way of knowing'
    },
  }
}

/** Whose driver is connected. */
export interface Connected {
  readonly process: number
  isAlive(): boolean
}

/** Who gives a call up, since when that call has been in flight, and when it is given up, on the monotonic clock. */
export interface Knowledge {
  readonly process: number
  readonly begunMs: number
  readonly atMs: number
}

export type Truth = ReturnType<typeof createTruth>
