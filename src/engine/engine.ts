import type { App } from '../app/app.ts'
import type { InboxItem, TickRequest, TickResult } from '../app/calls/ticks.ts'
import { TermLost } from '../app/terms.ts'
import type { HaltCause } from '../domain/engine.ts'
import { afterPrompt, type HandOver, isOneAtATime, lateHandOver, promptHandOver } from '../domain/hand-over.ts'
import type { Sender } from '../domain/sending.ts'
import { answerTrunk, openTrunk, type Trunk, trunkRoom, tryTrunk } from '../domain/trunk.ts'
import { present } from '../kernel/assert.ts'
import { inTime } from '../kernel/deadline.ts'
import type { Cancel, Effects } from '../kernel/effects.ts'
import { isBrokenInvariant } from '../kernel/errors.ts'
import type { Log } from '../kernel/log.ts'
import { readFirst } from '../kernel/read-first.ts'
import { limits } from '../limits.ts'
import type { Driver, DriverRoom } from '../telephony/driver.ts'
import { createCallRateLimiter } from './call-rate.ts'
import { createConnection } from './connection.ts'
import { createDispatcher } from './dispatcher.ts'
import { createHealth } from './health.ts'
import { createInbox, endsDoubt, type News } from './inbox.ts'
import { createReconciler } from './reconcile.ts'
import { createReevaluation } from './reevaluation.ts'

export interface EngineOptions {
  readonly app: App
  readonly driver: Driver
  /** Sends for actions; without one nothing can be sent. Stopped when the engine stops. */
  readonly sender?: Sender | undefined
  readonly effects: Effects
  readonly log: Log
  /** Process-wide; 0 for no limit. */
  readonly callsPerSecond: number
  /** Interval of the heartbeat; 2 s by default. */
  readonly heartbeatMs?: number
  /** Causes known before the start for which the engine must not dial. */
  readonly halts?: readonly { readonly cause: HaltCause; readonly reason: string }[]
  /** Called when a person has resumed the engine. */
  readonly onResume?: () => void
}

export interface Engine {
  /**
   * Takes the database over and connects to the carrier. Dials once the outcome of the calls in flight is known.
   * Resolves earlier if the carrier is out of reach.
   */
  start(): Promise<void>
  /** Places no new call, records the carrier's remaining news, and closes the connection. */
  stop(): Promise<void>
}

const unlimitedRoom: DriverRoom = { calls: Number.POSITIVE_INFINITY, againInMs: 0 }

const unknownResult = { type: 'UNKNOWN', detail: 'the process ended before the result was known' } as const

/**
 * The dialer engine. It runs one tick at a time, one transaction each, woken by news, by commits of others and by one
 * timer for everything that is due. When idle it only writes its heartbeat.
 */
export function createEngine(options: EngineOptions): Engine {
  const { app, driver, effects, log, callsPerSecond } = options
  const now = () => app.clock.now()
  /** Timers for deadlines of answers, from the carrier and from receivers of sendings. */
  const patient = readFirst(effects)
  const inbox = createInbox(log)
  const wallAhead = now() - effects.monotonic()
  const passed = () => Math.floor(effects.monotonic() + wallAhead)
  const callRate = createCallRateLimiter({ callsPerSecond, log, passed, now })
  let trunk: Trunk = openTrunk
  let handOver: HandOver = promptHandOver
  let driverRoom = unlimitedRoom
  let servedIds: readonly string[] = []
  /** Calls found live again that no tick has counted yet. */
  let adopted = 0
  /** A tick has seen every commit up to here. */
  let handledPosition = 0
  let isTicking = false
  let ticking: Promise<void> | null = null
  let again = false
  let state: 'STOPPED' | 'RUNNING' | 'STOPPING' = 'STOPPED'
  let cancelTimer: Cancel = () => {}
  let cancelRing: Cancel = () => {}
  let cancelStorage: Cancel = () => {}
  /** The storage has failed, and the pause after that is over. */
  let storageDoubted = false
  let cancelFailures: Cancel = () => {}
  /** No calls are claimed for a moment. */
  let claimsPause = false
  let cancelClaimsPause: Cancel = () => {}
  let stoodDown = false

  const health = createHealth({
    ...{ app, effects, log, heartbeatMs: options.heartbeatMs ?? limits.engineHeartbeatMs },
    allowance: callRate.view,
    trunkAvailable: () => trunkRoom(trunk, now()) > 0,
    oneAtATime: () => isOneAtATime(handOver),
    changed: wake,
    termLost: standDown,
  })
  const reconciler = createReconciler({
    ...{ app, driver, effects: patient, log, health, wake, termLost: standDown },
    // While it does not run, no tick follows: what arrives by then is recorded after the calls were put in doubt.
    recorded: () => (state === 'RUNNING' ? inbox.emptied() : Promise.resolve()),
  })
  const connection = createConnection({
    ...{ driver, effects: patient, log, reconciler },
    onNews(news) {
      receive({ type: 'NEWS', news })
      callRate.recordNews(news)
      // After the item is in the inbox: the tick that may dial again has to record the news that ends the doubt.
      if (endsDoubt(news)) health.settle(news.callId)
    },
  })
  const reevaluation = createReevaluation({ app, effects, log, mayRun: () => state === 'RUNNING', wake })
  const dispatcher = createDispatcher({
    ...{ app, driver, sender: options.sender, effects: patient, log },
    mayDial: () => state === 'RUNNING' && health.mayDial(),
    mayAsk: () => !connection.isHeld(),
    maySend: () => state === 'RUNNING' && !connection.isHeld(),
    outOfReachMs: health.outOfReachMs,
    receive(item) {
      receive(item)
      if (item.type === 'LOOKUP_ANSWER' || item.type === 'LOOKUP_FAILED') settle(item)
    },
    sending(callId) {
      trunk = tryTrunk(trunk, callId)
      health.report()
    },
    answered(callId, answer) {
      trunk = answerTrunk(trunk, callId, answer, now())
      callRate.recordAnswer(answer)
      health.report()
      wake()
    },
  })

  function receive(item: InboxItem): void {
    if (stoodDown) return
    inbox.push(item)
    wake()
  }

  function settle(item: Extract<InboxItem, { type: 'LOOKUP_ANSWER' | 'LOOKUP_FAILED' }>): void {
    // The call was not looked up; it will be once the carrier is in reach.
    if (item.type === 'LOOKUP_FAILED' && item.outOfReachMs !== null) return
    const wasDoubted = health.settle(item.callId)
    if (wasDoubted && item.type === 'LOOKUP_ANSWER' && item.answer.type === 'LIVE') adopted++
  }

  /** Runs a tick, now or after the current one. */
  function wake(): void {
    if (state === 'STOPPED') return
    again = true
    if (isTicking) return
    // Set before the tick starts: it may wake the engine again at once.
    isTicking = true
    // Simulated callers wait while the effects of their actions are computed.
    const release = effects.hold?.()
    ticking = runTicks().finally(() => {
      isTicking = false
      ticking = null
      release?.()
      if (again) wake()
    })
  }

  /** Resolves when no tick runs and none is due to follow. */
  async function ticksEnded(): Promise<void> {
    while (ticking !== null) await ticking
  }

  async function runTicks(): Promise<void> {
    while (again) {
      await readArrived()
      again = false
      cancelTimer()
      try {
        const result = await runTick()
        const { late } = await dispatcher.carryOut(result.commands, result.position)
        noteHandOver(result.claim.claimed, late)
        await dispatcher.withdrawOffers()
        if (inbox.size > 0 || result.more || app.reader.latestPosition() > handledPosition) again = true
        if (result.reevaluating) reevaluation.begin()
        setTimer(result)
      } catch (error) {
        if (error instanceof TermLost) return standDown()
        log.error({ error }, 'a tick of the engine failed')
        recover(error)
      }
    }
  }

  /**
   * Lets the event loop read what has arrived: after a stall it would run the timers first, and time limits would fire
   * before the news that came in time is read (docs/rules.md#news-first).
   */
  async function readArrived(): Promise<void> {
    for (let known = -1; inbox.arrived > known && inbox.size <= limits.newsPerTickMax; ) {
      known = inbox.arrived
      await effects.yieldToLoop()
    }
  }

  /** After a late call the next is claimed only after a pause. */
  function pauseClaims(): void {
    claimsPause = true
    cancelClaimsPause()
    cancelClaimsPause = effects.timer(limits.failedTickPauseMs, () => {
      claimsPause = false
      wake()
    })
  }

  function noteHandOver(claimed: number, late: boolean): void {
    const before = handOver
    handOver = late ? lateHandOver : afterPrompt(handOver, claimed, limits.claimsPerTickMax)
    if (late) pauseClaims()
    if (handOver === before) return
    if (late && !isOneAtATime(before))
      log.warn(
        {},
        'calls could not be handed to the carrier within 2 s of their commit; they are claimed one at a time',
      )
    else if (handOver === promptHandOver) log.info({}, 'calls are handed over in time again')
    health.report()
  }

  function recover(error: unknown): void {
    if (isBrokenInvariant(error)) breakOff(error)
    again = inbox.failed(error)
    if (!again && state === 'RUNNING') cancelTimer = effects.timer(limits.failedTickPauseMs, wake)
  }

  /**
   * Halts: an invariant is broken, so what was decided by it may be wrong, and nobody may be rung by it
   * (docs/rules.md#safe-stop).
   */
  function breakOff(finding: unknown): void {
    const what = finding instanceof Error ? finding.message : String(finding)
    health.halt('INVARIANT', `A rule of the dialer is broken: ${what}. See the log.`, {
      error: finding,
    })
  }

  /** Halts until a tick has written something; one that has nothing to write does so after a pause. */
  function pauseForStorage(error: unknown): void {
    if (state !== 'RUNNING') return
    health.halt('STORAGE', `The database cannot be written: ${(error as Error).message}`)
    storageDoubted = false
    cancelStorage()
    cancelStorage = effects.timer(limits.failedTickPauseMs, () => {
      storageDoubted = true
      wake()
    })
  }

  /** Stops for good without writing: another engine has taken over the database. */
  function standDown(): void {
    if (stoodDown) return
    stoodDown = true
    state = 'STOPPED'
    again = false
    inbox.clear()
    cancelTimers()
    health.standDown()
    connection
      .close()
      .catch((error: unknown) => log.warn({ error }, 'the connection to the carrier could not be closed'))
    log.error({}, 'another engine has taken over; this one places no more calls')
  }

  function cancelTimers(): void {
    cancelRing()
    cancelTimer()
    cancelStorage()
    cancelClaimsPause()
    cancelFailures()
    reconciler.stop()
  }

  /** Input of a tick, read inside its transaction. */
  function look(news: News): TickRequest {
    driverRoom = driver.room?.() ?? unlimitedRoom
    const { carrierAvailable } = health.status()
    const trunkRoomNow = carrierAvailable ? Math.min(trunkRoom(trunk, now()), driverRoom.calls) : 0
    const { claimsMax } = handOver
    const mayClaim = state === 'RUNNING' && health.mayClaim() && !claimsPause
    return {
      news,
      carrierReports: health.outOfReachMs() === null,
      dial: mayClaim ? { startsAllowed: callRate.room(), trunkRoom: trunkRoomNow, claimsMax, servedIds } : null,
      // `mayClaim` is authoritative; do not derive it from `state` again.
      status: { ...health.status(), state: mayClaim ? 'RUNNING' : 'HALTED', reason: null },
      adopted,
      proveStorage: storageDoubted,
    }
  }

  async function runTick(): Promise<TickResult> {
    health.checkClock()
    const seen = app.reader.latestPosition()
    callRate.recover()
    health.report()
    let request: TickRequest | null = null
    const result = await app.ticks.run(() => {
      request = look(inbox.next())
      return request
    })
    const { news, adopted: counted } = present<TickRequest>(request, 'a tick that was taken')
    inbox.committed(news.items)
    adopted -= counted
    callRate.started(result.claim.claimed)
    if (result.claim.claimed > 0) servedIds = result.claim.servedIds
    driverRoom = { ...driverRoom, calls: driverRoom.calls - result.claim.claimed }
    handledPosition = Math.max(seen, result.position ?? 0)
    storageDoubted = false
    if (result.position !== null) health.pass('STORAGE')
    for (const finding of result.findings) breakOff(finding)
    if (result.resumeAsked) resume()
    if (callRate.view().perSecond > 0 && result.claim.claimed > 0) app.reportEngine(health.status())
    return result
  }

  function resume(): void {
    options.onResume?.()
    // A person has seen what the carrier reports: unknown calls that it lists now do not halt the engine again.
    if (connection.isHeld()) void connection.release().then(health.resume)
    else health.resume()
  }

  /** Sets one timer for the next due time: a call, an agent, a retry, the call rate, the end of the trunk's pause. */
  function setTimer({ wakeAt, claim }: TickResult): void {
    if (again || state !== 'RUNNING') return
    const at = now()
    const times = [
      ...(wakeAt === null ? [] : [wakeAt]),
      ...(claim.waitsForRate ? [at + callRate.nextMs()] : []),
      ...(driverRoom.calls < 1 ? [at + driverRoom.againInMs] : []),
      ...(trunk.state === 'PAUSED' && trunk.until > at ? [trunk.until] : []),
    ]
    if (times.length > 0) cancelTimer = effects.timer(Math.min(...times) - at, wake)
  }

  return {
    async start() {
      const { halt, heartbeatAt, openSendings } = await app.terms.takeOver(driver.name, health.status())
      // The results of what the previous process was sending will never arrive. Nothing is sent a second time.
      for (const sending of openSendings) inbox.push({ type: 'SENT', ...sending, result: unknownResult })
      for (const of of [...(halt === null ? [] : [halt]), ...(options.halts ?? [])]) health.halt(of.cause, of.reason)
      health.seenAt(heartbeatAt)
      await (halt?.cause === 'RESTORED' ? connection.hold() : connection.open())
      state = 'RUNNING'
      handledPosition = app.reader.latestPosition()
      callRate.reset()
      health.begin()
      cancelRing = app.reader.wakeup.onRing(() => {
        if (app.reader.latestPosition() > handledPosition) wake()
      })
      cancelFailures = app.onStorageFailure(pauseForStorage)
      wake()
    },
    async stop() {
      if (state !== 'RUNNING') return
      state = 'STOPPING'
      health.stop()
      cancelTimers()
      await ticksEnded()
      await inTime(effects, dispatcher.settle(), limits.sendingsSettleMs)
      await options.sender?.stop()
      await dispatcher.settle()
      await connection.close()
      // The carrier's last news is still recorded.
      wake()
      await ticksEnded()
      // After this the store may be closed.
      state = 'STOPPED'
      await health.end()
    },
  }
}
