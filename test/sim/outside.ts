import type { Log } from '../../src/kernel/log.ts'
import type { SimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import type { Driver } from '../../src/telephony/driver.ts'
import type { MortalEffects } from '../support/mortal-effects.ts'
import { createAsteriskSwitch } from './asterisk-switch.ts'
import type { Chance } from './chance.ts'
import { createFreeswitchSwitch } from './freeswitch-switch.ts'
import type { CarrierRequest, CommittedCall, HeardNews, Refusal } from './ledger.ts'
import type { Scenario } from './scenario.ts'
import { createSimulatedOutside } from './simulated-outside.ts'
import { createSwitchOutside } from './switch-outside.ts'
import type { Knowledge } from './truth.ts'

/** What the calls go out by. */
export const carriers = ['simulator', 'asterisk', 'freeswitch'] as const
export type CarrierName = (typeof carriers)[number]

export interface OutsideOptions {
  readonly effects: SimulatedEffects
  readonly chance: Chance
  readonly scenario: Scenario
  /** What is committed at this moment, of the call and altogether. */
  lookAtFile(callId: string): { readonly row: CommittedCall | null; readonly commitCount: number }
}

/** The process that a driver is for. */
export interface Owner {
  readonly mortal: MortalEffects
  /** From 1. */
  readonly number: number
  readonly installationId: string
  readonly log: Log
}

/** The world outside of the process: the carrier, which lives on when the process dies, and the way to it. It knows the truth. */
export interface Outside {
  readonly requests: readonly CarrierRequest[]
  readonly news: readonly HeardNews[]
  readonly refusals: readonly Refusal[]
  readonly findings: readonly string[]
  /** For each connection: how many commits there were when it began. */
  readonly connectionStarts: readonly number[]
  /** For each connection: after how many commits a process heard of a call first. */
  readonly heard: ReadonlyMap<string, number>
  /** Calls that a carrier has accepted, and after how many commits. */
  readonly placed: ReadonlyMap<string, number>
  /** Calls that a driver was asked for, whether or not the request left the machine. */
  readonly wanted: ReadonlySet<string>
  /** Calls that no carrier has accepted, and of which the process was told as of calls that have ended. */
  readonly endedUnplaced: ReadonlySet<string>
  /** When a call was answered at the carrier, on the monotonic clock, whoever has heard of it. */
  readonly answeredMs: ReadonlyMap<string, number>
  readonly doubts: Doubts | null
  figures(): OutsideFigures
  /** The driver of one process. Each request of it has a crash point before and after. */
  driverFor(owner: Owner): Driver
  /** Nobody listens any more: the process has died. */
  hangUpLine(process: number): void
  /** The process was stopped: for so long it hears nothing, and what it is asked to answer stays unanswered. */
  silence(durationMs: number): void
  /** How a process stands with the carrier. */
  state(process: number): { readonly connection: number; readonly isReachable: boolean }
  /** Calls that live at the carrier. */
  live(): readonly string[]
  outage(durationMs: number): void
  /** The carrier forgets its calls. */
  restart(downMs: number): void
  /** From now on nothing more goes wrong; what is late already still comes. */
  calm(): void
}

/** What could not be known of calls; null where the carrier can always say. */
export interface Doubts {
  /** Says why a call may not be given up as UNKNOWN; null where it may. */
  unknown(callId: string, knowledge: Knowledge): string | null
  /** Whether the way to the carrier was broken at any moment between those two, on the monotonic clock. */
  wasBroken(fromMs: number, untilMs: number): boolean
}

interface OutsideFigures {
  readonly newsTold: number
  readonly newsLost: number
  readonly newsDoubled: number
  readonly newsLate: number
  readonly newsOvertaken: number
  readonly answersLost: number
  readonly carrierRestarts: number
}

export function createOutside(carrier: CarrierName, options: OutsideOptions): Outside {
  switch (carrier) {
    case 'simulator':
      return createSimulatedOutside(options)
    case 'asterisk':
      return createSwitchOutside(options, createAsteriskSwitch)
    case 'freeswitch':
      return createSwitchOutside(options, createFreeswitchSwitch)
  }
}
