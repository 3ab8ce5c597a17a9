import type { Cancel, Effects } from '../../kernel/effects.ts'
import { AnswerLost, NotSent } from '../../kernel/exchange.ts'
import type { Log } from '../../kernel/log.ts'
import { createReconnecting } from '../../kernel/reconnecting.ts'
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
  /** To be done on each new connection before it counts: news since the last one is lost. */
  readonly settle: () => Promise<void>
  readonly onConnected: () => void
  /** Called for each connection that is lost, ready or not. */
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

/** A switch that refuses us needs a person. */
const refusedPauseMs = 30_000
/** How long the switch may take to say what lives. */
const settleWithinMs = 10_000
/** Heartbeats of the switch that may be missing in a row. It sends one every 20 s by default. */
const heartbeatsMissedMax = 3

/** A connection whose other end has named itself. */
interface Opened {
  readonly connection: Connection
  readonly coreUuid: string
}

/** Connects, and connects again with growing pauses for as long as it is not stopped. */
export function createLink(options: LinkOptions): Link {
  const { name, openWire, password, effects, log, heartbeatMs } = options
  let connection: Connection | null = null
  let opened: Opened | null = null
  let stopped: Promise<void> | null = null
  const reconnecting = createReconnecting({
    ...{ peer: 'FreeSWITCH', address: name, effects, connect },
    outOfReach(detail) {
      log.warn({ switch: name, detail }, 'FreeSWITCH is out of reach')
      options.onOutOfReach(detail)
    },
  })
  const { describe } = reconnecting
  /** How long the switch may send no heartbeat; null until it has said how often it does. */
  let heartbeatWithinMs: number | null = null
  let cancelSilence: Cancel = () => {}

  /** Where the events have stopped, what is missed is found out on a new connection. */
  function expectHeartbeat(): void {
    cancelSilence()
    const current = opened
    if (heartbeatWithinMs === null || current === null) return
    const cut = () => current.connection.cut('it sends no events any more')
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
    const own = openConnection({
      ...{ openWire, password, effects, log, heartbeatMs, onEvent: hear },
      onReady: (coreUuid) => void settle({ connection: own, coreUuid }),
      onLost: lost,
    })
    connection = own
  }

  async function settle(own: Opened): Promise<void> {
    opened = own
    const cancel = effects.timer(settleWithinMs, () => own.connection.cut('it does not say what lives'), {
      background: true,
    })
    try {
      await options.settle()
    } catch (error) {
      if (!(error instanceof AnswerLost) && !(error instanceof NotSent)) log.error({ error }, 'settling failed')
      if (opened === own) own.connection.cut('it could not be settled what lives')
    } finally {
      cancel()
    }
    if (opened !== own) return
    reconnecting.connected()
    expectHeartbeat()
    log.info({ switch: name, coreUuid: own.coreUuid }, 'connected to FreeSWITCH')
    options.onConnected()
  }

  function lost(detail: string, refused: boolean): void {
    cancelSilence()
    connection = null
    opened = null
    reconnecting.suspend()
    options.onLost()
    reconnecting.lost(detail, refused ? refusedPauseMs : undefined)
  }

  function ask(command: string): Sent {
    return opened?.connection.ask(command) ?? notSent(new NotSent(describe()))
  }

  async function end(): Promise<void> {
    cancelSilence()
    reconnecting.stop()
    const last = connection
    connection = null
    opened = null
    await last?.close()
  }

  return {
    get coreUuid() {
      return opened?.coreUuid ?? null
    },
    get ready() {
      return reconnecting.isConnected
    },
    start: reconnecting.start,
    stop() {
      stopped ??= end()
      return stopped
    },
    api: (command) => ask(command).answered,
    ask,
    bgapi: (command, jobId) => opened?.connection.bgapi(command, jobId) ?? notSent(new NotSent(describe())),
    describe,
  }
}
