import { z } from 'zod'
import { limits } from '../../limits.ts'
import { machineVariable } from '../variable.ts'
import { defineAction, isOver } from './definition.ts'
import { refusal } from './outcomes.ts'

export const amd = defineAction({
  option: z.strictObject({ machineHandle: z.enum(['hangup', 'continue']).default('hangup') }),
  needsCall: true,
  sets: () => machineVariable,
  begin(_, { context, now }) {
    const requestId = context.makeId()
    return {
      type: 'WAITS',
      wait: { type: 'MACHINE', until: now + limits.machineDetectionMs, requestId },
      requests: [{ type: 'DETECT_MACHINE', requestId }],
    }
  },
  hear({ machineHandle }, at) {
    const { event, flow, wait } = at
    if (wait.type !== 'MACHINE') return null
    if (event.type === 'REFUSED' && event.requestId === wait.requestId) return refusal(event.why)
    const result = event.type === 'MACHINE' ? event.result : isOver(wait, at) ? 'NOT_SURE' : null
    if (result === null) return null
    const hangsUp = result === 'MACHINE' && machineHandle === 'hangup'
    return {
      type: 'PASSED',
      outcome: result === 'NOT_SURE' ? 'not sure' : `${result.toLowerCase()} detected`,
      changes: { variables: { ...flow.variables, [machineVariable]: result } },
      ...(hangsUp && { flowOutcome: { type: 'HANG_UP', reason: 'AMD' } }),
    }
  },
})
