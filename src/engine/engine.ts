import type { App } from '../app/app.ts'
import { TermLost } from '../app/terms.ts'
import type { InboxItem, TurnResult } from '../app/turns.ts'
import type { HaltCause } from '../domain/engine.ts'
import type { Sender } from '../domain/sending.ts'
import { answerTrunk, openTrunk, type Trunk, trunkRoom, tryTrunk } from '../domain/trunk.ts'
import { inTime } from '../kernel/deadline.ts'
import type { Cancel, Effects } from '../kernel/effects.ts'
import { isBrokenInvariant } from '../kernel/errors.ts'
import type { Log } from '../kernel/log.ts'
import { limits } from '../limits.ts'
import type { Driver } from '../telephony/driver.ts'
import { createCondition } from './condition.ts'
import { createDialer } from './dialer.ts'
import { createInbox, endsDoubt } from './inbox.ts'
import { createJudging } from './judging.ts'
import { createReconciler } from './reconcile.ts'
import { createStarts } from './starts.ts'

export interface EngineOptions {
  readonly app: App
  readonly driver: Driver
  /** Hands over what actions send; without one nothing can be sent. Ended by the end of the engine. */
  readonly sender?: Sender | undefined
  readonly effects: Effects
  readonly log: Log
  /** Process-wide; 0 for no limit. */
  readonly callsPerSecond: number
  /** How often the engine says that it is alive; 2 s when nothing is said. */
  readonly heartbeatMs?: number
  /** What the process knows of why it should not dial, before it starts. */
  readonly halts?: readonly { readonly cause: HaltCause; readonly reason: string }[]
  /** Told when a person let the engine go on. */
  readonly onResume?: () => void
}

export interface Engine {
  /**
   * Takes the database over and begins to connect to the carrier. Dials once it is known what became of calls that were in
   * flight. Settles before that where the carrier is out of reach.
   */
  start(): Promise<void>
  /** No new call from now on; what the carrier still says is recorded, and the carrier is let go. */
  stop(): Promise<void>
}

const unheardOf = { type: 'UNKNOWN', detail: 'the process ended before it was known' } as const

/**
 * The dialer engine: one turn at a time, each one transaction, woken by news, by commits of others and by the one timer
 * that stands for everything that is due. With nothing to do it does nothing but say that it is alive.
 */
export function createEngine(options: EngineOptions): Engine {
  const { app, driver, effects, log, callsPerSecond } = options
  const now = () => app.clock.now()
  const inbox = createInbox(log)
  const wallAhead = now() - effects.monotonic()
  const passed = () => Math.floor(effects.monotonic() + wallAhead)
  const starts = createStarts({ callsPerSecond, log, passed })
  let trunk: Trunk = openTrunk
  let servedIds: readonly string[] = []
  /** Calls found again that no turn has counted yet. */
  let adopted = 0
  /** Every commit up to here has been seen by a turn. */
  let handledPosition = 0
  let isTurning = false
  let turning: Promise<void> | null = null
  let again = false
  let state: 'STOPPED' | 'RUNNING' | 'STOPPING' = 'STOPPED'
  let cancelTimer: Cancel = () => {}
  let cancelRing: Cancel = () => {}
  let cancelStorage: Cancel = () => {}
  /** The storage has failed, and the pause after that is over. */
  let storageDoubted = false
  let cancelFailures: Cancel = () => {}
  let stoodDown = false

  const condition = createCondition({
    ...{ app, effects, log, heartbeatMs: options.heartbeatMs ?? limits.engineHeartbeatMs },
    bucket: starts.view,
    trunkAvailable: () => trunkRoom(trunk, now()) > 0,
    changed: wake,
    termLost: standDown,
  })
  const reconciler = createReconciler({
    ...{ app, driver, effects, log, condition, wake, termLost: standDown },
    // Before it runs no turn follows: what was heard by then is recorded after the calls were put in doubt.
    recorded: () => (state === 'RUNNING' ? inbox.emptied() : Promise.resolve()),
  })
  const judging = createJudging({ app, effects, log, mayJudge: () => state === 'RUNNING', wake })
  const dialer = createDialer({
    ...{ app, driver, sender: options.sender, effects, log },
    mayDial: () => state === 'RUNNING' && condition.mayDial(),
    maySend: () => state === 'RUNNING',
    outOfReachMs: condition.outOfReachMs,
    receive(item) {
      hear(item)
      if (item.type === 'LOOKUP_ANSWER' || item.type === 'LOOKUP_FAILED') settle(item)
    },
    sending(callId) {
      trunk = tryTrunk(trunk, callId)
      condition.say()
    },
    answered(callId, answer) {
      trunk = answerTrunk(trunk, callId, answer, now())
      condition.say()
      wake()
    },
  })

  function hear(item: InboxItem): void {
    if (stoodDown) return
    inbox.push(item)
    wake()
  }

  function settle(item: Extract<InboxItem, { type: 'LOOKUP_ANSWER' | 'LOOKUP_FAILED' }>): void {
    // Not asked at all: it will be, once the carrier can be reached.
    if (item.type === 'LOOKUP_FAILED' && item.outOfReachMs !== null) return
    const wasDoubted = condition.settle(item.callId)
    if (wasDoubted && item.type === 'LOOKUP_ANSWER' && item.answer.type === 'LIVE') adopted++
  }

  /** A turn follows, now or after the one that is under way. */
  function wake(): void {
    if (state === 'STOPPED') return
    again = true
    if (isTurning) return
    // Noted before it begins: what a turn finds out may wake again at once.
    isTurning = true
    // Simulated people wait while what they did is worked on.
    const release = effects.hold?.()
    turning = takeTurns().finally(() => {
      isTurning = false
      turning = null
      release?.()
      if (again) wake()
    })
  }

  async function takeTurns(): Promise<void> {
    while (again) {
      again = false
      cancelTimer()
      try {
        const result = await takeTurn()
        await dialer.carryOut(result.commands, result.position)
        await dialer.withdrawOffers()
        if (inbox.size > 0 || result.more || app.reader.latestPosition() > handledPosition) again = true
        if (result.judging) judging.begin()
        setTimer(result)
      } catch (error) {
        if (error instanceof TermLost) return standDown()
        log.error({ error }, 'a turn of the engine failed')
        recover(error)
      }
      if (again) await effects.breathe()
    }
  }

  function recover(error: unknown): void {
    if (isBrokenInvariant(error)) breakOff(error)
    again = inbox.failed(error)
    if (!again && state === 'RUNNING') cancelTimer = effects.timer(limits.failedTurnPauseMs, wake)
  }

  /** A rule of our own does not hold: what was decided by it may be wrong, and nobody may be rung by it (P8). */
  function breakOff(finding: unknown): void {
    const what = finding instanceof Error ? finding.message : String(finding)
    condition.halt('INVARIANT', `A rule of the dialer was found broken: ${what}. The log says more.`, {
      error: finding,
    })
  }

  /** Nothing is placed until a turn has written something; one that has nothing to write does so after a pause. */
  function pauseForStorage(error: unknown): void {
    if (state !== 'RUNNING') return
    condition.halt('STORAGE', `The database cannot be written: ${(error as Error).message}`)
    storageDoubted = false
    cancelStorage()
    cancelStorage = effects.timer(limits.failedTurnPauseMs, () => {
      storageDoubted = true
      wake()
    })
  }

  /** This one places no more calls and writes nothing: the database has another engine. */
  function standDown(): void {
    if (stoodDown) return
    stoodDown = true
    state = 'STOPPED'
    again = false
    inbox.clear()
    letGo()
    condition.standDown()
    driver.stop().catch((error: unknown) => log.warn({ error }, 'the carrier could not be let go'))
    log.error({}, 'another engine has taken over; this one places no more calls')
  }

  function letGo(): void {
    cancelRing()
    cancelTimer()
    cancelStorage()
    cancelFailures()
    reconciler.stop()
  }

  async function takeTurn(): Promise<TurnResult> {
    condition.checkClock()
    const items = inbox.next()
    const seen = app.reader.latestPosition()
    starts.refill()
    condition.say()
    const mayClaim = state === 'RUNNING' && condition.mayClaim()
    const { carrierAvailable } = condition.status()
    const room = carrierAvailable ? trunkRoom(trunk, now()) : 0
    const dial = mayClaim ? { tokens: starts.tokens(), trunkRoom: room, servedIds } : null
    // What may be claimed is decided here, and not once more by the word for the state.
    const status = { ...condition.status(), state: mayClaim ? ('RUNNING' as const) : ('HALTED' as const) }
    const counted = adopted
    const result = await app.turns.take({ inbox: items, dial, status, adopted: counted, proveStorage: storageDoubted })
    inbox.committed(items)
    adopted -= counted
    starts.spend(result.claim.claimed)
    if (result.claim.claimed > 0) servedIds = result.claim.servedIds
    handledPosition = Math.max(seen, result.position ?? 0)
    storageDoubted = false
    if (result.position !== null) condition.pass('STORAGE')
    for (const finding of result.findings) breakOff(finding)
    if (result.resumeAsked) resume()
    if (starts.view().perSecond > 0 && result.claim.claimed > 0) app.reportEngine(condition.status())
    return result
  }

  function resume(): void {
    options.onResume?.()
    condition.resume()
  }

  /** One timer for whatever is due next: a call, an agent, a retry, a token, the end of the trunk's pause. */
  function setTimer({ wakeAt, claim }: TurnResult): void {
    if (again || state !== 'RUNNING') return
    const at = now()
    const times = [
      ...(wakeAt === null ? [] : [wakeAt]),
      ...(claim.wantsToken ? [at + starts.nextTokenMs()] : []),
      ...(trunk.state === 'PAUSED' && trunk.until > at ? [trunk.until] : []),
    ]
    if (times.length > 0) cancelTimer = effects.timer(Math.min(...times) - at, wake)
  }

  return {
    async start() {
      const { halt, heartbeatAt, openSendings } = await app.terms.takeOver(driver.name, condition.status())
      // Of what the process before this one was sending nobody will ever hear: it is not sent a second time.
      for (const sending of openSendings) inbox.push({ type: 'SENT', ...sending, result: unheardOf })
      for (const of of [...(halt === null ? [] : [halt]), ...(options.halts ?? [])]) condition.halt(of.cause, of.reason)
      condition.seenAt(heartbeatAt)
      let connecting: Promise<void> | null = null
      // What is heard before the calls in flight are known to be in doubt has to wait: a turn might act on their times.
      await driver.start({
        news(news) {
          hear({ type: 'NEWS', news })
          starts.hear(news)
          // After it was heard: what ends the doubt has to be recorded by the turn that may dial again.
          if (endsDoubt(news)) condition.settle(news.callId)
        },
        connected() {
          connecting = reconciler.connected()
        },
        disconnected: reconciler.disconnected,
      })
      await (connecting ?? reconciler.outOfReach())
      state = 'RUNNING'
      handledPosition = app.reader.latestPosition()
      starts.reset()
      condition.begin()
      cancelRing = app.reader.wakeup.onRing(() => {
        if (app.reader.latestPosition() > handledPosition) wake()
      })
      cancelFailures = app.onStorageFailure(pauseForStorage)
      wake()
    },
    async stop() {
      if (state !== 'RUNNING') return
      state = 'STOPPING'
      condition.stop()
      letGo()
      await turning
      await inTime(effects, dialer.settle(), limits.sendingsSettleMs)
      await options.sender?.stop()
      await dialer.settle()
      await driver.stop()
      // What the carrier said on its way out is still recorded.
      again = true
      await (turning ?? takeTurns())
      await condition.end()
      state = 'STOPPED'
    },
  }
}
