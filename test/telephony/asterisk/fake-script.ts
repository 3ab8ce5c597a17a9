/** One thing that a called side does, so long after the one before it, in ms at speed 1. */
export type Step = { readonly afterMs: number } & (
  | { readonly type: 'RINGS' }
  | { readonly type: 'EARLY_MEDIA' }
  | { readonly type: 'ANSWERS' }
  | { readonly type: 'REFUSES'; readonly sipCode: number }
  /** With a Q.850 cause in a Reason header, or with none. */
  | { readonly type: 'HANGS_UP'; readonly cause: number | null }
  | { readonly type: 'PRESSES'; readonly digit: string }
)

const rings: Step = { type: 'RINGS', afterMs: 110 }
const answers = (afterMs = 405): Step => ({ type: 'ANSWERS', afterMs })
const hangsUp = (afterMs: number, cause: number | null = null): Step => ({ type: 'HANGS_UP', afterMs, cause })
const refuses = (sipCode: number, afterMs: number): Step => ({ type: 'REFUSES', sipCode, afterMs })
const earlyMedia: Step = { type: 'EARLY_MEDIA', afterMs: 125 }

/** What the called sides do that the exchanges in transcripts/ were recorded with, by the number or extension that is dialed. */
export const recordedScripts: Readonly<Record<string, readonly Step[]>> = {
  1000: [rings, answers(), hangsUp(1500)],
  1001: [rings, answers()],
  1010: [rings, answers(305)],
  1011: [rings, answers(305)],
  1020: [
    ...[rings, answers(305)],
    { type: 'PRESSES', afterMs: 1145, digit: '1' },
    { type: 'PRESSES', afterMs: 833, digit: '9' },
  ],
  1021: [answers(75), hangsUp(704, 41)],
  1022: [answers(30)],
  1100: [],
  1180: [rings],
  1183: [earlyMedia, answers(1508), hangsUp(1505)],
  1184: [earlyMedia, refuses(486, 1205)],
  1302: [refuses(302, 125)],
  ...Object.fromEntries(
    [403, 404, 408, 484, 488, 500, 503].map((sipCode) => [1000 + sipCode, [refuses(sipCode, 115)]]),
  ),
  ...Object.fromEntries([480, 486, 600, 603].map((sipCode) => [1000 + sipCode, [rings, refuses(sipCode, 205)]])),
  // With a Reason header, which Asterisk does not look at in a refusal.
  1487: [rings, refuses(486, 205)],
  agent1: [rings, answers()],
  /** The phones of agents that were not recorded. */
  agent2: [rings, refuses(486, 205)],
  agent3: [rings],
  agent4: [rings, answers(), hangsUp(8000)],
}

/** What listening to who has answered comes to, by the number: a greeting, a long one, and nothing at all. */
export function machineOf(number: string): {
  readonly afterMs: number
  readonly status: string
  readonly cause: string
} {
  return machines[number] ?? { afterMs: 5022, status: 'NOTSURE', cause: 'TOOLONG-4900' }
}

const machines: Readonly<Record<string, ReturnType<typeof machineOf>>> = {
  1010: { afterMs: 1770, status: 'HUMAN', cause: 'HUMAN-800-800' },
  1011: { afterMs: 2174, status: 'MACHINE', cause: 'LONGGREETING-1500-1500' },
}

/** How Asterisk understands a refusal: its Q.850 cause, and the coarse word of its Dial event. */
export function refusalOf(sipCode: number): { readonly cause: number; readonly dialstatus: string } {
  const refusal = refusals[sipCode]
  if (refusal === undefined) throw new Error(`it was never seen how Asterisk takes ${sipCode}`)
  return { dialstatus: 'NOANSWER', ...refusal }
}

const refusals: Readonly<Record<number, { cause: number; dialstatus?: string }>> = {
  302: { cause: 23, dialstatus: 'CANCEL' },
  403: { cause: 21 },
  404: { cause: 1 },
  408: { cause: 18 },
  480: { cause: 19 },
  484: { cause: 28 },
  486: { cause: 17, dialstatus: 'BUSY' },
  488: { cause: 58 },
  500: { cause: 38 },
  503: { cause: 34, dialstatus: 'CONGESTION' },
  600: { cause: 17, dialstatus: 'BUSY' },
  603: { cause: 21 },
}

const causeWords: Readonly<Record<number, string>> = {
  1: 'Unallocated (unassigned) number',
  16: 'Normal Clearing',
  17: 'User busy',
  18: 'No user responding',
  19: 'User alerting, no answer',
  21: 'Call Rejected',
  23: 'Redirected to new destination',
  26: 'Answered elsewhere',
  28: 'Invalid number format',
  34: 'Circuit/channel congestion',
  38: 'Network out of order',
  41: 'Temporary failure',
  58: 'Bearer capability not available',
}

/** What Asterisk calls a cause. */
export function causeTextOf(cause: number): string {
  return causeWords[cause] ?? 'Unknown'
}

/** Causes by the names that `DELETE /channels/{id}?reason=` takes. */
export const causesByName: Readonly<Record<string, number>> = {
  ...{ normal: 16, busy: 17, congestion: 34, no_answer: 19, timeout: 18, rejected: 21, unallocated: 1 },
  ...{ normal_unspecified: 31, number_incomplete: 28, codec_mismatch: 58, interworking: 127, failure: 38 },
  answered_elsewhere: 26,
}
