import type { z } from 'zod'
import type { SpeechText } from '../domain/media.ts'
import type { Effects } from '../kernel/effects.ts'
import type { Log } from '../kernel/log.ts'
import type { Driver } from './driver.ts'
import type { Finding } from './finding.ts'

/** Limits of the whole process; 0 for no limit. */
export interface CallLimits {
  readonly callsPerSecond: number
  readonly concurrentCallsMax: number
}

/** What a driver is made with, besides its own settings. */
export interface DriverParts {
  readonly installationId: string
  readonly effects: Effects
  readonly log: Log
  /** Makes a recording of a speech that a switch can fetch by the address it settles with. */
  readonly renderSpeech: (speech: SpeechText) => Promise<string>
  /**
   * True for a driver that places a single call, beside a dialer that may be running at the same switch: it takes none
   * of the dialer's news, and none of its calls for its own.
   */
  readonly isSingleCall: boolean
}

/** Everything that the program has to know of a driver. Each driver exports one; nothing else names it. */
export interface DriverModule<Name extends string, Variables extends z.ZodRawShape, Settings> {
  /** The value of DIALGRAPH_DRIVER. */
  readonly name: Name
  /** Its environment variables. */
  readonly variables: Variables
  /** Those without which it cannot run. */
  readonly required: readonly (keyof Variables & string)[]
  /** What its carrier accepts without tuning (docs/rules.md#trunk-limits). */
  readonly callLimits: CallLimits
  settingsOf(values: z.output<z.ZodObject<Variables>>): Settings
  create(settings: Settings, parts: DriverParts, limits: CallLimits): Driver
  /** Reports on the carrier without placing a call. */
  examine(settings: Settings, parts: Pick<DriverParts, 'effects' | 'log'>, limits: CallLimits): Promise<Finding[]>
  /** Address of the switch, which fetches rendered texts from this machine; null if the carrier speaks itself. */
  switchUrlOf(settings: Settings): string | null
  /** Whether its calls are simulated in this process, and so wait while the process is late. */
  isInProcess(settings: Settings): boolean
}

/** Infers the types of a module from what it holds. */
export function defineDriver<Name extends string, Variables extends z.ZodRawShape, Settings>(
  module: DriverModule<Name, Variables, Settings>,
): DriverModule<Name, Variables, Settings> {
  return module
}
