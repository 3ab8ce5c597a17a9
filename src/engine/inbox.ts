import type { InboxItem } from '../app/calls/ticks.ts'
import { isStorageFailure } from '../kernel/errors.ts'
import type { Log } from '../kernel/log.ts'
import { limits } from '../limits.ts'
import type { CallNews } from '../telephony/driver.ts'

/** What a tick records of what became known, in the order it arrived. */
export interface News {
  readonly items: readonly InboxItem[]
  /**
   * False when more is known than this: then nothing may be judged late, and no call claimed, yet (docs/rules.md#news-first).
   */
  readonly complete: boolean
}

/** What became known and is not committed yet. */
export interface Inbox {
  readonly size: number
  /** The number of items that have arrived since the start. */
  readonly arrived: number
  push(item: InboxItem): void
  /** What the next tick records. */
  next(): News
  /** Lets go of what a tick has committed. */
  committed(items: readonly InboxItem[]): void
  /** To be told of a tick that failed as a whole. True where another one, with other items, may follow at once. */
  failed(error: unknown): boolean
  /** Settles once everything that has arrived until now is let go of. */
  emptied(): Promise<void>
  clear(): void
}

/**
 * News is let go of only once it is committed. One item that cannot be recorded must not keep the others from it: it is
 * found by taking them singly. Where a tick fails without any, it is the storage that fails, and all of them are kept.
 */
export function createInbox(log: Log): Inbox {
  const items: InboxItem[] = []
  let arrived = 0
  /** After a tick has failed, so many are taken one by one. */
  let carefulCount = 0
  /** The first item made a tick fail by itself: it is to blame if a tick without it succeeds, and one with it fails again. */
  let suspicion: 'NONE' | 'TAKE_NONE' | 'TAKE_AGAIN' = 'NONE'
  /** Those who wait, each for that many of the items that are there. */
  let waiting: { left: number; readonly settle: () => void }[] = []

  function letGo(count: number): void {
    items.splice(0, count)
    for (const of of waiting) of.left -= count
    for (const { settle } of waiting.filter(({ left }) => left <= 0)) settle()
    waiting = waiting.filter(({ left }) => left > 0)
  }

  return {
    get size() {
      return items.length
    },
    get arrived() {
      return arrived
    },
    push(item) {
      arrived++
      items.push(item)
    },
    next() {
      if (suspicion === 'TAKE_NONE') return { items: [], complete: false }
      // An item that is taken alone shows whether it is to blame only if nothing else happens in its tick.
      if (carefulCount > 0) return { items: items.slice(0, 1), complete: false }
      return { items: items.slice(0, limits.newsPerTickMax), complete: items.length <= limits.newsPerTickMax }
    },
    committed(taken) {
      suspicion = suspicion === 'TAKE_NONE' ? 'TAKE_AGAIN' : 'NONE'
      letGo(taken.length)
      carefulCount = Math.max(0, carefulCount - taken.length)
    },
    failed(error) {
      const again = items.length > 0 && suspicion !== 'TAKE_NONE'
      if (!again || isStorageFailure(error)) {
        suspicion = 'NONE'
        carefulCount = 0
        return false
      }
      if (suspicion === 'TAKE_AGAIN') {
        const [item] = items
        letGo(1)
        suspicion = 'NONE'
        carefulCount--
        log.error({ item }, 'news that cannot be recorded is let go')
      } else if (carefulCount > 0) suspicion = 'TAKE_NONE'
      else carefulCount = Math.min(items.length, limits.newsPerTickMax)
      return true
    },
    emptied() {
      const left = items.length
      return left === 0 ? Promise.resolve() : new Promise((settle) => waiting.push({ left, settle }))
    },
    clear() {
      letGo(items.length)
    },
  }
}

/** Whatever tells how a call is: it is not looked up any more, since its row is in no doubt after it. */
export function endsDoubt({ type }: CallNews): boolean {
  return type === 'RINGING' || type === 'EARLY_MEDIA' || type === 'ANSWERED' || type === 'HANGUP'
}
