import type { Sender, Sending, SendingResult } from '../../src/domain/sending.ts'
import type { SimulatedEffects } from '../../src/kernel/simulated-effects.ts'
import { type MortalEffects, never } from '../support/mortal-effects.ts'
import type { Chance } from './chance.ts'
import type { Scenario } from './scenario.ts'

/** Something that a process handed over to be sent. */
export interface Handed {
  readonly sendingId: string
  /** The campaigncall whose actions were recorded as sending it at that moment; null where none was. */
  readonly campaigncallId: string | null
  readonly process: number
  /** On the monotonic clock. */
  readonly atMs: number
  readonly commitCount: number
  /** Whether it has come to the receiver. */
  arrived: boolean
  /** What the process was told of it; null while it has not been, and after its death. */
  told: { readonly type: SendingResult['type']; readonly atMs: number; readonly commitCount: number } | null
}

export interface RecipientsOptions {
  readonly effects: SimulatedEffects
  readonly chance: Chance
  readonly scenario: Scenario
  lookAtFile(sendingId: string): { readonly campaigncallId: string | null; readonly commitCount: number }
}

/** How long a sender waits for an answer before it gives up. */
const answerWithinMs = 10_000

/** Those to whom actions send: they take things, refuse them, or say nothing whatever they did. */
export function createRecipients({ effects, chance, scenario, lookAtFile }: RecipientsOptions) {
  const handed: Handed[] = []
  let isCalm = scenario.calm

  /** What becomes of something that is sent: whether it arrives, what is said of it, and after how long. */
  function fate(): { readonly arrives: boolean; readonly says: SendingResult['type']; readonly afterMs: number } {
    const afterMs = chance.pick([0, 5, 300, 2000])
    if (chance.happens(0.12)) return { arrives: false, says: 'REFUSED', afterMs }
    // The answer is lost on its way back, or the thing on its way there: nobody can tell which.
    if (chance.happens(isCalm ? 0.05 : 0.15)) {
      const isReset = chance.happens(0.5)
      return { arrives: chance.happens(0.5), says: 'UNKNOWN', afterMs: isReset ? afterMs : answerWithinMs }
    }
    return { arrives: true, says: 'TAKEN', afterMs }
  }

  return {
    handed: handed as readonly Handed[],
    calm(): void {
      isCalm = true
    },
    senderFor({ mortal, number }: { readonly mortal: MortalEffects; readonly number: number }): Sender {
      const underWay = new Map<Handed, (result: SendingResult) => void>()

      function tell(of: Handed, type: SendingResult['type']): void {
        mortal.hear(() => {
          const settle = underWay.get(of)
          if (settle === undefined) return
          underWay.delete(of)
          of.told = { type, atMs: effects.monotonic(), commitCount: lookAtFile('').commitCount }
          settle({ type, detail: 'the other side said so' })
        })
      }

      function send(sending: Sending): Promise<SendingResult> {
        const atMs = effects.monotonic()
        if (!mortal.passes('REQUEST')) return never()
        const of: Handed = {
          ...{ sendingId: sending.id, process: number, atMs, arrived: false, told: null },
          ...lookAtFile(sending.id),
        }
        handed.push(of)
        const { arrives, says, afterMs } = fate()
        of.arrived = arrives
        const result = new Promise<SendingResult>((resolve) => underWay.set(of, resolve))
        if (afterMs === 0) queueMicrotask(() => tell(of, says))
        else effects.timer(afterMs, () => tell(of, says))
        return mortal.passes('REQUEST') ? result : never()
      }

      return {
        missing: () => null,
        send,
        /** What is under way has been handed over: what becomes of it is not known. */
        async stop() {
          for (const of of [...underWay.keys()]) tell(of, 'UNKNOWN')
        },
      }
    },
  }
}

export type Recipients = ReturnType<typeof createRecipients>
