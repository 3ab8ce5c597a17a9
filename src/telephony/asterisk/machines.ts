import type { Effects } from '../../kernel/effects.ts'
import type { CallNews, MachineResult } from '../driver.ts'
import type { Call, Calls } from './calls.ts'
import type { Interface } from './interface.ts'
import type { AriEvent } from './messages.ts'

export interface MachinesOptions {
  readonly ari: Interface
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
  callEnds(call: Call): void
}

/** Of the dialplan, and the first word that the call comes back with (docs/asterisk.md). */
const extension = 'amd'
/** What AMDSTATUS may be. It is HANGUP where the call ended meanwhile, of which nothing is told but that end. */
const results: Readonly<Record<string, MachineResult>> = { HUMAN: 'HUMAN', MACHINE: 'MACHINE', NOTSURE: 'NOT_SURE' }

/** The result comes as arguments of the application: the events of variables are most of what there is, and are not sent. */
export function createMachines({ ari, calls, effects, context, tell }: MachinesOptions): Machines {
  /** Calls whose result was told since it was last asked for. */
  const told = new Set<string>()

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
      told.delete(callId)
      const query = { context, extension, priority: '1' }
      await ari.change({ method: 'POST', path: ['channels', callId, 'continue'], query })
    },
    hear({ channel, args }) {
      const [word, status = ''] = args
      const result = word === extension ? results[status] : undefined
      if (result === undefined || told.has(channel.id) || calls.get(channel.id) === undefined) return
      told.add(channel.id)
      tell({ type: 'MACHINE', callId: channel.id, at: effects.now(), result })
    },
    callEnds: (call) => void told.delete(call.id),
  }
}
