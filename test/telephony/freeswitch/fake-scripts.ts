/** A cause of the switch, with its number in Q.850. */
export const q850: Readonly<Record<string, number>> = {
  NORMAL_CLEARING: 16,
  USER_BUSY: 17,
  NO_USER_RESPONSE: 18,
  NO_ANSWER: 19,
  SUBSCRIBER_ABSENT: 20,
  CALL_REJECTED: 21,
  UNALLOCATED_NUMBER: 1,
  INVALID_NUMBER_FORMAT: 28,
  NORMAL_CIRCUIT_CONGESTION: 34,
  NORMAL_TEMPORARY_FAILURE: 41,
  INCOMPATIBLE_DESTINATION: 88,
  RECOVERY_ON_TIMER_EXPIRE: 102,
}

/** The called side's refusal. */
export interface Refusal {
  readonly type: 'REFUSE'
  readonly afterMs: number
  readonly code: number
  readonly phrase: string
  readonly cause: string
}

export interface Answer {
  readonly type: 'ANSWER'
  readonly afterMs: number
  /** After the answer; left out for one who stays. */
  readonly byeAfterMs?: number
  readonly byeCause?: string
  /** Digits, each so long after the answer. */
  readonly digits?: readonly (readonly [digit: string, afterMs: number])[]
}

/** What the called side does. Times are counted from the request. */
export interface Script {
  /** 180 */
  readonly ringsAfterMs?: number
  /** 183 with media */
  readonly mediaAfterMs?: number
  /** Refused with 302 at first, and followed. */
  readonly redirected?: true
  /** Left out for one who never answers. */
  readonly outcome?: Answer | Refusal
}

const refuse = (afterMs: number, code: number, phrase: string, cause: string): Refusal => ({
  ...{ type: 'REFUSE', afterMs, code, phrase, cause },
})

const rings = 120
const busy = refuse(321, 486, 'Busy Here', 'USER_BUSY')

/** By the last four digits of the number: those of the trunk that the transcripts were recorded with. */
const scripts: Readonly<Record<string, Script>> = {
  '1000': { ringsAfterMs: rings, outcome: { type: 'ANSWER', afterMs: 522, byeAfterMs: 1536 } },
  '1001': { ringsAfterMs: rings, outcome: { type: 'ANSWER', afterMs: 522 } },
  '1034': { ringsAfterMs: rings, outcome: { type: 'ANSWER', afterMs: 522, byeAfterMs: 3030 } },
  '1011': { ringsAfterMs: 174, outcome: { type: 'ANSWER', afterMs: 475 } },
  '1020': {
    ringsAfterMs: 140,
    outcome: {
      type: 'ANSWER',
      afterMs: 442,
      digits: [
        ['1', 1184],
        ['9', 1972],
      ],
    },
  },
  '1021': { outcome: { type: 'ANSWER', afterMs: 81, byeAfterMs: 721, byeCause: 'NORMAL_TEMPORARY_FAILURE' } },
  '1100': {},
  '1180': { ringsAfterMs: rings },
  '1183': { mediaAfterMs: 142, outcome: { type: 'ANSWER', afterMs: 1644, byeAfterMs: 1524 } },
  '1184': { mediaAfterMs: 140, outcome: refuse(1343, 486, 'Busy Here', 'USER_BUSY') },
  '1302': { ringsAfterMs: 241, redirected: true, outcome: { type: 'ANSWER', afterMs: 642 } },
  '1403': { outcome: refuse(141, 403, 'Forbidden', 'CALL_REJECTED') },
  '1404': { outcome: refuse(121, 404, 'Not Found', 'UNALLOCATED_NUMBER') },
  '1408': { outcome: refuse(180, 408, 'Request Timeout', 'RECOVERY_ON_TIMER_EXPIRE') },
  '1480': { ringsAfterMs: rings, outcome: refuse(321, 480, 'Temporarily Unavailable', 'NO_USER_RESPONSE') },
  '1484': { outcome: refuse(121, 484, 'Address Incomplete', 'INVALID_NUMBER_FORMAT') },
  '1486': { ringsAfterMs: rings, outcome: busy },
  '1487': { ringsAfterMs: rings, outcome: { ...busy, cause: 'NORMAL_CIRCUIT_CONGESTION' } },
  '1488': { outcome: refuse(141, 488, 'Not Acceptable Here', 'INCOMPATIBLE_DESTINATION') },
  '1500': { outcome: refuse(123, 500, 'Server Internal Error', 'NORMAL_TEMPORARY_FAILURE') },
  '1503': { outcome: refuse(121, 503, 'Service Unavailable', 'NORMAL_TEMPORARY_FAILURE') },
  '1600': { ringsAfterMs: rings, outcome: refuse(342, 600, 'Busy Everywhere', 'USER_BUSY') },
  '1603': { ringsAfterMs: rings, outcome: refuse(321, 603, 'Decline', 'CALL_REJECTED') },
}

/** A trunk that nothing listens at: sofia makes the refused packet a 503. */
export const deadTrunkScript: Script = {
  outcome: refuse(0, 503, 'Service Unavailable', 'NORMAL_TEMPORARY_FAILURE'),
}

/** Any other number rings, is answered and hung up, as 1000. */
export function scriptOf(number: string): Script {
  return scripts[number.slice(-4)] ?? (scripts['1000'] as Script)
}

/** How long a recording plays; null for one that is not there. */
export function recordingMs(named: string): number | null {
  const path = named.replace(/^\{[^}]*\}/, '')
  if (/nosuch|missing/.test(path)) return null
  const [, toneMs] = /^tone_stream:\/\/%\((\d+),/.exec(path) ?? []
  if (toneMs !== undefined) return Number(toneMs)
  if (path.endsWith('/a.wav')) return 1992
  return /hello|\/speech\//.test(path) ? 801 : 30_000
}
