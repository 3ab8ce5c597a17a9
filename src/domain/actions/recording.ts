import { z } from 'zod'
import { defineAction, passed } from './definition.ts'
import { actionDurationMaxMs, durationMs } from './schemas.ts'

export const recordingStart = defineAction({
  option: z.strictObject({
    format: z.enum(['wav']).default('wav'),
    durationMaxMs: durationMs(1000, actionDurationMaxMs).optional(),
    beep: z.boolean().default(false),
  }),
  needsCall: true,
  aliases: { beepStart: 'beep' },
  begin({ format, beep, durationMaxMs = null }, { flow, context }) {
    if (flow.recordingId !== null) return passed('refused: the call is being recorded already')
    const recordingId = context.makeId()
    return passed('recording', {
      changes: { recordingId },
      requests: [
        {
          type: 'RECORD',
          step: flow.stepCount,
          command: { type: 'START_RECORDING', recordingId, settings: { format, beep, durationMaxMs } },
        },
      ],
    })
  },
})

export const recordingStop = defineAction({
  option: z.strictObject({}),
  needsCall: true,
  begin(_, { flow: { recordingId } }) {
    if (recordingId === null) return passed('nothing was being recorded')
    return passed('stopped recording', {
      changes: { recordingId: null },
      requests: [{ type: 'STOP_RECORDING', recordingId }],
    })
  },
})
