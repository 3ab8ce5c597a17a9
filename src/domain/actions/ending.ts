import { z } from 'zod'
import { defineAction, passed } from './definition.ts'
import { actionDurationMaxMs, durationMs } from './schemas.ts'

/** Does nothing: actions run on answered calls alone. VoIPBIN's lists begin with it. */
export const answer = defineAction({
  option: z.strictObject({}),
  needsCall: true,
  begin: () => passed('answered'),
})

export const sleep = defineAction({
  option: z.strictObject({ durationMs: durationMs(0, actionDurationMaxMs) }),
  needsCall: false,
  aliases: { duration: 'durationMs' },
  begin({ durationMs }, { now }) {
    const outcome = 'slept'
    if (durationMs === 0) return passed(outcome)
    return { type: 'WAITS', wait: { type: 'TIME', until: now + durationMs, outcome, requestId: null }, requests: [] }
  },
})

export const hangup = defineAction({
  option: z.strictObject({ reason: z.enum(['NORMAL', 'AMD', 'FAILED']).default('NORMAL') }),
  needsCall: true,
  begin: ({ reason }) => ({ type: 'ENDS', outcome: 'hung up', flowOutcome: { type: 'HANG_UP', reason } }),
})

export const stop = defineAction({
  option: z.strictObject({}),
  needsCall: false,
  begin: () => ({ type: 'ENDS', outcome: 'stopped', flowOutcome: { type: 'HANG_UP', reason: 'NORMAL' } }),
})
