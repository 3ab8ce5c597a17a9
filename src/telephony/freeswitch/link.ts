import { assert, unreachable } from '../../kernel/assert.ts'
import type { Cancel, Effects } from '../../kernel/effects.ts'
import { AnswerLost, NotSent } from '../../kernel/exchange.ts'
import type { Log } from '../../kernel/log.ts'
import { type Connection, notSent, openConnection, type Sent } from './connection.ts'
import type { SwitchEvent } from './event.ts'
import type { OpenWire } from './wire.ts'

export interface LinkOptions {
  /** What the switch is called when something is said of it. */
  readonly name: string
  readonly openWire: OpenWire
  readonly password: string
  readonly effects: Pick<Effects, 'timer' | 'monotonic'>
  readonly log: Log
  readonly heartbeatMs: number
  readonly onEvent: (event: SwitchEvent) => void
  /** To be done on each new connection before it counts: what was told since the last one is lost. */
  readonly settle: () => Promise<void>
  readonly onConnected: () => void
  /** Told of each connection that is lost, ready or not. */
  readonly onLost: () => void
  /** Told when why the switch is out of reach is new. */
  readonly onOutOfReach: (detail: string) => void
}

/** The way to the switch, over any number of connections, one at a time. */
export interface Link {
  /** Null while there is no connection. */
  readonly coreUuid: string | null
  /** Whether there is a connection on which all is settled. */
  readonly ready: boolean
  start(): void
  stop(): Promise<void>
  api(command: string): Promise<string>
  ask(command: string): Sent
  bgapi(command: string, jobId: string): Sent
  describe(): string
}

const pauseMinMs = 250
const pauseMaxMs = 10_000
/** A switch that refuses us needs a person. */
const refusedPauseMs = 30_000
/** A connection that lasted so long was a good one: the next pause is short again. */
const steadyMs = 1000
/** How long the switch may take to say what lives. */
const settleWithinMs = 10_000
/** Heartbeats of the switch, every 20 s unless it is told otherwise, that may be missing in a row. */
const heartbeatsMissedMax = 3

type State =
  | { readonly type: 'NEW' }
  | { readonly type: 'CONNECTING'; readonly connection: Connection }
  | { readonly type: 'SETTLING'; readonly connection: Connection; readonly coreUuid: string }
  | { readonly type: 'CONNECTED'; readonly connection: Connection; readonly coreUuid: string; readonly sinceMs: number }
  | { readonly type: 'PAUSING'; readonly cancel: Cancel }
  | { readonly type: 'STOPPED' }

/** Connects, and connects again with growing pauses for as long as it is not stopped. */
export function createLink(options: LinkOptions): Link {
  const { name, openWire, password, effects, log, heartbeatMs } = options
  let state: State = { type: 'NEW' }
  let pauseMs = pauseMinMs
  /** Why the switch is out of reach; null while it is not. */
  let trouble: string | null = null
  let stopped: Promise<void> | null = null
  /** How long the switch may send no heartbeat; null until it has said how often it does. */
  let heartbeatWithinMs: number | null = null
  let cancelSilence: Cancel = () => {}

  /** Where the events have stopped, what is missed is found out on a new connection. */
  function expectHeartbeat(): void {
    cancelSilence()
    const current = connection()
    if (heartbeatWithinMs === null || current === null) return
    const cut = () => current.cut('it sends no events any more')
    cancelSilence = effects.timer(heartbeatWithinMs, cut, { background: true })
  }

  function hear(event: SwitchEvent): void {
    if (event.name === 'HEARTBEAT') hearHeartbeat(event)
    else options.onEvent(event)
  }

  function hearHeartbeat(event: SwitchEvent): void {
    const seconds = Number(event.header('Heartbeat-Interval'))
    if (seconds > 0) heartbeatWithinMs = (heartbeatsMissedMax + 1) * seconds * 1000
    expectHeartbeat()
  }

  function connect(): void {
    const connection = openConnection({
      ...{ openWire, password, effects, log, heartbeatMs, onEvent: hear },
      onReady: (coreUuid) => void settle(connection, coreUuid),
      onLost: lost,
    })
    state = { type: 'CONNECTING', connection }
  }

  async function settle(connection: Connection, coreUuid: string): Promise<void> {
    const isCurrent = () => state.type === 'SETTLING' && state.connection === connection
    state = { type: 'SETTLING', connection, coreUuid }
    const cancel = effects.timer(settleWithinMs, () => connection.cut('it does not say what lives'), {
      background: true,
    })
    try {
      await options.settle()
    } catch (error) {
      if (!(error instanceof AnswerLost) && !(error instanceof NotSent)) log.error({ error }, 'settling failed')
      if (isCurrent()) connection.cut('it could not be settled what lives')
    } finally {
      cancel()
    }
    if (!isCurrent()) return
    state = { type: 'CONNECTED', connection, coreUuid, sinceMs: effects.monotonic() }
    trouble = null
    expectHeartbeat()
    log.info({ switch: name, coreUuid }, 'connected to FreeSWITCH')
    options.onConnected()
  }

  function lost(detail: string, refused: boolean): void {
    if (state.type === 'CONNECTED' && effects.monotonic() - state.sinceMs >= steadyMs) pauseMs = pauseMinMs
    cancelSilence()
    const thisPauseMs = refused ? refusedPauseMs : pauseMs
    state = { type: 'PAUSING', cancel: effects.timer(thisPauseMs, connect, { background: true }) }
    pauseMs = Math.min(2 * pauseMs, pauseMaxMs)
    options.onLost()
    // An attempt that fails as the one before tells nothing new.
    if (detail === trouble) return
    trouble = detail
    log.warn({ switch: name, detail }, 'FreeSWITCH is out of reach')
    options.onOutOfReach(detail)
  }

  function connection(): Connection | null {
    return state.type === 'CONNECTED' || state.type === 'SETTLING' ? state.connection : null
  }

  function ask(command: string): Sent {
    return connection()?.ask(command) ?? notSent(new NotSent(describe()))
  }

  function describe(): string {
    switch (state.type) {
      case 'NEW':
        return 'FreeSWITCH, not started'
      case 'CONNECTING':
      case 'SETTLING':
      case 'PAUSING':
        return `FreeSWITCH at ${name}, ${trouble === null ? 'not connected yet' : `out of reach: ${trouble}`}`
      case 'CONNECTED':
        return `FreeSWITCH at ${name}`
      case 'STOPPED':
        return 'FreeSWITCH, stopped'
      default:
        return unreachable(state)
    }
  }

  async function end(): Promise<void> {
    const last = state
    cancelSilence()
    state = { type: 'STOPPED' }
    if (last.type === 'PAUSING') last.cancel()
    else if (last.type !== 'NEW' && last.type !== 'STOPPED') await last.connection.close()
  }

  return {
    get coreUuid() {
      return state.type === 'CONNECTED' || state.type === 'SETTLING' ? state.coreUuid : null
    },
    get ready() {
      return state.type === 'CONNECTED'
    },
    start() {
      assert(state.type === 'NEW', 'a link that is started once')
      connect()
    },
    stop() {
      stopped ??= end()
      return stopped
    },
    api: (command) => ask(command).answered,
    ask,
    bgapi: (command, jobId) => connection()?.bgapi(command, jobId) ?? notSent(new NotSent(describe())),
    describe,
  }
}
