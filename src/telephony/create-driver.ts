import type { SpeechText } from '../domain/media.ts'
import type { Effects } from '../kernel/effects.ts'
import type { Log } from '../kernel/log.ts'
import { readFirst } from '../kernel/read-first.ts'
import { type AsteriskOptions, createAsterisk } from './asterisk/asterisk.ts'
import { examineAsterisk } from './asterisk/examine.ts'
import type { Driver } from './driver.ts'
import { type Finding, fine } from './finding.ts'
import { examineFreeswitch } from './freeswitch/examine.ts'
import { createFreeswitch, type FreeswitchOptions } from './freeswitch/freeswitch.ts'
import { createRemoteSimulator } from './simulator/remote-simulator.ts'
import { createSimulator } from './simulator/simulator.ts'

/** What an operator decides of the carrier. */
export interface DriverSettings {
  readonly driver: 'simulator' | 'asterisk' | 'freeswitch'
  /** Set where the driver is asterisk. */
  readonly asterisk:
    | (Pick<
        Required<AsteriskOptions>,
        'url' | 'username' | 'password' | 'trunk' | 'mode' | 'agentEndpoint' | 'app' | 'context'
      > &
        Pick<AsteriskOptions, 'ownCallsOnly'>)
    | null
  /** Set where the driver is freeswitch. */
  readonly freeswitch: Pick<
    Required<FreeswitchOptions>,
    'url' | 'password' | 'gateway' | 'agentEndpoint' | 'fetchScheme' | 'recordingsFolder'
  > | null
  readonly simulator: {
    readonly speed: number
    readonly seed: number
    readonly answerRate: number
    /** Of a carrier that is a process of its own and has these settings itself; null for one in this process. */
    readonly url: string | null
  }
  /** Of the whole process; 0 for no limit, as the other. */
  readonly callsPerSecond: number
  readonly concurrentCallsMax: number
}

export interface DriverParts {
  readonly installationId: string
  readonly effects: Effects
  readonly log: Log
  /** Makes a recording of a speech that a switch can fetch by the address it settles with. */
  readonly renderSpeech: (speech: SpeechText) => Promise<string>
}

/** What the settings say places the calls. */
export function createDriver(settings: DriverSettings, parts: DriverParts): Driver {
  const { asterisk, freeswitch, callsPerSecond, concurrentCallsMax: callsMax } = settings
  const own = { callsPerSecond, callsMax }
  if (asterisk !== null) return createAsterisk({ ...asterisk, ...parts, ...own })
  if (freeswitch !== null) return createFreeswitch({ ...freeswitch, ...parts, ...own })
  const { url, ...simulator } = settings.simulator
  const { effects, log, installationId } = parts
  return url === null
    ? createSimulator({ effects, ...simulator })
    : createRemoteSimulator({ url, effects, log, installationId })
}

/** Whether the calls are simulated in this process. */
export function isInProcess({ asterisk, freeswitch, simulator }: DriverSettings): boolean {
  return asterisk === null && freeswitch === null && simulator.url === null
}

/** What there is to say of the carrier that the settings name, without placing a call. */
export async function examineCarrier(
  { asterisk, freeswitch, simulator, callsPerSecond, concurrentCallsMax: callsMax }: DriverSettings,
  { effects, log }: Pick<DriverParts, 'effects' | 'log'>,
): Promise<Finding[]> {
  const parts = { effects: readFirst(effects), log }
  if (asterisk !== null) return examineAsterisk({ ...asterisk, ...parts })
  if (freeswitch !== null) return examineFreeswitch({ ...freeswitch, ...parts, callsPerSecond, callsMax })
  const where = simulator.url === null ? 'is a part of the program' : `is asked at ${simulator.url}`
  return [fine('simulator', `The simulated carrier ${where}: nobody is really called.`)]
}
