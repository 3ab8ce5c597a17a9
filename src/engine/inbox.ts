import type { InboxItem } from '../app/calls/ticks.ts'
import { isStorageFailure } from '../kernel/errors.ts'
import type { Log } from '../kernel/log.ts'
import { limits } from '../limits.ts'
import type { CallNews } from '../telephony/driver.ts'

/** Items that a tick records, in order of arrival. */
export interface News {
  readonly items: readonly InboxItem[]
  /**
   * False when more items are waiting: then no time limit may fire and no call be claimed yet
   * (docs/rules.md#news-first).
   */
  readonly complete: boolean
}

/** Items that have arrived and are not committed yet. */
export interface Inbox {
  readonly size: number
  /** The number of items that have arrived since the start. */
  readonly arrived: number
  push(item: InboxItem): void
  /** The items of the next tick. */
  next(): News
  /** Removes the items that a tick has committed. */
  committed(items: readonly InboxItem[]): void
  /**
   * To be called after a tick that failed as a whole. Returns true if another tick, with other items, may follow at
   * once.
   */
  failed(error: unknown): boolean
  /** Resolves once everything that has arrived so far is removed. */
  emptied(): Promise<void>
  clear(): void
}

/**
 * Keeps items until they are committed. An item that cannot be recorded must not keep the others from it: it is found
 * by recording items one by one. If a tick fails without any item, the storage is at fault and all items are kept.
 */
export function createInbox(log: Log): Inbox {
  const items: InboxItem[] = []
  let arrived = 0
  /** Items still to be recorded one by one after a failed tick. */
  let carefulCount = 0
  /**
   * The first item was alone in a tick that failed. It is to blame if a tick without it succeeds and one with it fails
   * again.
   */
  let suspicion: 'NONE' | 'TAKE_NONE' | 'TAKE_AGAIN' = 'NONE'
  /** Waiting callers, each with the number of items it waits for. */
  let waiting: { left: number; readonly settle: () => void }[] = []

  function removeItems(count: number): void {
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
      // An item shows whether it is to blame only if nothing else happens in its tick.
      if (carefulCount > 0) return { items: items.slice(0, 1), complete: false }
      return { items: items.slice(0, limits.newsPerTickMax), complete: items.length <= limits.newsPerTickMax }
    },
    committed(taken) {
      suspicion = suspicion === 'TAKE_NONE' ? 'TAKE_AGAIN' : 'NONE'
      removeItems(taken.length)
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
        removeItems(1)
        suspicion = 'NONE'
        carefulCount--
        log.error({ item }, 'news that cannot be recorded is dropped')
      } else if (carefulCount > 0) suspicion = 'TAKE_NONE'
      else carefulCount = Math.min(items.length, limits.newsPerTickMax)
      return true
    },
    emptied() {
      const left = items.length
      return left === 0 ? Promise.resolve() : new Promise((settle) => waiting.push({ left, settle }))
    },
    clear() {
      removeItems(items.length)
    },
  }
}

/** True for news that settles the state of a call: it need not be looked up any more. */
export function endsDoubt({ type }: CallNews): boolean {
  return type === 'RINGING' || type === 'EARLY_MEDIA' || type === 'ANSWERED' || type === 'HANGUP'
}
