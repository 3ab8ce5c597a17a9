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
  /** Interval in which the row is written when nothing changes. */
  readonly heartbeatMs: number
  allowance(): CallAllowance
  /** Whether the trunk accepts calls. */
  trunkAvailable(): boolean
  /** Whether calls are claimed one at a time, because they could not be handed over in time. */
  oneAtATime(): boolean
  /** Called at every change of the state. */
  changed(): void
  /** Called when another engine has the database. */
  termLost(): void
}

/** The health of the engine: it decides what the engine may do, and is reported as its status. */
export interface Health {
  status(): EngineStatus
  /** Whether calls may be placed now. */
  mayDial(): boolean
  /**
   * Whether a tick may claim calls. It may after a storage failure: only a commit shows that there is room again, and a
   * tick whose commit fails places nothing.
   */
  mayClaim(): boolean
  halt(cause: HaltCause, reason: string, fields?: LogFields): void
  /** Clears a cause that passes automatically. */
  pass(cause: 'CLOCK' | 'STORAGE'): void
  /** Clears every cause that only a person may clear. */
  resume(): void
  outOfReach(detail: string | null): void
  /** For how long the carrier has been out of reach, in milliseconds; null if it is in reach. */
  outOfReachMs(): number | null
  /** Calls whose outcome the carrier has to report. Reports that arrive before this call count too. */
  doubt(naming: Promise<readonly string[]>): Promise<void>
  /** The carrier's live calls have been compared with the database. */
  compared(): void
  /** The outcome of a call is known, or cannot be known. Returns whether it was in doubt. */
  settle(callId: string): boolean
  /** Compares the wall clock with the monotonic clock. */
  checkClock(): void
  /** Heartbeat of the previous engine: it lies in the future if the clock was set back since. */
  seenAt(heartbeatAt: number | null): void
  /** Reports changes of what the options return. */
  report(): void
  /** Writes the row regularly until `end`. */
  begin(): void
  /** Allows no new calls from now on. */
  stop(): void
  /** Writes STOPPED if it can, then stops writing. */
  end(): Promise<void>
  /** Stops writing: the row belongs to another engine. */
  standDown(): void
}

export function createHealth(options: HealthOptions): Health {
  const { app, effects, log } = options
  const halts = new Map<HaltCause, string>()
  let unreachable: string | null = 'it has not answered yet'
  let unreachableSince = effects.monotonic()
  const doubted = new Set<string>()
  /** Outcomes that arrived while the calls in doubt were still being listed; null at other times. */
  let early: Set<string> | null = null
  let compared = false
  let doubtedCount = 0
  /** The clock has shown a later time before. */
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

  /** A stopping engine keeps the causes that need a person. */
  function lasting(): HaltCause | null {
    return [...halts.keys()].find(needsPerson) ?? null
  }

  function status(): EngineStatus {
    const { state, reason } = current()
    const carrierAvailable = unreachable === null && options.trunkAvailable()
    return { state, reason, carrierAvailable, allowance: options.allowance() }
  }

  function report(): void {
    if (!isOwn()) return
    const { state, reason, carrierAvailable } = status()
    const saying = JSON.stringify([state, reason, carrierAvailable])
    if (saying === said) return
    said = saying
    app.reportEngine(status())
    write()
    options.changed()
  }

  /** The row belongs to this engine. */
  const isOwn = () => life === 'ON' || life === 'STOPPED'

  /** Writes one state at a time; later changes are written after it. */
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
      // Lasting causes stay in the row, for the next engine.
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
    report()
  }

  function pass(cause: HaltCause): void {
    if (!halts.delete(cause)) return
    log.info({ cause }, 'a cause of the halt has passed')
    report()
  }

  function checkClock(): void {
    const backMs = notBefore - app.clock.now()
    const apartMs = app.clock.apartMs() || (backMs > clockApartMaxMs ? -backMs : 0)
    if (apartMs === 0) pass('CLOCK')
    // Reported once, with the first difference: it changes at every look.
    else if (!halts.has('CLOCK')) halt('CLOCK', clockReason(apartMs))
  }

  return {
    status,
    report,
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
      log.warn({ causes: [...halts.keys()] }, 'the engine was asked to resume')
      if (halts.has('CLOCK')) app.clock.accept()
      notBefore = Number.NEGATIVE_INFINITY
      for (const cause of [...halts.keys()]) if (cause !== 'STORAGE') halts.delete(cause)
      answers = true
      report()
      write()
    },
    outOfReach(detail) {
      if (detail !== null && detail !== unreachable) log.warn({ detail }, 'the carrier cannot be reached')
      if (detail !== null && unreachable === null) unreachableSince = effects.monotonic()
      unreachable = detail
      // The calls live at the carrier may have changed since.
      compared = false
      report()
    },
    outOfReachMs: () => (unreachable === null ? null : effects.monotonic() - unreachableSince),
    async doubt(naming) {
      const known = new Set<string>()
      early = known
      const callIds = await naming
      // The calls were put in doubt again meanwhile: wait for that.
      if (early !== known) return
      early = null
      doubted.clear()
      for (const callId of callIds) if (!known.has(callId)) doubted.add(callId)
      doubtedCount = callIds.length
      if (doubtedCount > 0) log.info({ calls: doubtedCount }, 'looking up the calls that were in flight')
      report()
    },
    compared() {
      compared = true
      report()
    },
    settle(callId) {
      early?.add(callId)
      if (!doubted.delete(callId)) return false
      if (doubted.size === 0) report()
      return true
    },
    seenAt(heartbeatAt) {
      notBefore = heartbeatAt ?? Number.NEGATIVE_INFINITY
      checkClock()
    },
    begin() {
      life = 'ON'
      report()
      beat()
    },
    stop() {
      if (life === 'ON') life = 'STOPPED'
      // Reported within this process now; the row follows once the engine has ended.
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
