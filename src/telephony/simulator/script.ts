import type { HangupReason } from '../../domain/campaigncall.ts'
import { present } from '../../kernel/assert.ts'
import type { Random } from '../../kernel/random.ts'
import { drawAnswerMs, drawBusyMs, drawTalkMs, drawUnavailableMs } from './distributions.ts'

/** The course of a call if no command changes it. Times are those of speed 1. */
export type CallFate =
  | {
      readonly type: 'UNANSWERED'
      /** Whether the phone rings: one that is busy, switched off or does not exist does not (docs/rules.md#hangup-reasons). */
      readonly rings: boolean
      readonly afterMs: number
      readonly reason: HangupReason
      readonly by: 'US' | 'THEM'
    }
  | {
      readonly type: 'ANSWERED'
      readonly afterMs: number
      /** Infinity for one who never hangs up. */
      readonly talkMs: number
      /** Its news comes twice and out of order. */
      readonly disordered: boolean
    }

/** The outcome of a request. SILENT: accepted, without any news afterwards. */
export type Fate = CallFate | { readonly type: 'SILENT' }

/** What the fate of a call depends on. `random` is the call's own stream, so that no other call can change its fate. */
export interface FateQuestion {
  /** The number that is called. */
  readonly target: string
  /** 1 for the first try. */
  readonly tryCount: number
  readonly ringTimeoutMs: number
  /** Share of unscripted calls that a person answers, 0 to 1. */
  readonly answerRate: number
  readonly random: Random
}

const answered = (afterMs: number, talkMs: number, disordered = false): Fate => ({
  type: 'ANSWERED',
  afterMs,
  talkMs,
  disordered,
})

const unanswered = (afterMs: number, reason: HangupReason): Fate => ({
  type: 'UNANSWERED',
  rings: false,
  afterMs,
  reason,
  by: 'THEM',
})

/** The deadline is ours, handed to the carrier with the call: so it is we who hang up (docs/rules.md#hangup-reasons). */
const givenUp = (afterMs: number, rings: boolean): Fate => ({
  type: 'UNANSWERED',
  rings,
  afterMs,
  reason: 'NO_ANSWER',
  by: 'US',
})

const ordinary = answered(2000, 5000)
const busy = unanswered(1000, 'BUSY')

/**
 * The table of docs/lifecycle.md#the-simulated-carrier: the last of the numbers a row stands for, and what happens on the given
 * try.
 */
const rows: readonly (readonly [last: number, fate: (tryCount: number) => Fate])[] = [
  [49, () => ordinary],
  [59, () => busy],
  [69, () => givenUp(Infinity, true)],
  [74, () => unanswered(0, 'CONGESTION')],
  [79, () => unanswered(0, 'INVALID_NUMBER')],
  [84, () => answered(3000, 8000)],
  [89, () => answered(1000, 500)],
  [91, (tryCount) => (tryCount === 1 ? busy : ordinary)],
  [93, () => ({ type: 'SILENT' })],
  [94, () => answered(2000, 5000, true)],
  [99, () => answered(2000, Infinity)],
]

function scriptedFate(number: number, tryCount: number): Fate {
  const row = present(
    rows.find(([last]) => number <= last),
    `a row of the script for ${number}`,
  )
  return row[1](tryCount)
}

const scriptedPattern = /55501(\d\d)$/

function scriptedNumber(target: string): number | null {
  const number = scriptedPattern.exec(target)?.[1]
  return number === undefined ? null : Number(number)
}

/** Whether a machine answers there. */
export function isMachine(target: string): boolean {
  const number = scriptedNumber(target)
  return number !== null && number >= 80 && number <= 84
}

/** The digit that the called side presses when asked for digits: the last of the number. Null if it presses none. */
export function digitOf(target: string): string | null {
  return scriptedNumber(target) === null || isMachine(target) ? null : target.slice(-1)
}

function drawnFate(answerRate: number, random: Random): Fate {
  if (random() < answerRate) return answered(drawAnswerMs(random), drawTalkMs(random))
  const share = random()
  if (share < 0.2) return unanswered(drawBusyMs(random), 'BUSY')
  if (share < 0.45) return unanswered(drawUnavailableMs(random), 'UNAVAILABLE')
  return givenUp(Infinity, true)
}

/**
 * Decides the course of a call (docs/rules.md#simulated-carrier): by the script where the number's last seven digits are
 * 55501dd, by chance for all others. What would happen after the ring timeout does not happen: NO_ANSWER at its end.
 */
export function fateOf({ target, tryCount, ringTimeoutMs, answerRate, random }: FateQuestion): Fate {
  const number = scriptedNumber(target)
  const fate = number === null ? drawnFate(answerRate, random) : scriptedFate(number, tryCount)
  if (fate.type === 'SILENT' || fate.afterMs <= ringTimeoutMs) return fate
  return givenUp(ringTimeoutMs, fate.type === 'ANSWERED' || fate.rings)
}
