import type { App } from '../app/app.ts'
import { TermLost } from '../app/terms.ts'
import type { CallAllowance } from '../domain/call-rate.ts'
import type { EngineStatus } from '../domain/dialing.ts'
import { clockApartMaxMs, engineStateOf, type HaltCause, type Halts, needsPerson } from '../domain/engine.ts'
import type { Cancel, Effects } from '../kernel/effects.ts'
import type { Log, LogFields } from '../kernel/log.ts'

export interface HealthOptions {
  readonly app: App
  readonly effects: Effects
  readonly log: Log
  /** How often the row is written although nothing changed. */
  readonly heartbeatMs: number
  allowance(): CallAllowance
  /** Whether the trunk takes calls. */
  trunkAvailable(): boolean
  /** Calls are claimed one at a time, because they could not be handed over in time. */
  oneAtATime(): boolean
  /** Told of every change of the state. */
  changed(): void
  /** Another engine has the database. */
  termLost(): void
}

/** How the engine is: what it may do follows from it, and it is said to everybody who wants to know. */
export interface Health {
  status(): EngineStatus
  /** Whether calls may be placed now. */
  mayDial(): boolean
  /**
   * Whether a tick may claim calls. It may after a failure of the storage: only a commit shows that there is room again, and
   * of a commit that fails nothing is placed.
   */
  mayClaim(): boolean
  halt(cause: HaltCause, reason: string, fields?: LogFields): void
  /** A cause that passes by itself has passed. */
  pass(cause: 'CLOCK' | 'STORAGE'): void
  /** A person lets the engine go on: whatever needed one is over. */
  resume(): void
  outOfReach(detail: string | null): void
  /** For how long the carrier has been out of reach, in milliseconds; null while it is not. */
  outOfReachMs(): number | null
  /** Calls of which the carrier has to say what became of them; what it says before they are named counts too. */
  doubt(naming: Promise<readonly string[]>): Promise<void>
  /** What lives at the carrier has been held against the database. */
  compared(): void
  /** What became of a call is known, or cannot be. Returns whether it was in doubt. */
  settle(callId: string): boolean
  /** Compares the clocks. */
  checkClock(): void
  /** Of an engine before this one: its last sign of life lies in the future if the clock was set back since. */
  seenAt(heartbeatAt: number | null): void
  /** Says what has changed in what the options tell. */
  say(): void
  /** Begins to write the row, and goes on until `end`. */
  begin(): void
  /** No new calls from now on, for good. */
  stop(): void
  /** Writes STOPPED, if it can, and writes no more. */
  end(): Promise<void>
  /** Writes no more: the row is another engine's. */
  standDown(): void
}

export function createHealth(options: HealthOptions): Health {
  const { app, effects, log } = options
  const halts = new Map<HaltCause, string>()
  let unreachable: string | null = 'it has not answered yet'
  let unreachableSince = effects.monotonic()
  const doubted = new Set<string>()
  /** What became known while the calls in doubt were still being named; null otherwise. */
  let early: Set<string> | null = null
  let compared = false
  let doubtedCount = 0
  /** The clock was later than this already. */
  let notBefore = Number.NEGATIVE_INFINITY
  let life: 'NEW' | 'ON' | 'STOPPED' | 'ENDED' = 'NEW'
  let said = ''
  let answers = false
  let dirty = false
  let writing: Promise<void> | null = null
  let cancelBeat: Cancel = () => {}

  function current() {
    if (life === 'STOPPED' || life === 'ENDED') return { state: 'STOPPED' as const, reason: null, haltCause: lasting() }
    return engineStateOf({
      ...{ halts, outOfReach: unreachable, doubtedCount: isReconciled() ? null : doubtedCount },
      oneAtATime: options.oneAtATime(),
    })
  }

  function isReconciled(): boolean {
    return compared && doubted.size === 0
  }

  /** An engine that ends does not make what needs a person disappear. */
  function lasting(): HaltCause | null {
    return [...halts.keys()].find(needsPerson) ?? null
  }

  function status(): EngineStatus {
    const { state, reason } = current()
    const carrierAvailable = unreachable === null && options.trunkAvailable()
    return { state, reason, carrierAvailable, allowance: options.allowance() }
  }

  function say(): void {
    if (!isOwn()) return
    const { state, reason, carrierAvailable } = status()
    const saying = JSON.stringify([state, reason, carrierAvailable])
    if (saying === said) return
    said = saying
    app.reportEngine(status())
    write()
    options.changed()
  }

  /** The row is this engine's. */
  const isOwn = () => life === 'ON' || life === 'STOPPED'

  /** One write at a time; what changes meanwhile is written after it. */
  function write(): void {
    dirty = true
    if (!isOwn()) return
    writing ??= writeAll().finally(() => {
      writing = null
      if (dirty) write()
    })
  }

  async function writeAll(): Promise<void> {
    while (dirty && isOwn()) {
      dirty = false
      const answering = answers
      const { haltCause } = current()
      // What lasts keeps its reason in the row, for the engine that comes after this one.
      const reason = haltCause === null ? status().reason : [...halts.values()].join(' ')
      try {
        await app.terms.report({ ...status(), reason, haltCause }, answering)
        if (answering) answers = false
      } catch (error) {
        if (error instanceof TermLost) return options.termLost()
        log.error({ error }, 'the state of the engine could not be written')
        // The next heartbeat tries again.
        return
      }
    }
  }

  function beat(): void {
    cancelBeat = effects.timer(
      options.heartbeatMs,
      () => {
        checkClock()
        write()
        beat()
      },
      { background: true },
    )
  }

  function halt(cause: HaltCause, reason: string, fields: LogFields = {}): void {
    if (halts.get(cause) === reason) return
    halts.set(cause, reason)
    log.error({ ...fields, cause, reason }, 'the engine places no calls')
    say()
  }

  function pass(cause: HaltCause): void {
    if (!halts.delete(cause)) return
    log.info({ cause }, 'what stopped the engine has passed')
    say()
  }

  function checkClock(): void {
    const backMs = notBefore - app.clock.now()
    const apartMs = app.clock.apartMs() || (backMs > clockApartMaxMs ? -backMs : 0)
    if (apartMs === 0) pass('CLOCK')
    // Said once, with what it was at first: it changes at every look.
    else if (!halts.has('CLOCK')) halt('CLOCK', clockReason(apartMs))
  }

  return {
    status,
    say,
    halt,
    pass,
    checkClock,
    mayDial: () => current().state === 'RUNNING' || current().state === 'WAITING_FOR_CARRIER',
    mayClaim() {
      const others: Halts = new Map([...halts].filter(([cause]) => cause !== 'STORAGE'))
      if (life !== 'ON' || others.size > 0) return false
      return unreachable !== null || isReconciled()
    },
    resume() {
      log.warn({ causes: [...halts.keys()] }, 'the engine was asked to go on')
      if (halts.has('CLOCK')) app.clock.accept()
      notBefore = Number.NEGATIVE_INFINITY
      for (const cause of [...halts.keys()]) if (cause !== 'STORAGE') halts.delete(cause)
      answers = true
      say()
      write()
    },
    outOfReach(detail) {
      if (detail !== null && detail !== unreachable) log.warn({ detail }, 'the carrier cannot be reached')
      if (detail !== null && unreachable === null) unreachableSince = effects.monotonic()
      unreachable = detail
      // Whatever lived at the carrier may have changed since.
      compared = false
      say()
    },
    outOfReachMs: () => (unreachable === null ? null : effects.monotonic() - unreachableSince),
    async doubt(naming) {
      const known = new Set<string>()
      early = known
      const callIds = await naming
      // They were put in doubt once more meanwhile: that is waited for.
      if (early !== known) return
      early = null
      doubted.clear()
      for (const callId of callIds) if (!known.has(callId)) doubted.add(callId)
      doubtedCount = callIds.length
      if (doubtedCount > 0)
        log.info({ calls: doubtedCount }, 'finding out what became of the calls that were in flight')
      say()
    },
    compared() {
      compared = true
      say()
    },
    settle(callId) {
      early?.add(callId)
      if (!doubted.delete(callId)) return false
      if (doubted.size === 0) say()
      return true
    },
    seenAt(heartbeatAt) {
      notBefore = heartbeatAt ?? Number.NEGATIVE_INFINITY
      checkClock()
    },
    begin() {
      life = 'ON'
      say()
      beat()
    },
    stop() {
      if (life === 'ON') life = 'STOPPED'
      // Said in this process at once; the row says it once the engine has ended.
      app.reportEngine(status())
    },
    async end() {
      cancelBeat()
      if (life !== 'STOPPED') return
      write()
      await writing
      life = 'ENDED'
      app.reportEngine(null)
    },
    standDown() {
      cancelBeat()
      life = 'ENDED'
      app.reportEngine(null)
    },
  }
}

function clockReason(apartMs: number): string {
  const seconds = Math.round(Math.abs(apartMs) / 1000)
  return `The clock of this machine was set ${apartMs > 0 ? 'forward' : 'back'} by ${seconds} s.`
}
