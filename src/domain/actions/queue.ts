import { z } from 'zod'
import { defineAction } from './definition.ts'

export const queueJoin = defineAction({
  option: z.strictObject({ queueId: z.string().nullish() }),
  needsCall: true,
  begin: () => ({ type: 'ENDS', outcome: null, flowOutcome: { type: 'JOIN_QUEUE' } }),
})
