import { fateOf } from '../../src/telephony/simulator/script.ts'
import type { Chance } from './chance.ts'

/** What somebody who is called does. Times are counted from the moment at which the call arrives. */
export interface Behaviour {
  /** 180; null for a phone that is not reached. */
  readonly ringsAfterMs: number | null
  /** 183 with media, without a 180. */
  readonly mediaAfterMs: number | null
  /** Null for somebody who lets it ring. */
  readonly end:
    | { readonly type: 'ANSWERS'; readonly afterMs: number; readonly talkMs: number | null }
    | { readonly type: 'REFUSES'; readonly afterMs: number; readonly sipCode: number }
    | null
}

/** How a refusal of the simulated carrier is said by SIP (docs/rules.md#hangup-reasons). */
const sipCodes: Readonly<Record<string, readonly number[]>> = {
  BUSY: [486, 486, 600],
  UNAVAILABLE: [480, 408],
  CONGESTION: [503, 500],
  INVALID_NUMBER: [404, 484],
}
/** What no person of the simulated carrier does. */
const oddities: readonly Behaviour[] = [
  { ringsAfterMs: 120, mediaAfterMs: null, end: { type: 'REFUSES', afterMs: 900, sipCode: 603 } },
  { ringsAfterMs: 120, mediaAfterMs: null, end: { type: 'REFUSES', afterMs: 3000, sipCode: 480 } },
  { ringsAfterMs: null, mediaAfterMs: 140, end: { type: 'ANSWERS', afterMs: 1600, talkMs: 4000 } },
  { ringsAfterMs: null, mediaAfterMs: null, end: { type: 'REFUSES', afterMs: 150, sipCode: 403 } },
  { ringsAfterMs: null, mediaAfterMs: null, end: { type: 'REFUSES', afterMs: 150, sipCode: 488 } },
]

const ringsMs = 120
/** A phone rings until the switch gives up: how long that is allowed is the switch's to keep. */
const neverMs = 3_600_000

/** Those who are called, and the agents: they do what the simulated carrier's persons do, as far as a SIP trunk can tell. */
export function createPeople(chance: Chance) {
  const tryCounts = new Map<string, number>()

  function person(target: string): Behaviour {
    const tryCount = (tryCounts.get(target) ?? 0) + 1
    tryCounts.set(target, tryCount)
    if (chance.happens(0.08)) return chance.pick(oddities)
    const fate = fateOf({ target, tryCount, ringTimeoutMs: neverMs, answerRate: 0.6, random: chance.random })
    if (fate.type === 'SILENT') return { ringsAfterMs: null, mediaAfterMs: null, end: null }
    if (fate.type === 'ANSWERED') {
      const talkMs = Number.isFinite(fate.talkMs) ? fate.talkMs : null
      const ringsAfterMs = chance.happens(0.9) ? ringsMs : null
      return { ringsAfterMs, mediaAfterMs: null, end: { type: 'ANSWERS', afterMs: fate.afterMs, talkMs } }
    }
    const sipCode = chance.pick(sipCodes[fate.reason] ?? [0])
    const ringsAfterMs = fate.rings ? ringsMs : null
    if (sipCode === 0) return { ringsAfterMs, mediaAfterMs: null, end: null }
    return { ringsAfterMs, mediaAfterMs: null, end: { type: 'REFUSES', afterMs: Math.max(5, fate.afterMs), sipCode } }
  }

  function agent(extension: string): Behaviour {
    const rings = { ringsAfterMs: ringsMs, mediaAfterMs: null }
    if (extension.endsWith('99')) return { ...rings, end: null }
    if (extension.endsWith('98')) return { ...rings, end: { type: 'REFUSES', afterMs: 1000, sipCode: 486 } }
    return { ...rings, end: { type: 'ANSWERS', afterMs: 1000, talkMs: chance.pick([null, null, 6000, 30_000]) } }
  }

  return (dialed: string): Behaviour => (dialed.startsWith('+') ? person(dialed) : agent(dialed))
}

export type People = ReturnType<typeof createPeople>
