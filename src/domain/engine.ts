import { tidy } from '../kernel/text.ts'
import type { CallAllowance } from './call-rate.ts'

export const engineStates = ['RUNNING', 'RECONCILING', 'WAITING_FOR_CARRIER', 'HALTED', 'STOPPED'] as const
export type EngineState = (typeof engineStates)[number]

export const haltCauses = ['CLOCK', 'STORAGE', 'UNKNOWN_CALL', 'INVARIANT', 'CRASHES', 'RESTORED'] as const
/** Why an engine halts (docs/rules.md#faults). */
export type HaltCause = (typeof haltCauses)[number]

/** These causes pass automatically; the others last, across restarts, until a person resumes the engine. */
const passing: ReadonlySet<HaltCause> = new Set(['CLOCK', 'STORAGE'])

/** True for a cause that only engineResume clears. */
export function needsPerson(cause: HaltCause): boolean {
  return !passing.has(cause)
}

/** Every cause that applies, with its reason for a person. */
export type Halts = ReadonlyMap<HaltCause, string>

/** The health of an engine. */
export interface EngineHealth {
  readonly halts: Halts
  /** Null while the carrier is connected; otherwise why it is not. */
  readonly outOfReach: string | null
  /** The number of calls in flight, while the carrier has not reported the outcome of all of them; null otherwise. */
  readonly doubtedCount: number | null
  /** Calls could not be handed over in time because of this process; until they are, they are claimed one at a time. */
  readonly oneAtATime: boolean
}

const oneAtATimeReason =
  'Calls could not be handed to the carrier within 2 s of being recorded: the disk is slow, or the machine is too busy. They are placed one at a time until they are in time again.'

/** The state that follows from the health, and its reason: the cause that lasts longest comes first. */
export function engineStateOf(condition: EngineHealth): {
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
      reason: `The calls that were in flight are being looked up: ${condition.doubtedCount} left.`,
      haltCause,
    }
  return { state: 'RUNNING', reason: condition.oneAtATime ? oneAtATimeReason : null, haltCause }
}

/** The engine of a database according to its row, whichever process runs it. */
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
  /** Calls found live again after a restart or a lost connection, since the start. */
  readonly adopted: number
  /** Calls that ended UNKNOWN, since the start. */
  readonly unknown: number
  readonly resumeAskedAt: number | null
}

/** An engine writes its state at every change and every 2 s: after this much silence it is gone. */
export const engineSilentMs = 10_000

/** The state as others see it: a killed process could not write that it ended. */
export function stateSeen(record: Pick<EngineRecord, 'state' | 'heartbeatAt'>, now: number): EngineState {
  const isSilent = record.heartbeatAt === null || now - record.heartbeatAt > engineSilentMs
  return isSilent ? 'STOPPED' : record.state
}

/** How far the wall clock and the monotonic clock may drift apart before dialing stops (docs/rules.md#faults). */
export const clockApartMaxMs = 5000
