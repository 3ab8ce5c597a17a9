import type { HangupReason } from '../../domain/campaigncall.ts'

/** What is remembered of a call that has ended. */
export interface EndRecord {
  readonly reason: HangupReason
  readonly answeredAt: number | null
  readonly endedAt: number
}

export interface CallHistory {
  add(callId: string, record: EndRecord): void
  find(callId: string): EndRecord | undefined
}

/**
 * Asterisk forgets a call the moment it ends, so its end is remembered here: that of the latest calls, at least so many. Two
 * generations of them: when the younger one is full it becomes the older one, which is forgotten.
 */
export function createCallHistory(generationMax: number): CallHistory {
  let older: ReadonlyMap<string, EndRecord> = new Map()
  let younger = new Map<string, EndRecord>()
  return {
    add(callId, record) {
      if (younger.size >= generationMax) {
        older = younger
        younger = new Map()
      }
      younger.set(callId, record)
    },
    find: (callId) => younger.get(callId) ?? older.get(callId),
  }
}
