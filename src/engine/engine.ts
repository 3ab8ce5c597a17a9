import type { App } from '../app/app.ts'
import { type InboxItem, TermLost, type TurnResult } from '../app/turns.ts'
import { emptyBucket, nextTokenMs, refill, spend, tokensIn } from '../domain/pacing.ts'
import { answerTrunk, openTrunk, type Trunk, trunkRoom, tryTrunk } from '../domain/trunk.ts'
import type { Cancel, Effects } from '../kernel/effects.ts'
import { isStorageFailure } from '../kernel/errors.ts'
import type { Log } from '../kernel/log.ts'
import { limits } from '../limits.ts'
import type { Driver } from '../telephony/driver.ts'
import { createDialer } from './dialer.ts'

export interface EngineOptions {
  readonly app: App
  readonly driver: Driver
  readonly effects: Effects
  readonly log: Log
  /** Process-wide; 0 for no limit. */
  readonly callsPerSecond: number
}

export interface Engine {
  /** Connects to the carrier, finds out what became of calls that were in flight, then dials. */
  start(): Promise<void>
  /** No new call from now on; what the carrier still says is recorded, and the carrier is let go. */
  stop(): Promise<void>
}

/**
 * The dialer engine: one turn at a time, each one transaction, woken by news, by commits of others and by the one timer
 * that stands for everything that is due. With nothing to do it does nothing.
 */
export function createEngine({ app, driver, effects, log, callsPerSecond }: EngineOptions): Engine {
  let inbox: InboxItem[] = []
  let bucket = emptyBucket(callsPerSecond, effects.now())
  let trunk: Trunk = openTrunk
  let servedIds: readonly string[] = []
  /** Every commit up to here has been seen by a turn. */
  let handledPosition = 0
  let turning: Promise<void> | null = null
  let again = false
  let judging = false
  let state: 'STOPPED' | 'RUNNING' | 'STOPPING' = 'STOPPED'
  let cancelTimer: Cancel = () => {}
  let cancelRing: Cancel = () => {}
  let stoodDown = false
  let carrierWasAvailable = false
  /** After a turn has failed, so many items of the inbox are taken one by one: the one that cannot be recorded is found. */
  let carefulCount = 0
  /** The first item made a turn fail by itself: it is to blame if a turn without it succeeds, and one with it fails again. */
  let suspicion: 'NONE' | 'TAKE_NONE' | 'TAKE_AGAIN' = 'NONE'
  /** Calls of before the start of which the carrier has not yet said what became of them: no new call until it has. */
  const doubted = new Set<string>()

  const dialer = createDialer({
    app,
    driver,
    effects,
    log,
    mayDial: () => state === 'RUNNING',
    receive(item) {
      if (item.type === 'LOOKUP_ANSWER' || item.type === 'LOOKUP_FAILED') doubted.delete(item.callId)
      inbox.push(item)
      wake()
    },
    sending(callId) {
      trunk = tryTrunk(trunk, callId)
      reportCarrier()
    },
    answered(callId, answer) {
      trunk = answerTrunk(trunk, callId, answer, effects.now())
      reportCarrier()
      wake()
    },
  })

  function report(): void {
    carrierWasAvailable = trunkRoom(trunk, effects.now()) > 0
    app.reportEngine({ running: state === 'RUNNING', carrierAvailable: carrierWasAvailable, bucket })
  }

  function reportCarrier(): void {
    if (trunkRoom(trunk, effects.now()) > 0 !== carrierWasAvailable) report()
  }

  /** A turn follows, now or after the one that is under way. */
  function wake(): void {
    if (state === 'STOPPED') return
    again = true
    turning ??= takeTurns().finally(() => {
      turning = null
      if (again) wake()
    })
  }

  async function takeTurns(): Promise<void> {
    while (again) {
      again = false
      cancelTimer()
      try {
        const result = await takeTurn()
        suspicion = suspicion === 'TAKE_NONE' ? 'TAKE_AGAIN' : 'NONE'
        await dialer.carryOut(result.commands, result.position)
        await dialer.withdrawOffers()
        if (inbox.length > 0 || result.more || app.reader.latestPosition() > handledPosition) again = true
        if (result.judging) judge()
        setTimer(result)
      } catch (error) {
        if (error instanceof TermLost) {
          standDown()
          return
        }
        log.error({ error }, 'a turn of the engine failed')
        recover(error)
      }
      if (again) await effects.breathe()
    }
  }

  /**
   * One item that cannot be recorded must not keep the others from it: it is found by taking them singly, and let go. Where a
   * turn fails without any, it is the storage that fails, and all of them are kept until it works again.
   */
  function recover(error: unknown): void {
    again = inbox.length > 0 && suspicion !== 'TAKE_NONE'
    if (!again || isStorageFailure(error)) {
      again = false
      suspicion = 'NONE'
      carefulCount = 0
      if (state === 'RUNNING') cancelTimer = effects.timer(limits.failedTurnPauseMs, wake)
    } else if (suspicion === 'TAKE_AGAIN') {
      const [item] = inbox.splice(0, 1)
      suspicion = 'NONE'
      carefulCount--
      log.error({ item }, 'news that cannot be recorded is let go')
    } else if (carefulCount > 0) suspicion = 'TAKE_NONE'
    else carefulCount = Math.min(inbox.length, limits.newsPerTurnMax)
  }

  /** This one places no more calls and writes nothing: the database has another engine. */
  function standDown(): void {
    stoodDown = true
    state = 'STOPPED'
    again = false
    inbox = []
    cancelRing()
    cancelTimer()
    report()
    driver.stop().catch((error: unknown) => log.warn({ error }, 'the carrier could not be let go'))
    log.error({}, 'another engine has taken over; this one places no more calls')
  }

  async function takeTurn(): Promise<TurnResult> {
    const items = suspicion === 'TAKE_NONE' ? [] : inbox.slice(0, carefulCount > 0 ? 1 : limits.newsPerTurnMax)
    const seen = app.reader.latestPosition()
    const now = effects.now()
    bucket = refill(bucket, now)
    reportCarrier()
    const mayDial = state === 'RUNNING' && doubted.size === 0
    const room = trunkRoom(trunk, now)
    const status = { running: state === 'RUNNING', carrierAvailable: room > 0, bucket }
    const dial = mayDial ? { tokens: tokensIn(bucket), trunkRoom: room, servedIds } : null
    const result = await app.turns.take({ inbox: items, dial, status })
    // News is let go of only once it is committed.
    inbox = inbox.slice(items.length)
    carefulCount = Math.max(0, carefulCount - items.length)
    bucket = spend(bucket, result.claim.claimed)
    if (result.claim.claimed > 0) servedIds = result.claim.servedIds
    if (callsPerSecond > 0 && result.claim.claimed > 0) report()
    handledPosition = Math.max(seen, result.position ?? 0)
    return result
  }

  /** One timer for whatever is due next: a call, an agent, a retry, a token, the end of the trunk's pause. */
  function setTimer({ wakeAt, claim }: TurnResult): void {
    if (again || state !== 'RUNNING') return
    const now = effects.now()
    const times = [
      ...(wakeAt === null ? [] : [wakeAt]),
      ...(claim.wantsToken ? [now + nextTokenMs(refill(bucket, now))] : []),
      ...(trunk.state === 'PAUSED' && trunk.until > now ? [trunk.until] : []),
    ]
    if (times.length > 0) cancelTimer = effects.timer(Math.min(...times) - now, wake)
  }

  /** The background pass, portion by portion, beside the turns. */
  function judge(): void {
    if (judging) return
    judging = true
    const pass = async () => {
      while (state === 'RUNNING' && (await app.turns.judge())) await effects.breathe()
    }
    const finish = () => {
      judging = false
      wake()
    }
    pass().then(finish, (error: unknown) => {
      log.error({ error }, 'a background pass over a list failed')
      effects.timer(limits.failedTurnPauseMs, finish)
    })
  }

  return {
    async start() {
      // What is heard before the calls in flight are known to be in doubt has to wait: a turn might dial.
      await driver.start({
        news(news) {
          if (stoodDown) return
          if (news.type === 'HANGUP') doubted.delete(news.callId)
          inbox.push({ type: 'NEWS', news })
          wake()
        },
        connected() {},
        disconnected() {},
      })
      await app.turns.takeOver()
      for (const callId of await app.turns.doubtCalls()) doubted.add(callId)
      if (doubted.size > 0)
        log.info({ calls: doubted.size }, 'finding out what became of the calls that were in flight')
      state = 'RUNNING'
      handledPosition = app.reader.latestPosition()
      bucket = emptyBucket(callsPerSecond, effects.now())
      report()
      cancelRing = app.reader.wakeup.onRing(() => {
        if (app.reader.latestPosition() > handledPosition) wake()
      })
      wake()
    },
    async stop() {
      if (state !== 'RUNNING') return
      state = 'STOPPING'
      report()
      cancelRing()
      cancelTimer()
      await turning
      await dialer.settle()
      await driver.stop()
      // What the carrier said on its way out is still recorded.
      again = true
      await (turning ?? takeTurns())
      state = 'STOPPED'
    },
  }
}
