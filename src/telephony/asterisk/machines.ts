import type { Effects } from '../../kernel/effects.ts'
import type { CallNews, MachineResult } from '../driver.ts'
import type { AriClient } from './ari.ts'
import type { Call, Calls } from './calls.ts'
import type { AriEvent, Channel } from './messages.ts'

export interface MachinesOptions {
  readonly ari: AriClient
  readonly calls: Calls
  readonly effects: Pick<Effects, 'now'>
  /** Of the dialplan. */
  readonly context: string
  tell(news: CallNews): void
}

/** Finds out whether a machine has answered. Asterisk listens in the dialplan only, so that the call goes there and comes back. */
export interface Machines {
  /** Rejects where the call cannot go there. */
  detect(callId: string): Promise<void>
  hear(event: Extract<AriEvent, { type: 'StasisStart' }>): void
  /** What a list of channels shows of a call: its coming back may not have been heard. */
  see(channel: Channel): void
  callEnds(call: Call): void
}

/** Of the dialplan, and the first word that the call comes back with (docs/asterisk.md). */
const extension = 'amd'
/** What AMDSTATUS may be. HANGUP means that the call ended meanwhile: only that end is reported. */
const results: Readonly<Record<string, MachineResult>> = { HUMAN: 'HUMAN', MACHINE: 'MACHINE', NOTSURE: 'NOT_SURE' }

/** The result comes as arguments of the application: the events of variables are most of what there is, and are not sent. */
export function createMachines({ ari, calls, effects, context, tell }: MachinesOptions): Machines {
  /** Whether the result of a call was reported since detection was last requested. */
  const told = new Map<string, boolean>()

  function comesBack(callId: string, [word, status = '']: readonly string[]): void {
    const result = word === extension ? results[status] : undefined
    if (result === undefined || told.get(callId) || calls.get(callId) === undefined) return
    told.set(callId, true)
    tell({ type: 'MACHINE', callId, at: effects.now(), result })
  }

  /** A call that is sent to where nothing is would be hung up. */
  async function expectExtension(callId: string): Promise<void> {
    const query = { variable: `DIALPLAN_EXISTS(${context},${extension},1)` }
    const found = await ari.get('variable', ['channels', callId, 'variable'], { query })
    if (found?.value !== '1') throw new Error(`expected an extension ${extension} in the context ${context}`)
  }

  return {
    async detect(callId) {
      const call = calls.get(callId)
      if (!call?.answered || !(await calls.whenInStasis(call))) throw new Error('expected a call in the application')
      await expectExtension(callId)
      told.set(callId, false)
      const query = { context, extension, priority: '1' }
      const beforeSending = () => call.asked === null
      await ari.change({ method: 'POST', path: ['channels', callId, 'continue'], query, beforeSending })
    },
    hear: ({ channel, args }) => comesBack(channel.id, args),
    see({ id, dialplan }) {
      const [, ...args] = dialplan?.app_name === 'Stasis' ? (dialplan.app_data ?? '').split(',') : []
      if (told.get(id) === false) comesBack(id, args)
    },
    callEnds: (call) => void told.delete(call.id),
  }
}
