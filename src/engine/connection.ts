import { inTime } from '../kernel/deadline.ts'
import type { Effects } from '../kernel/effects.ts'
import type { Log } from '../kernel/log.ts'
import { limits } from '../limits.ts'
import type { Driver, DriverListener } from '../telephony/driver.ts'
import type { Reconciler } from './reconcile.ts'

export interface ConnectionOptions {
  readonly driver: Driver
  readonly effects: Effects
  readonly log: Log
  readonly reconciler: Reconciler
  readonly onNews: DriverListener['news']
}

/** The connection to the carrier: whether it is open or held. */
export interface Connection {
  /**
   * Opens the connection. Resolves when the calls in flight are in doubt and the carrier, if in reach, has been asked
   * about them.
   */
  open(): Promise<void>
  /**
   * Puts the calls in flight in doubt, but sends no request to the carrier until `release`: the database may be a copy
   * whose calls belong to an engine elsewhere.
   */
  hold(): Promise<void>
  isHeld(): boolean
  /** Opens the held connection, and waits up to a second for the carrier to answer. Never rejects. */
  release(): Promise<void>
  close(): Promise<void>
}

export function createConnection({ driver, effects, log, reconciler, onNews }: ConnectionOptions): Connection {
  let held = false
  let tellConnected = () => {}

  async function open(): Promise<void> {
    let connecting: Promise<void> | null = null
    // News that arrives before the calls in flight are in doubt has to wait: a tick might fire their timeouts.
    await driver.start({
      news: onNews,
      connected() {
        tellConnected()
        connecting = reconciler.connected()
      },
      disconnected: reconciler.disconnected,
    })
    await (connecting ?? reconciler.outOfReach())
  }

  return {
    open,
    hold() {
      held = true
      return reconciler.outOfReach()
    },
    isHeld: () => held,
    async release() {
      held = false
      const connected = new Promise<void>((resolve) => {
        tellConnected = resolve
      })
      try {
        await open()
        await inTime(effects, connected, limits.releaseConnectsMs)
      } catch (error) {
        log.error({ error }, 'the driver could not be started')
        reconciler.disconnected(error instanceof Error ? error.message : String(error))
      }
    },
    async close() {
      if (!held) await driver.stop()
    },
  }
}
