import { z } from 'zod'
import { limits } from '../../limits.ts'
import type { ActiveflowRequest, RingingLeg, Wait } from '../activeflow.ts'
import { mayBeDialed } from '../address.ts'
import { defineAction, type EventContext, type EventResult, isOver, passed } from './definition.ts'
import { refusal } from './outcomes.ts'
import { durationMs, phoneNumber } from './schemas.ts'

function hangUpLeg({ legId }: RingingLeg): ActiveflowRequest {
  return { type: 'HANG_UP_LEG', legId }
}

/** The outcome of a CONNECT that was answered. */
export function connectedTo({ number }: RingingLeg): string {
  return `connected to ${number}`
}

/** The first phone to answer is connected; the others are hung up. */
function hearWhileRinging(wait: Extract<Wait, { type: 'LEGS' }>, at: EventContext): EventResult {
  const { event } = at
  if (isOver(wait, at)) return { type: 'PASSED', outcome: 'nobody answered', requests: wait.legs.map(hangUpLeg) }
  const legId = event.type === 'REFUSED' ? event.requestId : 'legId' in event ? event.legId : null
  const leg = wait.legs.find((of) => of.legId === legId)
  if (leg === undefined) return null
  const others = wait.legs.filter((of) => of !== leg)
  if (event.type === 'LEG_CONNECTED') {
    return { type: 'WAITS', wait: { type: 'LEG', leg }, requests: others.map(hangUpLeg) }
  }
  if (others.length > 0) return { type: 'WAITS', wait: { ...wait, legs: others } }
  return event.type === 'REFUSED' ? refusal(event.why) : { type: 'PASSED', outcome: 'nobody answered' }
}

export const connect = defineAction({
  option: z.strictObject({
    destinations: z.array(phoneNumber).min(1).max(10),
    source: phoneNumber.optional(),
    ringTimeoutMs: durationMs(1000, 120_000).default(30_000),
  }),
  needsCall: true,
  addresses: ['destinations', 'source'],
  begin({ destinations: given, ringTimeoutMs, source }, { context, now }) {
    // The action may have been stored before such numbers were refused.
    const destinations = given.filter((target) => mayBeDialed({ type: 'TEL', target }))
    if (destinations.length === 0) return passed('refused: its numbers are never dialed')
    const telephone = { type: 'TEL', targetName: '', name: '', detail: '' } as const
    const from = source === undefined ? context.call.source : { ...telephone, target: source }
    const legs = destinations.map((target) => ({
      legId: context.makeId(),
      ...{ to: { ...telephone, target }, from, ringTimeoutMs },
    }))
    return {
      type: 'WAITS',
      wait: {
        type: 'LEGS',
        until: now + ringTimeoutMs + limits.finalNewsMs,
        legs: legs.map(({ legId, to }) => ({ legId, number: to.target })),
      },
      requests: legs.map((leg) => ({ type: 'DIAL', leg })),
    }
  },
  hear(_, at) {
    const { wait, event } = at
    if (wait.type === 'LEGS') return hearWhileRinging(wait, at)
    if (wait.type !== 'LEG' || event.type !== 'LEG_ENDED' || event.legId !== wait.leg.legId) return null
    return { type: 'PASSED', outcome: connectedTo(wait.leg) }
  },
})
