import type { Effects } from '../../kernel/effects.ts'
import type { Log } from '../../kernel/log.ts'
import type { CallNews, ToneTimes } from '../driver.ts'
import type { Call, Calls } from './calls.ts'
import { sendDigitCommand } from './commands.ts'
import type { SwitchEvent } from './event.ts'
import type { Link } from './link.ts'

export interface DigitsOptions {
  readonly effects: Pick<Effects, 'timer' | 'now'>
  readonly log: Log
  readonly link: Pick<Link, 'api'>
  readonly calls: Pick<Calls, 'find'>
  readonly tell: (news: CallNews) => void
}

const rememberedMax = 32

/** Digits to and from the called side. */
export function createDigits({ effects, log, link, calls, tell }: DigitsOptions) {
  /** The sequence numbers of the last digits of a call: a digit that is reported twice was not pressed twice. */
  const heard = new WeakMap<Call, readonly number[]>()

  async function sendOne(call: Call, digit: string, durationMs: number): Promise<void> {
    const said = await link.api(sendDigitCommand(call.id, digit, durationMs))
    if (!said.startsWith('+OK')) throw new Error(`FreeSWITCH does not send digits: ${said}`)
  }

  return {
    /** Sounds the first digit at once, and the others at their times. Rejects where that is refused, or not asked. */
    async send(call: Call | undefined, digits: string, { durationMs, intervalMs }: ToneTimes): Promise<void> {
      if (call?.phase !== 'ANSWERED') throw new Error('the call is not answered')
      const [first, ...others] = digits
      for (const [i, digit] of others.entries())
        effects.timer((i + 1) * (durationMs + intervalMs), () => {
          if (calls.find(call.id) !== call) return
          sendOne(call, digit, durationMs).catch((error: unknown) =>
            log.warn({ error, callId: call.id }, 'a digit could not be sent'),
          )
        })
      if (first !== undefined) await sendOne(call, first, durationMs)
    },
    /** Takes DTMF. */
    hear(call: Call, event: SwitchEvent): void {
      const digit = event.header('DTMF-Digit')?.toUpperCase() ?? ''
      const before = heard.get(call) ?? []
      if (!/^[0-9*#A-D]$/.test(digit) || (before.includes(event.sequence) && !Number.isNaN(event.sequence))) return
      heard.set(call, [...before, event.sequence].slice(-rememberedMax))
      tell({ type: 'DIGIT', callId: call.id, at: effects.now(), digit })
    },
  }
}
