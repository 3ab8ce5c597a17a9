import type { LookupAnswer } from '../driver.ts'
import type { Call, Calls } from './calls.ts'
import { dumpCommand, existsCommand } from './commands.ts'
import { readEvent, type SwitchEvent, saysAnswered } from './event.ts'
import type { Link } from './link.ts'

export interface LookupsOptions {
  readonly link: Pick<Link, 'api'>
  readonly calls: Calls
  /** A call of ours that is not known, by what a dump says of it. */
  readonly recognise: (uuid: string, dump: SwitchEvent) => Call | undefined
  /** A call is answered, and waits for what is to be done with it. */
  readonly onParked: (call: Call) => void
}

/** Finds out what the switch, or this process, knows of a call. Rejects where the switch cannot be asked. */
export function createLookups({ link, calls, recognise, onParked }: LookupsOptions) {
  /** Takes what a dump says of a live call; what was missed is not told as news. */
  function found(callId: string, dump: SwitchEvent): 'RINGING' | 'ANSWERED' {
    const call = calls.find(callId) ?? recognise(callId, dump)
    if (call !== undefined) calls.see(call)
    if (!saysAnswered(dump)) return 'RINGING'
    if (call !== undefined) {
      calls.seeAnswer(call)
      onParked(call)
    }
    return 'ANSWERED'
  }

  return async function lookUp(callId: string): Promise<LookupAnswer> {
    if ((await link.api(existsCommand(callId))) === 'true') {
      const dump = readEvent(await link.api(dumpCommand(callId)))
      if (dump !== null) return { type: 'LIVE', state: found(callId, dump) }
    }
    const call = calls.find(callId)
    if (call !== undefined && call.phase !== 'REQUESTED') {
      // The news of its end is on its way, or was lost.
      const gone = new Promise<void>((resolve) => call.whenGone.push(resolve))
      calls.expectEnd(call)
      await gone
    }
    return calls.recordOf(callId) ?? { type: 'CANNOT_TELL' }
  }
}
