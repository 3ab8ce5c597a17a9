import type { App } from '../app/app.ts'
import type { CarrierCommand, InboxItem } from '../app/calls/ticks.ts'
import type { OriginateAnswer, OriginateRequest } from '../domain/carrier.ts'
import type { Sender } from '../domain/sending.ts'
import { inTime } from '../kernel/deadline.ts'
import type { Effects } from '../kernel/effects.ts'
import type { Log } from '../kernel/log.ts'
import { limits } from '../limits.ts'
import type { Driver } from '../telephony/driver.ts'
import { createMediaDispatcher } from './media-dispatcher.ts'

export interface DispatcherOptions {
  readonly app: App
  readonly driver: Driver
  /** Without one, nothing can be sent. */
  readonly sender?: Sender | undefined
  readonly effects: Effects
  readonly log: Log
  /** False once the engine was asked to stop: calls claimed before are then given back unsent. */
  mayDial(): boolean
  /** False while the connection to the carrier is held. */
  mayAsk(): boolean
  /** False once the engine was asked to stop, and while it waits for a person. */
  maySend(): boolean
  /** For how long the carrier has been out of reach, in milliseconds; null if it is in reach. */
  outOfReachMs(): number | null
  /** Receives what has arrived; the next tick records it. */
  receive(item: InboxItem): void
  /** Called just before each originate request. */
  sending(callId: string): void
  /** Called with the carrier's answer to each originate request. */
  answered(callId: string, answer: OriginateAnswer): void
}

/** Carries out the commands of committed ticks. Waits for none of them. */
export function createDispatcher(options: DispatcherOptions) {
  const { app, driver, effects, log, mayDial, receive, sending, answered } = options
  /** Agents whose phones ring, with the call they ring for. */
  const offers = new Map<string, string>()
  const asking = new Set<Promise<void>>()
  let seenPosition = app.reader.latestPosition()

  const now = () => app.clock.now()
  const mediaDispatcher = createMediaDispatcher({ ...options, now, mayDial, track })

  /** Makes a request that has no answer of its own: its result arrives as news. */
  function ask(what: string, callId: string, asked: Promise<void>): void {
    asked.catch((error: unknown) => log.warn({ error, callId }, `the carrier could not be asked to ${what}`))
  }

  /**
   * Makes exactly one originate request per call (docs/rules.md#request-once): without an answer by the deadline the
   * result is unknown.
   */
  async function originate(request: OriginateRequest): Promise<void> {
    const { callId } = request
    sending(callId)
    const asked = driver.originate(request).catch((error: unknown): OriginateAnswer => {
      log.warn({ error, callId }, 'an originate request failed')
      return { type: 'INDETERMINATE' }
    })
    const answer = (await inTime(effects, asked, limits.originateAnswerMs)) ?? { type: 'INDETERMINATE' }
    answered(callId, answer)
    if (answer.type !== 'ACCEPTED') receive({ type: 'ORIGINATE_ANSWER', callId, answer })
  }

  async function lookUp(callId: string): Promise<void> {
    const outOfReachMs = options.outOfReachMs()
    if (outOfReachMs !== null) return receive({ type: 'LOOKUP_FAILED', callId, outOfReachMs })
    try {
      const answer = await inTime(effects, driver.lookup(callId), limits.originateAnswerMs)
      if (answer !== null) return receive({ type: 'LOOKUP_ANSWER', callId, answer })
      log.warn({ callId }, 'the carrier did not answer the look-up of a call')
    } catch (error) {
      log.warn({ error, callId }, 'a call could not be looked up at the carrier')
    }
    receive({ type: 'LOOKUP_FAILED', callId, outOfReachMs: null })
  }

  function track(work: Promise<void>): void {
    asking.add(work)
    work.finally(() => asking.delete(work))
  }

  function carryOutOne(command: Exclude<CarrierCommand, { type: 'ORIGINATE' | 'SEND' }>): void {
    const { callId } = command
    if (!options.mayAsk() && command.type !== 'LOOK_UP') return
    switch (command.type) {
      case 'HANG_UP':
        ask('end a call', callId, driver.hangup(callId, command.reason))
        break
      case 'LOOK_UP':
        track(lookUp(callId))
        break
      case 'CONNECT':
        offers.set(command.phone.agentId, callId)
        ask('ring an agent', callId, driver.connect(callId, command.phone))
        break
      case 'WITHDRAW':
        ask('let an agent go', callId, driver.withdraw(callId, command.agentId))
        break
      default:
        mediaDispatcher.perform(command)
    }
  }

  /**
   * Of calls about to be placed, those whose end was requested; null if that could not be read, and then none is
   * placed.
   */
  async function whoseEndWasAsked(callIds: readonly string[]): Promise<ReadonlySet<string> | null> {
    if (callIds.length === 0) return new Set()
    try {
      return await app.ticks.withdrawn(callIds)
    } catch (error) {
      log.error(
        { error },
        'calls could not be checked before placing; they are not placed, and their tries are given back',
      )
      return null
    }
  }

  /** Stops the phones whose offers have ended by that position of the log, whoever ended them. */
  async function withdrawOffers(until: number): Promise<void> {
    while (offers.size > 0 && seenPosition < until) {
      const { entries, through } = await app.reader.read(null, seenPosition)
      for (const entry of entries) {
        if (entry.position > until) break
        if (entry.kind !== 'AGENT' || entry.from !== 'RINGING') continue
        const callId = offers.get(entry.agentId)
        offers.delete(entry.agentId)
        if (callId !== undefined && entry.to !== 'BUSY')
          ask('let an agent go', callId, driver.withdraw(callId, entry.agentId))
      }
      if (through <= seenPosition) break
      seenPosition = Math.min(through, until)
    }
    if (offers.size === 0) seenPosition = Math.max(seenPosition, until)
  }

  return {
    /**
     * Carries out the commands of a tick. `position` is that of the tick's last log entry, or null. Returns whether a
     * call was too late to be handed over.
     */
    async carryOut(commands: readonly CarrierCommand[], position: number | null): Promise<{ readonly late: boolean }> {
      // Media commands go out whatever happens to the calls to be placed: actions wait for their results.
      for (const command of commands) if (command.type === 'SEND') mediaDispatcher.send(command)
      // An agent whose offer ended in this tick may have been offered the next call in it: the old offer is withdrawn
      // first.
      await withdrawOffers(position ?? 0)
      const calls = commands.filter((command) => command.type === 'ORIGINATE')
      const withdrawn = await whoseEndWasAsked(calls.map((call) => call.request.callId))
      let anyLate = false
      for (const command of commands) {
        if (command.type === 'SEND') continue
        if (command.type !== 'ORIGINATE') {
          carryOutOne(command)
          continue
        }
        const { callId } = command.request
        // The clock may have moved while others were placed, so each call is checked for itself.
        const late = now() - command.createdAt > limits.dialWithinMs
        if (!mayDial() || withdrawn === null) receive({ type: 'UNSENT', callId, why: 'LATE' })
        else if (withdrawn.has(callId)) receive({ type: 'UNSENT', callId, why: 'ENDED' })
        else if (late) {
          anyLate = true
          receive({ type: 'UNSENT', callId, why: 'LATE' })
        } else track(originate(command.request))
      }
      return { late: anyLate }
    },
    /** Stops phones whose offers were ended by others, as the log shows. */
    withdrawOffers: () => withdrawOffers(app.reader.latestPosition()),
    /** Resolves when every pending request has its answer, or its deadline has passed. */
    async settle(): Promise<void> {
      while (asking.size > 0) await Promise.allSettled(asking)
    },
  }
}
