import { onTestFinished } from 'vitest'
import type { Sender, Sending, SendingResult } from '../../src/domain/sending.ts'

/**
 * A sender that hands nothing over: the test says what came of each sending, and when. To be let go of before the world that
 * it belongs to: `release` has a test do that, once the world was made.
 */
export function createScriptedSender() {
  const sent: Sending[] = []
  const waiting = new Map<string, (result: SendingResult) => void>()
  let missing: string | null = null
  let stopCount = 0
  const sender: Sender = {
    missing: () => missing,
    send(sending) {
      sent.push(sending)
      return new Promise((resolve) => waiting.set(sending.id, resolve))
    },
    async stop() {
      stopCount++
      for (const resolve of waiting.values()) resolve({ type: 'UNKNOWN', detail: 'the sender was stopped' })
      waiting.clear()
    },
  }
  return {
    sender,
    /** An engine that ends waits for what is being sent, and time does not pass by itself. */
    release() {
      onTestFinished(() => {
        for (const resolve of waiting.values()) resolve({ type: 'UNKNOWN', detail: 'the test is over' })
      })
    },
    /** In the order in which they were handed over. */
    sent,
    get stopCount() {
      return stopCount
    },
    /** Says why nothing can be sent. */
    lack(sentence: string) {
      missing = sentence
    },
    /** Says what came of the n-th sending, from 0. */
    answer(index: number, type: SendingResult['type'], detail = 'the server said so') {
      waiting.get(sent[index]?.id ?? '')?.({ type, detail })
    },
  }
}
