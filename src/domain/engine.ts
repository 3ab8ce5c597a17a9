import { tidy } from '../kernel/text.ts'
import type { CallAllowance } from './call-rate.ts'

export const engineStates = ['RUNNING', 'RECONCILING', 'WAITING_FOR_CARRIER', 'HALTED', 'STOPPED'] as const
export type EngineState = (typeof engineStates)[number]

export const haltCauses = ['CLOCK', 'STORAGE', 'UNKNOWN_CALL', 'INVARIANT', 'CRASHES', 'RESTORED'] as const
/** Why an engine stops itself (docs/rules.md#faults). */
export type HaltCause = (typeof haltCauses)[number]

/** Those that pass by themselves; the others last, over restarts too, until a person lets the engine go on. */
const passing: ReadonlySet<HaltCause> = new Set(['CLOCK', 'STORAGE'])

/** True where only engineResume lets the engine go on. */
export function needsPerson(cause: HaltCause): boolean {
  return !passing.has(cause)
}

/** Every cause that holds, with its reason for a person. */
export type Halts = ReadonlyMap<HaltCause, string>

/** What an engine knows of itself. */
export interface EngineCondition {
  readonly halts: Halts
  /** Null while the carrier is connected; otherwise why it is not. */
  readonly outOfReach: string | null
  /** Calls that were in flight, while the carrier has still to say what became of some of them; null otherwise. */
  readonly doubtedCount: number | null
  /** Calls could not be handed over in time, by our own doing; until they are again, one is claimed at a time. */
  readonly oneAtATime: boolean
}

const oneAtATimeReason =
  'Calls could not be handed to the carrier within 2 s of being recorded: the disk is slow, or the machine is too busy. They are placed one at a time until they are in time again.'

/** The state that a condition makes, and its reason: what stops the engine longest is said first. */
export function engineStateOf(condition: EngineCondition): {
  readonly state: Exclude<EngineState, 'STOPPED'>
  readonly reason: string | null
  readonly haltCause: HaltCause | null
} {
  const causes = [...condition.halts.keys()]
  const haltCause = causes.find(needsPerson) ?? causes[0] ?? null
  if (haltCause !== null) return { state: 'HALTED', reason: tidy([...condition.halts.values()].join(' ')), haltCause }
  if (condition.outOfReach !== null)
    return {
      state: 'WAITING_FOR_CARRIER',
      reason: tidy(`The carrier cannot be reached: ${condition.outOfReach}.`),
      haltCause,
    }
  if (condition.doubtedCount !== null)
    return {
      state: 'RECONCILING',
      reason: `Finding out what became of the calls that were in flight: ${condition.doubtedCount}.`,
      haltCause,
    }
  return { state: 'RUNNING', reason: condition.oneAtATime ? oneAtATimeReason : null, haltCause }
}

/** The engine of a database as its row says, whichever process runs it. */
export interface EngineRecord {
  readonly state: EngineState
  /** Why it is HALTED or waiting, for a person; null while it is RUNNING. */
  readonly reason: string | null
  readonly haltCause: HaltCause | null
  /** simulator, asterisk or freeswitch; empty before the first start. */
  readonly driver: string
  readonly startedAt: number | null
  readonly heartbeatAt: number | null
  readonly carrierAvailable: boolean
  readonly allowance: CallAllowance
  /** Calls found again after a restart or a lost connection, since the start. */
  readonly adopted: number
  /** Calls that ended UNKNOWN, since the start. */
  readonly unknown: number
  readonly resumeAskedAt: number | null
}

/** An engine writes its state at every change and every 2 s: one that has been silent for this long is gone. */
export const engineSilentMs = 10_000

/** The state as others see it: a process that was killed has not written that it ended. */
export function stateSeen(record: Pick<EngineRecord, 'state' | 'heartbeatAt'>, now: number): EngineState {
  const isSilent = record.heartbeatAt === null || now - record.heartbeatAt > engineSilentMs
  return isSilent ? 'STOPPED' : record.state
}

/** The wall clock and the monotonic one may be this far apart before nothing is dialed (docs/rules.md#faults). */
export const clockApartMaxMs = 5000
