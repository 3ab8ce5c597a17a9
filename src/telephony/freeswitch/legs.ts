import type { Cancel, Effects } from '../../kernel/effects.ts'
import type { CallNews, Leg } from '../driver.ts'
import { isCallerId } from '../number.ts'
import type { Call } from './calls.ts'
import { clearVariableCommand, setVariablesCommand, trunkDialString } from './commands.ts'
import type { SwitchEvent } from './event.ts'
import type { Link } from './link.ts'
import { type NewPhone, type Phones, survivorMs } from './phones.ts'

export interface LegsOptions {
  readonly gateway: string
  readonly effects: Pick<Effects, 'timer' | 'now'>
  readonly link: Pick<Link, 'api'>
  readonly phones: Phones
  readonly tell: (news: CallNews) => void
}

export type Legs = ReturnType<typeof createLegs>

/** A variable of the call for each leg that has not ended: a process that finds the call finds its legs by them. */
const markPrefix = 'dialgraph_leg_'
/** The variable of a leg that holds the id of the call. */
const callVariable = 'dialgraph_leg_of'

/** Calls somebody else for a call. The id of a leg is that of its channel. */
export function createLegs({ gateway, effects, link, phones, tell }: LegsOptions) {
  /** A leg that has left its call. */
  const leaving = new Map<Call, { readonly end: () => void; readonly cancel: Cancel }>()

  function tellEnded(callId: string, legId: string, answered: boolean): void {
    tell({ type: 'LEG_ENDED', callId, at: effects.now(), legId, answered })
  }

  /** A refusal is reported like other news, after the caller has continued. */
  function refuse(callId: string, legId: string): void {
    effects.timer(0, () => tellEnded(callId, legId, false))
  }

  function newLeg(call: Call, legId: string): NewPhone {
    const callId = call.id
    const name = `${markPrefix}${legId}`
    function end(answered: boolean): void {
      link.api(clearVariableCommand(callId, name)).catch(() => {})
      tellEnded(callId, legId, answered)
    }
    return {
      ...{ id: legId, callId, callStays: true, mark: { [name]: 'CONNECTED' } },
      listener: {
        connected: () => tell({ type: 'LEG_CONNECTED', callId, at: effects.now(), legId }),
        notJoined: () => end(true),
        ended(phase) {
          if (call.bridged && phase === 'CONNECTED') leave(call, () => end(true))
          else end(phase !== 'RINGING')
        },
      },
    }
  }

  /** When a call ends, its leg may be gone first: nothing is reported before the switch has shown that the call stays. */
  function leave(call: Call, end: () => void): void {
    callParked(call)
    const cancel = effects.timer(survivorMs, () => callParked(call))
    leaving.set(call, { end, cancel })
  }

  function callParked(call: Call): void {
    const left = leaving.get(call)
    leaving.delete(call)
    left?.cancel()
    left?.end()
  }

  return {
    dial(call: Call | undefined, callId: string, { legId, to, from, ringTimeoutMs }: Leg): void {
      const dialString = trunkDialString(gateway, to.target)
      if (phones.find(legId) !== undefined) return
      if (call?.phase !== 'ANSWERED' || dialString === null || !isCallerId(from.target)) {
        refuse(callId, legId)
        return
      }
      link.api(setVariablesCommand(callId, { [`${markPrefix}${legId}`]: 'RINGING' })).catch(() => {})
      const callerNumber = from.target || null
      const variables = { [callVariable]: callId }
      const leg = phones.ring(newLeg(call, legId), { dialString, ringTimeoutMs, callerNumber, variables })
      if (leg === null) refuse(callId, legId)
    },
    hangUp(callId: string, legId: string): void {
      const leg = phones.find(legId)
      if (leg?.callId === callId && !leg.ending) phones.hangUp(leg)
    },
    /** The call waits for what is to be done with it. */
    callParked,
    endCall(call: Call): void {
      leaving.get(call)?.cancel()
      leaving.delete(call)
    },
    clear(): void {
      for (const { cancel } of leaving.values()) cancel()
      leaving.clear()
    },
    /** Takes up the legs of a call of an earlier process, by what an event or a dump of the call says. */
    adopt(call: Call, facts: SwitchEvent): void {
      for (const [legId, phase] of facts.variables(markPrefix))
        if (phones.find(legId) === undefined)
          phones.adopt(newLeg(call, legId), phase === 'CONNECTED' ? 'CONNECTED' : 'RINGING')
    },
  }
}
